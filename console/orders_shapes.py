"""What the API says of an order's life. Every value has been through `workorder.privacy` before it comes here.

In: nothing. Out: pydantic models. Never: an identity in full (that is `reveal`'s answer), a file's place on the disk.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from console.operations import Body
from console.paging import ListQuery, Moment
from console.shapes import Hotline, RealNameOut
from gateway.orders.view import Queue
from gateway.store.kinds import Category, OrderState
from workorder.events import EventKind
from workorder.privacy import Sight

ORDER_ID = r"^[A-Za-z0-9._-]{1,60}$"
UNIT_ID = r"^[A-Za-z0-9_-]{1,40}$"
BATCH = 100


class UnitRef(BaseModel):
    id: str
    name: str


class LineOut(BaseModel):
    """An order in a list. `title` is blotted where the viewer may not know who the caller is.

    `promised`: why its caller waits for a promise to be kept (`no_expert`); `proposed_unit`: who is to keep it."""

    order_id: str
    version: int
    state: OrderState
    queue: Queue
    queue_word: str
    category: Category | None
    subject: str
    area: str
    title: str
    hotline: Hotline
    channel: str
    lead: UnitRef | None
    units: list[UnitRef]
    due_at: datetime | None
    due_step: str
    provisional: bool
    overdue: bool
    supervision: str
    proposed: str
    promised: str
    proposed_unit: UnitRef | None
    urgent: bool
    hard_case: bool
    secret: bool
    round: int
    repeats: int
    profile: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None


class LinesOut(BaseModel):
    items: list[LineOut]
    next: str | None


class InboxQuery(ListQuery):
    """Empty: everything that the viewer may see. `q`: words of title, text, answers; all of them must be there.

    `sort`: `due` (what comes next first; the default) or `new`; a search by words is always newest first."""

    q: str = Field(default="", max_length=200)
    queue: Queue | None = None
    state: OrderState | None = None
    category: Category | None = None
    hotline: str = Field(default="", pattern=r"^[0-9]{0,20}$")
    unit: str = Field(default="", pattern=r"^[A-Za-z0-9_-]{0,40}$")
    subject: str = Field(default="", max_length=120)
    area: str = Field(default="", max_length=60)
    seat: str = Field(default="", max_length=20)
    contact: str = Field(default="", pattern=r"^[0-9]{0,20}$")
    overdue: bool | None = None
    proposed: bool | None = None
    promised: bool | None = None
    supervised: bool | None = None
    provisional: bool | None = None
    hard_case: bool | None = None
    open: bool | None = None
    since: Moment | None = None
    until: Moment | None = None
    due_before: Moment | None = None
    sort: str = Field(default="due", pattern="^(due|new)$")


class CountsOut(BaseModel):
    """How many orders are in each queue, of those that the viewer may see; of the open ones, how many are late, will
    be late within a day, are proposed for supervision, were promised to a caller whom no expert answered."""

    queues: dict[str, int]
    overdue: int
    due_today: int
    proposed: int
    promised: int


class ReckonedOut(BaseModel):
    """One line of a deadline's reckoning, for an official."""

    rule: str
    start: str
    end: str
    why: str


class DueOut(BaseModel):
    step: str
    step_word: str
    due: datetime
    limit: str
    rule: str
    why: str
    start: datetime
    set_at: datetime
    provisional: bool
    met_at: datetime | None
    overdue: bool
    explained: list[ReckonedOut]


class IdentityOut(BaseModel):
    """`shown`: masked, or null when there is nothing or it is hidden; `why` says what is missing."""

    field: str
    known: bool
    shown: str | None
    sight: Sight
    why: str
    reveal: bool


class TimelineOut(BaseModel):
    """An event as the viewer may read it. `hidden`: its content is not for this viewer."""

    n: int
    kind: str
    word: str
    at: datetime
    by: str
    role: str
    unit: UnitRef | None
    why: str
    data: dict[str, Any]
    hidden: bool


class EvidenceOut(BaseModel):
    id: int
    at: datetime
    by: str
    role: str
    unit: str
    kind: str
    kind_word: str
    name: str
    media_type: str
    size: int
    cleared: bool
    may_open: bool
    why: str


class AttentionOut(BaseModel):
    """What the document says of such an order: `supervise` (a matter to supervise), `hard_case`, `report` (still to be
    reported to leaders), `discipline` (handed to the discipline body). People decide, but for the last."""

    what: str
    text: str
    rule: str


class OrderFile(LineOut):
    """Everything of an order that this viewer may see. `fold` is the order's facts as the life cycle keeps them
    (returns, extensions, contacts, answers, follow-ups, supervision …), without what the viewer may not see.
    `allowed`: the kinds of event that they may try now (buttons)."""

    matter: str
    matter_sight: Sight
    matter_why: str
    linkedid: str | None
    may_hear: bool
    difficulty: str
    source: str
    emergency: bool
    enforcement: bool
    mediation: bool
    public: bool
    accused: list[UnitRef]
    profile_title: str
    profile_version: str
    dues: list[DueOut]
    past_dues: list[DueOut]
    identity: list[IdentityOut]
    timeline: list[TimelineOut]
    evidence: list[EvidenceOut]
    fold: dict[str, Any]
    told_to_caller: str
    allowed: list[EventKind]
    may_edit: bool
    report_lacking: list[str]
    written: bool
    attention: list[AttentionOut]


