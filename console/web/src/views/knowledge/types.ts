// What the knowledge API says; mirrors console/knowledge_shapes.py. Days are the city's, as ISO texts.

export type ArticleState = 'draft' | 'published' | 'withdrawn'

export interface Content {
  title: string
  body: string
  source: string
  source_url: string
  subject: string
  hotline: string
  valid_from: string | null
  valid_until: string | null
  review_due: string | null
}

export interface ArticleRow extends Omit<Content, 'body' | 'source_url'> {
  id: number
  state: ArticleState
  snippet: string
  number: number
  changed_at: string
  changed_by: string
}

export interface ArticleVersion extends Content {
  number: number
  why: string
  written_at: string
  written_by: string
  published_at: string | null
  published_by: string | null
}

export interface Review {
  at: string
  by: string
  number: number
  next_due: string | null
  note: string
}

export interface Article extends ArticleRow, Content {
  revision: number
  pending: ArticleVersion | null
  may_publish: boolean
  wrong: number
  versions: ArticleVersion[]
  reviews: Review[]
}

export interface Feedback {
  id: number
  article_id: number
  title: string
  number: number
  at: string
  by: string
  text: string
  state: 'open' | 'accepted' | 'refused'
  settled_at: string | null
  settled_by: string | null
  answer: string
}
