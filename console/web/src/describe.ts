// The way of a call through the system, told in sentences. Live entries have a text, stored ones an object of facts.

import type { LivePath, PathEntry } from './api/types'
import { choiceWord } from './choices'
import { dialStatusWord, legRoleWord, menuOutcomeWord, modeWord, stepKindWord, verbWord } from './words'

export interface Told {
  at: string
  title: string
  detail: string
  tone: '' | 'good' | 'warn' | 'bad'
}

type Facts = Record<string, unknown>
const text = (facts: Facts, name: string): string => {
  const value = facts[name]
  return Array.isArray(value) ? value.join('、') : value === null || value === undefined ? '' : String(value)
}
const joined = (...parts: string[]): string => parts.filter(Boolean).join('；')

const whose = (facts: Facts): string => legRoleWord(text(facts, 'leg')) + (text(facts, 'seat') ? ` ${text(facts, 'seat')} ` : '')

function deviceText(device: string): string {
  if (device.startsWith('web-')) return '浏览器电话'
  if (device.startsWith('seat-')) return '桌面话机'
  if (device.startsWith('unit-')) return `单位专线 ${device.slice(5)}`
  if (device.includes('@trunk-')) return `外部电话 ${device.split('@')[0]}`
  if (device.startsWith('emergency-')) return `紧急电话 ${device.slice(10)}`
  return device
}

const TALK_PLACES: Record<string, string> = { main: '与来电人通话', dial: '单独咨询', consult: '单独咨询', aside: '搁置' }

/** Who sits at a device: a seat has two of them. */
const whomText = (device: string): string => (/^(web|seat)-/.test(device) ? `坐席 ${device.replace(/^\w+-/, '')}` : deviceText(device))

/** The leg ended because its line broke; `lost` says what became of the others. */
function lostLine(facts: Facts): Omit<Told, 'at'> {
  const others: Record<string, string> = { caller: '来电人听到线路正在恢复的提示', others: '其他各方继续通话' }
  const how = text(facts, 'lost')
  return { title: `${whose(facts)}线路中断${how === 'cut' ? '' : '，恢复中'}`, detail: others[how] ?? '', tone: 'bad' }
}

const STORED: Record<string, (facts: Facts) => Omit<Told, 'at'> | null> = {
  'hl.start': (f) => ({ title: `来电拨打 ${text(f, 'dialled')}`, detail: f['trunk'] === 'testphone' ? '来自试拨电话' : '来自运营商中继', tone: '' }),
  'hl.route': (f) => ({
    title: `识别为 ${text(f, 'hotline')} ${text(f, 'name')}`,
    detail: joined(text(f, 'unit'), f['mode'] ? `方式 ${text(f, 'mode')}：${modeWord(text(f, 'mode'))}` : '', f['table'] ? `路由表 ${text(f, 'table')}` : ''),
    tone: '',
  }),
  'hl.menu': (f) => ({ title: f['choice'] ? `菜单选择：${choiceWord(text(f, 'choice'), text(f, 'menu'))}` : '菜单未选择', detail: menuOutcomeWord(text(f, 'outcome')), tone: '' }),
  'hl.wait': (f) => ({ title: '开始等待坐席', detail: f['skills'] ? `所需技能：${text(f, 'skills')}` : '', tone: '' }),
  'hl.offer': (f) => ({ title: `第 ${text(f, 'n') || '1'} 次分配：坐席 ${text(f, 'seat')}`, detail: deviceText(text(f, 'device')), tone: 'warn' }),
  'hl.after': (f) => ({
    title: `${deviceText(text(f, 'device')) || stepKindWord(text(f, 'kind'))}：${dialStatusWord(text(f, 'status'))}`,
    detail: '', tone: f['status'] === 'ANSWER' ? 'good' : 'warn',
  }),
  'hl.fallback': (f) => ({ title: '转入应急处理', detail: fallbackText(text(f, 'reason')), tone: 'bad' }),
  'hl.played': (f) => ({ title: '播放提示', detail: text(f, 'prompt'), tone: '' }),
  'hl.talk': (f) => {
    if (f['target']) return { title: `坐席 ${text(f, 'by')} ${verbWord(text(f, 'verb'))}：呼叫 ${whomText(text(f, 'target'))}`, detail: '', tone: 'warn' }
    const place = TALK_PLACES[text(f, 'place')]
    return place && f['who'] ? { title: `${text(f, 'name') || text(f, 'who')} ${place}`, detail: '', tone: '' } : null
  },
  'hl.out': (f) => ({ title: `坐席 ${text(f, 'seat')} ${verbWord(text(f, 'purpose'))}：话机接通，呼叫市民`, detail: '', tone: '' }),
  'hl.met': () => ({ title: '市民接听，播放录音提示', detail: '', tone: '' }),
  'hl.leg': (f) => ({ title: `${legRoleWord(text(f, 'role'))} ${text(f, 'seat') || text(f, 'who')} ${verbWord(text(f, 'verb'))}`, detail: '', tone: '' }),
  'hl.roster': (f) => ({ title: '专家均未接听', detail: joined(`名册：${text(f, 'roster')}`, f['tried'] ? `已呼叫：${text(f, 'tried').split(',').join('、')}` : '没有空闲的专家'), tone: 'bad' }),
  'hl.restore': (f) => (f['back'] === '1' ? { title: `坐席 ${text(f, 'seat')} 线路已恢复，重新接入`, detail: '', tone: 'good' } : { title: `坐席 ${text(f, 'seat')} 线路没有恢复，转其他坐席`, detail: '', tone: 'bad' }),
  ANSWER: (f) => ({ title: f['leg'] === 'caller' || !f['leg'] ? '系统应答，开始录音' : `${whose(f)}接听`, detail: '', tone: 'good' }),
  BRIDGE_ENTER: () => null,
  BRIDGE_EXIT: () => null,
  HANGUP: (f) => f['lost'] ? lostLine(f) : { title: f['leg'] ? `${whose(f)}挂断` : '挂断', detail: '', tone: '' },
  LINKEDID_END: () => null,
}

