// The time of now for running timers: one interval for all of them.

import { onScopeDispose, ref, type Ref } from 'vue'

const now = ref(Date.now())
let users = 0
let interval = 0

export function useNow(): Ref<number> {
  if (users++ === 0) {
    now.value = Date.now()
    interval = window.setInterval(() => (now.value = Date.now()), 500)
  }
  onScopeDispose(() => {
    if (--users === 0) window.clearInterval(interval)
  })
  return now
}
