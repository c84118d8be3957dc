import { describe, expect, it } from 'vitest'
import { fileWrong, orderNumber, stage } from './types'

describe('the citizen page', () => {
  it.each([['20261122000001', '20261122-000001'], [' 20261122-000001 ', '20261122-000001'], ['2026 1122 000001', '20261122-000001'], ['2026112', '2026112'], ['20261122-00000199', '20261122-000001']])('reads %j as %j', (typed, read) => {
    expect(orderNumber(typed)).toBe(read)
  })
  it.each([['accepted/draft', null, 0], ['accepted', null, 1], ['handling', null, 2], ['closed', null, 3], ['archived', 5, 4], ['merged', null, -1]])('%s with %s stars is stage %i', (state, stars, expected) => {
    expect(stage({ state, stars })).toBe(expected)
  })
  it('says before the upload what will not be taken', () => {
    expect(fileWrong({ name: '现场.JPG', size: 100 })).toBe('')
    expect(fileWrong({ name: 'x.exe', size: 100 })).toContain('不是可以上传的类型')
    expect(fileWrong({ name: 'x.mp4', size: 21 * 1024 * 1024 })).toContain('20 MB')
  })
})
