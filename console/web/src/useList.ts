// A list by cursor: first page, more, reload; the last answer wins.

import { ref, shallowRef, type Ref } from 'vue'
import { type ApiProblem, asProblem, get, type Query } from './api/client'
import type { Page } from './api/types'

export interface List<T> {
  items: Ref<T[]>
  next: Ref<string | null>
  loading: Ref<boolean>
  problem: Ref<ApiProblem | null>
  load: () => Promise<void>
  more: () => Promise<void>
}

export function useList<T>(path: string, query: () => Query): List<T> {
  const items = shallowRef<T[]>([])
  const next = ref<string | null>(null)
  const loading = ref(true)
  const problem = shallowRef<ApiProblem | null>(null)
  let turn = 0

  async function fetchPage(cursor: string | null): Promise<void> {
    const mine = ++turn
    loading.value = true
    problem.value = null
    try {
      const page = await get<Page<T>>(path, { ...query(), cursor })
      if (mine !== turn) return
      items.value = cursor ? [...items.value, ...page.items] : page.items
      next.value = page.next
    } catch (error) {
      if (mine === turn) problem.value = asProblem(error)
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  return { items, next, loading, problem, load: () => fetchPage(null), more: () => fetchPage(next.value) }
}
