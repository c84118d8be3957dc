// Times as people read them. All in the city's time (UTC+8), wherever the browser is.

const CITY = 'Asia/Shanghai'
const full = new Intl.DateTimeFormat('zh-CN', {
  timeZone: CITY, year: 'numeric', month: '2-digit', day: '2-digit',
  hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
})
const clock = new Intl.DateTimeFormat('zh-CN', {
  timeZone: CITY, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
})

export function dateTime(iso: string | null | undefined): string {
  return iso ? full.format(new Date(iso)).replaceAll('/', '-') : '—'
}

export function clockTime(iso: string | null | undefined): string {
  return iso ? clock.format(new Date(iso)) : '—'
}

/** `95` → `01:35`, `4751` → `1:19:11`. Seconds, never negative. */
export function timer(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const pad = (n: number): string => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
  return h ? `${h}:${pad(m)}:${pad(s)}` : `${pad(m)}:${pad(s)}`
}

/** `95.4` → `1 分 35 秒`, `8.26` → `8.3 秒`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '—'
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} 秒`
  const whole = Math.round(seconds)
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60]
  return [h ? `${h} 时` : '', h || m ? `${m} 分` : '', `${s} 秒`].filter(Boolean).join(' ')
}

export function secondsSince(iso: string | null | undefined, nowMs: number): number {
  return iso ? Math.max(0, (nowMs - Date.parse(iso)) / 1000) : 0
}
