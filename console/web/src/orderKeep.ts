// What was typed and is not on the server yet, kept in this tab through a reload or a lost network. Session storage: it goes
// with the tab and at logout, other people's matters do not stay on a shared machine.

import { type Changes, type Draft, draftOf, FIELDS } from './orderMerge'
import type { OrderDetail } from './api/types'

/** `base`: the order as it was when typing began, so that others' changes can be told from ours. */
interface Kept {
  base: OrderDetail
  changes: Changes
}

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
const name = (order: string): string => `hotline-typed-${order}`

export function keep(base: OrderDetail, changes: Changes, store: Store = sessionStorage): void {
  if (Object.keys(changes).length) store.setItem(name(base.order_id), JSON.stringify({ base, changes } satisfies Kept))
  else store.removeItem(name(base.order_id))
}

/** What to go on with: the base and the draft on it, or null when nothing was left. */
export function kept(current: OrderDetail, store: Store = sessionStorage): { base: OrderDetail; draft: Draft } | null {
  const text = store.getItem(name(current.order_id))
  if (!text) return null
  try {
    const found = JSON.parse(text) as Kept
    const known = Object.fromEntries(Object.entries(found.changes).filter(([field]) => (FIELDS as readonly string[]).includes(field)))
    return { base: found.base, draft: { ...draftOf(found.base), ...known } }
  } catch {
    store.removeItem(name(current.order_id))
    return null
  }
}
