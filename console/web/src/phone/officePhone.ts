// The office's phone is up only while its person wants it; a seat's phone is up as long as the page is.
// In: nothing. Out: `officePhone.on`, kept for this tab. Never: the telephone itself (that is `seatPhone`, loaded when wanted).

import { computed, reactive, watch } from 'vue'
import { postOnce } from '../api/client'
import { live } from '../api/live'
import type { Seat } from '../api/types'
import { me } from '../session'

const WANTED = 'hotline-office-phone'

export const officePhone = reactive({ on: sessionStorage.getItem(WANTED) === 'on' })
export const hasOfficePhone = computed(() => me.value?.role === 'office' && Boolean(me.value.seat))
export const officeSeat = computed<Seat | null>(() => (hasOfficePhone.value ? (live.seats.get(me.value?.seat ?? '') ?? null) : null))

export function turnOn(): void {
  sessionStorage.setItem(WANTED, 'on')
  officePhone.on = true
}

/** The seat is logged out first: the gateway then knows that nobody is there, and not that a line broke. */
export async function turnOff(): Promise<void> {
  if (officeSeat.value && officeSeat.value.state !== 'offline') await postOnce('/seat/logout').catch(() => undefined)
  sessionStorage.removeItem(WANTED)
  officePhone.on = false
}

watch(me, (person) => {
  if (!person) officePhone.on = false
})
