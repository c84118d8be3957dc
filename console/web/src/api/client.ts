// One way to the API: JSON in and out, problems as `ApiProblem`, a timeout on every request.

export class ApiProblem extends Error {
  constructor(
    readonly slug: string,
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly remedy: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(detail ? `${title}：${detail}` : title)
  }
}

const BASE = '/api/v1'
const TIMEOUT_MS = 12_000
const SLOW_MS = 90_000

let csrf = ''
let orderToken = ''
let onLoggedOut: () => void = () => undefined

export function setCsrf(token: string): void {
  csrf = token
}

/** What the citizen's page holds instead of an account: for one order. */
export function setOrderToken(token: string): void {
  orderToken = token
}

export function whenLoggedOut(act: () => void): void {
  onLoggedOut = act
}

export type Query = Record<string, string | number | boolean | null | undefined>

export function url(path: string, query: Query = {}): string {
  const parts = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') parts.set(name, String(value))
  }
  const text = parts.toString()
  return BASE + path + (text ? `?${text}` : '')
}

async function problemFrom(response: Response): Promise<ApiProblem> {
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>
  const slug = String(body['type'] ?? '').split('/').pop() || 'unknown'
  return new ApiProblem(
    slug,
    response.status,
    String(body['title'] ?? `请求失败（${response.status}）`),
    String(body['detail'] ?? ''),
    String(body['remedy'] ?? '请稍后重试。'),
    body,
  )
}

interface Extra {
  key?: string
  /** The ETag that a change was made on. */
  match?: string
  waitMs?: number
}

async function send<T>(method: string, path: string, body?: unknown, { key, match, waitMs = TIMEOUT_MS }: Extra = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  const file = body instanceof Blob
  if (body !== undefined) headers['Content-Type'] = file ? body.type : 'application/json'
  if (match) headers['If-Match'] = match
  if (orderToken) headers['X-Order-Token'] = orderToken
  if (method !== 'GET') headers['X-CSRF-Token'] = csrf
  if (key) headers['Idempotency-Key'] = key
  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? null : file ? body : JSON.stringify(body),
      credentials: 'same-origin',
      signal: AbortSignal.timeout(waitMs),
    })
  } catch {
    throw new ApiProblem('console-away', 0, '连接不上控制台', '', '请检查网络；系统会自动重试。')
  }
  if (!response.ok) {
    const problem = await problemFrom(response)
    if (problem.slug === 'not-logged-in') onLoggedOut()
    throw problem
  }
  return (response.status === 204 ? undefined : await response.json()) as T
}

export const get = <T>(path: string, query?: Query): Promise<T> => send<T>('GET', url(path, query))
export const post = <T>(path: string, body?: unknown): Promise<T> => send<T>('POST', url(path), body)
export const patch = <T>(path: string, body: unknown): Promise<T> => send<T>('PATCH', url(path), body)
export const put = <T>(path: string, body: unknown): Promise<T> => send<T>('PUT', url(path), body)
/** A document of thousands of rows. */
export const putSlow = <T>(path: string, body: unknown): Promise<T> => send<T>('PUT', url(path), body, { waitMs: SLOW_MS })
export const remove = <T>(path: string): Promise<T> => send<T>('DELETE', url(path))

/** A POST after which a phone may ring: carries a fresh Idempotency-Key, so that a double click acts once. */
export const postOnce = <T>(path: string, body: unknown = {}): Promise<T> =>
  send<T>('POST', url(path), body, { key: newKey() })

/** A change made on what that ETag named; 409 when others were faster at the same fields. */
export const patchOn = <T>(path: string, body: unknown, match: string): Promise<T> => send<T>('PATCH', url(path), body, { match })

/** A part replaced on what that ETag named; 409 when somebody was faster. */
export const putOn = <T>(path: string, body: unknown, match: string): Promise<T> => send<T>('PUT', url(path), body, { match })

/** A question that reads weeks of calls. */
export const postSlow = <T>(path: string, body: unknown): Promise<T> => send<T>('POST', url(path), body, { waitMs: SLOW_MS })

/** A file as the request's body, under the media type that the API wants. */
export const sendFile = <T>(method: 'POST' | 'PUT', path: string, query: Query, file: Blob, type: string): Promise<T> =>
  send<T>(method, url(path, query), file.slice(0, file.size, type), { key: newKey(), waitMs: SLOW_MS })

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

export function asProblem(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error
  return new ApiProblem('page', 0, '页面出现错误', error instanceof Error ? error.message : String(error), '请刷新页面。')
}
