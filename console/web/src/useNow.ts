// The time of now, on the server's clock, for running timers: one interval for all of them.

import { onScopeDispose, ref, type Ref } from 'vue'
import { live } from './api/live'

const serverNow = (): number => Date.now() + live.skewMs
const now = ref(serverNow())
let users = 0
let interval = 0

export function useNow(): Ref<number> {
  if (users++ === 0) {
    now.value = serverNow()
    interval = window.setInterval(() => (now.value = serverNow()), 500)
  }
  onScopeDispose(() => {
    if (--users === 0) window.clearInterval(interval)
  })
  return now
}
