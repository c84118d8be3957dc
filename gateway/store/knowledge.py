"""The knowledge base: what seats answer from, found by Chinese full text on both databases.

In: a session, contents, who, when. Out: rows, hits. Never: shows as in force what nobody but its writer has read (where
two people are asked for), what is not valid on the day, or what was withdrawn; deletes anything.

An article is written as version n, published by another person, reviewed again when its review is due, withdrawn when
it no longer holds. Whoever finds it wrong says so; an editor settles that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError

from .errors import ConflictError, NotFoundError, StaleVersionError
from .fulltext import ranked, tokens
from .kinds import ArticleState, FeedbackState
from .models import Article, ArticleFeedback, ArticleReview, ArticleVersion
from .rows import PAGE_MAX

SNIPPET = 80
HITS_MAX = 1000  # nobody reads further


@dataclass(frozen=True, slots=True)
class Content:
    """What an article says. `source`: document, its number, department; days are the city's, the last one included."""

    title: str
    body: str
    source: str
    source_url: str = ""
    subject: str = ""
    hotline: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    review_due: date | None = None

    def check(self) -> None:
        """Raises CallerFaultError."""
        for name, word in (("title", "标题"), ("body", "内容"), ("source", "来源")):
            if not getattr(self, name).strip():
                raise CallerFaultError(f"{word}不能为空", place=name)
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise CallerFaultError("有效期的结束早于开始", place="valid_until")

    def to_json(self) -> dict[str, Any]:
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(self).items()}

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Content:
        days = ("valid_from", "valid_until", "review_due")
        known = {field.name for field in fields(Content)}
        values: dict[str, Any] = {
            name: date.fromisoformat(value) if name in days and value else value
            for name, value in raw.items()
            if name in known
        }
        return Content(**values)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. `on`: valid on that day; None: whatever the dates. `review_before`: review due by then."""

    words: str = ""
    state: ArticleState | None = ArticleState.PUBLISHED
    subject: str = ""
    hotline: str = ""
    on: date | None = None
    review_before: date | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    article: Article
    snippet: str


# -- writing -----------------------------------------------------------------------------------------------------------


async def write_article(session: AsyncSession, content: Content, *, by: str, at: datetime) -> Article:
    """A new article, a draft that nobody finds yet. Raises CallerFaultError."""
    content.check()
    article = Article(state=ArticleState.DRAFT, number=0, revision=1, changed_at=at, changed_by=by)
    _put(article, content, searchable=False)
    session.add(article)
    await session.flush()
    session.add(_version(article, 1, content, "", by, at))
    await session.flush()
    return article


async def change_article(
    session: AsyncSession,
    article_id: int,
    changes: Mapping[str, Any],
    *,
    revision: int,
    why: str,
    by: str,
    at: datetime,
) -> Article:
    """Change the unpublished version, or begin the next one from the published one. What is in force stays in force.

    Raises NotFoundError, StaleVersionError, CallerFaultError.
    """
    article = await _locked(session, article_id, revision)
    latest = await latest_version(session, article_id)
    content = replace(Content.from_json(latest.content), **dict(changes))
    content.check()
    if latest.published_at is None:
        latest.content, latest.why, latest.written_by, latest.written_at = content.to_json(), why, by, at
    else:
        session.add(_version(article, latest.number + 1, content, why, by, at))
    if article.state is ArticleState.DRAFT:
        _put(article, content, searchable=False)
    _touch(article, by, at)
    await session.flush()
    return article


async def publish_article(
    session: AsyncSession, article_id: int, *, revision: int, by: str, at: datetime, two_people: bool
) -> Article:
    """Put the unpublished version in force. Raises ConflictError: there is none, or its writer may not do it alone."""
    article = await _locked(session, article_id, revision)
    latest = await latest_version(session, article_id)
    if latest.published_at is not None:
        raise ConflictError("没有待发布的修改", place=str(article_id))
    if two_people and latest.written_by == by:
        raise ConflictError("须由另一人审核后发布", place="publish")
    latest.published_at, latest.published_by = at, by
    article.number, article.state = latest.number, ArticleState.PUBLISHED
    _put(article, Content.from_json(latest.content), searchable=True)
    _touch(article, by, at)
    await session.flush()
    return article


async def withdraw_article(
    session: AsyncSession, article_id: int, *, revision: int, why: str, by: str, at: datetime
) -> Article:
    """No longer found; its versions stay. A changed version of it may be published again. Raises ConflictError."""
    article = await _locked(session, article_id, revision)
    if article.state is not ArticleState.PUBLISHED:
        raise ConflictError("只有已发布的条目可以撤下", place=str(article_id))
    article.state = ArticleState.WITHDRAWN
    article.title_tokens, article.body_tokens = "", ""
    session.add(_review(article, None, f"撤下：{why}", by, at))
    _touch(article, by, at)
    await session.flush()
    return article


async def review_article(
    session: AsyncSession, article_id: int, *, revision: int, next_due: date | None, note: str, by: str, at: datetime
) -> Article:
    """Somebody has read it and says that it still holds. Raises ConflictError when it is not in force."""
    article = await _locked(session, article_id, revision)
    if article.state is not ArticleState.PUBLISHED:
        raise ConflictError("只有已发布的条目可以复核", place=str(article_id))
    article.review_due = next_due
    session.add(_review(article, next_due, note, by, at))
    _touch(article, by, at)
    await session.flush()
    return article


async def _locked(session: AsyncSession, article_id: int, revision: int) -> Article:
    article = await session.get(Article, article_id, with_for_update=True)
    if article is None:
        raise NotFoundError("没有这个条目", place=str(article_id))
    if article.revision != revision:
        raise StaleVersionError(article.revision)
    return article


def _put(article: Article, content: Content, *, searchable: bool) -> None:
    for name, value in asdict(content).items():
        setattr(article, name, value)
    article.title_tokens = tokens(content.title) if searchable else ""
    article.body_tokens = tokens(f"{content.body}\n{content.source}") if searchable else ""


def _touch(article: Article, by: str, at: datetime) -> None:
    article.revision += 1
    article.changed_by, article.changed_at = by, at


def _version(article: Article, number: int, content: Content, why: str, by: str, at: datetime) -> ArticleVersion:
    return ArticleVersion(
        article_id=article.id,
        number=number,
        content=content.to_json(),
        why=why,
        written_at=at,
        written_by=by,
        published_at=None,
        published_by=None,
    )


def _review(article: Article, next_due: date | None, note: str, by: str, at: datetime) -> ArticleReview:
    return ArticleReview(article_id=article.id, number=article.number, at=at, by=by, next_due=next_due, note=note)


# -- reading -----------------------------------------------------------------------------------------------------------


async def find_article(session: AsyncSession, article_id: int) -> Article:
    """Raises NotFoundError."""
    article = await session.get(Article, article_id)
    if article is None:
        raise NotFoundError("没有这个条目", place=str(article_id))
    return article


async def latest_version(session: AsyncSession, article_id: int) -> ArticleVersion:
    """The newest version, published or not. Raises NotFoundError."""
    query = select(ArticleVersion).where(ArticleVersion.article_id == article_id).order_by(ArticleVersion.number.desc())
    found = await session.scalar(query.limit(1))
    if found is None:
        raise NotFoundError("没有这个条目", place=str(article_id))
    return found


async def versions_of(session: AsyncSession, article_id: int) -> tuple[ArticleVersion, ...]:
    """Newest first."""
    query = select(ArticleVersion).where(ArticleVersion.article_id == article_id).order_by(ArticleVersion.number.desc())
    return tuple(await session.scalars(query))


async def reviews_of(session: AsyncSession, article_id: int) -> tuple[ArticleReview, ...]:
    """Newest first."""
    query = select(ArticleReview).where(ArticleReview.article_id == article_id).order_by(ArticleReview.id.desc())
    return tuple(await session.scalars(query))


async def search_articles(
    session: AsyncSession, wanted: Wanted, *, offset: int = 0, limit: int = 30
) -> tuple[list[Hit], bool]:
    """The best hits (without words: what changed last), and whether there are more."""
    limit = min(max(limit, 1), PAGE_MAX)
    query: Select[Article] = select(Article).where(*_conditions(wanted))
    if wanted.words:
        found = ranked(session.get_bind().dialect.name, "articles", wanted.words)
        if found is None:
            return [], False
        query = query.join(found, found.c.id == Article.id).order_by(found.c.rank.desc(), Article.id.desc())
    else:
        query = query.order_by(Article.changed_at.desc(), Article.id.desc())
    rows = (await session.scalars(query.offset(min(offset, HITS_MAX)).limit(limit + 1))).all()
    return [Hit(row, snippet(row.body, wanted.words)) for row in rows[:limit]], len(rows) > limit


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(Article.state == wanted.state)
    if wanted.subject:
        below = Article.subject.startswith(f"{wanted.subject}/", autoescape=True)
        found.append(or_(Article.subject == wanted.subject, below))
    if wanted.hotline:
        found.append(or_(Article.hotline == wanted.hotline, Article.hotline == ""))
    if wanted.on is not None:
        found.append(or_(Article.valid_from.is_(None), Article.valid_from <= wanted.on))
        found.append(or_(Article.valid_until.is_(None), Article.valid_until >= wanted.on))
    if wanted.review_before is not None:
        found.append(Article.review_due <= wanted.review_before)
    return found


def snippet(body: str, words: str) -> str:
    """The part of the text around the first word that is found in it, on one line."""
    plain = " ".join(body.split())
    places = [place for word in words.split() if (place := plain.casefold().find(word.casefold())) >= 0]
    start = max(0, min(places, default=0) - SNIPPET // 4)
    return ("…" if start else "") + plain[start : start + SNIPPET] + ("…" if len(plain) > start + SNIPPET else "")


# -- feedback ----------------------------------------------------------------------------------------------------------


async def report_wrong(session: AsyncSession, article_id: int, text: str, *, by: str, at: datetime) -> ArticleFeedback:
    """Raises NotFoundError."""
    article = await find_article(session, article_id)
    row = ArticleFeedback(
        article_id=article.id,
        number=article.number,
        at=at,
        by=by,
        text=text,
        state=FeedbackState.OPEN,
        settled_at=None,
        settled_by=None,
        answer="",
    )
    session.add(row)
    await session.flush()
    return row


async def settle_feedback(
    session: AsyncSession, feedback_id: int, state: FeedbackState, answer: str, *, by: str, at: datetime
) -> ArticleFeedback:
    """Raises NotFoundError, ConflictError when somebody has settled it already."""
    row = await session.get(ArticleFeedback, feedback_id, with_for_update=True)
    if row is None:
        raise NotFoundError("没有这条纠错", place=str(feedback_id))
    if row.state is not FeedbackState.OPEN:
        raise ConflictError("纠错已由他人处理", place=str(feedback_id), remedy=row.settled_by or "")
    row.state, row.answer, row.settled_by, row.settled_at = state, answer, by, at
    await session.flush()
    return row


async def feedback_list(
    session: AsyncSession,
    state: FeedbackState | None,
    *,
    article_id: int | None = None,
    offset: int = 0,
    limit: int = 30,
) -> tuple[list[tuple[ArticleFeedback, str]], bool]:
    """Newest first, each with its article's title; and whether there are more."""
    query = select(ArticleFeedback, Article.title).join(Article, Article.id == ArticleFeedback.article_id)
    if state is not None:
        query = query.where(ArticleFeedback.state == state)
    if article_id is not None:
        query = query.where(ArticleFeedback.article_id == article_id)
    query = query.order_by(ArticleFeedback.id.desc()).offset(offset).limit(limit + 1)
    rows = [(row[0], row[1]) for row in await session.execute(query)]
    return rows[:limit], len(rows) > limit


async def open_feedback(session: AsyncSession, article_id: int) -> int:
    """How many say that it is wrong and wait for an answer."""
    query = select(func.count()).where(
        ArticleFeedback.article_id == article_id, ArticleFeedback.state == FeedbackState.OPEN
    )
    return await session.scalar(query) or 0
