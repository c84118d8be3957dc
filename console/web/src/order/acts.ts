// What each act on an order asks for: the form behind its button, filled from the order's own profile.

import type { OrderFile, OrderRules, RuleItem } from './types'
import { CHANNELS, LEVEL_WORDS, NUISANCE } from './words'

export type FieldKind = 'text' | 'long' | 'choice' | 'multi' | 'flag' | 'tri' | 'moment' | 'unit' | 'units' | 'amount' | 'lines' | 'report' | 'order'

export interface Choice {
  value: string
  label: string
  note?: string
}

export interface ActField {
  name: string
  label: string
  kind: FieldKind
  optional?: boolean | ((rules: OrderRules) => boolean)
  choices?: (rules: OrderRules, order: OrderFile) => Choice[]
  hint?: (rules: OrderRules, order: OrderFile) => string
  start?: (rules: OrderRules, order: OrderFile) => unknown
  /** Shown only when the profile, or what was filled in so far, asks for it. */
  when?: (rules: OrderRules, order: OrderFile, values: Record<string, unknown>) => boolean
}

export interface Act {
  fields: ActField[]
  /** What the reason is called; reasons are wanted where the rules say so. */
  why?: string
  tone?: 'primary' | 'danger'
  note?: (rules: OrderRules, order: OrderFile) => string
  /** Without a form: the button acts at once. */
  plain?: boolean
}

const items = (list: RuleItem[]): Choice[] => list.map((item) => ({ value: item.id, label: item.text, note: item.rule }))
const pairs = (words: Record<string, string>): Choice[] => Object.entries(words).map(([value, label]) => ({ value, label }))
const channels = (...codes: string[]): (() => Choice[]) => () => codes.map((code) => ({ value: code, label: CHANNELS[code] ?? code }))
const levels = (rules: OrderRules): Choice[] => (rules.supervision.length ? items(rules.supervision.filter((item) => item.id in LEVEL_WORDS)) : pairs(LEVEL_WORDS))
export const extensionRule = (rules: OrderRules, order: OrderFile) => rules.extensions.find((rule) => !rule.categories.length || (order.category !== null && rule.categories.includes(order.category)))

function extensionHint(rules: OrderRules, order: OrderFile): string {
  const rule = extensionRule(rules, order)
  return rule ? `${rule.rule}：${rule.text}` : '所适用的办法对此类诉求没有延期规定'
}
const lengths = (rules: OrderRules, order: OrderFile): number | undefined => extensionRule(rules, order)?.lengths[0]
const last = (order: OrderFile, list: string): Record<string, unknown> => ((order.fold[list] as Record<string, unknown>[] | undefined) ?? []).at(-1) ?? {}
const month = (): string => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit' }).format(new Date())

