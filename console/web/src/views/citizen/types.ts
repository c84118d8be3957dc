// What the citizen's API says; mirrors console/citizen_api.py.

export interface FormOffer {
  categories: Record<string, string>
  subjects: string[]
  areas: string[]
  units: Record<string, string>
  real_name: string[]
  real_name_categories: string[]
}

export interface Filed {
  order_id: string
  code: string
  token: string
  expires_at: string
}

export interface CitizenOrder {
  order_id: string
  state: string
  progress: string
  title: string
  matter: string
  category: string
  subject: string
  area: string
  created_at: string
  due_on: string | null
  unit: string
  caller_name: string
  contact: string
  secrecy: boolean
  answer: string
  ground: string
  right_channel: string
  materials_until: string | null
  materials: string[]
  stars: number | null
  solved: boolean | null
  timeline: { at: string; word: string; text: string }[]
  files: { name: string; at: string }[]
  may_add: boolean
  may_withdraw: boolean
  may_rate: boolean
}

/** How far an order has come, as a caller sees it: 0 handed in … 4 over and rated; -1 when it takes another way. */
export function stage(order: Pick<CitizenOrder, 'state' | 'stars'>): number {
  if (['not_accepted', 'merged'].includes(order.state)) return -1
  if (['closed', 'followed_up', 'archived'].includes(order.state)) return order.stars ? 4 : 3
  if (['dispatched', 'handling', 'return_asked', 'in_review', 'reexamining'].includes(order.state)) return 2
  return ['accepted', 'materials', 'with_leader'].includes(order.state) ? 1 : 0
}
export const STAGES = ['已提交', '已受理', '办理中', '已答复', '已评价']

/** An order's number as somebody types it from a paper: with or without the dash, with spaces. */
export function orderNumber(typed: string): string {
  const digits = typed.replace(/[^0-9]/g, '')
  return digits.length > 8 ? `${digits.slice(0, 8)}-${digits.slice(8, 14)}` : digits
}

export const TYPES: Record<string, string> = {
  pdf: 'application/pdf', png: 'image/png', jpg: 'image/jpeg', jpeg: 'image/jpeg', wav: 'audio/wav', mp3: 'audio/mpeg', mp4: 'video/mp4',
  doc: 'application/msword', docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel', xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}
export const ACCEPT = Object.keys(TYPES).map((ending) => `.${ending}`).join(',')
export const MAX_BYTES = 20 * 1024 * 1024
export const typeOf = (name: string): string => TYPES[name.split('.').pop()?.toLowerCase() ?? ''] ?? ''

/** Why a file will not be taken, "" when it will. */
export function fileWrong(file: Pick<File, 'name' | 'size'>): string {
  if (!typeOf(file.name)) return `“${file.name}”不是可以上传的类型（照片、PDF、录音、视频、Word、Excel）`
  return file.size > MAX_BYTES ? `“${file.name}”超过 20 MB` : ''
}
