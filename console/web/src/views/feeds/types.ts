// What the feeds API says; mirrors console/feeds_shapes.py.

export type TargetState = 'on' | 'paused' | 'off'
export type FeedRole = 'province' | 'discipline' | 'peer' | 'unit'
export interface Filter {
  kinds: string[]
  hotlines: string[]
  subjects: string[]
  units: string[]
  categories: string[]
}

export interface Target {
  id: string
  name: string
  kind: 'http' | 'sms'
  state: TargetState
  url: string
  /** Only what is set. */
  filter: Partial<Filter>
  role: FeedRole
  identity: boolean
  unit: string
  failures: number
  retry_at: string | null
  last_error: string
  last_ok_at: string | null
  version: number
  changed_at: string
  changed_by: string
  waiting: number
  dead: number
  done: number
  oldest: string | null
}

export interface Letter {
  id: number
  target: string
  event_id: string
  kind: string
  subject: string
  at: string
  hotline: string
  category: string
  attempts: number
  status: number | null
  error: string
  dead_since: string | null
}

export const ROLE_WORDS: Record<FeedRole, string> = { province: '省级平台', discipline: '纪检监察', peer: '兄弟系统', unit: '承办单位' }
export const STATE_WORDS: Record<TargetState, string> = { on: '推送中', paused: '暂停（积存）', off: '停用（不积存）' }
export const FILTER_WORDS: Record<keyof Filter, string> = { kinds: '事件', hotlines: '热线', subjects: '事项', units: '单位', categories: '类别' }

const EVENT_WORDS: Record<string, string> = {
  opened: '登记建单', accepted: '受理', not_accepted: '不予受理', materials_asked: '通知补充材料', materials_given: '材料已补齐', merged: '合并工单', dispatched: '派单',
  unit_added: '增加协办单位', recalled: '收回工单', signed: '签收', return_asked: '申请退单', return_approved: '同意退单', return_refused: '不同意退单', contacted: '联系诉求人',
  extension_asked: '申请延期', extension_approved: '同意延期', extension_refused: '不同意延期', answered: '提交办结报告', answered_directly: '直接答复', review_passed: '审核通过',
  review_sent_back: '审核退回', closed: '办结', withdrawn: '诉求人撤回', followed_up: '回访', rated: '诉求人评价', archived: '归档', deadline_set: '确定时限', overdue: '已逾期', urged: '催办', supervised: '督办',
}
/** `order.accepted` → `工单：受理`; a kind of a later release is shown as it is. */
export function eventWord(kind: string): string {
  if (kind === 'feed.test') return '测试事件'
  const word = EVENT_WORDS[kind.replace(/^order\./, '')]
  return word && kind.startsWith('order.') ? `工单：${word}` : kind
}

/** A target's health in one word, worst first. */
export function health(target: Target): { tone: 'good' | 'warn' | 'bad' | ''; text: string } {
  if (target.state === 'off') return { tone: '', text: '停用' }
  if (target.dead) return { tone: 'bad', text: `${target.dead} 条死信` }
  if (target.state === 'paused') return { tone: 'warn', text: '暂停' }
  if (target.failures) return { tone: 'warn', text: `连续失败 ${target.failures} 次` }
  return { tone: 'good', text: '正常' }
}

/** `a, b，c` as a list; empty for nothing. */
export const listOf = (text: string): string[] => text.split(/[,，、\s]+/).filter(Boolean)
