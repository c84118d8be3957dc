// The verbs of a talk as keys: words, shortcuts, which of them can be pressed; and where each party is, in words.
// Pure, so that it is tested without a page.

import type { Party, Talk, Verb } from '../api/types'

export interface Key {
  verb: Verb
  label: string
  hint: string
  /** The letter to press with Alt, by its place on the keyboard: an input method does not get in the way. */
  letter: string
  tone: '' | 'main' | 'stop'
}

export const KEYS: readonly Key[] = [
  { verb: 'join', label: '接入', hint: '来电人与对方一起说', letter: 'R', tone: 'main' },
  { verb: 'swap', label: '切换', hint: '在来电人与对方之间换', letter: 'Q', tone: '' },
  { verb: 'aside', label: '搁置', hint: '对方听音乐，自己与来电人说', letter: 'G', tone: '' },
  { verb: 'consult', label: '咨询', hint: '来电人听音乐，先与对方单独说', letter: 'Z', tone: 'main' },
  { verb: 'three_way', label: '三方通话', hint: '对方接听后一起说', letter: 'S', tone: 'main' },
  { verb: 'hand_over', label: '转接', hint: '把来电人交给对方，自己退出', letter: 'J', tone: 'main' },
  { verb: 'drop', label: '结束第三方', hint: '请对方退出', letter: 'T', tone: 'stop' },
  { verb: 'cancel', label: '取消', hint: '回到来电人', letter: 'C', tone: 'stop' },
]
/** With somebody there already, reaching out means one more. */
const ONE_MORE: Partial<Record<Verb, Pick<Key, 'label' | 'hint'>>> = {
  consult: { label: '再咨询', hint: '暂离各方，先与另一人单独说' },
  three_way: { label: '再邀一方', hint: '对方接听后大家一起说' },
  hand_over: { label: '交给对方', hint: '对方与来电人继续，自己退出' },
}

const REACHING: readonly Verb[] = ['consult', 'three_way', 'hand_over']

const PRIVATE = ['dial', 'met', 'consult']

/** With whom the conductor talks privately, or null. */
export function confidant(talk: Talk): Party | null {
  const seat = talk.parties.find((each) => each.who === talk.conductor && each.role !== 'caller')
  if (!seat || !PRIVATE.includes(seat.place)) return null
  return talk.parties.find((each) => each.id !== 'c' && each.id !== seat.id && (each.place === 'met' || each.place === 'consult')) ?? null
}

/** Everybody but caller and conductor. */
export const thirds = (talk: Talk): Party[] => talk.parties.filter((each) => each.id !== 'c' && each.who !== talk.conductor)

/** The keys of this moment. `cancel` beside `drop` would be the same key twice: it is shown while somebody is rung. */
export function keysOf(talk: Talk): Key[] {
  const possible = KEYS.filter((key) => talk.verbs.includes(key.verb) && (key.verb !== 'cancel' || talk.ringing !== null || !talk.verbs.includes('drop')))
  return thirds(talk).length ? possible.map((key) => ({ ...key, ...ONE_MORE[key.verb] })) : possible
}

/** Whether the key first has to ask whom: hand over to who is there already does not. */
export const asksWhom = (talk: Talk, verb: Verb): boolean => REACHING.includes(verb) && !(verb === 'hand_over' && thirds(talk).length > 0)

/** What may be done with one of several thirds. */
export function verbsFor(talk: Talk, party: Party): Verb[] {
  const possible: Verb[] = ({
    main: ['aside', 'swap', 'hand_over', 'drop'], aside: ['join', 'swap', 'hand_over', 'drop'],
    met: ['join', 'swap', 'aside', 'hand_over', 'drop'], consult: ['join', 'swap', 'aside', 'hand_over', 'drop'],
  } as Record<string, Verb[]>)[party.place] ?? []
  return possible.filter((verb) => talk.verbs.includes(verb))
}

export interface Where {
  text: string
  tone: 'good' | 'warn' | 'info' | ''
}

/** Where somebody is, in words. */
export function whereOf(talk: Talk, party: Party): Where {
  const together = talk.parties.filter((each) => each.place === 'main' || each.place === 'pair').length
  switch (party.place) {
    case 'ringing':
      return { text: '振铃中', tone: 'warn' }
    case 'aside':
      return { text: '搁置，听音乐', tone: 'warn' }
    case 'leave':
      return { text: '正在退出', tone: '' }
    case 'dial':
      return confidant(talk) ? { text: '咨询中', tone: 'info' } : { text: '正在呼叫对方', tone: 'warn' }
    case 'met':
    case 'consult':
      return { text: '咨询中', tone: 'info' }
    default:
      if (party.id === 'c') return together > 1 ? { text: '通话中', tone: 'good' } : { text: '听音乐等待', tone: 'warn' }
      return { text: together > 2 ? '三方通话' : '与来电人通话', tone: 'good' }
  }
}

/** One line that says what is going on, for the seat that conducts. */
export function phaseOf(talk: Talk): string {
  const other = confidant(talk)
  const ringing = talk.parties.find((each) => each.id === talk.ringing)
  if (ringing) return `正在呼叫${nameOf(ringing)}，来电人听音乐等待`
  if (other) return `正在与${nameOf(other)}单独说话，来电人听不到`
  const together = talk.parties.filter((each) => each.place === 'main').length
  const aside = talk.parties.filter((each) => each.place === 'aside').length
  if (together > 2) return `${together === 3 ? '三' : String(together)}方通话，彼此都能听到`
  return aside ? '正在与来电人通话，第三方搁置' : '正在与来电人通话'
}

export const ROLES: Record<string, string> = { caller: '来电人', seat: '坐席', expert: '专家', unit: '承办单位', outside: '外部电话', emergency: '紧急电话', supervisor: '班长' }

export function nameOf(party: Party): string {
  if (party.id === 'c') return '来电人'
  const name = party.name || ROLES[party.role] || ''
  return name.includes(party.who) ? name : `${name} ${party.who}`.trim()
}
