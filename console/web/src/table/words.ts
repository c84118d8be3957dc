// The table's codes as people read them; the same words as routing_table/vocabulary.py.

const say = (words: Record<string, string>) => (code: string | null | undefined): string => (code ? (words[code] ?? code) : '—')

export const MERGE_MODES = ['main', 'absorbed', 'parallel', 'subcentre', 'emergency'] as const
export const mergeModeWord = say({ main: '主号码', absorbed: '整体并入', parallel: '双号并行', subcentre: '设分中心', emergency: '紧急号码' })
export const policyWord = say({ hand_over: '立即移交', three_way: '三方通话', tell: '提示拨打' })
export const POLICIES = ['hand_over', 'three_way', 'tell'] as const
export const stageWord = say({ planned: '计划中', transition: '过渡期', merged: '已并入', rolled_back: '已撤回', ended: '已终止' })
export const stageTone = (stage: string): string => ({ transition: 'warn', merged: 'good', rolled_back: 'bad', planned: 'info' })[stage] ?? ''
export const versionStateWord = say({ draft: '草稿', checked: '待发布', published: '现行', retired: '已停用', discarded: '已放弃' })
export const versionStateTone = (state: string): string => ({ draft: 'warn', checked: 'info', published: 'good' })[state] ?? ''
export const kindWord = say({ taken_in: '首次导入', edited: '修改', rollback: '回退' })
export const entityWord = say({
  city: '城市', row: '热线', unit_line: '单位线路', trunk: '中继', emergency: '紧急号码', never_opened: '不开通号码', calendar: '日历', notice: '放假安排', menu: '菜单',
})
export const changeWord = say({ added: '新增', removed: '删除', changed: '修改' })
export const LINKS = ['shared_seats', 'expert_seats', 'unit_line', 'hotline', 'announcement', 'message', 'emergency'] as const
export const linkWord = say({
  shared_seats: '共享坐席', expert_seats: '专家座席', unit_line: '单位线路', hotline: '另一热线', announcement: '播报', message: '留言', emergency: '紧急号码',
})
export const rowFieldWord = say({
  number: '号码', name: '热线名称', unit: '责任单位', merge_mode: '归并方式', number_kept: '保留号码', seats: '话务座席',
  transfer_mechanism: '电话转接机制', expert_seat_allowed: '可设专家座席', valid_from: '生效日期', valid_until: '失效日期',
  transition_from: '过渡提示开始', cut_over: '取消号码日期', rolled_back: '撤回归并日期', aliases: '绑定号码', greeting: '问候语', skills: '技能',
  priority: '优先级', expert_direct: '专家优先', after_announcement: '播报后', menu_open: '开放时菜单', menu_closed: '非开放时菜单',
  menu_calendar: '菜单日历', chain: '接续顺序', shared_percent: '割接比例', shared_calendar: '割接日历', note: '备注',
  weekly: '每周时间', mon: '周一', tue: '周二', wed: '周三', thu: '周四', fri: '周五', sat: '周六', sun: '周日',
  makeup: '调休上班日', holiday: '节假日', exceptions: '例外日', overrides: '人工设定', policy: '联动方式', calendar: '日历', hotline: '所属热线',
  ref: '线路', year: '年份', off: '放假日', worked: '调休上班日', source: '依据', order: '先后顺序', area_code: '区号', main: '主号码',
  believe_diversion: '信任前转信息', default: '默认号码', layout: '表头', row: '整行',
  id: '编号', prompt: '提示音', options: '按键', label: '名称', key: '按键', wait_s: '等待按键秒数', total_s: '总时长秒数', barge_in: '播放时可按键',
})
export const fieldWord = (name: string): string => {
  const [first = '', ...rest] = name.split('.')
  if (first === 'options') return `${rowFieldWord(first)}${rest.join('.')}`
  return rest.length ? `${rowFieldWord(first)}（${rest.join('.')}）` : rowFieldWord(first)
}
const LABELS: Record<string, Record<string, string>> = {
  merge_mode: { main: '主号码', absorbed: '整体并入', parallel: '双号并行', subcentre: '设分中心', emergency: '紧急号码' },
  seats: { merged: '并入12345', kept_by_unit: '单位保留' },
  after_announcement: { hangup: '挂机', shared_seats: '转共享坐席' },
  policy: { hand_over: '立即移交', three_way: '三方通话', tell: '提示拨打' },
}
const PERIODS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'makeup', 'holiday']
const FLAGS = ['number_kept', 'transfer_mechanism', 'expert_seat_allowed', 'expert_direct', 'believe_diversion', 'barge_in']

