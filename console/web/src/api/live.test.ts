import { describe, expect, it } from 'vitest'
import { applyMessage, type LiveState } from './live'
import type { LiveCall, Seat, Surge } from './types'

const seat = (id: string, state: Seat['state']): Seat => ({
  id, name: id, pool: 'shared', skills: [], device: 'web', registered: {}, state, reason: '', since: null, call: null,
})

describe('the live state', () => {
  it('forgets everything before a snapshot', () => {
    const state: LiveState = { link: 'up', skewMs: 0, seats: new Map([['9', seat('9', 'idle')]]), calls: new Map(), messages: [], surges: new Map() }
    applyMessage(state, { type: 'snapshot', gateway: 'away', seats: [seat('801', 'idle')], calls: [] })
    expect([...state.seats.keys()]).toEqual(['801'])
    expect(state.link).toBe('away')
  })

  it('follows changes and drops calls that are gone', () => {
    const state: LiveState = { link: 'up', skewMs: 0, seats: new Map(), calls: new Map(), messages: [], surges: new Map() }
    applyMessage(state, { type: 'seat', seat: seat('801', 'ringing') })
    applyMessage(state, { type: 'call', call: { linkedid: 'x' } as LiveCall })
    expect(state.calls.size).toBe(1)
    applyMessage(state, { type: 'call_gone', linkedid: 'x' })
    expect(state.seats.get('801')?.state).toBe('ringing')
    expect(state.calls.size).toBe(0)
  })

  it('keeps a message once, however often it is told, and a surge until it is over', () => {
    const state: LiveState = { link: 'up', skewMs: 0, seats: new Map(), calls: new Map(), messages: [], surges: new Map() }
    const message = { id: 'n1', at: '', by: '班长', text: '开会', seats: [] }
    applyMessage(state, { type: 'message', message })
    applyMessage(state, { type: 'message', message })
    expect(state.messages.length).toBe(1)
    applyMessage(state, { type: 'surge', surge: { id: 's1', count: 12 } as Surge })
    expect(state.surges.get('s1')?.count).toBe(12)
    applyMessage(state, { type: 'surge_over', id: 's1' })
    expect(state.surges.size).toBe(0)
  })
})
