import { describe, expect, it } from 'vitest'
import type { OrderChange, OrdersNews } from '../api/types'
import { belongs, newsText, nothing, type Shown, taken } from './news'

const change = (id: string, more: Partial<OrderChange> = {}): OrderChange => ({
  order_id: id, version: 2, queue: 'sign', open: true, overdue: false, proposed: false, supervised: false, due_at: '2026-11-24T01:00:00+00:00', created_at: '2026-11-23T01:00:00+00:00', ...more,
})
const news = (changed: OrderChange[], gone: string[] = []): OrdersNews => ({ type: 'orders', changed, gone, many: false, counts: null })
const row = (id: string, version = 1, due = '2026-11-24T02:00:00+00:00'): Shown => ({ order_id: id, version, due_at: due, created_at: '2026-11-22T01:00:00+00:00' })

describe('news of orders', () => {
  it('counts an order of the list that is not shown yet, once', () => {
    const one = taken(nothing(), news([change('a')]), [row('b')], { queue: 'sign' }, false)
    const two = taken(one, news([change('a', { version: 3 })]), [row('b')], { queue: 'sign' }, false)
    expect([...two.fresh]).toEqual(['a'])
    expect(newsText(two, false)).toBe('有 1 件新工单，点此刷新')
  })
  it('forgets it again when it has moved on to another list', () => {
    const one = taken(nothing(), news([change('a')]), [], { queue: 'sign' }, false)
    expect(newsText(taken(one, news([change('a', { queue: 'handle' })]), [], { queue: 'sign' }, false), false)).toBe('')
  })
  it('tells of a shown row that changed or was taken away, and of what the page itself did not', () => {
    const shown = [row('a'), row('b', 2), row('c')]
    const found = taken(nothing(), news([change('a'), change('b')], ['c', 'd']), shown, { open: true }, false)
    expect([...found.stale]).toEqual(['a', 'c'])
    expect(newsText(found, false)).toBe('有 2 件有变化，点此刷新')
  })
  it('leaves out what would stand on a later page', () => {
    const late = change('x', { due_at: '2026-12-24T02:00:00+00:00' })
    expect(taken(nothing(), news([late]), [row('a')], { open: true }, true).fresh.size).toBe(0)
    expect(taken(nothing(), news([late]), [row('a')], { open: true }, false).fresh.size).toBe(1)
    const newest = change('y', { created_at: '2026-11-25T00:00:00+00:00', due_at: null })
    expect(taken(nothing(), news([newest]), [row('a')], { sort: 'new' }, true).fresh.size).toBe(1)
  })
  it('knows the lists by flags', () => {
    expect(belongs(change('a', { overdue: true }), { overdue: true, open: true })).toBe(true)
    expect(belongs(change('a'), { proposed: true })).toBe(false)
    expect(belongs(change('a', { open: false }), { open: true })).toBe(false)
  })
  it('names no number where only the server can tell, and when something was missed', () => {
    const found = taken(nothing(), news([change('a')]), [], {}, false)
    expect(newsText(found, true)).toBe('工单有更新，点此刷新')
    expect(newsText({ ...nothing(), many: true }, false)).toBe('工单有更新，点此刷新')
  })
})
