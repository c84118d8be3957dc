import { describe, expect, it } from 'vitest'
import { marked, standing, today, validity } from './standing'

const article = (changes: object = {}) => ({ state: 'published' as const, valid_from: null, valid_until: null, review_due: null, ...changes })

describe('standing', () => {
  it.each([
    [{ state: 'withdrawn' }, 'bad'],
    [{ state: 'draft' }, 'warn'],
    [{ valid_until: '2026-11-21' }, 'bad'],
    [{ valid_until: '2026-11-22' }, 'good'],
    [{ valid_from: '2026-11-23' }, 'warn'],
    [{ review_due: '2026-11-22' }, 'warn'],
    [{ review_due: '2026-11-23' }, 'good'],
    [{ valid_until: '2026-11-21', review_due: '2026-11-01' }, 'bad'],
  ])('%j on 2026-11-22 is %s', (changes, tone) => {
    expect(standing(article(changes), '2026-11-22').tone).toBe(tone)
  })
  it('knows the day of the city, not of the browser', () => {
    expect(today(new Date('2026-11-21T16:00:00Z'))).toBe('2026-11-22')
  })
  it('says how long an article holds', () => {
    expect(validity(article())).toBe('长期有效')
    expect(validity(article({ valid_from: '2026-01-01', valid_until: '2026-12-31' }))).toBe('2026-01-01 至 2026-12-31')
  })
})

describe('marked', () => {
  it('shows the searched words, whatever signs they hold', () => {
    expect(marked('社保卡（补办）说明', '社保卡 （补办）')).toEqual([
      { text: '社保卡', hit: true }, { text: '（补办）', hit: true }, { text: '说明', hit: false },
    ])
    expect(marked('a+b', '+')).toEqual([{ text: 'a', hit: false }, { text: '+', hit: true }, { text: 'b', hit: false }])
    expect(marked('x', '  ')).toEqual([{ text: 'x', hit: false }])
  })
})
