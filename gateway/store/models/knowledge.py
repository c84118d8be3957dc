"""What seats answer from: articles with source, validity and review, every version of them, and who found one wrong.

An article's row is its newest published content; drafts and history are versions. `title_tokens`, `body_tokens` feed
the full-text index (`gateway.store.fulltext`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.kinds import ArticleState, FeedbackState
from gateway.store.types import one_of

from .base import Base


class Article(Base):
    """`number` is the version that is in force (0: none yet), `revision` the optimistic lock."""

    __tablename__ = "articles"
    __table_args__ = (
        Index("ix_articles_state_review_due", "state", "review_due"),
        Index("ix_articles_subject", "subject"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    state: Mapped[ArticleState] = mapped_column(one_of(ArticleState))
    number: Mapped[int]
    revision: Mapped[int]
    title: Mapped[str]
    body: Mapped[str]
    subject: Mapped[str]  # of the subject catalogue
    hotline: Mapped[str]  # number of the hotline it belongs to, empty for all
    source: Mapped[str]  # who says so: document, its number, department
    source_url: Mapped[str]
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)  # the last day
    review_due: Mapped[date | None] = mapped_column(Date)
    title_tokens: Mapped[str]
    body_tokens: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]


class ArticleVersion(Base):
    """One version, for ever. Number `n` of an article; unpublished while `published_at` is null."""

    __tablename__ = "article_versions"
    __table_args__ = (UniqueConstraint("article_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    why: Mapped[str]
    written_at: Mapped[datetime]
    written_by: Mapped[str]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]


class ArticleReview(Base):
    """Somebody has read the article and says that it still holds."""

    __tablename__ = "article_reviews"
    __table_args__ = (Index("ix_article_reviews_article_id", "article_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"))
    number: Mapped[int]
    at: Mapped[datetime]
    by: Mapped[str]
    next_due: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str]


class ArticleFeedback(Base):
    """A seat says that an article is wrong; open until an editor has settled it."""

    __tablename__ = "article_feedback"
    __table_args__ = (
        Index("ix_article_feedback_state_id", "state", "id"),
        Index("ix_article_feedback_article_id", "article_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id"))
    number: Mapped[int]  # the version that was read
    at: Mapped[datetime]
    by: Mapped[str]
    text: Mapped[str]
    state: Mapped[FeedbackState] = mapped_column(one_of(FeedbackState))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    answer: Mapped[str]
