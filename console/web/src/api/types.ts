// What the API says; mirrors console/shapes.py (the OpenAPI document is at /api/v1/openapi.json).

import type { LiveOut, OutPurpose, Try } from '../callout'

export type Role = 'admin' | 'supervisor' | 'seat' | 'expert' | 'office' | 'unit' | 'auditor'

export interface Me {
  user: string
  display_name: string
  role: Role
  seat: string | null
  /** The unit of the directory that a user of role unit acts for. */
  unit: string | null
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
  | 'consulting'
  | 'wrap_up'
  | 'paused'
  | 'set_aside'
  | 'unknown'

export type Device = 'web' | 'phone'

export interface Seat {
  id: string
  name: string
  pool: 'shared' | 'expert' | 'office'
  skills: string[]
  device: Device | null
  registered: { phone?: boolean; web?: boolean }
  state: SeatStateName
  reason: string
  since: string | null
  /** When a wrap-up or a set-aside ends by itself. */
  until?: string | null
  call: string | null
  /** This wrap-up ends by a result code only. */
  must_close?: boolean
  pause_after?: string | null
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
  state: 'arriving' | 'waiting' | 'offered' | 'talking' | 'restoring'
  seat: string | null
  choice: string | null
  out?: LiveOut | null
  since: string
  waiting_s: number
  path: LivePath[]
  talk?: Talk | null
  spies?: Spy[]
}

export type Verb = 'consult' | 'three_way' | 'hand_over' | 'join' | 'swap' | 'aside' | 'drop' | 'cancel'
export type PartyPlace = 'pair' | 'ringing' | 'main' | 'dial' | 'met' | 'consult' | 'aside' | 'leave'

export interface Party {
  id: string
  role: string
  who: string
  name: string
  place: PartyPlace
  verb: string
  since: string
}

/** Who is in the call; `conductor`: the seat whose page has the keys, `verbs`: what it may ask for now. */
export interface Talk {
  conductor: string | null
  parties: Party[]
  verbs: Verb[]
  ringing: string | null
  /** No expert of the roster has answered, and none has come after all. */
  unanswered?: { at: string; by: string; roster: string; tried: string[] } | null
  notice: { slug: string; text: string; at: string } | null
}

export type SpyMode = 'listen' | 'whisper' | 'barge'

export interface Spy {
  supervisor: string
  by: string
  seat: string
  mode: SpyMode
  since: string
  state?: 'ringing' | 'there'
}

export type TargetKind = 'seat' | 'skill' | 'unit' | 'outside' | 'emergency'

export interface Target {
  kind: TargetKind
  ref: string
  name: string
  state: string
  pool: string
  exact: boolean
}

export interface Targets {
  hotline: string
  topics: string[]
  experts: Target[]
  seats: Target[]
  units: Target[]
  emergencies: Target[]
  outside: Target[]
}

export interface Surge {
  id: string
  kind: 'matter' | 'caller'
  hotline: string
  choice: string
  caller: string
  count: number
  since: string
  last_at: string
  text: string
  order_id: string
  calls: string[]
}

export interface SeatMessage {
  id: string
  at: string
  by: string
  text: string
  seats: string[]
}

export interface EarlierCall {
  linkedid: string
  started_at: string
  hotline: Hotline
  outcome: string
  seat: string | null
  talking_s: number
  may_open: boolean
}

export interface OpenOrder {
  order_id: string
  title: string
  hotline: Hotline
  state: string
  seat: string | null
  created_at: string
  same_matter: boolean
  may_open: boolean
}

/** What a seat reads while its phone rings (console/talk_shapes.py, PopOut). */
export interface Pop {
  linkedid: string
  may_reveal: boolean
  earlier_calls: EarlierCall[]
  open_orders: OpenOrder[]
  merge_suggestion: string | null
  frequency: { calls: number; short: number; suspected: boolean }
  /** Set by people; `frequency` is counted. */
  marks: { count: number; hand_over: boolean; words: string; last: { at: string; by: string; ground: string; word: string; order_id: string; may_open: boolean } } | null
  required: string[]
  real_name: RealName | null
  matter: { order_id: string; title: string; category: string | null; matter: string; address: string; version: number } | null
  surge: Surge | null
}

/** These categories are not accepted without these particulars of the caller. */
export interface RealName {
  categories: string[]
  fields: { field: string; text: string }[]
  rule: string
  text: string
}

/** What to tell a caller whom no expert answered (console/promise_api.py, PromiseOut). */
export interface CallerPromise {
  linkedid: string
  exhausted_at: string | null
  tried: string[]
  order_id: string | null
  state: string | null
  words: string
  until: string | null
  step: string
  rule: string
  unit: { id: string; name: string } | null
  lacking: string[]
  told: boolean
  dispatched: boolean
  refused: { detail: string; rule: string } | null
}

export interface ResultCode {
  code: string
  text: string
  settled: boolean | null
}

export type RecordingState = 'pending' | 'verified' | 'incomplete' | 'missing'

export interface CallRow {
  linkedid: string
  started_at: string
  /** Of a call that the house placed: why, and `order:<id>` or `task:<id>`; empty of one that came in. */
  purpose: OutPurpose | ''
  reference: string
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
  name: string
  device: string
  verb: string
  brought_by: string
  started_at: string
  answered_at: string | null
  joined_at: string | null
  left_at: string | null
  ended_at: string | null
  ring_s: number
  talk_s: number
  consult_s: number
  three_way_s: number
  hold_s: number
  result: string
}

export interface SeatResult {
  seat: string
  settled: boolean | null
  result: string
  by: string
  at: string
}

export interface PathEntry {
  at: string
  what: string
  detail: Record<string, unknown>
}

export interface Recording {
  part: number
  started_at: string | null
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
  consult_s: number
  three_way_s: number
  hold_s: number
  recording_detail: Recording | null
  consults: Recording[]
  results: SeatResult[]
  order_id: string | null
  may_open_order: boolean
  task_id: string | null
  seat_names: Record<string, string>
  may_reveal: boolean
  /** A recording is played for a reason, which is kept. */
  says_why: boolean
}

export interface OrderRow {
  order_id: string
  state: string
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
  word: string
  detail: Record<string, unknown>
}

export interface OrderDetail extends OrderRow {
  linkedid: string | null
  dialled: string
  choice: string
  contact: string | null
  matter: string
  employer: string
  address: string
  secret: boolean
  may_edit: boolean
  real_name: RealName | null
  promise: { at: string; until: string | null; unit: string; told: boolean; kept_at: string | null } | null
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
  messages?: SeatMessage[]
  surges?: Surge[]
}

/** Orders that have come or changed, as far as they exist for this page's person; nothing of what they say. */
export interface OrdersNews {
  type: 'orders'
  changed: OrderChange[]
  /** Taken from this unit. */
  gone: string[]
  /** More changed than are named. */
  many: boolean
  counts: { queues: Record<string, number>; overdue: number; due_today: number; proposed: number; promised: number } | null
}

export interface OrderChange {
  order_id: string
  version: number
  queue: string
  open: boolean
  overdue: boolean
  proposed: boolean
  supervised: boolean
  due_at: string | null
  created_at: string
}

export type LiveMessage =
  | Snapshot
  | OrdersNews
  | { type: 'seat'; seat: Seat }
  | { type: 'call'; call: LiveCall }
  | { type: 'call_gone'; linkedid: string }
  | { type: 'message'; message: SeatMessage }
  | { type: 'surge'; surge: Surge }
  | { type: 'surge_over'; id: string }
