// Where a finding is put right.

import type { RouteLocationRaw } from 'vue-router'
import { entityWord, fieldWord } from './words'

export function linkTo(place: string): RouteLocationRaw {
  const [entity = '', key = '', field = ''] = place.split('/')
  if (entity === 'row') return { name: 'table-row', params: { key }, query: field ? { field } : {} }
  if (entity === 'menu') return { name: 'table-menu', params: { key }, query: field ? { field } : {} }
  if (entity === 'calendar' || entity === 'notice') return { name: 'table-calendars', query: entity === 'calendar' ? { name: key } : { year: key } }
  return { name: 'table-lines', hash: `#${entity}`, query: key && entity !== 'city' ? { key } : {} }
}

export function placeWord(place: string): string {
  const [entity = '', key = '', field = ''] = place.split('/')
  return `${entityWord(entity)} ${key === 'city' ? '' : key}${field ? ` · ${fieldWord(field)}` : ''}`.trim()
}
