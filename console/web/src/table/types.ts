// What the table's part of the API says; mirrors console/table_shapes.py.

export type VersionState = 'draft' | 'checked' | 'published' | 'retired' | 'discarded'

export interface Version {
  number: number
  version: string
  state: VersionState
  kind: 'taken_in' | 'edited' | 'rollback'
  base: number | null
  restores: number | null
  revision: number
  changes: number
  authors: string[]
  created_by: string
  created_at: string
  changed_at: string
  checked_by: string | null
  checked_at: string | null
  published_by: string | null
  published_at: string | null
  reason: string
  retired_at: string | null
}

export type Value = Record<string, unknown>
export interface EntityRecord {
  key: string
  value: Value
}
export type EntityName = 'city' | 'row' | 'unit_line' | 'trunk' | 'emergency' | 'never_opened' | 'calendar' | 'notice' | 'menu'
export type Entities = Record<EntityName, EntityRecord[]>

export interface Edit {
  action: 'add' | 'replace' | 'change' | 'remove'
  entity: EntityName
  key: string
  value: Value
}

export interface Accepted {
  id: string
  text: string
  reason: string
  by: string
  at: string
}

export interface TableNow {
  published: Version
  draft: Version | null
  publishers: number
  entities: Entities
}

export interface Draft {
  draft: Version
  etag: string
  behind: boolean
  accepted: Accepted[]
  entities: Entities
}

export interface Finding {
  id: string
  code: string
  severity: 'error' | 'warning'
  place: string
  args: string[]
  text: string
  accepted?: Accepted | null
}

export interface Check {
  errors: Finding[]
  warnings: Finding[]
  ready: boolean
}

export interface Change {
  kind: 'added' | 'removed' | 'changed'
  entity: EntityName
  key: string
  name: string
  field: string
  before: string
  after: string
  text: string
}

export interface Difference {
  old: Version
  new: Version
  changes: Change[]
}

export interface Conflict {
  entity: EntityName
  key: string
  field: string
  base: string
  mine: string
  theirs: string
  text: string
}

export interface VersionDetail {
  version: Version
  findings: Finding[]
  accepted: Accepted[]
  entities: Entities
}

export interface RouteStep {
  kind: string
  ref: string
  skills: string[]
  priority: number
  join: boolean
}

export interface RouteAnswer {
  routed: boolean
  number: string
  mode: string
  hotline: { number: string; name: string; unit: string; merge_mode: string } | null
  greeting: string
  skills: string[]
  steps: RouteStep[]
  reason: string
  reasons: string[]
  table_version: string
  at: string
}

/** A call to ask about; without `at`: now. */
export interface AskedCall {
  number: string
  caller?: string | null
  at?: string
}

export interface Preview {
  answers: RouteAnswer[]
  check: Check | null
}

export interface Moved {
  number: string
  from_way: string
  to_way: string
  from_text: string
  to_text: string
  count: number
  examples: string[]
}

export interface Replay {
  calls: number
  moved: Moved[]
  heard: Moved[]
  seconds: number
  cut: boolean
}

export interface ImportRow {
  row: number
  key: string
  name: string
  changes: Change[]
}

export interface ImportResult {
  id: string
  name: string
  at: string
  by: string
  layout: 'own' | 'annex' | null
  added: ImportRow[]
  changed: ImportRow[]
  unchanged: number
  refused: { row: number; field: string; value: string; reason: string }[]
  can_apply: boolean
  applied_at: string | null
}

export interface Day {
  day: string
  why: string
  text: string
  open: string
  provisional: boolean
}

export interface CalendarYear {
  name: string
  year: number
  provisional: boolean
  days: Day[]
}

export interface Figures {
  calls: number
  answered: number
  within_15_s: number
  abandoned: number
  repeats: number
}

export interface LifeCycle {
  number: string
  name: string
  stage: string
  since: string | null
  until: string | null
  merged_on: string | null
  before: Figures | null
  after: Figures | null
  before_days: number
  after_days: number
}

export interface Prompt {
  id: string
  text: string
  source: 'voice' | 'person' | 'missing'
  seconds: number | null
  uploaded_by: string | null
  uploaded_at: string | null
  rows: string[]
  menus: string[]
}

export interface Menu {
  id: string
  prompt: string
  text: string
  wait_s: number
  total_s: number
  barge_in: boolean
  /** Rows that lead here, and by which field. */
  rows: { key: string; name: string; field: string; calendar: string }[]
  options: { key: string; id: string; label: string; prompt: string; text: string; skills: string[]; priority: number }[]
}

export interface AuditEntry {
  id: number
  at: string
  who: string
  what: string
  object: string
  ip: string
  detail: Record<string, unknown>
}
