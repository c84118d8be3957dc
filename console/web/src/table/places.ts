// Where a finding is put right.

import type { RouteLocationRaw } from 'vue-router'
import { found } from './desk'
import { entityWord, fieldWord } from './words'

export function linkTo(place: string): RouteLocationRaw {
  const [entity = '', key = '', field = ''] = place.split('/')
  if (entity === 'row') return { name: 'table-row', params: { key }, query: field ? { field } : {} }
  if (entity === 'calendar' || entity === 'notice') return { name: 'table-calendars', query: entity === 'calendar' ? { name: key } : { year: key } }
  const hotline = entity === 'unit_line' ? String(found('unit_line', key)?.['hotline'] ?? '') : ''
  return hotline && found('row', hotline) ? { name: 'table-row', params: { key: hotline } } : { name: 'table', hash: `#${entity}` }
}

export function placeWord(place: string): string {
  const [entity = '', key = '', field = ''] = place.split('/')
  return `${entityWord(entity)} ${key === 'city' ? '' : key}${field ? ` · ${fieldWord(field)}` : ''}`.trim()
}
