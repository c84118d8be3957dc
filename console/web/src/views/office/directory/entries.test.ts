import { describe, expect, it } from 'vitest'
import { blank, difference, type Entry, withSheet, wrongWith } from './entries'

const unit = (id: string, more: Entry = {}): Entry => ({ ...blank('units'), id, name: id, ...more })

describe('the directory as a working copy', () => {
  it('says what differs from the version in force', () => {
    const before = [unit('a'), unit('b'), unit('c')]
    const found = difference('units', before, [unit('new'), unit('a'), unit('b', { body: '水务' })])
    expect([found.added, found.changed, found.gone]).toEqual([1, 1, 1])
    expect([...found.places]).toEqual([0, 2])
  })
  it('keeps units that a sheet does not name, changes those it does, and puts new ones on top', () => {
    const found = withSheet('units', [unit('a'), unit('b')], [unit('b', { active: false }), unit('c')])
    expect(found.map((each) => [each['id'], each['active']])).toEqual([['c', true], ['a', true], ['b', false]])
  })
  it('takes the other lists as the sheet has them', () => {
    const rows = [{ path: '水务/供水', public: true, hotline: '' }]
    expect(withSheet('subjects', [{ path: '市政', public: false, hotline: '' }], rows)).toEqual(rows)
  })
  it('tells what is missing or malformed', () => {
    expect(Object.keys(wrongWith('units', unit('水务')))).toEqual(['id'])
    expect(wrongWith('subjects', { path: '水务//供水', public: false, hotline: '12a' })).toEqual({ path: '类目的格式不对', hotline: '专属热线的格式不对' })
    expect(wrongWith('entries', { subject: '', area: '', unit: 'w' })).toEqual({ subject: '请填写类目' })
  })
  it('is quick with a full directory', () => {
    const many = Array.from({ length: 5000 }, (_, n) => unit(`u${n}`))
    const start = performance.now()
    expect(difference('units', many, many).places.size).toBe(0)
    expect(performance.now() - start).toBeLessThan(500)
  })
})
