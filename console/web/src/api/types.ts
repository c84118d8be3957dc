// What the API says; mirrors console/shapes.py (the OpenAPI document is at /api/v1/openapi.json).

import type { LiveOut, Try } from '../callout'

export type Role = 'admin' | 'supervisor' | 'seat' | 'expert' | 'unit' | 'auditor'

export interface Me {
  user: string
  display_name: string
  role: Role
  seat: string | null
  csrf: string
  must_change: boolean
}

export interface Page<T> {
  items: T[]
  next: string | null
}

export interface Hotline {
  number: string
  name: string
  unit: string
}

export interface Caller {
  number: string | null
  withheld: boolean
}

export type SeatStateName =
  | 'offline'
  | 'idle'
  | 'ringing'
  | 'talking'
  | 'wrap_up'
  | 'paused'
  | 'set_aside'
  | 'unknown'

export type Device = 'web' | 'phone'

export interface Seat {
  id: string
  name: string
  pool: 'shared' | 'expert'
  skills: string[]
  device: Device | null
  registered: { phone?: boolean; web?: boolean }
  state: SeatStateName
  reason: string
  since: string | null
  call: string | null
  pause_after?: boolean
  leave_after?: boolean
}

export interface LivePath {
  at: string
  what: string
  detail: string
}

export interface LiveCall {
  linkedid: string
  dialled: string
  hotline: Partial<Hotline>
  mode: string
  caller: { number: string | null; raw: string; withheld: boolean }
  state: 'arriving' | 'waiting' | 'offered' | 'talking'
  seat: string | null
  choice: string | null
  out?: LiveOut | null
  since: string
  waiting_s: number
  path: LivePath[]
}

export type RecordingState = 'pending' | 'verified' | 'incomplete' | 'missing'

export interface CallRow {
  linkedid: string
  started_at: string
  dialled: string
  hotline: Hotline
  mode: string
  caller: Caller
  state: string
  outcome: string
  seat: string | null
  waiting_s: number
  talking_s: number
  total_s: number
  recording: RecordingState | null
}

export interface Leg {
  role: string
  seat: string | null
  device: string
  started_at: string
  answered_at: string | null
  ended_at: string | null
  ring_s: number
  talk_s: number
  result: string
}

export interface PathEntry {
  at: string
  what: string
  detail: Record<string, unknown>
}

export interface Recording {
  state: RecordingState
  reason: string
  seconds: number | null
  expected_s: number | null
  size: number | null
  sha256: string | null
  may_play: boolean
}

export interface CallDetail extends CallRow {
  answered_at: string | null
  connected_at: string | null
  ended_at: string | null
  ended_by: string | null
  complete: boolean
  trunk: string
  table_version: string
  greeting: string
  skills: string[]
  steps: string[]
  reasons: string[]
  menu: string
  choice: string
  menu_outcome: string
  menu_s: number
  ring_s: number
  offers: number
  fallback: boolean
  fallback_reason: string
  legs: Leg[]
  path: PathEntry[]
  recording_detail: Recording | null
  order_id: string | null
  may_open_order: boolean
  task_id: string | null
  seat_names: Record<string, string>
  may_reveal: boolean
}

export interface OrderRow {
  order_id: string
  state: 'accepted/draft' | 'accepted'
  hotline: Hotline
  title: string
  category: string | null
  caller_name: string
  caller: Caller
  seat: string | null
  created_at: string
  updated_at: string
  version: number
}

export interface OrderEvent {
  at: string
  by: string
  what: string
  detail: Record<string, unknown>
}

export interface OrderDetail extends OrderRow {
  linkedid: string | null
  dialled: string
  choice: string
  contact: string | null
  matter: string
  address: string
  secret: boolean
  may_edit: boolean
  events: OrderEvent[]
}

export interface Task {
  task_id: string
  kind: string
  state: 'open' | 'done'
  linkedid: string
  hotline_number: string
  hotline_name: string
  caller: Caller
  waited_s: number
  text: string
  created_at: string
  done_at: string | null
  done_by: string | null
  note: string
  may_reveal: boolean
  may_call: boolean
  tries: Try[]
}

export interface SipAccount {
  user: string
  password: string
  realm_host: string
}

export interface Snapshot {
  type: 'snapshot'
  gateway: 'up' | 'away'
  now?: string
  seats: Seat[]
  calls: LiveCall[]
}

export type LiveMessage =
  | Snapshot
  | { type: 'seat'; seat: Seat }
  | { type: 'call'; call: LiveCall }
  | { type: 'call_gone'; linkedid: string }
