"""Work orders and tasks as values.

In: nothing. Out: frozen values; every moment is an aware datetime. Never: a rule of a city (categories' deadlines,
returns and extensions are data of a policy profile and get their own module).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Category(StrEnum):
    """What a caller wants, 咨询 求助 投诉 举报 建议 表扬 其他 (seed 000, article on categories)."""

    INQUIRY = "inquiry"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"
    PRAISE = "praise"
    OTHER = "other"


class OrderState(StrEnum):
    """Where an order is. Values are stored: at most 14 characters, guarded by a CHECK.

    A draft is an accepted call until the seat has filled it in. `ACCEPTED` also is where a returned or reopened order
    waits to be dispatched again. `CLOSED` waits for the follow-up, `REEXAMINING` for the office's word after an
    unsatisfied one, `FOLLOWED_UP` for evaluation and archive.
    """

    DRAFT = "accepted/draft"
    ACCEPTED = "accepted"
    MATERIALS = "materials"
    WITH_LEADER = "with_leader"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    RETURN_ASKED = "return_asked"
    IN_REVIEW = "in_review"
    CLOSED = "closed"
    REEXAMINING = "reexamining"
    FOLLOWED_UP = "followed_up"
    NOT_ACCEPTED = "not_accepted"
    MERGED = "merged"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Origin:
    """The hotline the caller dialled: an immutable tag on leg, recording, order and report."""

    number: str
    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is known of a call when an order or task is made from it.

    `call` is Asterisk's linkedid; `caller_raw` as the carrier sent it, `caller` the normalised number, None when
    withheld or unusable. `waiting_s` is the time from the beginning of waiting to the answer, or to the hang-up of a
    missed call.
    """

    call: str
    origin: Origin
    dialled: str
    caller_raw: str
    caller: str | None
    withheld: bool
    arrived_at: datetime
    mode: str = ""
    table_version: str = ""
    choice: str | None = None
    seat: str | None = None
    answered_at: datetime | None = None
    waiting_s: float = 0.0
    recording: str | None = None

    def __post_init__(self) -> None:
        for moment in (self.arrived_at, self.answered_at):
            if moment is not None and moment.tzinfo is None:
                raise ValueError(f"call {self.call}: times must know their zone")


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """One case. `origin` and `call` never change; the seat fills in the rest."""

    order_id: str
    state: OrderState
    origin: Origin
    call: CallFacts
    opened_at: datetime
    opened_by: str | None
    category: Category | None = None
    title: str = ""
    matter: str = ""
    contact: str | None = None


class TaskKind(StrEnum):
    """What somebody has to do besides an order."""

    CALL_BACK = "call_back"
    REVIEW_MISSED = "review_missed"  # a missed caller who cannot be called back


@dataclass(frozen=True, slots=True)
class Task:
    """A missed call to make good. `number` is None when there is nothing to ring; `text` is Chinese, for the page."""

    task_id: str
    kind: TaskKind
    origin: Origin
    call: str
    number: str | None
    missed_at: datetime
    waited_s: float
    made_at: datetime
    text: str

    @property
    def can_be_called(self) -> bool:
        """Whether there is a number to ring."""
        return self.number is not None
