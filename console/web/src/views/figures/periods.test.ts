import { describe, expect, it } from 'vitest'
import { dayAfter, days, lastMonth, monthPeriod, percent, today } from './periods'

describe('periods', () => {
  it('takes the day of the city, not of the browser', () => {
    expect(today(Date.parse('2026-11-20T16:30:00Z'))).toBe('2026-11-21')
  })
  it('ends a period after its last day', () => {
    expect(days('2026-11-01', '2026-11-30').until.toISOString()).toBe('2026-11-30T16:00:00.000Z')
    expect(dayAfter('2026-12-31')).toBe('2027-01-01')
  })
  it('knows December', () => {
    expect(monthPeriod('2026-12').until.toISOString()).toBe('2026-12-31T16:00:00.000Z')
    expect(lastMonth(Date.parse('2027-01-05T00:00:00Z'))).toBe('2026-12')
  })
  it('says nothing was counted instead of nought', () => {
    expect([percent(null), percent(0), percent(0.9876)]).toEqual(['—', '0.0%', '98.8%'])
  })
})
