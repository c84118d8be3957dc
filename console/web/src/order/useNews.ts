// A list of orders that hears of what happens to them: counts follow at once, rows stay where they are until asked.

import { computed, onBeforeUnmount, onMounted, type Ref, ref, shallowRef, watch } from 'vue'
import { get, type Query } from '../api/client'
import { onOrders } from '../api/live'
import type { OrdersNews } from '../api/types'
import { newsText, nothing, type Pending, type Shown, taken } from './news'
import type { OrderCounts } from './types'

const SAFETY_MS = 60_000 // counts are asked for now and then, whatever the stream says
const PATIENCE_MS = 3_000 // pages that were told nothing of counts do not all ask at once

interface Watched {
  items: Ref<Shown[]>
  next: Ref<string | null>
  query: () => Query
  /** There are conditions beside the list's own. */
  filtered: () => boolean
  counts: Ref<OrderCounts | null>
}

export function useNews(list: Watched) {
  const pending = shallowRef<Pending>(nothing())
  const text = computed(() => newsText(pending.value, list.filtered()))
  const stale = computed(() => pending.value.stale)
  const asking = ref(0)
  let timer = 0
  let off = (): void => undefined

  async function recount(): Promise<void> {
    list.counts.value = await get<OrderCounts>('/orders/counts').catch(() => list.counts.value)
  }
  function hear(news: OrdersNews): void {
    pending.value = taken(pending.value, news, list.items.value, list.query(), list.next.value !== null)
    if (news.counts) list.counts.value = news.counts
    else {
      window.clearTimeout(asking.value)
      asking.value = window.setTimeout(() => void recount(), Math.random() * PATIENCE_MS)
    }
  }
  watch(list.items, (now, before) => {
    const longer = before.length > 0 && now.length > before.length && now[0] === before[0]
    if (!longer) pending.value = nothing() // loaded anew, not "more"
  })
  onMounted(() => {
    off = onOrders(hear)
    timer = window.setInterval(() => { if (!document.hidden) void recount() }, SAFETY_MS)
  })
  onBeforeUnmount(() => {
    off()
    window.clearInterval(timer)
    window.clearTimeout(asking.value)
  })
  return { text, stale, recount }
}
