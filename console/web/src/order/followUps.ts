// The follow-up worklist: tries to reach the callers who are to be asked, for the rows of the list.

import { reactive, shallowRef } from 'vue'
import { get } from '../api/client'
import type { OutResult } from '../callout'

export interface FollowUpTries {
  order_id: string
  may_call: boolean
  tries: number
  tried_at: string | null
  result: OutResult | null
  not_reached: number
  again_at: string | null
}

const HOUR_MS = 3_600_000
const OPENS_H = 9
const CLOSES_H = 18

export const followUps = shallowRef<Map<string, FollowUpTries>>(new Map())
/** The order whose result is being entered. */
export const entering = reactive({ order: '', result: '' as OutResult | '', call: '' })

export async function readFollowUps(): Promise<void> {
  const { items } = await get<{ items: FollowUpTries[] }>('/orders/follow-ups')
  followUps.value = new Map(items.map((each) => [each.order_id, each]))
}

/** When to try somebody again who was not reached: in two hours, and not in the evening or at night. */
export function nextTry(from: Date): Date {
  const at = new Date(Math.ceil((from.getTime() + 2 * HOUR_MS) / (HOUR_MS / 2)) * (HOUR_MS / 2))
  if (at.getHours() >= CLOSES_H) at.setDate(at.getDate() + 1)
  if (at.getHours() >= CLOSES_H || at.getHours() < OPENS_H) at.setHours(OPENS_H, 0, 0, 0)
  return at
}
