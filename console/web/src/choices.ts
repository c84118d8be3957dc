// What callers choose in menus, by name: the table in force names its options, so the pages hold no list of their own.

import { shallowRef } from 'vue'
import { get } from './api/client'

interface Choice {
  menu: string
  option: string
  label: string
}

const known = shallowRef<Record<string, string>>({})

/** Ask once a person is logged in. Without an answer an option shows its id: better than nothing. */
export async function loadChoices(): Promise<void> {
  const { items } = await get<{ items: Choice[] }>('/choices').catch(() => ({ items: [] as Choice[] }))
  const names: Record<string, string> = {}
  for (const each of items) {
    names[each.option] ??= each.label
    names[`${each.menu}/${each.option}`] = each.label
  }
  known.value = names
}

/** The name of an option; an option that no menu has any more shows its id. */
export const choiceWord = (option: string | null | undefined, menu = ''): string =>
  option ? (known.value[`${menu}/${option}`] ?? known.value[option] ?? option) : '—'
