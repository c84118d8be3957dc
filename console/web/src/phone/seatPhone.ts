// The seat's browser phone, one for the whole page: it survives walking from view to view, and one browser tab holds it.

import { computed, markRaw, reactive, watch } from 'vue'
import { type ApiProblem, asProblem, get } from '../api/client'
import { live } from '../api/live'
import type { Device, Seat, SipAccount } from '../api/types'
import { router } from '../router'
import { me } from '../session'
import { hasOfficePhone, officePhone } from './officePhone'
import { notify, probeSound, startRinging, stopRinging } from './ringer'
import { SipPhone } from './sipPhone'

const PREFERENCE = 'hotline-device'
const RETRY_MS = 4000

interface Holder {
  /** `elsewhere`: another tab of this browser holds the phone. */
  held: 'no' | 'here' | 'elsewhere'
  device: Device
  problem: ApiProblem | null
}

const audio = document.createElement('audio')
audio.autoplay = true
export const phone = markRaw(new SipPhone(audio))
export const holder = reactive<Holder>({ held: 'no', device: localStorage.getItem(PREFERENCE) === 'phone' ? 'phone' : 'web', problem: null })
export const mySeat = computed<Seat | null>(() => (me.value?.seat ? (live.seats.get(me.value.seat) ?? null) : null))
/** What the seat works with: what it logged in with, else what the person chose here. */
export const device = computed<Device>(() => (hasOfficePhone.value && 'web') || (mySeat.value?.state !== 'offline' && mySeat.value?.device) || holder.device)

let release: (() => void) | null = null
let retry = 0
let note: Notification | null = null

export function chooseDevice(wanted: Device): void {
  holder.device = wanted
  localStorage.setItem(PREFERENCE, wanted)
}

/** Take the phone into this tab. `steal` takes it from another tab, which then lets go. */
export async function bringUp(steal = false): Promise<void> {
  const seat = me.value?.seat
  if (!seat || holder.held === 'here') return
  if (!('locks' in navigator)) return hold()
  const name = `hotline-phone-${seat}`
  try {
    await navigator.locks.request(name, steal ? { steal } : { ifAvailable: true }, async (lock) => {
      if (lock === null) {
        holder.held = 'elsewhere'
        return
      }
      await hold()
      await new Promise<void>((resolve) => (release = resolve))
    })
  } catch {
    letGo('elsewhere') // another tab took it
  }
}

async function hold(): Promise<void> {
  holder.held = 'here'
  probeSound()
  await register()
}

async function register(): Promise<void> {
  window.clearTimeout(retry)
  if (holder.held !== 'here') return
  try {
    phone.start(await get<SipAccount>('/seat/sip'), { register: true })
    holder.problem = null
  } catch (error) {
    holder.problem = asProblem(error)
    retry = window.setTimeout(() => void register(), RETRY_MS)
  }
}

function letGo(held: Holder['held']): void {
  window.clearTimeout(retry)
  holder.held = held
  release?.()
  release = null
  phone.stop()
}

watch([device, () => me.value?.seat, () => !hasOfficePhone.value || officePhone.on], ([wanted, seat, on]) => {
  if (seat && on && wanted === 'web') void bringUp()
  else letGo('no')
}, { immediate: true })

// The phone may ring a moment before the gateway's word about the call is here.
const KNOWN_WITHIN_MS = 1500
let telling = 0

/** Which hotline, in words; never who calls: it is shown on a desktop that others see. */
function tellDesktop(until: number): void {
  const ringing = phone.state.call
  if (ringing?.stage !== 'incoming') return
  const hotline = live.calls.get(ringing.linkedid)?.hotline
  if (!hotline?.name && Date.now() < until) {
    telling = window.setTimeout(() => tellDesktop(until), 100)
    return
  }
  const what = [hotline?.number || ringing.peerName, hotline?.name].filter(Boolean).join(' ')
  note = notify(ringing.kind === 'third' ? '坐席请您加入通话' : '热线来电，请接听', what, () => void router.push('/seat'))
}

watch(() => phone.state.call?.stage, (stage) => {
  const kind = phone.state.call?.kind
  if (stage === 'incoming' && (kind === 'listen' || kind === 'resume' || kind === 'out')) {
    phone.answer()
  } else if (stage === 'incoming') {
    startRinging()
    tellDesktop(Date.now() + KNOWN_WITHIN_MS)
  } else {
    stopRinging()
    window.clearTimeout(telling)
    note?.close()
  }
})

// The gateway knows that the conversation is over, this phone does not: its SIP connection was cut in the middle of it.
const OVER_MS = 3000
let over = 0
const IN_CALL = ['talking', 'consulting', 'ringing']
watch(() => live.link === 'up' && phone.state.call?.stage === 'talking' && phone.state.call.kind !== 'listen' && mySeat.value !== null && !IN_CALL.includes(mySeat.value.state), (stale) => {
  window.clearTimeout(over)
  if (stale) over = window.setTimeout(() => phone.hangUp(), OVER_MS)
})

/** The call goes on without this page's phone: it was reloaded, or its network broke. The gateway rings it back in. */
export const comingBack = computed(() => device.value === 'web' && !phone.state.call && ['talking', 'consulting'].includes(mySeat.value?.state ?? ''))

// A reloaded page comes back into its call, but the caller hears a gap: ask first. It does not hang up when it goes.
window.addEventListener('beforeunload', (event) => {
  if (phone.state.call && phone.state.call.stage !== 'incoming') event.preventDefault()
})
// A call that the house placed hangs on this phone alone and cannot be kept for its return: nobody is left in silence.
window.addEventListener('pagehide', () => {
  if (phone.state.call?.kind === 'out') phone.hangUp()
})
