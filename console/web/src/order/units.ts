// The unit directory, read once for a page's names and choices.

import { computed, shallowRef } from 'vue'
import { get } from '../api/client'
import type { CatalogueEntry, SubjectEntry, UnitEntry } from './types'

const units = shallowRef<UnitEntry[]>([])
const subjects = shallowRef<SubjectEntry[]>([])
const known = computed(() => new Map(units.value.map((unit) => [unit.id, unit.name])))

export const activeUnits = computed(() => units.value.filter((unit) => unit.active))
export const areas = computed(() => [...new Set(units.value.map((unit) => unit.area).filter(Boolean))])
export const subjectPaths = computed(() => subjects.value.map((subject) => subject.path))
export const unitName = (id: string): string => known.value.get(id) ?? id

export async function readUnits(): Promise<void> {
  units.value = (await get<{ units: UnitEntry[] }>('/directory/units')).units
}

export async function readSubjects(): Promise<void> {
  subjects.value = (await get<{ subjects: SubjectEntry[]; entries: CatalogueEntry[] }>('/directory/subjects')).subjects
}
