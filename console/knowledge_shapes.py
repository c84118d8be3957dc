"""What the API says and takes of the knowledge base. Days are the city's."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from console.operations import Body
from console.paging import DIGITS
from gateway.store.kinds import ArticleState, FeedbackState
from gateway.store.knowledge import Content, Hit
from gateway.store.models import Article, ArticleFeedback, ArticleReview, ArticleVersion

BODY_MAX = 20_000


def _day_as_text(day: object) -> object:
    """Only ISO 8601: a bare number would be taken for seconds since 1970."""
    if day is not None and not isinstance(day, date) and not (isinstance(day, str) and len(day) == len("2026-01-01")):
        raise ValueError("a day such as 2026-10-10")
    return day


def _in_our_time(day: date) -> date:
    if not 1949 <= day.year <= 2200:
        raise ValueError("a year from 1949 to 2200")
    return day


Day = Annotated[date, BeforeValidator(_day_as_text), AfterValidator(_in_our_time)]
Subject = Annotated[str, Field(max_length=60, pattern=r"^[^\x00-\x1f%]*$")]
SourceUrl = Annotated[str, Field(max_length=500, pattern=r"^(https?://[!-~]+)?$")]
Hotline = Annotated[str, Field(pattern=DIGITS)]
Revision = Annotated[int, Field(ge=0, lt=2**31)]


class ArticleBody(Body):
    title: str = Field(min_length=1, max_length=120)
    body: str = Field(min_length=1, max_length=BODY_MAX)
    source: str = Field(min_length=1, max_length=200)
    source_url: SourceUrl = ""
    subject: Subject = ""
    hotline: Hotline = ""
    valid_from: Day | None = None
    valid_until: Day | None = None
    review_due: Day | None = None

    def content(self) -> Content:
        return Content(**self.model_dump())


class ArticlePatch(Body):
    """Only the fields that are sent change; null clears a day. `revision` is the one the changes were made on."""

    revision: Revision
    why: str = Field(default="", max_length=300)
    title: str | None = Field(default=None, min_length=1, max_length=120)
    body: str | None = Field(default=None, min_length=1, max_length=BODY_MAX)
    source: str | None = Field(default=None, min_length=1, max_length=200)
    source_url: SourceUrl | None = None
    subject: Subject | None = None
    hotline: Hotline | None = None
    valid_from: Day | None = None
    valid_until: Day | None = None
    review_due: Day | None = None

    def changes(self) -> dict[str, Any]:
        days = {"valid_from", "valid_until", "review_due"}
        sent = {name: getattr(self, name) for name in self.model_fields_set - {"revision", "why"}}
        return {name: value for name, value in sent.items() if value is not None or name in days}


class RevisionBody(Body):
    revision: Revision


class WithdrawBody(RevisionBody):
    why: str = Field(min_length=1, max_length=300)


class ReviewBody(RevisionBody):
    next_due: Day | None = None
    note: str = Field(default="", max_length=300)


class WrongBody(Body):
    text: str = Field(min_length=1, max_length=1000)


class SettleBody(Body):
    state: Literal[FeedbackState.ACCEPTED, FeedbackState.REFUSED]
    answer: str = Field(min_length=1, max_length=1000)


class _OffsetQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    cursor: int = Field(default=0, ge=0, le=1000)
    limit: int = Field(default=30, ge=1, le=100)


class SearchQuery(_OffsetQuery):
    """`valid`: only what is valid today (the default). `review`: only what is to be reviewed by today."""

    words: str = Field(default="", max_length=100)
    state: ArticleState = ArticleState.PUBLISHED
    subject: Subject = ""
    hotline: Hotline = ""
    valid: bool = True
    review: bool = False


class FeedbackQuery(_OffsetQuery):
    state: FeedbackState | None = FeedbackState.OPEN
    article: int | None = Field(default=None, ge=1, lt=2**63)


class ArticleRow(BaseModel):
    id: int
    state: ArticleState
    title: str
    snippet: str
    subject: str
    hotline: str
    source: str
    valid_from: date | None
    valid_until: date | None
    review_due: date | None
    number: int
    changed_at: datetime
    changed_by: str


class ArticleRows(BaseModel):
    """`next` is the cursor of the following page, null on the last."""

    items: list[ArticleRow]
    next: int | None


class VersionOut(BaseModel):
    number: int
    title: str
    body: str
    source: str
    source_url: str
    subject: str
    hotline: str
    valid_from: date | None
    valid_until: date | None
    review_due: date | None
    why: str
    written_at: datetime
    written_by: str
    published_at: datetime | None
    published_by: str | None


class ReviewOut(BaseModel):
    at: datetime
    by: str
    number: int
    next_due: date | None
    note: str


class ArticleOut(ArticleRow):
    """`pending`: the unpublished change, if there is one. `wrong`: how many say that it is wrong and wait."""

    body: str
    source_url: str
    revision: int
    pending: VersionOut | None
    may_publish: bool
    wrong: int
    versions: list[VersionOut]
    reviews: list[ReviewOut]


class FeedbackOut(BaseModel):
    id: int
    article_id: int
    title: str
    number: int
    at: datetime
    by: str
    text: str
    state: FeedbackState
    settled_at: datetime | None
    settled_by: str | None
    answer: str


class FeedbackRows(BaseModel):
    items: list[FeedbackOut]
    next: int | None


_ROW = ("id", "state", "title", "subject", "hotline", "source", "valid_from", "valid_until", "review_due", "number",
        "changed_at", "changed_by")  # fmt: skip


def row_fields(article: Article, snippet: str) -> dict[str, Any]:
    return {name: getattr(article, name) for name in _ROW} | {"snippet": snippet}


def row_out(hit: Hit) -> ArticleRow:
    return ArticleRow(**row_fields(hit.article, hit.snippet))


def version_out(row: ArticleVersion) -> VersionOut:
    content = Content.from_json(row.content)
    return VersionOut(
        number=row.number,
        title=content.title,
        body=content.body,
        source=content.source,
        source_url=content.source_url,
        subject=content.subject,
        hotline=content.hotline,
        valid_from=content.valid_from,
        valid_until=content.valid_until,
        review_due=content.review_due,
        why=row.why,
        written_at=row.written_at,
        written_by=row.written_by,
        published_at=row.published_at,
        published_by=row.published_by,
    )


def review_out(row: ArticleReview) -> ReviewOut:
    return ReviewOut(at=row.at, by=row.by, number=row.number, next_due=row.next_due, note=row.note)


def feedback_out(row: ArticleFeedback, title: str) -> FeedbackOut:
    return FeedbackOut(
        id=row.id,
        article_id=row.article_id,
        title=title,
        number=row.number,
        at=row.at,
        by=row.by,
        text=row.text,
        state=row.state,
        settled_at=row.settled_at,
        settled_by=row.settled_by,
        answer=row.answer,
    )
