// A row's record as a form, and back to an edit: only what was changed, null for what was emptied.

import type { Edit, EntityRecord, Value } from './types'

export interface RowForm {
  number: string
  name: string
  unit: string
  merge_mode: string
  number_kept: boolean
  seats: string
  transfer_mechanism: boolean
  expert_seat_allowed: boolean
  valid_from: string
  valid_until: string
  transition_from: string
  cut_over: string
  rolled_back: string
  aliases: string[]
  greeting: string
  skills: string[]
  priority: number
  expert_direct: boolean
  after_announcement: string
  menu_open: string
  menu_closed: string
  menu_calendar: string
  chain: string[]
  shared_percent: number
  shared_calendar: string
  note: string
}

export type RowField = keyof RowForm

/** The model's defaults: a record leaves these out. */
export const EMPTY: RowForm = {
  number: '', name: '', unit: '', merge_mode: 'parallel', number_kept: true, seats: 'merged', transfer_mechanism: false,
  expert_seat_allowed: false, valid_from: '', valid_until: '', transition_from: '', cut_over: '', rolled_back: '', aliases: [], greeting: '',
  skills: [], priority: 0, expert_direct: false, after_announcement: 'hangup', menu_open: '', menu_closed: '', menu_calendar: '', chain: [],
  shared_percent: 0, shared_calendar: '', note: '',
}
const REQUIRED: RowField[] = ['number', 'name', 'unit', 'merge_mode', 'number_kept', 'seats', 'transfer_mechanism', 'expert_seat_allowed']
export const FIELDS = Object.keys(EMPTY) as RowField[]

/** Plain data only; a proxy of Vue's is copied as what it holds. */
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

export function formOf(record: Value | null): RowForm {
  const form = copy(EMPTY)
  if (!record) return form
  const given = Object.entries(record).filter(([name, value]) => name in form && value !== null && value !== undefined)
  return { ...form, ...(copy(Object.fromEntries(given)) as Partial<RowForm>) }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

export function changedFields(before: RowForm, after: RowForm): RowField[] {
  return FIELDS.filter((field) => !same(before[field], after[field]))
}

/** The edit that makes `after` of `before`; null when there is nothing to save. `key` "" for a new row. */
export function editOf(key: string, before: RowForm, after: RowForm): Edit | null {
  if (!key) {
    const value = FIELDS.filter((field) => REQUIRED.includes(field) || !same(after[field], EMPTY[field])).map((field) => [field, after[field]])
    return { action: 'add', entity: 'row', key: '', value: Object.fromEntries(value) as Value }
  }
  const changed = changedFields(before, after)
  if (!changed.length) return null
  const value = changed.map((field) => [field, !REQUIRED.includes(field) && same(after[field], EMPTY[field]) ? null : after[field]])
  return { action: 'change', entity: 'row', key, value: Object.fromEntries(value) as Value }
}

/** As `routing_table.entities.row_key`. */
export const rowKey = (form: Pick<RowForm, 'number' | 'valid_from'>): string =>
  form.valid_from ? `${form.number.trim()}@${form.valid_from}` : form.number.trim()

/** Keep mine where I chose so; drop the fields where theirs stays. An edit without fields left disappears. */
export function keepChosen(edits: Edit[], theirs: { entity: string; key: string; field: string }[]): Edit[] {
  return edits.flatMap((edit) => {
    const dropped = theirs.filter((each) => each.entity === edit.entity && (each.key === edit.key || each.key.split('@')[0] === edit.key))
    if (dropped.some((each) => each.field === '')) return []
    if (edit.action !== 'change') return dropped.length ? [] : [edit]
    const left = Object.entries(edit.value).filter(([name]) => !dropped.some((each) => each.field.split('.')[0] === name))
    return left.length ? [{ ...edit, value: Object.fromEntries(left) }] : []
  })
}

export const rowsOf = (records: EntityRecord[], number: string): EntityRecord[] => records.filter((each) => each.value['number'] === number)
