// The stream of live changes: one WebSocket, reconnecting, always starting from a snapshot.

import { reactive, readonly } from 'vue'
import type { LiveCall, LiveMessage, OrdersNews, Seat, SeatMessage, Surge } from './types'

export interface LiveState {
  /** `connecting`: no word from the console yet or any more; `away`: the console lives, the gateway does not. */
  link: 'connecting' | 'up' | 'away'
  /** The server's clock less ours, in ms: timers run on the server's. */
  skewMs: number
  seats: Map<string, Seat>
  calls: Map<string, LiveCall>
  /** Supervisors' words of the last hour, oldest first. */
  messages: SeatMessage[]
  surges: Map<string, Surge>
}

const state = reactive<LiveState>({ link: 'connecting', skewMs: 0, seats: new Map(), calls: new Map(), messages: [], surges: new Map() })
let socket: WebSocket | null = null
let timer = 0
let pauseMs = 500
let wanted = false

const listeners = new Set<(news: OrdersNews) => void>()
let heard = false // something has come on a stream of this log-in

/** Be told of orders that come or change, and (`many`) when the stream was away and something may have been missed. */
export function onOrders(act: (news: OrdersNews) => void): () => void {
  listeners.add(act)
  return () => listeners.delete(act)
}

export const live = readonly(state) as LiveState

export function applyMessage(target: LiveState, message: LiveMessage): void {
  switch (message.type) {
    case 'snapshot':
      target.link = message.gateway
      if (message.now) target.skewMs = Date.parse(message.now) - Date.now()
      target.seats = new Map(message.seats.map((seat) => [seat.id, seat]))
      target.calls = new Map(message.calls.map((call) => [call.linkedid, call]))
      target.messages = message.messages ?? []
      target.surges = new Map((message.surges ?? []).map((surge) => [surge.id, surge]))
      return
    case 'seat':
      target.seats.set(message.seat.id, message.seat)
      return
    case 'call':
      target.calls.set(message.call.linkedid, message.call)
      return
    case 'call_gone':
      target.calls.delete(message.linkedid)
      return
    case 'message':
      if (!target.messages.some((each) => each.id === message.message.id)) target.messages.push(message.message)
      return
    case 'surge':
      target.surges.set(message.surge.id, message.surge)
      return
    case 'surge_over':
      target.surges.delete(message.id)
  }
}

export function startLive(): void {
  if (wanted) return
  wanted = true
  connect()
}

export function stopLive(): void {
  wanted = heard = false
  window.clearTimeout(timer)
  socket?.close()
  socket = null
  applyMessage(state, { type: 'snapshot', gateway: 'away', seats: [], calls: [] })
  state.link = 'connecting'
}

function tellOrders(news: OrdersNews): void {
  for (const act of listeners) act(news)
}

function connect(): void {
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
  const mine = new WebSocket(`${scheme}://${location.host}/api/v1/events`)
  socket = mine
  let fresh = true
  mine.onmessage = (event: MessageEvent<string>) => {
    pauseMs = 500
    const message = JSON.parse(event.data) as LiveMessage
    if (message.type === 'orders') tellOrders(message)
    else applyMessage(state, message)
    if (!fresh) return
    fresh = false
    if (heard) tellOrders({ type: 'orders', changed: [], gone: [], many: true, counts: null })
    heard = true
  }
  mine.onclose = () => {
    if (socket !== mine || !wanted) return
    state.link = 'connecting'
    timer = window.setTimeout(connect, pauseMs)
    pauseMs = Math.min(pauseMs * 2, 8000)
  }
}
