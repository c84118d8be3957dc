// The small things of a table (lines, trunks, emergency and never-opened numbers, the city) as forms, and back to edits.

import type { Conflict, Edit, EntityName, EntityRecord, Value } from './types'

export type Kind = 'text' | 'hotline' | 'calendar' | 'day' | 'flag' | 'policy'
export type Answers = Record<string, string | boolean>

export interface Field {
  name: string
  kind: Kind
  required?: boolean
  /** Where it is called otherwise than a hotline's field of that name. */
  label?: string
  /** What an empty field means, shown as its placeholder. */
  hint?: string
}

export interface Section {
  entity: EntityName
  /** The field that names it. */
  key: string
  what: string
  fields: Field[]
}

export const SECTIONS: Section[] = [
  { entity: 'unit_line', key: 'ref', what: '单位自己的座席所在的线路。名称须与交换机端点一致。', fields: [
    { name: 'ref', kind: 'text', required: true, hint: '如 unit-12348' },
    { name: 'hotline', kind: 'hotline', required: true },
    { name: 'calendar', kind: 'calendar', required: true },
    { name: 'number', label: '外线号码', kind: 'text', hint: '线路的外线号码，用来认出转回本平台的来电' },
    { name: 'valid_from', kind: 'day', hint: '一直有效' },
    { name: 'valid_until', kind: 'day', hint: '没有期限' },
  ] },
  { entity: 'trunk', key: 'name', what: '来电经过的运营商中继。未列出的中继，其前转信息不予采信。', fields: [
    { name: 'name', label: '中继名称', kind: 'text', required: true, hint: '如 carrier' },
    { name: 'believe_diversion', kind: 'flag' },
    { name: 'number', label: '固定归属', kind: 'hotline', hint: '不固定' },
    { name: 'default', label: '无法识别时归属', kind: 'hotline', hint: '主号码' },
  ] },
  { entity: 'emergency', key: 'number', what: '不归并，按联动方式处理。改动联动方式在发布前须说明理由。', fields: [
    { name: 'number', kind: 'text', required: true },
    { name: 'name', label: '名称', kind: 'text', required: true },
    { name: 'unit', kind: 'text', required: true },
    { name: 'policy', kind: 'policy', required: true },
  ] },
  { entity: 'never_opened', key: 'number', what: '本市从未提供接听的号码，不得在此次归并中开通。', fields: [
    { name: 'number', kind: 'text', required: true },
    { name: 'name', label: '名称', kind: 'text', required: true },
    { name: 'note', kind: 'text' },
  ] },
  { entity: 'city', key: 'city', what: '主号码和本市区号。区号用来识别带区号拨打的短号码。', fields: [
    { name: 'name', label: '城市名称', kind: 'text', required: true },
    { name: 'area_code', kind: 'text', required: true, hint: '含开头的 0，如 0872' },
    { name: 'main', kind: 'hotline', required: true },
  ] },
]

const emptyOf = (field: Field): string | boolean => (field.kind === 'flag' ? false : field.kind === 'policy' ? 'hand_over' : '')
/** What a record means where it leaves the field out. */
const DEFAULTS: Partial<Record<EntityName, Answers>> = { city: { main: '12345' } }

export function answersOf(section: Section, record: Value | null): Answers {
  return Object.fromEntries(section.fields.map((field) => {
    const given = record?.[field.name] ?? (record ? DEFAULTS[section.entity]?.[field.name] : undefined)
    return [field.name, field.kind === 'flag' ? given === true : typeof given === 'string' ? given : emptyOf(field)]
  }))
}

const clean = (value: string | boolean | null | undefined): string | boolean => (typeof value === 'string' ? value.trim() : (value ?? ''))

/** The whole record, as it would be added. */
export function recordOf(section: Section, answers: Answers): Value {
  const given = section.fields.filter((field) => field.required || clean(answers[field.name]) !== emptyOf(field))
  return Object.fromEntries(given.map((field) => [field.name, clean(answers[field.name])]))
}

export const keyOf = (section: Section, answers: Answers): string => (section.entity === 'city' ? 'city' : String(clean(answers[section.key])))

/** The edit that makes `after` of `before`; null when there is nothing to save. `key` "" for a new one. */
export function entityEdit(section: Section, key: string, before: Answers, after: Answers): Edit | null {
  if (!key) return { action: 'add', entity: section.entity, key: '', value: recordOf(section, after) }
  const changed = section.fields.filter((field) => clean(before[field.name]) !== clean(after[field.name]))
  if (!changed.length) return null
  const value = changed.map((field) => [field.name, !field.required && clean(after[field.name]) === emptyOf(field) ? null : clean(after[field.name])])
  return { action: 'change', entity: section.entity, key, value: Object.fromEntries(value) as Value }
}

/** Required fields that are empty: field → why. */
export function missing(section: Section, answers: Answers): Record<string, string> {
  return Object.fromEntries(section.fields.filter((field) => field.required && clean(answers[field.name]) === '').map((field) => [field.name, '必填']))
}

/**
 * The edit of one entity after the conflicts were decided: without the fields where theirs stays. Where one side took
 * the whole away or both added it, mine is put in as a whole.
 */
export function decided(edit: Edit, whole: Value, theirs: Conflict[], all: Conflict[], now: EntityRecord[]): Edit | null {
  if (theirs.some((each) => each.field === '')) return null
  if (all.some((each) => each.field === '') && edit.action !== 'remove') {
    const there = all[0] ? now.some((each) => each.key === all[0]?.key) : false
    return there ? { ...edit, action: 'replace', key: all[0]?.key ?? edit.key, value: whole } : { ...edit, action: 'add', key: '', value: whole }
  }
  if (edit.action !== 'change') return theirs.length ? null : edit
  const left = Object.entries(edit.value).filter(([name]) => !theirs.some((each) => each.field.split('.')[0] === name))
  return left.length ? { ...edit, value: Object.fromEntries(left) } : null
}
