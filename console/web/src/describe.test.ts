import { describe, expect, it } from 'vitest'
import { tellLive, tellStored } from './describe'

const at = '2026-11-20T12:00:00+08:00'

describe('a call whose seat lost its line', () => {
  it('is told as that, not as a hang-up, and the offers are counted on', () => {
    const told = tellStored([
      { at, what: 'hl.offer', detail: { n: '1', seat: '801', device: 'web-801' } },
      { at, what: 'HANGUP', detail: { leg: 'seat', seat: '801', lost: 'caller' } },
      { at, what: 'hl.restore', detail: { seat: '801', back: '1' } },
      { at, what: 'hl.offer', detail: { n: '2', seat: '801', device: 'web-801' } },
      { at, what: 'HANGUP', detail: { leg: 'seat', seat: '801' } },
    ])
    expect(told.map((each) => each.title)).toEqual([
      '第 1 次分配：坐席 801', '坐席 801 线路中断，恢复中', '坐席 801 线路已恢复，重新接入', '第 2 次分配：坐席 801', '坐席 801 挂断',
    ])
  })

  it('says so when it did not come back, when others talked on, and when the line was only cut', () => {
    const lost = (how: string) => tellStored([{ at, what: 'HANGUP', detail: { leg: 'seat', seat: '801', lost: how } }])[0]
    expect(lost('others')?.detail).toBe('其他各方继续通话')
    expect(lost('cut')?.title).toBe('坐席 801 线路中断')
    expect(tellStored([{ at, what: 'hl.restore', detail: { seat: '801', back: '0' } }])[0]?.title).toBe('坐席 801 线路没有恢复，转其他坐席')
  })

  it('is told live, too', () => {
    expect(['lost', 'restore', 'restored'].map((what) => tellLive({ at, what, detail: '801' }).title)).toEqual([
      '坐席 801 线路中断', '坐席 801 线路中断，恢复中', '坐席 801 线路已恢复',
    ])
  })
})
