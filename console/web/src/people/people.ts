// Whom a seat may bring into a call, as the API has it: types, words, loading and saving part by part.

import { ElMessage } from 'element-plus'
import { computed, reactive } from 'vue'
import { type ApiProblem, asProblem, get, putOn } from '../api/client'
import { me } from '../session'
import { dateTime } from '../time'

export interface Shift { days: number[]; from: string; to: string; workdays: boolean }
export type Kind = 'seat' | 'unit' | 'outside'
export interface Entry { kind: Kind; ref: string; name: string; topic: string; order: number; shifts: Shift[]; skills: string[]; trunk: string }
export interface Rule { pattern: string; name: string; trunk: string; per_hour: number; shifts: Shift[] }
export interface ResultCode { code: string; text: string; settled: boolean | null }
interface Head { etag: string; changed_by: string; changed_at: string | null }
export interface HotlineRoster extends Head { number: string; name: string; entries: Entry[] }
export interface Outside extends Head { rules: Rule[]; denied: string[]; per_hour: number; per_seat: number }
export interface Results extends Head { items: ResultCode[] }
/** `house_s`: the house's setting, where `default_s` is null. */
export interface WrapUp extends Head { default_s: number | null; must_close: boolean; skills: Record<string, { seconds: number; must_close: boolean }>; house_s: number }
export interface Warning { place: string; message: string }
export interface People {
  version: string
  hotlines: HotlineRoster[]
  outside: Outside
  results: Results
  wrap_up: WrapUp
  warnings: Warning[]
  choices: { seats: { id: string; name: string; expert: boolean }[]; units: string[]; trunks: string[]; hotlines: Record<string, string>; skills: string[] }
}

export const desk = reactive({ people: null as People | null, loading: true, problem: null as ApiProblem | null })
export const mayEdit = computed(() => me.value?.role === 'admin')

export async function load(): Promise<void> {
  desk.problem = null
  try {
    desk.people = await get<People>('/people')
  } catch (error) {
    desk.problem = asProblem(error)
  } finally {
    desk.loading = false
  }
}

/** Save one part; what is wrong, one line each, empty when it is saved. */
export async function save(part: string, body: unknown, etag: string): Promise<string[]> {
  try {
    await putOn(`/people/${part}`, body, etag)
  } catch (error) {
    const found = asProblem(error)
    if (found.slug === 'conflict') await load()
    return wrongs(found)
  }
  await load()
  ElMessage.success('已保存，一秒内生效')
  return []
}

export function wrongs(problem: ApiProblem): string[] {
  const fields = Array.isArray(problem.body['fields']) ? (problem.body['fields'] as { place: string; reason: string }[]) : []
  return fields.length ? fields.map((each) => `${placeWord(each.place)}：${each.reason}`) : [`${problem.message} ${problem.remedy}`.trim()]
}

const FIELDS: Record<string, string> = { ref: '号码或坐席', name: '名称', topic: '事项', trunk: '中继', kind: '类型', order: '顺序', shifts: '班次', days: '星期', from: '开始', to: '结束', pattern: '号码', per_hour: '每小时次数', per_seat: '每席每小时次数', denied: '禁止号码', code: '代码', text: '名称', settled: '当场办结', seconds: '整理秒数', default_s: '整理秒数', must_close: '须填写结果' }

const AROUND = ['rules', 'body', 'entries', 'items']

/** `0.shifts.1.days` → 第 1 项 班次 2 星期; `skills.12345.seconds` → 技能 12345 整理秒数 */
export function placeWord(place: string): string {
  const words = place.split('.').filter((each) => !AROUND.includes(each))
  if (words[0] === 'skills') return ['技能', words[1], ...words.slice(2).map((each) => FIELDS[each] ?? each)].join(' ')
  return words.map((each, n) => (/^\d+$/.test(each) ? (n === 0 ? `第 ${Number(each) + 1} 项` : String(Number(each) + 1)) : (FIELDS[each] ?? each))).join(' ')
}

export const byWord = (head: Head): string => (head.changed_by === 'system' || !head.changed_at ? '系统初始内容' : `${head.changed_by} 修改于 ${dateTime(head.changed_at)}`)

const WEEK = ['', '一', '二', '三', '四', '五', '六', '日']

export function daysWord(days: number[]): string {
  const sorted = [...days].sort()
  if (sorted.length === 7) return '每天'
  const run = sorted.every((day, n) => n === 0 || day === (sorted[n - 1] ?? 0) + 1)
  if (run && sorted.length > 2) return `周${WEEK[sorted[0] ?? 0]}至周${WEEK[sorted[sorted.length - 1] ?? 0]}`
  return `周${sorted.map((day) => WEEK[day]).join('、')}`
}

export function shiftWord(shift: Shift): string {
  const over = shift.to <= shift.from ? '次日 ' : ''
  return `${daysWord(shift.days)}${shift.workdays ? '（仅工作日）' : ''} ${shift.from}–${over}${shift.to}`
}

export const shiftsWord = (shifts: Shift[]): string => shifts.map(shiftWord).join('；') || '全天'

export const whoWord = (entry: Entry): string =>
  ({ seat: `坐席 ${entry.ref}`, unit: `${entry.ref} 直通线路`, outside: `外部号码 ${entry.ref}，中继 ${entry.trunk}` })[entry.kind]

export const newShift = (): Shift => ({ days: [1, 2, 3, 4, 5], from: '08:30', to: '17:30', workdays: true })
