// Whether an article holds today, and how words of a search are shown in it.

import { me } from '../../session'
import type { ArticleRow, ArticleState, Content } from './types'

const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit' })

/** The city's day as an ISO text. */
export const today = (now = new Date()): string => day.format(now)

export interface Standing {
  tone: 'good' | 'warn' | 'bad' | ''
  text: string
}

/** What somebody must know before they read this article out to a caller. */
export function standing(article: Pick<ArticleRow, 'state' | 'valid_from' | 'valid_until' | 'review_due'>, on = today()): Standing {
  if (article.state === 'withdrawn') return { tone: 'bad', text: '已撤下，不得用于答复' }
  if (article.state === 'draft') return { tone: 'warn', text: '草稿，尚未发布' }
  if (article.valid_until && article.valid_until < on) return { tone: 'bad', text: `已于 ${article.valid_until} 失效` }
  if (article.valid_from && article.valid_from > on) return { tone: 'warn', text: `${article.valid_from} 起生效` }
  if (article.review_due && article.review_due <= on) return { tone: 'warn', text: '已到复核日期，请留意是否有变化' }
  return { tone: 'good', text: '有效' }
}

export const stateWord = (state: ArticleState): string => ({ draft: '草稿', published: '已发布', withdrawn: '已撤下' })[state]

export function validity(content: Pick<Content, 'valid_from' | 'valid_until'>): string {
  if (content.valid_from && content.valid_until) return `${content.valid_from} 至 ${content.valid_until}`
  if (content.valid_from) return `${content.valid_from} 起`
  return content.valid_until ? `至 ${content.valid_until}` : '长期有效'
}

/** The text cut at each of the words that were searched for. */
export function marked(text: string, words: string): { text: string; hit: boolean }[] {
  const wanted = words.split(/\s+/).filter(Boolean).map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  if (!wanted.length) return [{ text, hit: false }]
  return text.split(new RegExp(`(${wanted.join('|')})`, 'gi')).map((part, n) => ({ text: part, hit: n % 2 === 1 })).filter((part) => part.text)
}

const role = (): string => me.value?.role ?? ''
export const mayWrite = (): boolean => ['admin', 'supervisor', 'expert', 'office'].includes(role())
export const mayPublish = (): boolean => ['admin', 'supervisor'].includes(role())

export const FIELD_WORDS: Record<keyof Content, string> = {
  title: '标题', body: '内容', source: '来源', source_url: '来源网址', subject: '事项', hotline: '热线',
  valid_from: '生效日期', valid_until: '失效日期', review_due: '下次复核',
}
