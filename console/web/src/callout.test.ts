import { describe, expect, it } from 'vitest'
import { RESULT_WORDS, toneOf, whyNot } from './callout'

describe('a call that the house places', () => {
  it('can begin when idle, paused or in a wrap-up that needs no result', () => {
    for (const state of ['idle', 'paused', 'wrap_up']) expect(whyNot({ state }, 'up')).toBe('')
    expect(whyNot({ state: 'wrap_up', must_close: true }, 'up')).toContain('结果')
  })

  it('says what comes first otherwise', () => {
    expect(whyNot(null, 'up')).toContain('签入')
    expect(whyNot({ state: 'talking' }, 'up')).toContain('结束当前')
    expect(whyNot({ state: 'idle' }, 'away')).toContain('连接')
  })

  it('tells a talk from a try that came to nothing', () => {
    expect(toneOf('talked')).toBe('good')
    expect(toneOf('busy')).toBe('warn')
    expect(toneOf(null)).toBe('')
    expect(Object.values(RESULT_WORDS).every((word) => /[\u4e00-\u9fff]/.test(word))).toBe(true)
  })
})
