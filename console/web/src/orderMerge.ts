// Two people change one order: what can be joined without asking, and what a person has to choose.

import type { OrderDetail } from './api/types'

export const FIELDS = ['title', 'category', 'matter', 'caller_name', 'contact', 'employer', 'address', 'secret'] as const
export type Field = (typeof FIELDS)[number]
export type Draft = Pick<OrderDetail, Field>
export type Changes = Partial<Draft>

export function draftOf(order: OrderDetail): Draft {
  const { title, category, matter, caller_name, contact, employer, address, secret } = order
  return { title, category, matter, caller_name, contact, employer, address, secret }
}

/** What of the draft differs from the order it was made on. */
export function changesOf(base: OrderDetail, draft: Draft): Changes {
  return Object.fromEntries(FIELDS.filter((field) => base[field] !== draft[field]).map((field) => [field, draft[field]])) as Changes
}

export interface Merge {
  /** The draft on top of the other's version: my changes, the other's elsewhere. */
  draft: Draft
  /** Fields that both have changed, to different values. */
  disputed: Field[]
}

export function merge(base: OrderDetail, draft: Draft, current: OrderDetail): Merge {
  const mine = changesOf(base, draft)
  const disputed = FIELDS.filter(
    (field) => field in mine && current[field] !== base[field] && current[field] !== draft[field],
  )
  return { draft: { ...draftOf(current), ...mine }, disputed }
}
