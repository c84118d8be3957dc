"""What the API says of people in a call: the talk, whom one may bring in, the screen pop, supervisors' acts.

In: nothing. Out: models; times ISO 8601 with offset. Never: a caller's unmasked number.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from console.operations import Body
from console.shapes import Caller, Hotline, RealNameOut
from gateway.journal.kinds import Outcome
from gateway.store.kinds import Category, OrderState

REF = r"^[0-9A-Za-z_.一-鿿-]{1,40}$"
CALL_ID = r"^[A-Za-z0-9._-]{1,80}$"


class TargetBody(Body):
    """Somebody who is not in the call yet. `skill`: the roster's order for a hotline or topic."""

    kind: Literal["seat", "skill", "unit", "outside", "emergency"]
    ref: str = Field(pattern=REF)


class TalkBody(Body):
    """One verb. With `target`: bring somebody in; with `party`: one who is there (null: the only one)."""

    verb: Literal["consult", "three_way", "hand_over", "join", "swap", "aside", "drop", "cancel"]
    target: TargetBody | None = None
    party: str | None = Field(default=None, pattern=r"^p[0-9]{1,4}$")


class PartyOut(BaseModel):
    id: str
    role: str
    who: str
    name: str
    place: str
    verb: str
    since: datetime


class NoticeOut(BaseModel):
    slug: str
    text: str
    at: datetime


class UnansweredOut(BaseModel):
    """No expert of `roster` (a hotline or topic) has answered seat `by`; `tried`: names of those who were rung."""

    at: datetime
    by: str
    roster: str
    tried: list[str]


class TalkOut(BaseModel):
    """`conductor`: the seat whose page has the keys; `verbs`: what it may ask for now; `ringing`: a party's id."""

    conductor: str | None
    parties: list[PartyOut]
    verbs: list[str]
    ringing: str | None = None
    unanswered: UnansweredOut | None = None
    notice: NoticeOut | None = None


class CallTalkOut(BaseModel):
    """`talk` is null when people no longer talk."""

    linkedid: str
    talk: TalkOut | None


class TargetOut(BaseModel):
    """`state`: of a seat; empty for a line. `exact` false: `ref` is a pattern, X stands for any digit."""

    kind: str
    ref: str
    name: str
    state: str = ""
    pool: str = ""
    exact: bool = True


class TargetsOut(BaseModel):
    """`experts`: on duty for this hotline, in the order in which they are rung. `seats`: at work, idle ones first."""

    hotline: str
    topics: list[str]
    experts: list[TargetOut]
    seats: list[TargetOut]
    units: list[TargetOut]
    emergencies: list[TargetOut]
    outside: list[TargetOut]


class EarlierCall(BaseModel):
    linkedid: str
    started_at: datetime
    hotline: Hotline
    outcome: Outcome
    seat: str | None
    talking_s: float
    may_open: bool


class OpenOrder(BaseModel):
    order_id: str
    title: str
    hotline: Hotline
    state: OrderState
    seat: str | None
    created_at: datetime
    same_matter: bool
    may_open: bool


class Matter(BaseModel):
    """The order of this call as it stands: what an expert reads before it answers."""

    order_id: str
    title: str
    category: Category | None
    matter: str
    address: str
    version: int


class Frequency(BaseModel):
    """How often this number has called in a day. `suspected`: many calls, and hardly any that came to a talk."""

    calls: int
    short: int
    suspected: bool


class MarkOut(BaseModel):
    """The last nuisance mark that a person has set on an order of this number."""

    at: datetime
    by: str
    ground: str
    word: str
    order_id: str
    may_open: bool


class MarksOut(BaseModel):
    """`count`: marks in force of the last year; `hand_over`: often or bad enough to hand over with the evidence."""

    count: int
    hand_over: bool
    words: str
    last: MarkOut


class SurgeOut(BaseModel):
    id: str
    kind: str
    hotline: str
    choice: str
    caller: str
    count: int
    since: datetime
    last_at: datetime
    text: str
    order_id: str
    calls: list[str]


class PopOut(BaseModel):
    """What a seat reads while its phone rings. `merge_suggestion`: an open order of the same caller and hotline.

    `frequency` is counted, `marks` were set by people. `required`: the order's fields that must be filled in for this
    call, `real_name`: those that its categories need besides; `surge`: a matter that many call about.
    """

    linkedid: str
    dialled: str
    hotline: Hotline
    mode: str
    caller: Caller
    may_reveal: bool
    state: str
    choice: str | None
    waiting_s: float
    since: datetime
    reasons: list[str]
    earlier_calls: list[EarlierCall]
    open_orders: list[OpenOrder]
    merge_suggestion: str | None
    frequency: Frequency
    marks: MarksOut | None
    required: list[str]
    real_name: RealNameOut | None
    matter: Matter | None
    surge: SurgeOut | None


class ListenBody(Body):
    mode: Literal["listen", "whisper", "barge"] = "listen"


class ListenOut(BaseModel):
    """`state`: `ringing` until the supervisor's own phone is answered, then `there`."""

    supervisor: str
    by: str
    seat: str
    mode: str
    since: datetime
    call: str
    state: str


class TakeOverOut(BaseModel):
    call: str
    supervisor: str


class MessageBody(Body):
    """`seats` empty: to everybody."""

    text: str = Field(min_length=1, max_length=300)
    seats: list[str] = Field(default_factory=list, max_length=500)


class MessageOut(BaseModel):
    id: str
    at: datetime
    by: str
    text: str
    seats: list[str]


class SurgeBody(Body):
    """`text`: what seats may say; `order_id`: the order that the others are merged into."""

    text: str = Field(default="", max_length=500)
    order_id: str = Field(default="", max_length=40, pattern=r"^[A-Za-z0-9._-]*$")


class MergeBody(Body):
    """`into`: the order that goes on; `version`: of the one that is merged, as the page has seen it."""

    into: str = Field(pattern=r"^[A-Za-z0-9._-]{1,60}$")
    version: int
