// An order's life in words: limits, steps, and what an event's data says to a reader.

import { dateTime } from '../time'
import type { OrderRules, RuleItem, TimelineEntry } from './types'

const UNITS: Record<string, string> = { WD: '个工作日', 'natural day': '个自然日', 'working hour': '个工作小时', 'clock hour': '小时' }

/** `5 WD` → `5 个工作日`, `next WD by 10:00` → `下一工作日 10:00 前`. */
export function limitWord(limit: string): string {
  if (limit === 'same day') return '当日'
  if (limit === 'at once') return '立即'
  const by = /^next WD by (\d\d:\d\d)$/.exec(limit)
  if (by) return `下一工作日 ${by[1]} 前`
  const amount = /^(\d+) (WD|natural day|working hour|clock hour)s?$/.exec(limit)
  return amount ? `${amount[1]} ${UNITS[amount[2] ?? '']}` : limit
}

export const STEP_WORDS: Record<string, string> = {
  dispatch: '派单', sign_for: '签收', first_contact: '先行联系', handle: '办理', return: '退单', materials: '补充材料', promise: '承诺回复',
}
export const stepWord = (step: string): string => STEP_WORDS[step] ?? step

export const CHANNELS: Record<string, string> = {
  call: '电话', web: '网站', app: '手机应用', sms: '短信', office: '热线办登记', wechat: '微信', letter: '来信', visit: '来访', open311: '开放接口',
}
export const channelWord = (code: string): string => CHANNELS[code] ?? (code || '—')

export const LEVEL_WORDS: Record<string, string> = { sheet: '督办单', joint_meeting: '专题协调', interview: '约谈提醒', bulletin: '通报' }
export const levelWord = (code: string): string => LEVEL_WORDS[code] ?? code

export const IDENTITY_WORDS: Record<string, string> = {
  name: '姓名', contact: '联系电话', caller_number: '来电号码', employer: '单位', address: '地址', ip: '网络地址',
}

export const NUISANCE: Record<string, string> = {
  repeated: '反复使用', long: '长时间占用', harassing: '骚扰', insult: '侮辱', threat: '威胁', slander: '诽谤、恶意攻击',
}

const DOCUMENTS: Record<string, string> = {
  karamay: '克拉玛依办法', 'qingpu-water': '青浦水务办法', liaoning: '辽宁办法', changzhou: '常州办法', 'yunnan-2021': '云南归并方案',
}
/** `qingpu-water 第七条` → `青浦水务办法第七条`; a city's own profile keeps its name. */
export const ruleWord = (rule: string): string =>
  rule.replace(/(^|[；，、（ ])(karamay|qingpu-water|liaoning|changzhou|yunnan-2021)( ?)/g, (_all, before: string, name: string) => before + (DOCUMENTS[name] ?? name))

/** How long until a deadline, or since; with a tone. */
export function untilDue(due: string, nowMs: number): { text: string; tone: '' | 'warn' | 'bad' } {
  const minutes = Math.round((Date.parse(due) - nowMs) / 60_000)
  const size = Math.abs(minutes)
  const span = size < 60 ? `${size} 分钟` : size < 2880 ? `${Math.round(size / 60)} 小时` : `${Math.round(size / 1440)} 天`
  if (minutes === 0) return { text: '现在到期', tone: 'warn' }
  if (minutes < 0) return { text: `已超过 ${span}`, tone: 'bad' }
  return { text: `还有 ${span}`, tone: minutes < 1440 ? 'warn' : '' }
}

/** `2026-11-20 12:00:00` → `11-20 12:00`, with the year when it is not this one. */
export function shortTime(iso: string | null | undefined): string {
  if (!iso) return '—'
  const whole = dateTime(iso)
  return whole.slice(0, 4) === dateTime(new Date().toISOString()).slice(0, 4) ? whole.slice(5, 16) : whole.slice(0, 16)
}

export interface Detail {
  label: string
  text: string
}

type Names = (unit: string) => string
type Reader = (value: unknown, rules: OrderRules | null, names: Names, kind: string) => string

const plain: Reader = (value) => (Array.isArray(value) ? value.map(String).join('、') : String(value))
const yes: Reader = (value) => (value ? '是' : '否')
const moment: Reader = (value) => (value ? dateTime(String(value)).slice(0, 16) : '—')
const unit: Reader = (value, _rules, names) => (Array.isArray(value) ? value.map((each) => names(String(each))).join('、') : names(String(value)))
const found = (items: RuleItem[] | undefined, id: unknown): string | undefined => items?.find((item) => item.id === id)?.text

const GROUNDS: Record<string, keyof OrderRules> = {
  not_accepted: 'not_accepted', return_asked: 'return_grounds', answered: 'closing_grounds', closed: 'closing_grounds', excluded: 'not_ranked',
}
const ground: Reader = (value, rules, _names, kind) =>
  kind === 'nuisance_marked' ? (NUISANCE[String(value)] ?? String(value)) : (found(rules?.[GROUNDS[kind] ?? 'closing_grounds'] as RuleItem[] | undefined, value) ?? String(value))

