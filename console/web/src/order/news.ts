// What of the orders that have come or changed concerns a list on the page. Pure.

import type { Query } from '../api/client'
import type { OrderChange, OrdersNews } from '../api/types'

export interface Shown {
  order_id: string
  version: number
  due_at: string | null
  created_at: string
}

/** What has happened since the list was loaded: orders not on it yet, rows that are no longer as shown. */
export interface Pending {
  fresh: Set<string>
  stale: Set<string>
  many: boolean
}

export const nothing = (): Pending => ({ fresh: new Set(), stale: new Set(), many: false })

const FLAGS = ['open', 'overdue', 'proposed', 'supervised'] as const

/** Whether the list holds such orders, as far as that can be told without what they say. */
export function belongs(change: OrderChange, query: Query): boolean {
  if (query['queue'] && query['queue'] !== change.queue) return false
  return FLAGS.every((flag) => query[flag] === undefined || query[flag] === null || query[flag] === change[flag])
}

/** Whether it would stand among the rows that are shown, when there are further pages. */
function withinPage(change: OrderChange, shown: readonly Shown[], query: Query): boolean {
  const first = shown[0]
  const last = shown[shown.length - 1]
  if (!first || !last) return true
  if (query['sort'] === 'new') return change.created_at > first.created_at
  if (!change.due_at) return last.due_at === null
  return last.due_at === null || Date.parse(change.due_at) <= Date.parse(last.due_at)
}

/** `more`: the list has further pages. */
export function taken(before: Pending, news: OrdersNews, shown: readonly Shown[], query: Query, more: boolean): Pending {
  const after: Pending = { fresh: new Set(before.fresh), stale: new Set(before.stale), many: before.many || news.many }
  const rows = new Map(shown.map((row) => [row.order_id, row]))
  for (const change of news.changed) {
    const row = rows.get(change.order_id)
    if (row) {
      if (change.version > row.version) after.stale.add(change.order_id)
    } else if (belongs(change, query) && (!more || withinPage(change, shown, query))) after.fresh.add(change.order_id)
    else after.fresh.delete(change.order_id)
  }
  for (const id of news.gone) {
    after.fresh.delete(id)
    if (rows.has(id)) after.stale.add(id)
  }
  return after
}

/** What the bar says; empty for nothing. `filtered`: there are conditions that only the server can check. */
export function newsText(pending: Pending, filtered: boolean): string {
  const { fresh, stale } = pending
  if (!fresh.size && !stale.size && !pending.many) return ''
  if (pending.many || (filtered && fresh.size)) return '工单有更新，点此刷新'
  const parts = [fresh.size ? `${fresh.size} 件新工单` : '', stale.size ? `${stale.size} 件有变化` : '']
  return `有 ${parts.filter(Boolean).join('，')}，点此刷新`
}
