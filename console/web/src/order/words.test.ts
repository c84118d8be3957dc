import { describe, expect, it } from 'vitest'
import type { TimelineEntry } from './types'
import { eventDetails, eventTone, limitWord, ruleWord, untilDue } from './words'

const entry = (kind: string, data: Record<string, unknown>): TimelineEntry => ({ n: 1, kind, word: '', at: '2026-11-20T04:00:00Z', by: 'u', role: 'unit', unit: null, why: '', data, hidden: false })
const told = (kind: string, data: Record<string, unknown>) => eventDetails(entry(kind, data), null, (unit) => `<${unit}>`).map((each) => `${each.label}:${each.text}`)

describe('words of an order', () => {
  it('says limits as officials do', () => {
    expect(['5 WD', '3 natural days', '1 working hour', '24 clock hours', 'same day', 'at once', 'next WD by 10:00', 'sometime'].map(limitWord)).toEqual([
      '5 个工作日', '3 个自然日', '1 个工作小时', '24 小时', '当日', '立即', '下一工作日 10:00 前', 'sometime',
    ])
  })
  it('names documents, not their files', () => {
    expect(ruleWord('qingpu-water 第七条（二）；liaoning 第十五条')).toBe('青浦水务办法第七条（二）；辽宁办法第十五条')
    expect(ruleWord('my-city 第一条')).toBe('my-city 第一条')
  })
  it('tells how near a deadline is', () => {
    const now = Date.parse('2026-11-20T04:00:00Z')
    expect(untilDue('2026-11-20T04:30:00Z', now)).toEqual({ text: '还有 30 分钟', tone: 'warn' })
    expect(untilDue('2026-11-25T04:00:00Z', now)).toEqual({ text: '还有 5 天', tone: '' })
    expect(untilDue('2026-11-20T01:00:00Z', now)).toEqual({ text: '已超过 3 小时', tone: 'bad' })
  })
  it('says who leads only where there are several', () => {
    expect(told('dispatched', { units: ['water'], lead: 'water', suggested: true })).toEqual(['承办单位:<water>'])
    expect(told('dispatched', { units: ['water', 'roads'], lead: 'water' })).toEqual(['承办单位:<water>、<roads>', '牵头:<water>'])
  })
  it('keeps silent about what is empty, and tells what a caller was not asked', () => {
    expect(told('followed_up', { channel: 'call', result: 'unsatisfied', solved: null, unit_fault: false, text: '' })).toEqual(['方式:电话', '结果:unsatisfied', '问题解决:未问及'])
    expect(told('answered', { ground: 'solved', report: { result: '已修', other: '' } })).toEqual(['情形:solved', 'result:已修'])
    expect(eventTone(entry('followed_up', { result: 'unsatisfied' }))).toBe('bad')
  })
})
