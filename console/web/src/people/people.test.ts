import { describe, expect, it } from 'vitest'
import { daysWord, placeWord, shiftsWord } from './people'

describe('shifts in words', () => {
  it('names runs of days, single days and every day', () => {
    expect(daysWord([1, 2, 3, 4, 5])).toBe('周一至周五')
    expect(daysWord([7, 6])).toBe('周六、日')
    expect(daysWord([1, 2, 3, 4, 5, 6, 7])).toBe('每天')
  })
  it('says when a shift ends the next day, and that no shift means all day', () => {
    expect(shiftsWord([{ days: [1, 2, 3], from: '20:00', to: '08:00', workdays: false }])).toBe('周一至周三 20:00–次日 08:00')
    expect(shiftsWord([{ days: [1], from: '08:00', to: '09:00', workdays: true }])).toBe('周一（仅工作日） 08:00–09:00')
    expect(shiftsWord([])).toBe('全天')
  })
  it('turns a place into words', () => {
    expect(placeWord('0.shifts.1.days')).toBe('第 1 项 班次 2 星期')
    expect(placeWord('rules.2.pattern')).toBe('第 3 项 号码')
  })
})
