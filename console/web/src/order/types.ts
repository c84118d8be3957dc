// What the API says of an order's life; mirrors console/orders_shapes.py, figures_shapes.py and directory_api.py.

import type { Hotline } from '../api/types'

export interface UnitRef {
  id: string
  name: string
}

export interface OrderLine {
  order_id: string
  version: number
  state: string
  queue: string
  queue_word: string
  category: string | null
  subject: string
  area: string
  title: string
  hotline: Hotline
  channel: string
  lead: UnitRef | null
  units: UnitRef[]
  due_at: string | null
  due_step: string
  provisional: boolean
  overdue: boolean
  supervision: string
  proposed: string
  promised: string
  proposed_unit: UnitRef | null
  urgent: boolean
  hard_case: boolean
  secret: boolean
  round: number
  repeats: number
  profile: string
  created_at: string
  updated_at: string
  closed_at: string | null
}

export interface OrderCounts {
  queues: Record<string, number>
  overdue: number
  due_today: number
  proposed: number
  promised: number
}

export interface Reckoned {
  rule: string
  start: string
  end: string
  why: string
}

export interface DueEntry {
  step: string
  step_word: string
  due: string
  limit: string
  rule: string
  why: string
  start: string
  set_at: string
  provisional: boolean
  met_at: string | null
  overdue: boolean
  explained: Reckoned[]
}

export interface IdentityEntry {
  field: string
  known: boolean
  shown: string | null
  sight: 'full' | 'masked' | 'hidden'
  why: string
  reveal: boolean
}

export interface TimelineEntry {
  n: number
  kind: string
  word: string
  at: string
  by: string
  role: string
  unit: UnitRef | null
  why: string
  data: Record<string, unknown>
  hidden: boolean
}

export interface EvidenceEntry {
  id: number
  at: string
  by: string
  role: string
  unit: string
  kind: string
  kind_word: string
  name: string
  media_type: string
  size: number
  cleared: boolean
  may_open: boolean
  why: string
}

/** What the document says of such an order: supervise, hard_case, report (to leaders), discipline. */
export interface Attention {
  what: string
  text: string
  rule: string
}

export interface OrderFile extends OrderLine {
  matter: string
  matter_sight: 'full' | 'masked' | 'hidden'
  matter_why: string
  linkedid: string | null
  may_hear: boolean
  difficulty: string
  source: string
  emergency: boolean
  enforcement: boolean
  mediation: boolean
  public: boolean
  accused: UnitRef[]
  profile_title: string
  profile_version: string
  dues: DueEntry[]
  past_dues: DueEntry[]
  identity: IdentityEntry[]
  timeline: TimelineEntry[]
  evidence: EvidenceEntry[]
  fold: Record<string, unknown>
  told_to_caller: string
  allowed: string[]
  may_edit: boolean
  report_lacking: string[]
  written: boolean
  attention: Attention[]
}

export interface RuleItem {
  id: string
  text: string
  rule: string
  channel: string
}

export interface ExtensionRule {
  categories: string[]
  allowed: boolean
  lengths: number[]
  max_times: number | null
  max_total: number | null
  closed_last: number | null
  approvals: RuleItem[]
  duties: RuleItem[]
  rule: string
  text: string
}

export interface OrderRules {
  name: string
  title: string
  version: string
  categories: Record<string, string>
  difficulties: Record<string, string>
  sources: string[]
  kinds: { kind: string; word: string; data: string[]; reasoned: boolean }[]
  queues: Record<string, string>
  states: Record<string, string>
  steps: Record<string, string>
  levels: Record<string, string>
  contact_results: Record<string, string>
  follow_up_results: Record<string, string>
  closing_grounds: RuleItem[]
  report_fields: RuleItem[]
  not_accepted: RuleItem[]
  return_grounds: RuleItem[]
  return_evidence: RuleItem[]
  return_approvals: RuleItem[]
  return_forbidden: RuleItem[]
  return_late_is_accepted: boolean
  contact_causes: RuleItem[]
  contact_retry_minutes: number | null
  contact_then_sms: boolean
  extensions: ExtensionRule[]
  supervision: RuleItem[]
  supervised_matters: RuleItem[]
  hard_cases: RuleItem[]
  hard_case_from: number | null
  not_ranked: RuleItem[]
  promise: string
  pause: string
  override: string
  lead: string
  answer_approvals: RuleItem[]
  supervision_approvals: RuleItem[]
  urgent_leaders: RuleItem[]
  written: string
  dossier: string
  readings: { rule: string; text: string; value: number | null }[]
}

export interface Suggested {
  unit: UnitRef
  score: number
  why: string[]
}

export interface RepeatEntry {
  order_id: string
  title: string
  state: string
  created_at: string
  same_caller: boolean
  repeats: number
  action: string
  words: string
  rule: string
  hard_case: boolean
}

export interface Repeats {
  items: RepeatEntry[]
  standing: string
  hand_over: boolean
}

export interface Acted {
  order_id: string
  done: boolean
  version: number | null
  state: string | null
  slug: string
  detail: string
  rule: string
}

export interface UnitEntry {
  id: string
  name: string
  parent: string
  body: string
  area: string
  phone: string
  active: boolean
}

export interface SubjectEntry {
  path: string
  public: boolean
  hotline: string
}

export interface CatalogueEntry {
  subject: string
  unit: string
  area: string
}

export interface DirectoryVersion {
  number: number
  why: string
  at: string
  by: string
}

export interface Figure {
  id: string
  name: string
  formula: string
  source: string
  exclusions: { id: string; text: string; rule: string }[]
}

export interface RateEntry {
  figure: string
  hits: number
  total: number
  value: number | null
  left_out: Record<string, number>
}

export interface Tally {
  key: string
  name: string
  closed: number
  rates: RateEntry[]
}

export interface FiguresAnswer {
  since: string
  until: string
  rule: string
  figures: Figure[]
  whole: Tally
  by: string
  groups: Tally[]
}

export interface HotSpots {
  day: string
  by: string
  items: { key: string; today: number; usual: number; score: number; before: number[] }[]
  days: { day: string; opened: number }[]
  today: Record<string, number>
}

export interface Bulletin {
  title: string
  since: string
  until: string
  rule: string
  opened: number
  closed: number
  open_now: number
  overdue_now: number
  supervised_now: number
  opened_by_category: Record<string, number>
  opened_by_hotline: Record<string, number>
  opened_by_area: Record<string, number>
  opened_by_subject: Record<string, number>
  figures: Figure[]
  whole: Tally
  by_unit: Tally[]
  by_hotline: Tally[]
  months?: { month: string; whole: Tally }[]
}
