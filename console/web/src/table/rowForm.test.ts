import { describe, expect, it } from 'vitest'
import { changedFields, editOf, EMPTY, formOf, keepChosen, rowKey } from './rowForm'

const record = { number: '12333', name: '人社热线', unit: '市人社局', merge_mode: 'parallel', number_kept: true, seats: 'kept_by_unit', transfer_mechanism: false, expert_seat_allowed: true, note: '甲', valid_from: '2021-06-01' }

describe('a row as a form', () => {
  it('changes nothing when nothing was typed', () => {
    expect(editOf('12333', formOf(record), formOf(record))).toBeNull()
  })
  it('sends only what was changed, and null for what was emptied', () => {
    const after = { ...formOf(record), note: '', seats: 'merged', chain: ['shared_seats'] }
    expect(editOf('12333@2021-06-01', formOf(record), after)?.value).toEqual({ note: null, seats: 'merged', chain: ['shared_seats'] })
    expect(changedFields(formOf(record), after)).toEqual(['seats', 'chain', 'note'])
  })
  it('sends a new row without the defaults', () => {
    const value = editOf('', EMPTY, { ...EMPTY, number: '12399', name: '新', unit: '某局' })?.value
    expect(Object.keys(value ?? {})).toEqual(['number', 'name', 'unit', 'merge_mode', 'number_kept', 'seats', 'transfer_mechanism', 'expert_seat_allowed'])
  })
  it('names a row by its number and first day', () => {
    expect([rowKey({ number: '12333', valid_from: '' }), rowKey({ number: '12356 ', valid_from: '2025-05-01' })]).toEqual(['12333', '12356@2025-05-01'])
  })
})

describe('choosing between mine and theirs', () => {
  const edits = [{ action: 'change', entity: 'row', key: '12333', value: { note: '乙', unit: '丙' } }] as const
  it('drops only the fields where theirs stays', () => {
    expect(keepChosen([...edits], [{ entity: 'row', key: '12333', field: 'note' }])[0]?.value).toEqual({ unit: '丙' })
  })
  it('has nothing left when everything is theirs', () => {
    expect(keepChosen([...edits], [{ entity: 'row', key: '12333', field: '' }])).toEqual([])
  })
})