export const ACTS: Record<string, Act> = {
  accepted: { fields: [], plain: true, tone: 'primary' },
  not_accepted: {
    fields: [
      { name: 'ground', label: '不予受理的情形', kind: 'choice', choices: (rules) => items(rules.not_accepted) },
      { name: 'channel', label: '告知诉求人的正确渠道', kind: 'text', start: () => '' },
    ],
    tone: 'danger',
  },
  materials_asked: {
    fields: [
      { name: 'materials', label: '需要补充的材料（每行一项）', kind: 'lines' },
      { name: 'until', label: '补充期限', kind: 'moment' },
    ],
  },
  materials_given: { fields: [{ name: 'materials', label: '收到的材料（每行一项）', kind: 'lines', optional: true }], tone: 'primary' },
  repeat_noted: {
    fields: [
      { name: 'of', label: '首次工单编号', kind: 'order', optional: true },
      { name: 'new_facts', label: '有新的事实或理由', kind: 'flag' },
    ],
  },
  merged: { fields: [{ name: 'into', label: '并入的工单编号', kind: 'order' }] },
  answered_directly: { fields: [{ name: 'answer', label: '答复内容', kind: 'long' }], tone: 'primary' },
  leader_asked: {
    fields: [
      { name: 'purpose', label: '呈报事由', kind: 'text' },
      { name: 'leader', label: '呈报给', kind: 'text', optional: true },
    ],
    note: (rules) => rules.lead,
  },
  leader_decided: {
    fields: [
      { name: 'leader', label: '作出批示的领导', kind: 'text' },
      { name: 'lead', label: '承办（牵头）单位', kind: 'unit' },
      { name: 'units', label: '全部承办单位（含牵头）', kind: 'units', optional: true },
      { name: 'instruction', label: '批示内容', kind: 'long', optional: true },
    ],
    tone: 'primary',
  },
  unit_added: { fields: [{ name: 'unit', label: '增加的协办单位', kind: 'unit' }] },
  recalled: { fields: [], why: '收回的理由', tone: 'danger' },
  signed: { fields: [], plain: true, tone: 'primary' },
  return_asked: {
    fields: [
      { name: 'ground', label: '退单理由', kind: 'choice', choices: (rules) => items(rules.return_grounds) },
      { name: 'evidence', label: '已附的举证材料', kind: 'multi', choices: (rules) => items(rules.return_evidence), when: (rules) => rules.return_evidence.length > 0 },
      { name: 'suggestion', label: '建议的承办单位及依据', kind: 'text', optional: true },
      { name: 'approved_by', label: '本单位批准人', kind: 'text', optional: true, hint: (rules) => rules.return_approvals.map((item) => item.text).join('、') },
    ],
    why: '具体说明',
    note: (rules) => [rules.return_late_is_accepted ? '逾期未退视作接单。' : '', ...rules.return_forbidden.map((item) => `${item.text}的不得退单（${item.rule}）。`)].join(''),
    tone: 'danger',
  },
  return_approved: { fields: [], why: '审核意见', tone: 'primary', note: (_rules, order) => requestNote(last(order, 'returns')) },
  return_refused: { fields: [], why: '不同意的理由', tone: 'danger', note: (_rules, order) => requestNote(last(order, 'returns')) },
  contacted: {
    fields: [
      { name: 'result', label: '联系结果', kind: 'choice', choices: (rules) => pairs(rules.contact_results) },
      { name: 'channel', label: '联系方式', kind: 'choice', choices: channels('call', 'sms', 'wechat', 'visit'), start: () => 'call' },
      { name: 'cause', label: '未能联系上的原因', kind: 'choice', optional: true, choices: (rules) => items(rules.contact_causes), when: (rules) => rules.contact_causes.length > 0 },
    ],
    note: (rules) => (rules.contact_retry_minutes ? `未联系上的，须间隔 ${rules.contact_retry_minutes} 分钟以上再次联系才计为有效${rules.contact_then_sms ? '；多次未果后可发短信告知' : ''}。` : ''),
  },
  material_added: { fields: [{ name: 'materials', label: '材料（每行一项）', kind: 'lines' }] },
  progress_told: { fields: [{ name: 'channel', label: '告知方式', kind: 'choice', choices: channels('call', 'sms', 'web'), start: () => 'call' }], why: '告知内容' },
  co_answered: {
    fields: [
      { name: 'done', label: '本单位部分已办结', kind: 'flag', start: () => true },
      { name: 'text', label: '办理情况（未办结的写明原因）', kind: 'long' },
    ],
    tone: 'primary',
  },
  promised: {
    fields: [
      { name: 'until', label: '承诺办结的最后时限', kind: 'moment' },
      { name: 'answer', label: '已先行答复的内容', kind: 'long' },
    ],
    note: (rules) => rules.promise,
  },
  extension_asked: {
    fields: [
      { name: 'amount', label: '延长的工作日数', kind: 'amount', start: (rules, order) => lengths(rules, order) ?? 1 },
      { name: 'caller_told', label: '已先向诉求人说明延期理由', kind: 'flag' },
      { name: 'approved_by', label: '本单位批准人', kind: 'text', optional: true },
    ],
    why: '延期理由', note: extensionHint,
  },
  extension_approved: { fields: [], why: '审批意见', tone: 'primary', note: extensionNote },
  extension_refused: { fields: [], why: '不同意的理由', tone: 'danger', note: extensionNote },
  paused: { fields: [], why: '中止的理由', note: (rules) => rules.pause },
  resumed: { fields: [], plain: true },
  cooperation_lost: { fields: [], why: '不配合的情形' },
  cooperation_back: { fields: [], why: '说明' },
  answered: {
    fields: [
      { name: 'ground', label: '办结情形', kind: 'choice', choices: (rules) => items(rules.closing_grounds) },
      { name: 'report', label: '办结报告', kind: 'report' },
      { name: 'approved_by', label: '本单位审核人', kind: 'text', optional: (rules) => !rules.answer_approvals.length, hint: (rules) => approvalHint(rules.answer_approvals) },
      { name: 'opinion', label: '书面办理意见的名称或文号', kind: 'text', when: (rules, order) => order.written && Boolean(rules.written), hint: (rules) => rules.written },
    ],
    tone: 'primary',
  },
  review_passed: { fields: [], why: '审核意见', tone: 'primary' },
  review_sent_back: { fields: [], why: '退回的理由', tone: 'danger' },
  closed: {
    fields: [{ name: 'ground', label: '办结情形', kind: 'choice', choices: (rules) => items(rules.closing_grounds.filter((item) => !['solved', 'explained'].includes(item.id))) }],
    why: '说明', note: () => '办理完成、解释答复的，由承办单位提交办结报告后审核办结，不在这里办结。',
  },
  withdrawn: { fields: [], why: '诉求人撤回的说明' },
  followed_up: {
    fields: [
      { name: 'channel', label: '回访方式', kind: 'choice', choices: channels('call', 'sms', 'web'), start: () => 'call' },
      { name: 'result', label: '回访结果', kind: 'choice', choices: (rules) => pairs(rules.follow_up_results) },
      { name: 'solved', label: '问题是否解决', kind: 'tri', optional: true },
      { name: 'unit_fault', label: '不满意系承办单位原因', kind: 'flag', when: (_rules, _order, values) => values['result'] === 'unsatisfied' },
      { name: 'text', label: '诉求人怎么说', kind: 'long', optional: true },
    ],
    note: () => '联系电话在本页“诉求人”一栏，点“显示”查看并留下记录。',
    tone: 'primary',
  },
  reexamined: {
    fields: [{ name: 'redo', label: '需要重新办理', kind: 'flag', start: () => true }],
    why: '复查结论', tone: 'primary',
  },
  excluded: {
    fields: [
      { name: 'ground', label: '不纳入测评的情形', kind: 'choice', choices: (rules) => (rules.not_ranked.length ? items(rules.not_ranked) : [{ value: 'confirmed', label: '经审核确认的其他情形' }]) },
      { name: 'approved_by', label: '审核人', kind: 'text', optional: true, hint: () => '行政调解、执法办案类以外的，须写明审核确认的分管领导' },
    ],
  },
  evaluated: { fields: [{ name: 'period', label: '考核期', kind: 'text', start: month }] },
  archived: { fields: [{ name: 'dossier', label: '已立卷（一案一档）', kind: 'flag' }], tone: 'primary', note: (rules) => rules.dossier },
  reclassified: {
    fields: [
      { name: 'category', label: '类别', kind: 'choice', optional: true, choices: (rules) => pairs(rules.categories), start: (_rules, order) => order.category ?? '' },
      { name: 'difficulty', label: '难易程度', kind: 'choice', optional: true, choices: (rules) => pairs(rules.difficulties), start: (_rules, order) => order.difficulty },
      { name: 'urgent', label: '紧急', kind: 'flag', start: (_rules, order) => order.urgent },
      { name: 'enforcement', label: '执法办案类', kind: 'flag', start: (_rules, order) => order.enforcement },
    ],
    why: '重新分类的理由', note: () => '类别、难易程度决定时限，改变后时限自动重新计算并记入工单。',
  },
  overridden: {
    fields: [
      { name: 'limit', label: '适用的时限', kind: 'text', hint: () => '写作 30 WD（工作日）、60 natural days（自然日）、24 clock hours（小时）、same day（当日）' },
      { name: 'basis', label: '法律法规依据（名称与条款）', kind: 'text' },
    ],
    note: (rules) => rules.override,
  },
  urged: { fields: [], why: '催办内容' },
  supervised: {
    fields: [{ name: 'level', label: '督办方式', kind: 'choice', choices: levels, start: (_rules, order) => order.proposed }],
    why: '督办的理由和要求', tone: 'danger',
  },
  supervision_answered: {
    fields: [
      { name: 'text', label: '督办反馈', kind: 'long' },
      { name: 'approved_by', label: '本单位审核人', kind: 'text', optional: (rules) => !rules.supervision_approvals.length, hint: (rules) => approvalHint(rules.supervision_approvals) },
    ],
    tone: 'primary',
  },
  hard_case_raised: { fields: [], why: '列为复杂疑难事项的理由', note: (rules) => rules.hard_cases.map((item) => `${item.text}（${item.rule}）`).join('；') },
  urgent_reported: {
    fields: [{ name: 'leaders', label: '报送的领导（每行一位）', kind: 'lines', hint: (rules) => (rules.urgent_leaders.length ? `须报送${rules.urgent_leaders.map((item) => item.text).join('、')}（${rules.urgent_leaders[0]?.rule}）；同一人的，每项写一行` : '') }],
    tone: 'danger',
  },
  nuisance_marked: {
    fields: [
      { name: 'ground', label: '情形', kind: 'choice', choices: () => pairs(NUISANCE) },
      { name: 'evidence', label: '证据（每行一项，如通话编号）', kind: 'lines' },
    ],
    tone: 'danger',
  },
  handed_over: { fields: [{ name: 'to', label: '移交给', kind: 'text' }], tone: 'danger' },
  secrecy_set: { fields: [{ name: 'secret', label: '对承办单位保密诉求人身份', kind: 'flag', start: (_rules, order) => !order.secret }] },
  noted: { fields: [{ name: 'text', label: '备注', kind: 'long' }] },
}