class ActBody(Body):
    """`data`: what `GET /api/v1/orders/rules` says of the kind. `version`: the one that was looked at; null: whatever
    it is now."""

    kind: EventKind
    why: str = Field(default="", max_length=4000)
    data: dict[str, Any] = Field(default_factory=dict, max_length=60)
    version: int | None = Field(default=None, ge=0, lt=2**31)


class BatchBody(Body):
    order_ids: list[Annotated[str, Field(pattern=ORDER_ID)]] = Field(min_length=1, max_length=BATCH)
    kind: EventKind
    why: str = Field(default="", max_length=4000)
    data: dict[str, Any] = Field(default_factory=dict, max_length=60)


class ActedOut(BaseModel):
    """One order of a batch: done, or why not."""

    order_id: str
    done: bool
    version: int | None
    state: OrderState | None
    slug: str
    detail: str
    rule: str


class BatchOut(BaseModel):
    items: list[ActedOut]


class FileBody(Body):
    """A new order by the office or a seat."""

    channel: str = Field(default="office", pattern="^(office|web|app|sms|wechat|letter|visit|12319|call)$")
    title: str = Field(min_length=1, max_length=200)
    matter: str = Field(min_length=1, max_length=10_000)
    category: Category | None = None
    subject: str = Field(default="", max_length=120)
    area: str = Field(default="", max_length=60)
    hotline: str = Field(default="12345", pattern=r"^[0-9]{3,20}$")
    source: str = Field(default="", pattern=r"^[0-9]{0,20}$")
    profile: str = Field(default="", pattern=r"^[a-z0-9-]{0,40}$")
    urgent: bool = False
    emergency: bool = False
    secrecy: bool = False
    public: bool = False
    accused: list[Annotated[str, Field(pattern=UNIT_ID)]] = Field(default_factory=list, max_length=20)
    caller_name: str = Field(default="", max_length=60)
    contact: str | None = Field(default=None, max_length=40, pattern=r"^[0-9+\- ()转]*$")
    employer: str | None = Field(default=None, max_length=100)
    address: str = Field(default="", max_length=300)


class FiledOut(BaseModel):
    """`code`: for the caller, shown once."""

    order_id: str
    code: str
    state: OrderState


class SuggestedOut(BaseModel):
    unit: UnitRef
    score: float
    why: list[str]


class SuggestionsOut(BaseModel):
    items: list[SuggestedOut]


class SuggestBody(Body):
    order_ids: list[Annotated[str, Field(pattern=ORDER_ID)]] = Field(min_length=1, max_length=BATCH)


class OrderSuggestionsOut(SuggestionsOut):
    order_id: str


class ManySuggestionsOut(BaseModel):
    """In the order that was asked in; an order that does not exist for the viewer is left out."""

    items: list[OrderSuggestionsOut]


class RepeatOut(BaseModel):
    """An earlier order that looks like the same matter, and what the profile wants done."""

    order_id: str
    title: str
    state: OrderState
    created_at: datetime
    same_caller: bool
    repeats: int
    action: str
    words: str
    rule: str
    hard_case: bool


class RepeatsOut(BaseModel):
    items: list[RepeatOut]
    standing: str
    hand_over: bool


class RevealBody(Body):
    field: str = Field(pattern="^(name|contact|caller_number|employer|address|ip)$")
    why: str = Field(default="", max_length=300)


class RevealedOut(BaseModel):
    field: str
    value: str | None


class ItemOut(BaseModel):
    id: str
    text: str
    rule: str
    channel: str


class ExtensionRuleOut(BaseModel):
    categories: list[str]
    allowed: bool
    lengths: list[int]
    max_times: int | None
    max_total: int | None
    closed_last: int | None
    approvals: list[ItemOut]
    duties: list[ItemOut]
    rule: str
    text: str


class KindOut(BaseModel):
    """`data`: keys that the event carries; those that end in "?" may be left out."""

    kind: EventKind
    word: str
    data: list[str]
    reasoned: bool


class ReadingOut(BaseModel):
    """Where the document leaves something open: how it is read here and why. `value`: the number, if it is one."""

    rule: str
    text: str
    value: int | None


class RulesOut(BaseModel):
    """A profile as pages need it: what there is to choose from, each with its place in the document."""

    name: str
    title: str
    version: str
    categories: dict[str, str]
    difficulties: dict[str, str]
    sources: list[str]
    kinds: list[KindOut]
    queues: dict[str, str]
    states: dict[str, str]
    steps: dict[str, str]
    levels: dict[str, str]
    contact_results: dict[str, str]
    follow_up_results: dict[str, str]
    closing_grounds: list[ItemOut]
    report_fields: list[ItemOut]
    not_accepted: list[ItemOut]
    return_grounds: list[ItemOut]
    return_evidence: list[ItemOut]
    return_approvals: list[ItemOut]
    return_forbidden: list[ItemOut]
    return_late_is_accepted: bool
    contact_causes: list[ItemOut]
    contact_retry_minutes: int | None
    contact_then_sms: bool
    extensions: list[ExtensionRuleOut]
    supervision: list[ItemOut]
    supervised_matters: list[ItemOut]
    hard_cases: list[ItemOut]
    hard_case_from: int | None
    not_ranked: list[ItemOut]
    real_name: RealNameOut | None
    promise: str
    pause: str
    override: str
    lead: str
    answer_approvals: list[ItemOut]
    supervision_approvals: list[ItemOut]
    urgent_leaders: list[ItemOut]
    written: str
    dossier: str
    readings: list[ReadingOut]
