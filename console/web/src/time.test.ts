import { describe, expect, it } from 'vitest'
import { clockTime, dateTime, duration, timer } from './time'

describe('times', () => {
  it('are the city’s, wherever the browser is', () => {
    expect(dateTime('2026-11-20T16:30:05Z')).toBe('2026-11-21 00:30:05')
    expect(clockTime('2026-11-20T04:00:00Z')).toBe('12:00:00')
  })
  it('count like a stopwatch and read like a sentence', () => {
    expect([timer(95), timer(4751), timer(-3)]).toEqual(['01:35', '1:19:11', '00:00'])
    expect([duration(8.26), duration(95), duration(3600), duration(null)]).toEqual(['8.3 秒', '1 分 35 秒', '1 时 0 分 0 秒', '—'])
  })
})
