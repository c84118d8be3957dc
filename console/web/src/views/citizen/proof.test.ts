import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { solve } from './proof'
import { Beginning, zeroBits } from './sha256'

const hex = (words: Uint32Array): string => [...words].map((word) => word.toString(16).padStart(8, '0')).join('')
const real = (text: string): string => createHash('sha256').update(text).digest('hex')

describe('sha256', () => {
  it.each([0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 128, 200])('is the real one for %i letters of beginning', (length) => {
    const start = 'ab.9'.repeat(60).slice(0, length)
    const beginning = new Beginning(start)
    for (const end of ['', '0', '12345678', 'z'.repeat(70)]) expect(hex(beginning.hash(end))).toBe(real(start + end))
  })
  it('counts zero bits over words', () => {
    expect(zeroBits(new Uint32Array([0, 0x0001_0000, 0]))).toBe(47)
    expect(zeroBits(new Uint32Array([0x8000_0000, 0]))).toBe(0)
  })
})

describe('proof', () => {
  it('finds what the server asks for', async () => {
    const puzzle = '16.1795312345.0123456789abcdef.0123456789abcdef0123456789abcdef'
    const { nonce } = await solve({ puzzle, bits: 12 })
    expect(real(`${puzzle}:${nonce}`)).toMatch(/^000/)
  })
})
