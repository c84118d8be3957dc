// Calls that the house places for a seat: what the API says of them, and in words.

export type OutPurpose = 'call_back' | 'follow_up' | 'first_contact'
export type OutStage = 'ringing_seat' | 'ringing_citizen' | 'announcing' | 'talking' | 'over'
export type OutResult =
  | 'talked' | 'hung_up' | 'busy' | 'no_answer' | 'rejected' | 'invalid' | 'failed' | 'cancelled' | 'seat_no_answer' | 'seat_rejected'

/** Of a live call; null for one that came in. */
export interface LiveOut {
  purpose: OutPurpose
  reference: string
  by: string
  stage: OutStage
  result: OutResult | null
}

/** One try to reach the citizen. `result` null: it runs, or nobody knows. */
export interface Try {
  call: string
  purpose: OutPurpose
  seat: string
  by: string
  at: string
  ended_at: string | null
  result: OutResult | null
  talked_s: number
  may_open: boolean
}

export const PURPOSE_WORDS: Record<OutPurpose, string> = { call_back: '回拨', follow_up: '回访', first_contact: '首次联系' }

export const STAGE_WORDS: Record<OutStage, string> = {
  ringing_seat: '正在呼叫您的话机', ringing_citizen: '正在呼叫市民', announcing: '市民已接听，正在播放录音提示', talking: '通话中', over: '已结束',
}

export const RESULT_WORDS: Record<OutResult, string> = {
  talked: '已通话', hung_up: '接听后即挂断', busy: '市民正忙', no_answer: '无人接听', rejected: '市民拒接', invalid: '号码不存在',
  failed: '线路未接通', cancelled: '坐席已取消', seat_no_answer: '您的话机无人接听', seat_rejected: '您的话机拒接了',
}

export const toneOf = (result: OutResult | null): 'good' | 'warn' | 'bad' | '' => {
  if (result === 'talked') return 'good'
  if (result === 'invalid' || result === 'failed') return 'bad'
  return result ? 'warn' : ''
}

/** Why the seat cannot begin now, in words; empty when it can. The gateway decides; this only saves a useless press. */
export function whyNot(seat: { state: string; must_close?: boolean; pool?: string } | null, link: string): string {
  if (link !== 'up') return '正在连接话务系统'
  if (seat?.pool === 'office' && ['offline', 'set_aside'].includes(seat.state)) return '请先打开电话'
  if (!seat || seat.state === 'offline') return '请先在坐席页面签入'
  if (seat.must_close) return '请先选择上一通电话的结果'
  if (['talking', 'consulting', 'ringing'].includes(seat.state)) return '请先结束当前的通话'
  return seat.state === 'set_aside' ? '请先恢复空闲' : ''
}