const DISCIPLINE: Record<string, string> = { overdue: '明显超期未结', often_supervised: '多次督办未结', often_returned: '多次无理由退转', still_complained: '多次办理仍在投诉' }
const DATA: Record<string, [string, Reader]> = {
  category: ['类别', (value, rules) => rules?.categories[String(value)] ?? String(value)],
  difficulty: ['难易程度', (value, rules) => rules?.difficulties[String(value)] ?? String(value)],
  subject: ['事项类目', plain], area: ['区域', plain], title: ['标题', plain], matter: ['诉求内容', plain],
  source: ['来源', (value) => (value === 'no_expert' ? '专家未接听' : `${String(value)} 热线`)], told: ['已告知来电人', yes], mark: ['标记', (value) => `第 ${String(value)} 个`],
  hotline: ['热线', plain], seat: ['坐席', plain], channel: ['方式', (value, _r, _n, kind) => (kind === 'not_accepted' ? String(value) : channelWord(String(value)))],
  urgent: ['紧急', yes], emergency: ['突发紧急', yes], enforcement: ['执法办案', yes], mediation: ['行政调解', yes], public: ['可公开', yes], written: ['要求书面答复', yes], opinion: ['书面办理意见', plain], reasons: ['移送情形', (value) => (value as unknown[]).map((each) => DISCIPLINE[String(each)] ?? String(each)).join('、')],
  accused: ['涉及单位', unit], ground: ['情形', ground], materials: ['材料', plain], until: ['期限', moment],
  of: ['首次工单', plain], into: ['并入', plain], from: ['并来', plain], new_facts: ['有新情况', yes], answer: ['答复', plain], article: ['知识库条目', plain],
  purpose: ['呈报事由', plain], leader: ['领导', plain], leaders: ['报送', plain], units: ['承办单位', unit], lead: ['牵头', unit], unit: ['单位', unit], instruction: ['批示', plain],
  suggestion: ['建议单位', plain], approved_by: ['审批人', plain],
  evidence: ['举证', (value, rules) => (value as unknown[]).map((each) => found(rules?.return_evidence, each) ?? String(each)).join('、')],
  result: ['结果', (value, rules) => rules?.contact_results[String(value)] ?? rules?.follow_up_results[String(value)] ?? String(value)],
  cause: ['未接通原因', (value, rules) => found(rules?.contact_causes, value) ?? String(value)], counted: ['计为有效联系', yes],
  done: ['已办结', yes], text: ['内容', plain], amount: ['延长', (value) => `${String(value)} 个工作日`], caller_told: ['已告知诉求人', yes],
  stage: ['审批环节', (value, rules) => rules?.extensions.flatMap((rule) => rule.approvals).find((item) => item.id === value)?.text ?? String(value)],
  final: ['审批完成', yes], solved: ['问题解决', (value) => (value === null ? '未问及' : value ? '是' : '否')], unit_fault: ['系单位原因', yes], redo: ['重新办理', yes],
  period: ['考核期', plain], stars: ['评价', (value) => '★'.repeat(Number(value)) + '☆'.repeat(5 - Number(value))], dossier: ['已立卷', yes],
  limit: ['时限', (value) => limitWord(String(value))], basis: ['依据', plain], notice: ['放假通知', plain], step: ['环节', (value) => stepWord(String(value))],
  again_at: ['约定再访', moment], due: ['到期', moment], level: ['级别', (value) => levelWord(String(value))], to: ['移交', plain], secret: ['要求保密', yes],
}
const SILENT = new Set(['profile', 'profile_version', 'identity', 'suggested', 'recording', 'outcome', 'explained', 'start', 'provisional', 'rule', 'call', 'secrecy', 'since'])

/** What an event says beyond its name; nothing that is empty, false where false says nothing, or only for machines. */
export function eventDetails(entry: TimelineEntry, rules: OrderRules | null, names: Names): Detail[] {
  if (entry.kind === 'deadline_set') return []
  const details: Detail[] = []
  for (const [name, value] of Object.entries(entry.data)) {
    if (name === 'report' && value && typeof value === 'object') {
      for (const [field, said] of Object.entries(value as Record<string, string>)) if (said) details.push({ label: found(rules?.report_fields, field) ?? field, text: said })
      continue
    }
    const reader = DATA[name]
    if (name === 'lead' && entry.kind === 'dispatched' && (entry.data['units'] as unknown[] | undefined)?.length === 1) continue
    const empty = value === '' || value === null || (Array.isArray(value) && !value.length) || (value === false && !['solved', 'redo', 'secret', 'done'].includes(name))
    if (!reader || SILENT.has(name) || (empty && !(name === 'solved' && value === null && entry.kind === 'followed_up'))) continue
    details.push({ label: reader[0], text: reader[1](value, rules, names, entry.kind) })
  }
  return details
}

const TONES: Record<string, 'good' | 'warn' | 'bad'> = {
  overdue: 'bad', discipline_told: 'bad', return_asked: 'warn', return_refused: 'warn', extension_asked: 'warn', due_soon: 'warn', review_sent_back: 'bad', not_accepted: 'warn',
  supervised: 'bad', supervision_proposed: 'warn', hard_case_raised: 'warn', nuisance_marked: 'warn', caller_promised: 'warn', urgent_reported: 'bad', urged: 'warn',
  answered: 'good', review_passed: 'good', closed: 'good', archived: 'good', rated: 'good', answered_directly: 'good',
}
export function eventTone(entry: TimelineEntry): '' | 'good' | 'warn' | 'bad' {
  if (entry.kind === 'followed_up') return entry.data['result'] === 'satisfied' ? 'good' : entry.data['result'] === 'unsatisfied' ? 'bad' : ''
  return TONES[entry.kind] ?? ''
}

const ROLE: Record<string, string> = { system: '系统', caller: '诉求人' }
export const actorWord = (entry: TimelineEntry): string => ROLE[entry.role] ?? (entry.unit ? `${entry.unit.name}（${entry.by}）` : entry.by)
