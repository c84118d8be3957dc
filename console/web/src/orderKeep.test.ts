import { describe, expect, it } from 'vitest'
import type { OrderDetail } from './api/types'
import { keep, kept } from './orderKeep'
import { merge } from './orderMerge'

const order = (changes: Partial<OrderDetail>): OrderDetail => ({
  order_id: 'HL1', version: 1, title: '', matter: '', category: null, caller_name: '', contact: '138****0000', employer: '', address: '', secret: false, ...changes,
}) as OrderDetail

function memory(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const held = new Map<string, string>()
  return { getItem: (key) => held.get(key) ?? null, setItem: (key, value) => void held.set(key, value), removeItem: (key) => void held.delete(key) }
}

describe('what was typed and not saved', () => {
  it('is there after a reload, on top of what others have written since', () => {
    const store = memory()
    keep(order({}), { matter: '路灯不亮' }, store)
    const now = order({ version: 2, address: '解放路口' })
    const found = kept(now, store)
    expect(found && merge(found.base, found.draft, now)).toEqual({ draft: expect.objectContaining({ matter: '路灯不亮', address: '解放路口' }) as unknown, disputed: [] })
  })

  it('is put to the person when somebody else has changed the same field', () => {
    const store = memory()
    keep(order({ title: '旧' }), { title: '我的' }, store)
    const now = order({ version: 2, title: '他的' })
    const found = kept(now, store)
    expect(found && merge(found.base, found.draft, now).disputed).toEqual(['title'])
  })

  it('is forgotten once it is saved, and a broken note is nothing', () => {
    const store = memory()
    keep(order({}), { title: '一' }, store)
    keep(order({}), {}, store)
    expect(kept(order({}), store)).toBeNull()
    store.setItem('hotline-typed-HL1', '{')
    expect(kept(order({}), store)).toBeNull()
  })
})
