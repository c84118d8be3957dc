"""What the API says: pydantic models of every reply, with Chinese pages and programs as readers alike.

In: nothing. Out: models; times are ISO 8601 with offset, durations in seconds, numbers of people masked unless a
field says otherwise. Never: a field of the store that no reader needs (password hashes, file paths).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from gateway.journal.kinds import CallState, EndedBy, LegResult, LegRole, Outcome, OutPurpose, OutResult
from gateway.store.kinds import Category, OrderState, RecordingState, Role, TaskState

Item = TypeVar("Item", bound=BaseModel)


class Page(BaseModel, Generic[Item]):
    """One page of a list; `next` is the cursor of the following page, null on the last."""

    items: list[Item]
    next: str | None


class Me(BaseModel):
    user: str
    display_name: str
    role: Role
    seat: str | None
    unit: str | None
    csrf: str
    must_change: bool


class Hotline(BaseModel):
    number: str
    name: str
    unit: str


class Caller(BaseModel):
    """`number` is masked; null when it was withheld or unreadable."""

    number: str | None
    withheld: bool


class CallRow(BaseModel):
    linkedid: str
    started_at: datetime
    inbound: bool
    purpose: str
    reference: str
    dialled: str
    hotline: Hotline
    mode: str
    caller: Caller
    state: CallState
    outcome: Outcome
    seat: str | None
    waiting_s: float
    talking_s: float
    total_s: float
    recording: RecordingState | None


class LegOut(BaseModel):
    """`verb`: what brought this leg in, `brought_by` the seat that asked. `talk_s` with the caller, `three_way_s` the
    part of it with others besides, `consult_s` with others without the caller, `hold_s` with nobody."""

    role: LegRole
    seat: str | None
    name: str
    device: str
    verb: str
    brought_by: str
    started_at: datetime
    answered_at: datetime | None
    joined_at: datetime | None
    left_at: datetime | None
    ended_at: datetime | None
    ring_s: float
    talk_s: float
    consult_s: float
    three_way_s: float
    hold_s: float
    result: LegResult


class SeatResult(BaseModel):
    """What a seat said came of the call. `settled`: on the line; null: not said."""

    seat: str
    settled: bool | None
    result: str
    by: str
    at: datetime


class PathEntry(BaseModel):
    """One thing that happened to the call. `what` is a journal event's name, `detail` its facts (masked)."""

    at: datetime
    what: str
    detail: dict[str, Any]


class RecordingOut(BaseModel):
    """`part` 0: the call's own; from 1: private talks (consults) without the caller."""

    part: int
    started_at: datetime | None
    state: RecordingState
    reason: str
    seconds: float | None
    expected_s: float | None
    size: int | None
    sha256: str | None
    may_play: bool


class CallDetail(CallRow):
    answered_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    ended_by: EndedBy | None
    complete: bool
    trunk: str
    table_version: str
    greeting: str
    skills: list[str]
    steps: list[str]
    reasons: list[str]
    menu: str
    choice: str
    menu_outcome: str
    menu_s: float
    ring_s: float
    offers: int
    fallback: bool
    fallback_reason: str
    legs: list[LegOut]
    path: list[PathEntry]
    consult_s: float
    three_way_s: float
    hold_s: float
    recording_detail: RecordingOut | None
    consults: list[RecordingOut]
    results: list[SeatResult]
    order_id: str | None
    may_open_order: bool
    task_id: str | None
    seat_names: dict[str, str]
    may_reveal: bool
    says_why: bool  # a recording is played for a reason, which is kept


class Unmasked(BaseModel):
    """The whole numbers; every request is in the audit. `contact`: an order's number to reach the caller at."""

    number: str | None
    raw: str
    contact: str | None = None


class OrderRow(BaseModel):
    order_id: str
    state: OrderState
    hotline: Hotline
    title: str
    category: Category | None
    caller_name: str
    caller: Caller
    seat: str | None
    created_at: datetime
    updated_at: datetime
    version: int


class OrderEventOut(BaseModel):
    at: datetime
    by: str
    what: str
    word: str
    detail: dict[str, Any]


class NamedField(BaseModel):
    """A field of the order's form, and what the document calls it."""

    field: str
    text: str


class RealNameOut(BaseModel):
    """These categories are not accepted without these particulars; `rule` is the document's place."""

    categories: list[Category]
    fields: list[NamedField]
    rule: str
    text: str


class CallerPromiseOut(BaseModel):
    """What the caller was promised because no expert answered. `until` null: soon. `told`: somebody has said so."""

    at: datetime
    until: datetime | None
    unit: str
    told: bool
    kept_at: datetime | None


class OrderDetail(OrderRow):
    """`real_name`: what this order's own document asks for; null where it asks for nothing."""

    linkedid: str | None
    dialled: str
    choice: str
    contact: str | None  # masked
    matter: str
    employer: str
    address: str
    secret: bool
    merged_into: str | None  # the order that goes on in this one's place
    may_edit: bool
    real_name: RealNameOut | None
    promise: CallerPromiseOut | None
    events: list[OrderEventOut]


class TryOut(BaseModel):
    """One try to reach a citizen. `result` null: it runs, or nobody knows."""

    call: str
    purpose: OutPurpose
    seat: str
    by: str
    at: datetime
    ended_at: datetime | None
    result: OutResult | None
    talked_s: float
    may_open: bool


class TaskOut(BaseModel):
    task_id: str
    kind: str
    state: TaskState
    linkedid: str
    hotline_number: str
    hotline_name: str
    caller: Caller
    waited_s: float
    text: str  # numbers in it are masked
    created_at: datetime
    done_at: datetime | None
    done_by: str | None
    note: str
    may_reveal: bool
    may_call: bool
    tries: list[TryOut]


class SeatOut(BaseModel):
    """A seat's live state as the gateway tells it; `state` is `unknown` while the gateway is away.

    `until`: when a wrap-up or a set-aside ends by itself. `must_close`: this wrap-up ends by a result code only.
    `pause_after`, `leave_after`: what happens once the call in hand is over.
    """

    id: str
    name: str
    pool: str
    skills: list[str]
    device: str | None
    registered: dict[str, bool]
    state: str
    reason: str
    since: datetime | None
    until: datetime | None
    call: str | None
    must_close: bool
    pause_after: str | None
    leave_after: bool


class SipAccount(BaseModel):
    """What a browser phone needs to register; given only to the seat it belongs to (or to the test phone)."""

    user: str
    password: str
    realm_host: str


class Health(BaseModel):
    """Each part: `up` or `away`, and since when the console runs."""

    console: str
    since: datetime
    version: str
    gateway: str
    store: str
    gateway_detail: dict[str, Any] | None
    pages: str


class Live(BaseModel):
    """Everything live, for overseers."""

    gateway: str
    seats: list[dict[str, Any]]
    calls: list[dict[str, Any]]