/** An option as the difference writes it, in JSON. */
function optionWord(text: string): string {
  if (!text) return '空'
  try {
    const option = JSON.parse(text) as Record<string, unknown>
    const skills = Array.isArray(option['skills']) ? `，技能 ${option['skills'].join('、')}` : ''
    return `${String(option['label'] ?? option['id'])}，提示音 ${String(option['prompt'])}${skills}${option['priority'] ? `，优先级 ${String(option['priority'])}` : ''}`
  } catch {
    return text
  }
}

/** A field's text as the difference writes it, for people; "" is shown as empty. */
export function valueWord(field: string, text: string): string {
  if (field === 'chain') return text.split(' ').filter(Boolean).map((link) => {
    const [kind = '', ref] = link.split(':')
    return linkWord(kind) + (ref ? ` ${ref}` : '')
  }).join(' → ') || '空'
  if (field.startsWith('options')) return optionWord(text)
  if (PERIODS.includes(field)) return { all: '全天', '': '不开放' }[text] ?? text
  if (FLAGS.includes(field)) return { yes: '是', no: '否' }[text] ?? text
  return LABELS[field]?.[text] ?? (text || '空')
}

export const dayWord = say({
  holiday: '节假日', 'make-up-day': '调休上班', weekend: '周末', 'day-off': '不上班', exception: '例外日', override: '人工设定',
})

// An act is "what.verb"; the audit is searched by these codes.
export const AUDIT_WORDS: Record<string, string> = {
  'table.taken_in': '首次载入路由表', 'table.draft_started': '开始草稿', 'table.edited': '修改草稿', 'table.imported': '导入到草稿',
  'table.rebased': '草稿合入现行版本', 'table.warning_accepted': '接受提醒', 'table.checked': '提交待发布', 'table.published': '发布路由表',
  'table.rolled_back': '回退路由表', 'table.menus_taken_in': '菜单纳入路由表', 'table.discarded': '放弃草稿', 'table.sheet_read': '读取表格', 'table.exported': '导出路由表',
  'prompt.uploaded': '上传提示音', 'prompt.withdrawn': '撤下提示音', 'session.opened': '登录', 'session.closed': '退出登录',
  'session.refused': '登录被拒', 'password.changed': '修改密码', 'number.revealed': '查看完整号码', 'recording.played': '收听录音', 'recording.refused': '收听录音被拒', 'call.placed': '拨打市民电话',
  'order.promised': '承诺回复来电人', 'order.opened_by_hand': '接续通话的坐席打开工单', 'order.written_by_hand': '接续通话的坐席填写工单', 'order.accepted_by_hand': '接续通话的坐席受理工单',
  'identity.revealed': '查看诉求人完整信息', 'evidence.opened': '打开工单附件', 'evidence.attached': '添加工单附件', 'evidence.cleared': '允许承办单位看附件',
  'orders.searched-by-number': '按号码检索工单', 'orders.exported': '导出工单清单', 'orders.export-ended': '工单清单导出完毕', 'directory.exported': '导出单位与类目', 'figures.exported': '导出各项比率', 'bulletin.exported': '导出月度通报', 'yearly.exported': '导出年度考核',
  'order.filed': '登记工单', 'directory.units-changed': '修改单位目录', 'directory.subjects-changed': '修改事项类目',
  'seat.phone_given': '配发回访电话', 'seat.login': '坐席签入', 'seat.logout': '坐席签出', 'seat.pause': '坐席暂停', 'seat.resume': '坐席恢复', 'seat.done': '完成整理', 'seat.answer': '坐席接听', 'seat.hangup': '坐席挂断',
  'people.saved': '修改专家与外呼', 'call.outside_refused': '外呼被拒', 'call.result': '填写办理结果', 'call.consult': '咨询', 'call.three_way': '三方通话', 'call.hand_over': '转交通话',
}
export const auditWord = say(AUDIT_WORDS)
