// What a seat does with the people of its call: one verb at a time, refusals told in words.

import { ElMessage } from 'element-plus'
import { ref, type Ref } from 'vue'
import { asProblem, postOnce } from '../api/client'
import type { Target, Verb } from '../api/types'

export interface Acts {
  /** The verb that is on its way, '' for none. */
  busy: Ref<string>
  act: (verb: Verb, how?: { target?: Pick<Target, 'kind' | 'ref'>; party?: string }) => Promise<boolean>
}

export function useTalk(linkedid: () => string): Acts {
  const busy = ref('')
  async function act(verb: Verb, { target, party }: { target?: Pick<Target, 'kind' | 'ref'>; party?: string } = {}): Promise<boolean> {
    if (busy.value) return false
    busy.value = verb
    try {
      const body = { verb, target: target ? { kind: target.kind, ref: target.ref } : null, party: party ?? null }
      await postOnce(`/calls/${encodeURIComponent(linkedid())}/talk`, body)
      return true
    } catch (error) {
      const problem = asProblem(error)
      ElMessage({ type: 'error', message: problem.detail || `${problem.title}。${problem.remedy}`, duration: 6000, showClose: true })
      return false
    } finally {
      busy.value = ''
    }
  }
  return { busy, act }
}
