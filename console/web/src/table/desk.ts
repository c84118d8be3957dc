// The table as every page of it sees it: in force, the open draft, and saving edits on what was read.

import { computed, shallowReactive, shallowReadonly } from 'vue'
import { type ApiProblem, asProblem, get, patchOn, postOnce } from '../api/client'
import { me } from '../session'
import type { Draft, Edit, Entities, EntityName, EntityRecord, TableNow, Value, Version } from './types'

interface Desk {
  published: Version | null
  inForce: Entities | null
  draft: Draft | null
  publishers: number
  loading: boolean
  problem: ApiProblem | null
}

const state = shallowReactive<Desk>({ published: null, inForce: null, draft: null, publishers: 2, loading: true, problem: null })
export const desk = shallowReadonly(state)

export const mayEdit = computed(() => me.value?.role === 'admin')
export const mayPublish = computed(() => me.value?.role === 'admin' || me.value?.role === 'supervisor')
/** What the pages show: the draft while there is one. */
export const shown = computed<Entities | null>(() => state.draft?.entities ?? state.inForce)

export const listed = (entity: EntityName): EntityRecord[] => shown.value?.[entity] ?? []
export const found = (entity: EntityName, key: string): Value | null => listed(entity).find((each) => each.key === key)?.value ?? null
export const inForce = (entity: EntityName, key: string): Value | null => state.inForce?.[entity].find((each) => each.key === key)?.value ?? null

export async function loadDesk(): Promise<void> {
  state.loading = true
  state.problem = null
  try {
    const now = await get<TableNow>('/table')
    const draft = now.draft ? await get<Draft>('/table/draft') : null
    Object.assign(state, { published: now.published, inForce: now.entities, publishers: now.publishers, draft })
  } catch (error) {
    state.problem = asProblem(error)
  } finally {
    state.loading = false
  }
}

export function takeDraft(draft: Draft | null): void {
  state.draft = draft
}

/** The ETag that edits made now are made on; "" while there is no draft. */
export const etagNow = (): string => state.draft?.etag ?? ''

/**
 * Save edits that were made on `etag`; begins a draft when there is none. Throws ApiProblem: `conflict` with
 * `body.conflicts` and `body.etag` when somebody else saved the same fields.
 */
export async function saveEdits(edits: Edit[], etag: string): Promise<void> {
  let base = etag
  if (!base) {
    const begun = await postOnce<Draft>('/table/draft')
    base = `"${begun.draft.number}.0"` // what was read is the version in force: the draft as it began
  }
  takeDraft(await patchOn<Draft>('/table/draft', { edits }, base))
}
