"""What the citizen's page sends and gets.

In: nothing. Out: bodies and replies. Never: a caller's particulars in full in a reply.
"""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field

from console.operations import Body
from gateway.store.kinds import Category, OrderState

MATERIALS_MAX = 2000
_CHANNELS = "^(web|app|wechat|mailbox)$"


class PuzzleOut(BaseModel):
    """Find `nonce`: SHA-256 of the text `<puzzle>:<nonce>` begins with `bits` zero bits."""

    puzzle: str
    bits: int
    expires_at: datetime


class Proof(Body):
    puzzle: str = Field(max_length=200)
    nonce: str = Field(max_length=40)


class CitizenFileBody(Proof):
    """`secrecy`: the handling unit does not learn who files. What a matter is about in units' names: `accused`."""

    channel: str = Field(default="web", pattern=_CHANNELS)
    title: str = Field(min_length=2, max_length=200)
    matter: str = Field(min_length=5, max_length=10_000)
    category: Category | None = None
    subject: str = Field(default="", max_length=120)
    area: str = Field(default="", max_length=60)
    accused: list[str] = Field(default_factory=list, max_length=5)
    caller_name: str = Field(default="", max_length=60)
    contact: str = Field(pattern=r"^[0-9]{5,20}$")
    employer: str = Field(default="", max_length=100)
    address: str = Field(default="", max_length=300)
    secrecy: bool = False
    public: bool = False


class CitizenFiledOut(BaseModel):
    """The code, now and never again; and a token to go on with."""

    order_id: str
    code: str
    token: str
    expires_at: datetime


class LookUpBody(Proof):
    order_id: str = Field(pattern=r"^[0-9]{8}-[0-9]{6}$")
    code: str = Field(min_length=4, max_length=20)


class TokenOut(BaseModel):
    order_id: str
    token: str
    expires_at: datetime


class ToldOut(BaseModel):
    at: datetime
    word: str
    text: str


class CitizenFileOut(BaseModel):
    name: str
    at: datetime


class CitizenOrderOut(BaseModel):
    """The order as its caller may see it. `may_*`: what can be done now."""

    order_id: str
    state: OrderState
    progress: str
    title: str
    matter: str
    category: str
    subject: str
    area: str
    created_at: datetime
    due_on: date | None
    unit: str
    caller_name: str
    contact: str
    secrecy: bool
    answer: str
    ground: str
    right_channel: str
    materials_until: datetime | None
    materials: list[str]
    stars: int | None
    solved: bool | None
    timeline: list[ToldOut]
    files: list[CitizenFileOut]
    may_add: bool
    may_withdraw: bool
    may_rate: bool


class MaterialBody(Body):
    text: str = Field(min_length=1, max_length=MATERIALS_MAX)


class RateBody(Body):
    stars: int = Field(ge=1, le=5)
    solved: bool
    text: str = Field(default="", max_length=1000)


class WithdrawBody(Body):
    why: str = Field(default="", max_length=500)


class FormOut(BaseModel):
    """What the filing page offers."""

    categories: dict[str, str]
    subjects: list[str]
    areas: list[str]
    units: dict[str, str]
    real_name: list[str]
    real_name_categories: list[str]
