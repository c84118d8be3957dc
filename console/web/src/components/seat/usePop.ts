// What is known of the call at hand, fetched as soon as it rings and kept fresh while it lasts.

import { onBeforeUnmount, shallowRef, watch, type Ref } from 'vue'
import { get } from '../../api/client'
import type { Pop } from '../../api/types'

const EVERY_MS = 5000 // the matter grows while the seat writes; a surge gets its text

export function usePop(linkedid: Ref<string>): { pop: Ref<Pop | null>; refresh: () => void } {
  const pop = shallowRef<Pop | null>(null)
  let timer = 0

  async function look(id: string): Promise<void> {
    window.clearTimeout(timer)
    if (!id) return
    try {
      const found = await get<Pop>(`/calls/${encodeURIComponent(id)}/pop`)
      if (linkedid.value === id) pop.value = found
    } catch {
      // Away for a moment, or over: what was known stays to be read. A call that is over is asked for no more (its id goes).
    }
    if (linkedid.value === id) timer = window.setTimeout(() => void look(id), EVERY_MS)
  }

  watch(linkedid, (id, before) => {
    if (id && id !== before) pop.value = null
    void look(id)
  }, { immediate: true })
  onBeforeUnmount(() => window.clearTimeout(timer))
  return { pop, refresh: () => void look(linkedid.value) }
}
