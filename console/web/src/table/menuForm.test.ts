import { describe, expect, it } from 'vitest'
import { emptyOption, freeKey, heard, menuEdit, menuFormOf, menuRecord, misleads, saidKey, withoutTheirs } from './menuForm'
import type { Conflict, Prompt } from './types'

const RECORD = {
  id: 'm', prompt: 'intro', wait_s: 3,
  options: [{ key: '1', id: 'one', prompt: 'p1', label: '甲' }, { key: '2', id: 'two', prompt: 'p2', skills: ['business'], priority: 5 }],
}

describe('a menu as a form', () => {
  it('gives back the record it was made of', () => {
    expect(menuRecord(menuFormOf(RECORD))).toEqual(RECORD)
    expect(menuEdit('m', menuFormOf(RECORD), menuFormOf(RECORD))).toBeNull()
  })

  it('saves only the options that were changed, added or taken out', () => {
    const after = menuFormOf(RECORD)
    after.options[0]!.label = '乙'
    after.options[1]!.key = '3'
    expect(menuEdit('m', menuFormOf(RECORD), after)?.value).toEqual({
      'options.1': { key: '1', id: 'one', prompt: 'p1', label: '乙' },
      'options.3': { key: '3', id: 'two', prompt: 'p2', skills: ['business'], priority: 5 },
      'options.2': null,
    })
  })

  it('saves another order as an order', () => {
    const after = menuFormOf(RECORD)
    after.options.reverse()
    expect(menuEdit('m', menuFormOf(RECORD), after)?.value).toEqual({ order: ['2', '1'] })
  })

  it('leaves it to the server to refuse two options on one key', () => {
    const after = menuFormOf(RECORD)
    after.options[1]!.key = '1'
    expect(menuEdit('m', menuFormOf(RECORD), after)?.value['options']).toHaveLength(2)
  })

  it('keeps mine and drops theirs, option by option', () => {
    const after = menuFormOf(RECORD)
    after.options[0]!.label = '乙'
    after.prompt = 'other'
    const edit = menuEdit('m', menuFormOf(RECORD), after)!
    const theirs = [{ entity: 'menu', key: 'm', field: 'options.1' } as Conflict]
    expect(withoutTheirs(edit, theirs)?.value).toEqual({ prompt: 'other' })
  })

  it('finds the next free key and what is heard', () => {
    const form = menuFormOf(RECORD)
    expect(freeKey(form)).toBe('3')
    form.options.push(emptyOption('3'))
    expect(heard(form)).toEqual(['intro', 'p1', 'p2'])
  })

  it('notices a line that names another key', () => {
    expect(['企业服务，请按三键。', '请按 2', '按井号键', '转人工请按零', '您好'].map(saidKey)).toEqual(['3', '2', '#', '0', ''])
    const prompts = new Map([['p1', { id: 'p1', text: '投诉请按二键' } as Prompt]])
    expect(misleads({ ...emptyOption('1'), prompt: 'p1' }, prompts)).toContain('按 2')
    expect(misleads({ ...emptyOption('2'), prompt: 'p1' }, prompts)).toBe('')
  })
})
