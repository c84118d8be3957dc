import { describe, expect, it } from 'vitest'
import type { Party, PartyPlace, Talk, Verb } from '../api/types'
import { asksWhom, keysOf, phaseOf, verbsFor, whereOf } from './talk'

const party = (id: string, place: PartyPlace, role = 'expert', who = '901', name = '专家 901'): Party => ({ id, role, who, name, place, verb: 'consult', since: '' })
const caller = (place: PartyPlace): Party => party('c', place, 'caller', '', '')
const seat = (place: PartyPlace): Party => party('p1', place, 'seat', '801', '坐席 801')
const talk = (parties: Party[], verbs: Verb[], ringing: string | null = null): Talk => ({ conductor: '801', parties, verbs, ringing, notice: null })

describe('a talk in words', () => {
  it('says that the caller hears music while the seat consults', () => {
    const now = talk([caller('main'), seat('dial'), party('p2', 'met')], ['join', 'swap', 'aside', 'hand_over', 'drop', 'cancel'])
    expect(now.parties.map((each) => whereOf(now, each).text)).toEqual(['听音乐等待', '咨询中', '咨询中'])
    expect(phaseOf(now)).toBe('正在与专家 901单独说话，来电人听不到')
  })

  it('tells a third that rings from one that is there', () => {
    const now = talk([caller('main'), seat('dial'), party('p2', 'ringing')], ['cancel'], 'p2')
    expect(now.parties.map((each) => whereOf(now, each).text)).toEqual(['听音乐等待', '正在呼叫对方', '振铃中'])
    expect(keysOf(now).map((key) => key.verb)).toEqual(['cancel'])
  })

  it('counts who is together', () => {
    const three = talk([caller('main'), seat('main'), party('p2', 'main')], ['consult', 'three_way', 'hand_over', 'swap', 'aside', 'drop'])
    expect(phaseOf(three)).toBe('三方通话，彼此都能听到')
    expect(phaseOf(talk([caller('pair'), seat('pair')], []))).toBe('正在与来电人通话')
    expect(phaseOf(talk([caller('main'), seat('main'), party('p2', 'aside')], []))).toBe('正在与来电人通话，第三方搁置')
  })
})

describe('the keys of a talk', () => {
  it('asks whom only when nobody is there to hand over to', () => {
    expect(asksWhom(talk([caller('pair'), seat('pair')], ['hand_over']), 'hand_over')).toBe(true)
    const three = talk([caller('main'), seat('main'), party('p2', 'main')], ['hand_over', 'consult'])
    expect(asksWhom(three, 'hand_over')).toBe(false)
    expect(asksWhom(three, 'consult')).toBe(true)
  })

  it('does not show to cancel and to drop side by side', () => {
    const consulting = talk([caller('main'), seat('dial'), party('p2', 'met')], ['join', 'drop', 'cancel'])
    expect(keysOf(consulting).map((key) => key.verb)).toEqual(['join', 'drop'])
  })

  it('has no letter twice', () => {
    const letters = keysOf(talk([], ['consult', 'three_way', 'hand_over', 'join', 'swap', 'aside', 'drop', 'cancel'], 'p2')).map((key) => key.letter)
    expect(new Set(letters).size).toBe(letters.length)
  })

  it('offers each of several thirds what its place allows', () => {
    const now = talk([caller('main'), seat('main'), party('p2', 'main'), party('p3', 'aside', 'unit', '12348', '司法局')], ['aside', 'join', 'hand_over', 'drop'])
    expect(now.parties.slice(2).map((each) => verbsFor(now, each))).toEqual([['aside', 'hand_over', 'drop'], ['join', 'hand_over', 'drop']])
  })
})
