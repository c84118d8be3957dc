// A menu as its form holds it, and back to an edit: one field per option, so that two people may change two options.

import type { Conflict, Edit, Prompt, Value } from './types'

export interface OptionForm {
  key: string
  id: string
  label: string
  prompt: string
  skills: string[]
  priority: number
}

export interface MenuForm {
  id: string
  prompt: string
  wait_s: number
  total_s: number
  barge_in: boolean
  options: OptionForm[]
}

export const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#'] as const
export const MAX_OPTIONS = 5
const EMPTY: Omit<MenuForm, 'options'> = { id: '', prompt: '', wait_s: 4, total_s: 60, barge_in: true }
const FIELDS = ['prompt', 'wait_s', 'total_s', 'barge_in'] as const

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const list = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

export const emptyOption = (key: string): OptionForm => ({ key, id: '', label: '', prompt: '', skills: [], priority: 0 })

export function optionOf(value: Value): OptionForm {
  return { key: text(value['key']), id: text(value['id']), label: text(value['label']), prompt: text(value['prompt']), skills: list(value['skills']), priority: Number(value['priority'] ?? 0) }
}

export function menuFormOf(record: Value | null): MenuForm {
  const options = Array.isArray(record?.['options']) ? (record['options'] as Value[]) : []
  return {
    id: text(record?.['id']),
    prompt: text(record?.['prompt']),
    wait_s: Number(record?.['wait_s'] ?? EMPTY.wait_s),
    total_s: Number(record?.['total_s'] ?? EMPTY.total_s),
    barge_in: record?.['barge_in'] !== false,
    options: options.map(optionOf),
  }
}

/** The option's record, without what is empty. */
export function optionRecord(option: OptionForm): Value {
  const record: Value = { key: option.key, id: option.id.trim(), prompt: option.prompt.trim() }
  if (option.label.trim()) record['label'] = option.label.trim()
  if (option.skills.length) record['skills'] = [...option.skills]
  if (option.priority) record['priority'] = option.priority
  return record
}

export function menuRecord(form: MenuForm): Value {
  const record: Value = { id: form.id.trim(), prompt: form.prompt.trim() }
  for (const field of ['wait_s', 'total_s', 'barge_in'] as const) if (form[field] !== EMPTY[field]) record[field] = form[field]
  return { ...record, options: form.options.map(optionRecord) }
}

/** The edit that makes `after` of `before`; null when there is nothing to save. `key` "" for a new menu. */
export function menuEdit(key: string, before: MenuForm, after: MenuForm): Edit | null {
  if (!key) return { action: 'add', entity: 'menu', key: '', value: menuRecord(after) }
  const value: Value = {}
  for (const field of FIELDS) if (!same(before[field], after[field])) value[field] = after[field]
  const keys = after.options.map((each) => each.key)
  if (new Set(keys).size !== keys.length || keys.includes('')) value['options'] = after.options.map(optionRecord) // the server says what is wrong
  else Object.assign(value, optionChanges(before.options, after.options))
  return Object.keys(value).length ? { action: 'change', entity: 'menu', key, value } : null
}

function optionChanges(before: OptionForm[], after: OptionForm[]): Value {
  const value: Value = {}
  const old = new Map(before.map((each) => [each.key, optionRecord(each)]))
  for (const option of after) if (!same(old.get(option.key), optionRecord(option))) value[`options.${option.key}`] = optionRecord(option)
  for (const key of old.keys()) if (!after.some((each) => each.key === key)) value[`options.${key}`] = null
  const order = after.map((each) => each.key)
  const kept = [...before.map((each) => each.key).filter((key) => order.includes(key)), ...order.filter((key) => !old.has(key))]
  if (!same(order, kept)) value['order'] = order
  return value
}

/** Without the fields where theirs stays; null when nothing of mine is left. */
export function withoutTheirs(edit: Edit, theirs: Conflict[]): Edit | null {
  if (theirs.some((each) => each.field === '')) return null
  if (edit.action !== 'change') return theirs.length ? null : edit
  const left = Object.entries(edit.value).filter(([name]) => !theirs.some((each) => each.field === name))
  return left.length ? { ...edit, value: Object.fromEntries(left) } : null
}

/** A key nobody uses yet, in the order of the keypad. */
export const freeKey = (form: MenuForm): string => KEYS.find((key) => !form.options.some((each) => each.key === key)) ?? ''

/** What a caller hears, in order: the opening, then each option's own line. */
export const heard = (form: MenuForm): string[] => [form.prompt, ...form.options.map((each) => each.prompt)].filter(Boolean)

const SPOKEN: Record<string, string> = { 一: '1', 幺: '1', 二: '2', 两: '2', 三: '3', 四: '4', 五: '5', 六: '6', 七: '7', 八: '8', 九: '9', 零: '0', 星号: '*', 井号: '#', 星: '*', 井: '#' }

/** The key that a text tells the caller to press; "" when it names none. */
export function saidKey(said: string): string {
  const found = /按\s*([0-9*#]|星号|井号|[一幺二两三四五六七八九零星井])/.exec(said)
  return found?.[1] ? (SPOKEN[found[1]] ?? found[1]) : ''
}

/** Why an option's line would mislead: it names another key than the one that takes the caller there. */
export function misleads(option: OptionForm, prompts: Map<string, Prompt>): string {
  const key = saidKey(prompts.get(option.prompt)?.text ?? '')
  return key && key !== option.key ? `录音说的是按 ${key}，与按键 ${option.key || '（未选）'} 不一致` : ''
}
