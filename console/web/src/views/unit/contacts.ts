// The contact log's rule: a failed attempt counts only when it is far enough from the last one that counted.

export interface Contact {
  at: string
  by: string
  unit: string | null
  result: string
  channel: string
  cause: string
  counted: boolean
}

export interface Standing {
  /** Failed attempts that count. */
  counted: number
  reached: boolean
  /** From when on another failed attempt counts; null: now. */
  nextAt: number | null
}

export function standing(contacts: Contact[], retryMinutes: number | null, nowMs: number): Standing {
  const counted = contacts.filter((each) => each.counted)
  const last = counted.at(-1)
  const next = last && retryMinutes ? Date.parse(last.at) + retryMinutes * 60_000 : 0
  return { counted: counted.length, reached: contacts.some((each) => each.result === 'reached'), nextAt: next > nowMs ? next : null }
}
