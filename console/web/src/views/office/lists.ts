// The office's worklists: each a filter on the inbox, with what can be done to many at once.

import type { Query } from '../../api/client'
import type { OrderCounts } from '../../order/types'

export interface Worklist {
  id: string
  label: string
  query: Query
  count: (counts: OrderCounts) => number | null
  /** Acts that may be done to several at once. */
  batch: string[]
  hint: string
  tone?: 'bad' | 'warn'
}

const queue = (id: string, label: string, batch: string[], hint: string): Worklist => ({ id, label, query: { queue: id }, count: (counts) => counts.queues[id] ?? 0, batch, hint })

export const LISTS: Worklist[] = [
  { id: 'open', label: '全部在办', query: { open: true }, count: () => null, batch: ['urged'], hint: '尚未了结的工单，时限最近的在前。' },
  { id: 'overdue', label: '已逾期', query: { overdue: true, open: true }, count: (counts) => counts.overdue, batch: ['urged'], hint: '有环节超过时限的工单。', tone: 'bad' },
  { id: 'promised', label: '承诺回复', query: { promised: true }, count: (counts) => counts.promised || null, batch: [], hint: '专家未接听，已承诺或应承诺回复来电人，尚未兑现；期限最近的在前。', tone: 'bad' },
  queue('intake', '待登记', [], '通话或网上诉求生成的草稿，等待登记受理。'),
  queue('dispatch', '待派单', ['dispatched'], '已受理，等待派给承办单位。可多选后批量派单。'),
  queue('leader', '待领导批示', [], '已呈报领导，等待批示登记。'),
  queue('materials', '待补材料', [], '等待诉求人补充材料。'),
  queue('return', '退单待审', ['return_refused'], '承办单位认为不属本单位职责，由热线办审核裁定。'),
  queue('extension', '延期待审', ['extension_approved', 'extension_refused'], '承办单位申请延长办理期限。'),
  queue('review', '办结待审', [], '承办单位已提交办结报告，逐件审核。'),
  queue('follow_up', '待回访', [], '已办结，等待回访诉求人。'),
  queue('reexamine', '待复查', [], '回访不满意，等待复查是否重新办理。'),
  queue('archive', '待归档', ['evaluated', 'archived'], '回访完成，可批量归档。'),
  queue('sign', '待签收', ['urged'], '已派单，承办单位尚未签收。'),
  queue('handle', '办理中', ['urged'], '承办单位正在办理。'),
  { id: 'proposed', label: '建议督办', query: { proposed: true }, count: (counts) => counts.proposed, batch: [], hint: '逾期达到督办条件，由系统提出，是否督办由热线办决定。', tone: 'warn' },
  { id: 'supervised', label: '督办中', query: { supervised: true, open: true }, count: () => null, batch: ['urged'], hint: '已发出督办的在办工单。' },
  { id: 'all', label: '检索全部', query: { sort: 'new' }, count: () => null, batch: [], hint: '全部工单，最新的在前。' },
]
export const listOf = (id: unknown): Worklist => LISTS.find((each) => each.id === id) ?? LISTS[0]!
