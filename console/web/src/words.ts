// Every code the API uses, as a person reads it. An unknown code is shown as it is: better than nothing.

import type { Role } from './api/types'

type Words = Record<string, string>
const say = (words: Words) => (code: string | null | undefined): string => (code ? (words[code] ?? code) : '—')

export const roleWord = say({
  admin: '管理员', supervisor: '班长', seat: '坐席', expert: '专家座席', unit: '承办单位', auditor: '审计', office: '热线办',
} satisfies Record<Role, string>)

export const seatWord = say({
  offline: '未签入', idle: '空闲', ringing: '振铃中', talking: '通话中', consulting: '咨询中', wrap_up: '话后整理',
  paused: '暂停', set_aside: '暂离（未接来电）', unknown: '状态未知',
})

export const outcomeWord = say({
  in_progress: '进行中', answered: '坐席已接', unit_answered: '单位专线已接', emergency: '已转紧急电话',
  announced: '仅播放提示', abandoned: '来电人放弃', failed: '未接通',
})

/** Of a call that the house placed. */
export const placedOutcomeWord = (outcome: string): string => ({ answered: '已通话', abandoned: '未接通' })[outcome] ?? outcomeWord(outcome)

export const callStateWord = say({
  arriving: '接入中', menu: '按键选择', waiting: '等待中', ringing: '振铃中', offered: '振铃中', talking: '通话中', restoring: '线路恢复中', ended: '已结束',
})

export const endedByWord = say({
  caller: '来电人挂断', seat: '坐席挂断', unit: '单位挂断', system: '系统结束', unknown: '不详',
})

export const recordingWord = say({
  pending: '等待核验', verified: '已核验', incomplete: '不完整', missing: '缺失',
})

export const legRoleWord = say({
  caller: '来电人', seat: '坐席', expert: '专家座席', unit: '承办单位', emergency: '紧急电话', outside: '外部电话', supervisor: '班长',
})

export const legResultWord = say({
  ringing: '振铃中', talking: '通话中', answered: '已接听', no_answer: '无人接听', busy: '忙',
  refused: '拒接', cancelled: '来电人已挂断', failed: '未能接通',
})

export const orderStateWord = say({
  'accepted/draft': '已接听，待填写', accepted: '已受理', materials: '待补充材料', with_leader: '待领导批示', dispatched: '已派单', handling: '办理中', return_asked: '退单待审',
  in_review: '办结待审', closed: '已办结', reexamining: '复查中', followed_up: '已回访', not_accepted: '不予受理', merged: '已并案', archived: '已归档',
})

export const categoryWord = say({
  inquiry: '咨询', help: '求助', complaint: '投诉', report: '举报', suggestion: '建议', praise: '表扬', other: '其他',
})

export const CATEGORIES = ['inquiry', 'help', 'complaint', 'report', 'suggestion', 'praise', 'other'] as const

export const modeWord = say({
  A: '过渡期提示后转共享坐席', B: '号码已取消，仅播放提示', C: '并入，共享坐席接听', D: '转单位专线，未接由共享坐席接听',
  E: '专家座席接听', F: '未开通', G: '紧急电话，立即转接', H: '转分中心',
})

export const stepKindWord = say({
  prompt: '播放提示', menu: '按键菜单', shared_seats: '共享坐席', expert_seats: '专家座席', unit_line: '单位专线',
  emergency: '紧急电话', announcement: '播放公告', hangup: '结束通话',
})

export const menuOutcomeWord = say({
  chosen: '已选择', zero: '按 0 转人工', silence: '未按键，转人工', wrong: '按键有误，转人工',
})

export const dialStatusWord = say({
  ANSWER: '已接听', NOANSWER: '无人接听', BUSY: '忙', CANCEL: '来电人挂断', CONGESTION: '线路拥塞',
  CHANUNAVAIL: '无法接通', DONTCALL: '拒接', TORTURE: '拒接', INVALIDARGS: '呼叫有误',
})

export const deviceWord = say({ web: '浏览器电话', phone: '桌面话机' })

export const fieldWord = say({
  title: '标题', category: '类别', matter: '诉求内容', caller_name: '来电人姓名', contact: '联系电话', employer: '工作单位', address: '地址', secret: '要求保密', state: '状态',
})

export const PAUSE_REASONS = ['小休', '用餐', '培训', '班务', '设备故障'] as const

export const reasonWord = say({
  never_logged_in: '今日尚未签入', logged_out: '已签出', offer: '', call: '', after_call: '请补全工单，完成后点“完成整理”',
  unspecified: '', no_answer: '来电未接听', rejected: '拒接了来电', unreachable: '电话无法接通', device_lost: '电话断开连接',
  busy_elsewhere: '电话正在其他通话中', free: '', resumed: '', consult: '来电人正在听音乐等待', restoring: '线路中断，正在恢复；来电人正在等待',
})

// What brought a leg into the call.
export const verbWord = say({
  offer: '分配', consult: '咨询', three_way: '三方通话', hand_over: '转接', join: '接入', swap: '切换', aside: '搁置', drop: '结束第三方',
  cancel: '取消', take_over: '班长接管', resume: '线路恢复，重新接入', listen: '监听', whisper: '耳语', barge: '插话', call_back: '回拨', follow_up: '回访', first_contact: '首次联系',
})

export const spyWord = say({ listen: '监听', whisper: '耳语', barge: '插话' })
