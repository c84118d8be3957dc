import { describe, expect, it } from 'vitest'
import { type Contact, standing } from './contacts'

const NOON = Date.parse('2026-11-20T04:00:00Z')
const attempt = (minutes: number, changes: Partial<Contact> = {}): Contact => ({
  at: new Date(NOON + minutes * 60_000).toISOString(), by: 'li', unit: 'water', result: 'no_answer', channel: 'call', cause: '', counted: true, ...changes,
})

describe('attempts to reach a caller', () => {
  it('the next one counts an hour after the last that counted', () => {
    expect(standing([attempt(0)], 60, NOON + 59 * 60_000)).toEqual({ counted: 1, reached: false, nextAt: NOON + 3_600_000 })
    expect(standing([attempt(0)], 60, NOON + 60 * 60_000).nextAt).toBeNull()
  })
  it('one too early neither counts nor moves the hour', () => {
    expect(standing([attempt(0), attempt(30, { counted: false })], 60, NOON + 61 * 60_000)).toEqual({ counted: 1, reached: false, nextAt: null })
  })
  it('without a rule every attempt counts at once', () => {
    expect(standing([attempt(0)], null, NOON).nextAt).toBeNull()
    expect(standing([], 60, NOON)).toEqual({ counted: 0, reached: false, nextAt: null })
  })
  it('knows when the caller was reached', () => {
    expect(standing([attempt(0), attempt(5, { result: 'reached', counted: false })], 60, NOON).reached).toBe(true)
  })
})