const approvalHint = (list: RuleItem[]): string => (list.length ? `须经${list.map((item) => item.text).join('、')}（${list[0]?.rule}）` : '')

function requestNote(asked: Record<string, unknown>): string {
  return [asked['why'] ? `申请理由：${String(asked['why'])}。` : '', asked['suggestion'] ? `建议：${String(asked['suggestion'])}。` : '', asked['approved_by'] ? `单位批准人：${String(asked['approved_by'])}。` : ''].join('')
}

/** The approvals that the document wants, and which are given. */
export function extensionNote(rules: OrderRules, order: OrderFile): string {
  const asked = last(order, 'extensions')
  const given = (asked['approvals'] as string[] | undefined) ?? []
  const stages = (extensionRule(rules, order)?.approvals ?? []).map((item) => `${item.text}${given.includes(item.id) ? '（已同意）' : ''}`)
  return [`申请延长 ${String(asked['amount'] ?? '')} 个工作日：${String(asked['why'] ?? '')}。`, stages.length > 1 ? `须依次：${stages.join(' → ')}。` : ''].join('')
}

/** What the order's own document knows: a button that it would always refuse is not shown. */
export function known(kind: string, rules: OrderRules): boolean {
  const asked: Record<string, unknown> = { promised: rules.promise, paused: rules.pause, overridden: rules.override, hard_case_raised: rules.hard_cases.length }
  return !(kind in asked) || Boolean(asked[kind])
}

/** What stands as buttons for each queue; everything else that is allowed is under “更多”. */
export const FIRST: Record<string, string[]> = {
  intake: ['accepted', 'not_accepted'],
  dispatch: ['dispatched', 'answered_directly', 'leader_asked', 'materials_asked'],
  leader: ['leader_decided', 'urged'],
  materials: ['materials_given', 'closed'],
  sign: ['signed', 'return_asked', 'urged', 'recalled'],
  handle: ['answered', 'contacted', 'extension_asked', 'co_answered', 'urged', 'supervised', 'supervision_answered'],
  return: ['return_approved', 'return_refused'],
  extension: ['extension_approved', 'extension_refused'],
  review: ['review_passed', 'review_sent_back'],
  follow_up: ['followed_up'],
  reexamine: ['reexamined'],
  archive: ['archived', 'evaluated'],
  done: [],
}
