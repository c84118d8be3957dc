import { describe, expect, it } from 'vitest'
import { health, listOf, type Target } from './types'

const target = (changes: Partial<Target> = {}): Target => ({ state: 'on', dead: 0, failures: 0, ...changes }) as Target

describe('feeds', () => {
  it.each([
    [{}, 'good'], [{ failures: 2 }, 'warn'], [{ state: 'paused' as const }, 'warn'], [{ state: 'paused' as const, dead: 1 }, 'bad'],
    [{ failures: 2, dead: 3 }, 'bad'], [{ state: 'off' as const, dead: 3 }, ''],
  ])('%j is %s: dead letters come before a pause', (changes, tone) => {
    expect(health(target(changes)).tone).toBe(tone)
  })
  it('reads lists as people write them', () => {
    expect(listOf(' 12301，12345、 12315\n12333 ')).toEqual(['12301', '12345', '12315', '12333'])
    expect(listOf('  ')).toEqual([])
  })
})
