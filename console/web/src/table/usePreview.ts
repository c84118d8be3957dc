// What the edited row would do to calls: the tried one, and the same at telling moments. Asks the server; never decides.

import { ref, shallowRef, type Ref } from 'vue'
import { ApiProblem, asProblem, post } from '../api/client'
import { type Graph, graphOf, type Sample } from './pathGraph'
import type { AskedCall, Check, Edit, Preview as Previewed, RouteAnswer } from './types'
import type { RowForm } from './rowForm'

export interface Trial {
  number: string
  caller: string
  at: Date
}

const CITY = 'Asia/Shanghai'
const DAY_MS = 86_400_000
const dayOf = (at: Date): string => at.toLocaleDateString('sv-SE', { timeZone: CITY })
const moment = (day: string, time: string): Date => new Date(`${day}T${time}:00+08:00`)

/** The next day with that weekday (0 Sunday) at or after `from`. */
function next(from: Date, weekday: number): string {
  for (let n = 0; n < 7; n++) {
    const at = new Date(from.getTime() + n * DAY_MS)
    if (moment(dayOf(at), '12:00').getUTCDay() === weekday) return dayOf(at)
  }
  return dayOf(from)
}

/** Moments at which a way often differs: hours, nights, weekends, and the turns of the row itself. */
export function tellingMoments(form: RowForm, at: Date): { label: string; at: Date; caller?: string }[] {
  const wednesday = next(at, 3)
  const found: { label: string; at: Date; caller?: string }[] = [
    { label: '工作日白天', at: moment(wednesday, '10:00') },
    { label: '工作日夜间', at: moment(wednesday, '22:30') },
    { label: '周末', at: moment(next(at, 0), '10:00') },
  ]
  const turns: [string, string][] = [[form.transition_from, '过渡期'], [form.cut_over, '取消号码后'], [form.rolled_back, '撤回归并后'], [form.valid_from, '生效后']]
  for (const [day, label] of turns) if (day && day > dayOf(at)) found.push({ label, at: moment(day, '10:00') })
  if (form.shared_percent > 0 && form.shared_percent < 100) {
    for (let n = 1; n <= 4; n++) found.push({ label: '割接比例', at: moment(wednesday, '10:00'), caller: `1380000000${n * 2}` })
  }
  return found
}

export interface Preview {
  check: Ref<Check | null>
  answer: Ref<RouteAnswer | null>
  graph: Ref<Graph | null>
  samples: Ref<number>
  problem: Ref<ApiProblem | null>
  wrong: Ref<Record<string, string>>
  busy: Ref<boolean>
  ask: (trial: Trial, edits: Edit[], form: RowForm) => Promise<void>
}

/** What unsaved edits would do: every call's way, and all findings, in one question. */
export const askPreview = (edits: Edit[], calls: AskedCall[] = []): Promise<Previewed> =>
  post<Previewed>('/table/draft/preview', { edits, calls, prove: true })

export function usePreview(): Preview {
  const check = shallowRef<Check | null>(null)
  const answer = shallowRef<RouteAnswer | null>(null)
  const graph = shallowRef<Graph | null>(null)
  const samples = ref(0)
  const problem = shallowRef<ApiProblem | null>(null)
  const wrong = shallowRef<Record<string, string>>({})
  const busy = ref(false)
  let turn = 0

  async function ask(trial: Trial, edits: Edit[], form: RowForm): Promise<void> {
    const mine = ++turn
    const others = tellingMoments(form, trial.at)
    const call = (at: Date, caller: string): AskedCall => ({ number: trial.number, caller: caller || null, at: at.toISOString() })
    busy.value = true
    try {
      const calls = [call(trial.at, trial.caller), ...others.map((each) => call(each.at, each.caller ?? trial.caller))]
      const seen = await askPreview(edits, calls)
      const [tried, ...answers] = seen.answers
      if (!tried) return
      if (mine !== turn) return
      const all: Sample[] = [
        { label: '所选时间', answer: tried, taken: true },
        ...answers.map((each, index) => ({ label: others[index]?.label ?? '', answer: each, taken: false })),
      ]
      answer.value = tried
      check.value = seen.check
      // The tried call's own label says nothing where other moments go the same way.
      const same = (a: RouteAnswer, b: RouteAnswer): boolean => JSON.stringify([a.routed, a.steps]) === JSON.stringify([b.routed, b.steps])
      if (all.slice(1).some((each) => same(each.answer, tried))) all[0] = { ...(all.find((each, n) => n > 0 && same(each.answer, tried)) as Sample), taken: true }
      graph.value = graphOf(all)
      samples.value = new Set(all.map((each) => each.label)).size
      problem.value = null
      wrong.value = {}
    } catch (error) {
      if (mine !== turn) return
      const found = asProblem(error)
      wrong.value = fieldsOf(found)
      problem.value = found
    } finally {
      if (mine === turn) busy.value = false
    }
  }

  return { check, answer, graph, samples, problem, wrong, busy, ask }
}

/** The refused fields of a problem: field of the row → why. */
export function fieldsOf(problem: ApiProblem): Record<string, string> {
  const fields = problem.body['fields']
  if (!Array.isArray(fields)) return {}
  return Object.fromEntries((fields as { place: string; reason: string }[]).map(({ place, reason }) => [place.split('/').pop()?.split('.')[0] ?? '', reason]))
}