export function fallbackText(reason: string): string {
  const words: Record<string, string> = {
    'gateway-away': '话务网关不在线', deadman: '话务网关没有响应', 'unknown-label': '话务网关给出的去向无效', asked: '话务网关要求',
  }
  return words[reason] ?? reason
}

const LIVE: Record<string, (detail: string) => string> = {
  route: () => '识别热线', prompt: () => '播放提示', menu: (d) => `菜单：${choiceWord(menuOutcomeWord(d))}`,
  wait: () => '开始等待坐席', offer: (d) => `分配坐席 ${d}`, answer: (d) => `接听 ${deviceText(d)}`,
  after: (d) => `上一步结果：${dialStatusWord(d)}`, hangup: () => '系统结束通话',
  lost: (d) => `坐席 ${d} 线路中断`, restore: (d) => `坐席 ${d} 线路中断，恢复中`, restored: (d) => `坐席 ${d} 线路已恢复`, joined: (d) => `${whomText(d)} 加入`, left: () => '回到排队', taken_up: () => '系统重启后接续',
  ...Object.fromEntries(['consult', 'three_way', 'hand_over', 'join', 'swap', 'aside', 'drop', 'cancel'].map((verb) => [verb, (d: string) => `${verbWord(verb)} ${/^p\d+$/.test(d) ? '' : d}`.trim()])),
}

export function tellLive(entry: LivePath): Told {
  const title = LIVE[entry.what]?.(entry.detail) ?? `${stepKindWord(entry.what)} ${entry.detail}`.trim()
  return { at: entry.at, title, detail: entry.what === 'route' ? entry.detail : '', tone: entry.what === 'answer' ? 'good' : entry.what === 'offer' ? 'warn' : '' }
}

export function tellStored(path: PathEntry[]): Told[] {
  // The PBX answers at once and notes the start a moment later; people read it the other way round.
  const start = path.findIndex((entry) => entry.what === 'hl.start')
  const ordered = start > 0 ? [...path.slice(start, start + 1), ...path.slice(0, start), ...path.slice(start + 1)] : path
  return ordered.flatMap((entry) => {
    const told = STORED[entry.what]?.(entry.detail)
    return told ? [{ at: entry.at, ...told }] : []
  })
}
