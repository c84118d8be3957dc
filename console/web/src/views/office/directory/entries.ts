// The three lists of the directory: their fields, what differs from the version in force, what a sheet brings. Pure.

import type { CatalogueEntry, SubjectEntry, UnitEntry } from '../../../order/types'

export type List = 'units' | 'subjects' | 'entries'
export type Entry = Record<string, string | boolean>
export type Doc = 'units' | 'subjects'

export interface FieldOf {
  field: string
  label: string
  kind: 'text' | 'flag' | 'unit' | 'subject'
  max: number
  width: number
  /** Shown on narrow screens too. */
  main?: boolean
  needed?: boolean
  hint?: string
  empty?: string
  pattern?: RegExp
}

const ID = /^[A-Za-z0-9_-]{1,40}$/
const PATH = /^[^/]+(\/[^/]+)*$/
export const FIELDS: Record<List, FieldOf[]> = {
  units: [
    { field: 'id', label: '编号', kind: 'text', max: 40, width: 120, needed: true, pattern: ID, hint: '字母、数字、“-”和“_”；保存后不能再改' },
    { field: 'name', label: '名称', kind: 'text', max: 80, width: 210, needed: true, main: true },
    { field: 'parent', label: '上级', kind: 'unit', max: 40, width: 150, empty: '—' },
    { field: 'body', label: '归属机构', kind: 'text', max: 40, width: 120, empty: '—', hint: '同一机构的几个单位填写相同内容：诉求涉及其中一个，就不派给这几个单位。留空表示只算自己' },
    { field: 'area', label: '区域', kind: 'text', max: 60, width: 110, empty: '—' },
    { field: 'phone', label: '电话', kind: 'text', max: 40, width: 130, empty: '—' },
    { field: 'active', label: '启用', kind: 'flag', max: 0, width: 70, main: true, hint: '停用的单位不再收到新工单，以往工单照常可查' },
  ],
  subjects: [
    { field: 'path', label: '类目', kind: 'text', max: 120, width: 360, needed: true, main: true, pattern: PATH, hint: '用“/”分级，例如 城市管理/市政/路灯' },
    { field: 'public', label: '可公开', kind: 'flag', max: 0, width: 90, main: true, hint: '工单可在开放接口上公开（去除个人信息）' },
    { field: 'hotline', label: '专属热线', kind: 'text', max: 20, width: 120, empty: '—', pattern: /^[0-9]{0,20}$/ },
  ],
  entries: [
    { field: 'subject', label: '类目', kind: 'subject', max: 120, width: 320, needed: true, main: true },
    { field: 'area', label: '区域', kind: 'text', max: 60, width: 120, empty: '全市', hint: '留空表示全市' },
    { field: 'unit', label: '承办单位', kind: 'unit', max: 40, width: 220, needed: true, main: true },
  ],
}

export const blank = (list: List): Entry => Object.fromEntries(FIELDS[list].map((each) => [each.field, each.kind === 'flag' ? each.field === 'active' : '']))
export const docOf = (list: List): Doc => (list === 'units' ? 'units' : 'subjects')
export const asEntries = (rows: readonly (UnitEntry | SubjectEntry | CatalogueEntry)[]): Entry[] => rows.map((row) => ({ ...row }))

/** What makes an entry the same one in two versions. */
export function keyOf(list: List, entry: Entry): string {
  if (list === 'units') return String(entry['id'])
  if (list === 'subjects') return String(entry['path'])
  return [entry['subject'], entry['area'], entry['unit']].join('\u0000')
}
const same = (list: List, a: Entry, b: Entry): boolean => FIELDS[list].every(({ field }) => a[field] === b[field])

export interface Difference {
  added: number
  changed: number
  gone: number
  /** Places in the new list of what is not as it was. */
  places: Set<number>
}

export function difference(list: List, before: readonly Entry[], after: readonly Entry[]): Difference {
  const known = new Map(before.map((entry) => [keyOf(list, entry), entry]))
  const found: Difference = { added: 0, changed: 0, gone: 0, places: new Set() }
  const kept = new Set<string>()
  after.forEach((entry, place) => {
    const key = keyOf(list, entry)
    const old = known.get(key)
    kept.add(key)
    if (old && same(list, old, entry)) return
    found.places.add(place)
    if (old) found.changed += 1
    else found.added += 1
  })
  found.gone = [...known.keys()].filter((key) => !kept.has(key)).length
  return found
}

/** The working copy with a sheet taken in. Units that the sheet does not name stay (they can only be switched off); the other lists are the sheet. */
export function withSheet(list: List, now: readonly Entry[], sheet: readonly Entry[]): Entry[] {
  if (list !== 'units') return [...sheet]
  const told = new Map(sheet.map((entry) => [keyOf(list, entry), entry]))
  const known = new Set(now.map((entry) => keyOf(list, entry)))
  return [...sheet.filter((entry) => !known.has(keyOf(list, entry))), ...now.map((entry) => told.get(keyOf(list, entry)) ?? entry)]
}

/** What is wrong with an entry before it is sent; empty for nothing. */
export function wrongWith(list: List, entry: Entry): Record<string, string> {
  const found: Record<string, string> = {}
  for (const { field, label, needed, pattern } of FIELDS[list]) {
    const value = entry[field]
    if (typeof value !== 'string') continue
    if (needed && !value) found[field] = `请填写${label}`
    else if (value && pattern && !pattern.test(value)) found[field] = `${label}的格式不对`
  }
  return found
}
