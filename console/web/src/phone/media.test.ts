import { describe, expect, it } from 'vitest'
import { judge, SILENCE } from './media'

describe('the quality of a call', () => {
  it('is silent after three seconds without a packet, not before', () => {
    const first = judge({ ...SILENCE, packetsIn: 10 }, { ...SILENCE, packetsIn: 10 }, 1000)
    expect(first.quality).toBe('unknown')
    expect(judge(first, { ...SILENCE, packetsIn: 10 }, 4100).quality).toBe('silent')
  })

  it('is poor when one packet in ten is lost and good when none is', () => {
    const before = { ...SILENCE, packetsIn: 100 }
    expect(judge(before, { ...SILENCE, packetsIn: 145, lostIn: 5 }, 0).quality).toBe('poor')
    expect(judge(before, { ...SILENCE, packetsIn: 150 }, 0).quality).toBe('good')
  })
})
