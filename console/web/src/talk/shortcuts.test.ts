import { describe, expect, it } from 'vitest'
import { type Press, shortcutOf } from './shortcuts'

const press = (code: string, changes: Partial<Press> = {}): Press => ({
  altKey: true, ctrlKey: false, metaKey: false, shiftKey: false, repeat: false, isComposing: false, code, ...changes,
})

describe('the shortcuts', () => {
  it('go by the place of the key', () => {
    expect(shortcutOf(press('KeyZ'))).toBe('Z')
    expect(shortcutOf(press('Digit1'))).toBe('1')
    expect(shortcutOf(press('Digit1', { shiftKey: true }))).toBe('Shift+1')
  })

  it('are none of what a person types, composes or holds down', () => {
    for (const not of [{ altKey: false }, { isComposing: true }, { repeat: true }, { ctrlKey: true }, { metaKey: true }])
      expect(shortcutOf(press('KeyZ', not))).toBe('')
    expect(shortcutOf(press('Tab'))).toBe('')
    expect(shortcutOf(press('Numpad1'))).toBe('')
  })
})
