import { describe, expect, it } from 'vitest'
import { answersOf, decided, entityEdit, keyOf, missing, recordOf, SECTIONS, type Section } from './entityForm'
import type { Conflict, EntityName } from './types'

const section = (entity: EntityName): Section => SECTIONS.find((each) => each.entity === entity) as Section
const line = section('unit_line')
const record = { ref: 'unit-12348', hotline: '12348', calendar: 'unit-12348', number: '0872-2222222' }
const conflict = (field: string, mine = '甲', theirs = '乙'): Conflict => ({ entity: 'unit_line', key: 'unit-12348', field, base: '', mine, theirs, text: '' })

describe('a line as a form', () => {
  it('changes nothing when nothing but spaces was typed', () => {
    expect(entityEdit(line, 'unit-12348', answersOf(line, record), { ...answersOf(line, record), ref: ' unit-12348 ' })).toBeNull()
  })
  it('sends what was changed, null for what was emptied', () => {
    const after = { ...answersOf(line, record), number: '', calendar: 'day' }
    expect(entityEdit(line, 'unit-12348', answersOf(line, record), after)).toEqual({ action: 'change', entity: 'unit_line', key: 'unit-12348', value: { calendar: 'day', number: null } })
  })
  it('adds one without what is empty', () => {
    expect(entityEdit(line, '', answersOf(line, null), { ...answersOf(line, null), ref: 'u', hotline: '12348', calendar: 'c' })?.value).toEqual({ ref: 'u', hotline: '12348', calendar: 'c' })
  })
  it('names what is still missing', () => {
    expect(Object.keys(missing(line, answersOf(line, null)))).toEqual(['ref', 'hotline', 'calendar'])
  })
})

describe('defaults that a record leaves out', () => {
  it('shows them and does not send them back', () => {
    const emergency = section('emergency')
    expect(answersOf(emergency, { number: '110', name: '报警', unit: '公安局' })['policy']).toBe('hand_over')
    const city = section('city')
    expect([answersOf(city, { name: '示范市', area_code: '0872' })['main'], keyOf(city, {})]).toEqual(['12345', 'city'])
    const trunk = section('trunk')
    expect(recordOf(trunk, { ...answersOf(trunk, null), name: 'carrier' })).toEqual({ name: 'carrier' })
  })
})

describe('after a conflict', () => {
  const edit = { action: 'change', entity: 'unit_line', key: 'unit-12348', value: { calendar: 'day', number: null } } as const
  it('leaves the fields to theirs that were given to theirs', () => {
    const all = [conflict('calendar'), conflict('number')]
    expect(decided({ ...edit }, record, [conflict('number')], all, [])?.value).toEqual({ calendar: 'day' })
    expect(decided({ ...edit }, record, all, all, [])).toBeNull()
  })
  it('puts mine back as a whole when they had removed it, and over theirs when both added one', () => {
    expect(decided({ ...edit }, record, [], [conflict('', '甲', '-')], [])).toMatchObject({ action: 'add', key: '', value: record })
    const added = { action: 'add', entity: 'unit_line', key: '', value: record } as const
    expect(decided({ ...added }, record, [], [conflict('')], [{ key: 'unit-12348', value: {} }])).toMatchObject({ action: 'replace', key: 'unit-12348' })
    expect(decided({ ...added }, record, [conflict('')], [conflict('')], [])).toBeNull()
  })
})
