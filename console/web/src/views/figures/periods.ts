// Periods as a person names them, as moments of the city (UTC+8, no summer time).

const DAY = 86_400_000
const cityDay = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit' })

export const today = (nowMs: number = Date.now()): string => cityDay.format(new Date(nowMs))
export const cityMidnight = (day: string): Date => new Date(`${day}T00:00:00+08:00`)

export interface Period {
  since: Date
  until: Date
}

export const dayAfter = (day: string, count = 1): string => today(cityMidnight(day).getTime() + count * DAY)
export const days = (first: string, last: string): Period => ({ since: cityMidnight(first), until: cityMidnight(dayAfter(last)) })

/** `2026-11` → the whole month. */
export function monthPeriod(month: string): Period {
  const [year = 0, number = 1] = month.split('-').map(Number)
  const next = number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`
  return { since: cityMidnight(`${month}-01`), until: cityMidnight(`${next}-01`) }
}

export function lastMonth(nowMs: number = Date.now()): string {
  const [year = 0, month = 1] = today(nowMs).split('-').map(Number)
  return month === 1 ? `${year - 1}-12` : `${year}-${String(month - 1).padStart(2, '0')}`
}

export const percent = (value: number | null): string => (value === null ? '—' : `${(value * 100).toFixed(1)}%`)
