// Who is logged in. Pages read `me`; the router asks `restore` once.

import { ref, type Ref } from 'vue'
import { ApiProblem, get, post, remove, setCsrf, whenLoggedOut } from './api/client'
import { startLive, stopLive } from './api/live'
import { loadChoices } from './choices'
import type { Me, Role } from './api/types'

export const me: Ref<Me | null> = ref(null)
let restoring: Promise<void> | null = null

/** This person is logged in from now on; who must change the password first gets nothing else from the server. */
export function enter(person: Me): void {
  me.value = person
  setCsrf(person.csrf)
  if (person.must_change) return
  startLive()
  void loadChoices()
}

function leave(): void {
  me.value = null
  sessionStorage.clear() // what the last person worked on is not the next one's
  setCsrf('')
  stopLive()
}

whenLoggedOut(leave)

/** Learn from the server who is logged in; only the first call asks. Throws when the console cannot say. */
export function restore(): Promise<void> {
  restoring ??= get<Me>('/session').then(enter, (error: unknown) => {
    if (!(error instanceof ApiProblem && error.slug === 'not-logged-in')) {
      restoring = null
      throw error
    }
  })
  return restoring
}

export async function login(user: string, password: string): Promise<Me> {
  const person = await post<Me>('/session', { user, password })
  enter(person)
  return person
}

export async function logout(): Promise<void> {
  try {
    await remove('/session')
  } finally {
    leave()
  }
}

export const oversees = (): boolean => me.value?.role === 'admin' || me.value?.role === 'supervisor'

const HOMES: Record<Role, string> = { admin: '/live', supervisor: '/live', seat: '/seat', expert: '/seat', auditor: '/table', office: '/office', unit: '/unit' }

/** The first page of each role: one that it may open. */
export const homeOf = (person: Me): string => HOMES[person.role]
