import { describe, expect, it } from 'vitest'
import { difference } from './diff'

const both = (before: string, after: string): [string, string] => {
  const parts = difference(before, after)
  const text = (not: string): string => parts.filter((part) => part.kind !== not).map((part) => part.text).join('')
  return [text('new'), text('gone')]
}

describe('difference', () => {
  it('marks only the sentence that changed', () => {
    expect(difference('每日八点开门。周末休息。', '每日九点开门。周末休息。')).toEqual([
      { kind: 'gone', text: '每日八点开门。' },
      { kind: 'new', text: '每日九点开门。' },
      { kind: 'same', text: '周末休息。' },
    ])
  })
  it.each([
    ['', '新的。'], ['旧的。', ''], ['一。二。三。', '三。一。四。二。'], ['甲\n\n乙', '甲\n乙'], ['。。', '。'], ['x'.repeat(9), '句。'.repeat(500)],
  ])('loses nothing of %j and %j', (before, after) => {
    expect(both(before, after)).toEqual([before, after])
  })
  it('is one part where nothing changed', () => {
    expect(difference('一样。', '一样。')).toEqual([{ kind: 'same', text: '一样。' }])
  })
})
