import { describe, expect, it } from 'vitest'
import type { OrderDetail } from './api/types'
import { changesOf, draftOf, merge } from './orderMerge'

const order = (changes: Partial<OrderDetail> = {}): OrderDetail => ({
  order_id: 'a', state: 'accepted/draft', hotline: { number: '12345', name: '', unit: '' }, title: '', category: null,
  caller_name: '', caller: { number: null, withheld: true }, seat: '801', created_at: '', updated_at: '', version: 1,
  linkedid: null, dialled: '12345', choice: '', contact: null, matter: '', employer: '', address: '', secret: false, may_edit: true,
  real_name: null, promise: null, events: [], ...changes,
})

describe('two people change one order', () => {
  it('joins changes of different fields without asking', () => {
    const base = order()
    const mine = { ...draftOf(base), title: '路灯不亮' }
    const result = merge(base, mine, order({ address: '解放路', version: 2 }))
    expect(result.disputed).toEqual([])
    expect(result.draft).toMatchObject({ title: '路灯不亮', address: '解放路' })
  })

  it('asks when both changed the same field differently', () => {
    const base = order()
    const result = merge(base, { ...draftOf(base), title: '甲' }, order({ title: '乙', version: 2 }))
    expect(result.disputed).toEqual(['title'])
  })

  it('does not ask when both wrote the same', () => {
    const base = order()
    expect(merge(base, { ...draftOf(base), title: '甲' }, order({ title: '甲' })).disputed).toEqual([])
  })

  it('sends changed fields only, so that a masked contact is never written back', () => {
    const base = order({ contact: '138****0000' })
    expect(changesOf(base, { ...draftOf(base), title: '甲' })).toEqual({ title: '甲' })
  })
})
