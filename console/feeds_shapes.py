"""What the API says of feeds: targets, dead letters, how it stands. Never: a secret, except where it was just made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field
from yarl import URL

from console.operations import Body
from gateway.feeds.events import Facts, Filter
from gateway.store.deliveries import Letter
from gateway.store.kinds import FeedRole, TargetKind, TargetState
from gateway.store.models import FeedTarget

IDS_MAX = 500


def _http_address(text: str) -> str:
    try:
        url = URL(text)
        port = url.port
    except ValueError as error:
        raise ValueError("an http or https address") from error
    if url.scheme not in ("http", "https") or not url.host or url.user or url.password or url.fragment or not port:
        raise ValueError("an http or https address without user, password or fragment")
    return text


Address = Annotated[
    str, Field(min_length=8, max_length=500, pattern=r"^https?://[!-~]+$"), AfterValidator(_http_address)
]
Word = Annotated[str, Field(min_length=1, max_length=60)]


class FilterBody(Body):
    """Empty lists take everything. A kind may end in `.*`; a subject takes what is below it too."""

    kinds: list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]{0,58}(\.\*)?$")]] = Field(
        default_factory=list, max_length=50
    )
    hotlines: list[Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]] = Field(default_factory=list, max_length=100)
    subjects: list[Word] = Field(default_factory=list, max_length=100)
    units: list[Word] = Field(default_factory=list, max_length=100)
    categories: list[Word] = Field(default_factory=list, max_length=20)

    def value(self) -> Filter:
        return Filter.from_json(self.model_dump())


class TargetBody(Body):
    id: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")
    name: str = Field(min_length=1, max_length=60)
    url: Address
    state: TargetState = TargetState.PAUSED
    filter: FilterBody = Field(default_factory=FilterBody)
    role: FeedRole = FeedRole.PROVINCE
    identity: bool = False
    unit: str = Field(default="", max_length=60)


class TargetPatch(Body):
    """Only the fields that are sent change. `version` is the one the changes were made on."""

    version: int = Field(ge=0, lt=2**31)
    name: str | None = Field(default=None, min_length=1, max_length=60)
    url: Address | None = None
    state: TargetState | None = None
    filter: FilterBody | None = None
    role: FeedRole | None = None
    identity: bool | None = None
    unit: str | None = Field(default=None, max_length=60)


class LettersBody(Body):
    ids: list[Annotated[int, Field(ge=1, lt=2**63)]] = Field(min_length=1, max_length=IDS_MAX)


class DiscardBody(LettersBody):
    why: str = Field(min_length=1, max_length=300)


class TargetOut(BaseModel):
    """`waiting`, `dead`: deliveries now; `done`: of the last 30 days. `oldest`: the oldest event that waits."""

    id: str
    name: str
    kind: TargetKind
    state: TargetState
    url: str
    filter: dict[str, list[str]]
    role: FeedRole
    identity: bool
    unit: str
    failures: int
    retry_at: datetime | None
    last_error: str
    last_ok_at: datetime | None
    version: int
    changed_at: datetime
    changed_by: str
    waiting: int
    dead: int
    done: int
    oldest: datetime | None


class TargetsOut(BaseModel):
    items: list[TargetOut]


class SecretOut(BaseModel):
    """The secret, now and never again."""

    target: TargetOut
    secret: str


class SentOut(BaseModel):
    event_id: str


class LetterOut(BaseModel):
    """A dead letter. What it says is not shown: it may say who a caller is."""

    id: int
    target: str
    event_id: str
    kind: str
    subject: str
    at: datetime
    hotline: str
    category: str
    attempts: int
    status: int | None
    error: str
    dead_since: datetime | None


class DoneOut(BaseModel):
    """Those that were dead, and now are not."""

    ids: list[int]


def target_out(target: FeedTarget, numbers: dict[str, int], oldest: datetime | None) -> TargetOut:
    return TargetOut(
        id=target.id,
        name=target.name,
        kind=target.kind,
        state=target.state,
        url=target.url,
        filter=Filter.from_json(target.filter).to_json(),
        role=target.role,
        identity=target.identity,
        unit=target.unit,
        failures=target.failures,
        retry_at=target.retry_at,
        last_error=target.last_error,
        last_ok_at=target.last_ok_at,
        version=target.version,
        changed_at=target.changed_at,
        changed_by=target.changed_by,
        waiting=numbers.get("waiting", 0) + numbers.get("sending", 0),
        dead=numbers.get("dead", 0),
        done=numbers.get("done", 0),
        oldest=oldest,
    )


def letter_out(letter: Letter) -> LetterOut:
    delivery, event = letter
    facts = Facts.from_json(event.facts)
    return LetterOut(
        id=delivery.id,
        target=delivery.target_id,
        event_id=event.event_id,
        kind=event.kind,
        subject=event.subject,
        at=event.at,
        hotline=facts.hotline,
        category=facts.category,
        attempts=delivery.attempts,
        status=delivery.status,
        error=delivery.error,
        dead_since=delivery.done_at,
    )
