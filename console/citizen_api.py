"""The citizen's page: no account, an order's number and the code from the short message or the page.

In: what somebody files, adds, rates, withdraws. Out: the order as its caller may see it. Never: an identity in full, a
unit's internals; whether a number exists when the code is wrong; more than so many tries.

Against machines: a proof of work for filing and for looking up (`console.puzzles`), and counts by address and order.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta
from http import HTTPMethod

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from console.evidence_api import UploadQuery
from console.masking import mask_name, mask_number
from console.operations import Ask, Body, Operation
from console.orders_words import kind_word
from console.problems import ProblemError
from console.rate import client_address
from console.uploads import plain_name, read_upload
from gateway.orders.directory import catalogue, unit_book
from gateway.orders.driver import Applied, apply, find_row, load, stored_events
from gateway.orders.evidence import CALLERS, MAX_BYTES, TYPES, Attached, attach
from gateway.orders.opening import CALLER, Filing, file_order
from gateway.orders.telling import code_hash
from gateway.store import NotFoundError
from gateway.store.kinds import Category, OrderState
from gateway.store.models import CitizenSession, Evidence, WorkOrder
from workorder.allowed import allowed
from workorder.events import Actor, ActorRole, EventKind, Json, OrderEvent
from workorder.life import told_to_caller
from workorder.privacy import Field as PrivacyField
from workorder.privacy import OrderFacts, Sight, Viewer, ViewerRole, visible
from workorder.words import CATEGORY_WORDS

TAG = "citizen"
BASE = "/api/v1/citizen"
TOKEN_HEADER = "X-Order-Token"  # noqa: S105  # a header's name
LASTS = timedelta(hours=2)
FILED_MAX, FILED_WITHIN = 10, timedelta(hours=1)  # orders from one address
TRIES_MAX, TRIES_WITHIN = 10, timedelta(minutes=30)  # wrong codes for one order, and from one address
ACTS_MAX, ACTS_WITHIN = 30, timedelta(hours=1)  # of one order
MATERIALS_MAX = 2000
K = EventKind
_CHANNELS = "^(web|app|wechat|mailbox)$"
# What a caller reads of the order's way; the rest is the house's and the units' own.
_TOLD = frozenset(
    {K.OPENED, K.ACCEPTED, K.NOT_ACCEPTED, K.MATERIALS_ASKED, K.MATERIALS_GIVEN, K.MATERIAL_ADDED, K.DISPATCHED}
    | {K.SIGNED, K.PROMISED, K.EXTENSION_APPROVED, K.ANSWERED_DIRECTLY, K.REVIEW_PASSED, K.CLOSED, K.WITHDRAWN}
    | {K.RATED, K.REEXAMINED, K.ARCHIVED}
)
_PLAIN = {
    K.OPENED: "登记",
    K.ACCEPTED: "已受理",
    K.MATERIALS_ASKED: "请您补充材料",
    K.MATERIALS_GIVEN: "材料已补齐",
    K.MATERIAL_ADDED: "补充了材料",
    K.DISPATCHED: "转交承办单位",
    K.SIGNED: "承办单位已收到",
    K.PROMISED: "承办单位承诺了办结日期",
    K.EXTENSION_APPROVED: "办理时间延长",
    K.ANSWERED_DIRECTLY: "已答复",
    K.REVIEW_PASSED: "已办结答复",
    K.REEXAMINED: "复查",
}
_OWN_WORDS = {
    K.OPENED: "您提交了",
    K.MATERIALS_GIVEN: "您补齐了材料",
    K.MATERIAL_ADDED: "您补充了",
    K.WITHDRAWN: "您撤回了",
    K.RATED: "您作了评价",
}


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


def _ip(ask: Ask) -> str:
    return client_address(ask.request)


def _limited(ask: Ask, key: str, most: int, within: timedelta) -> None:
    if not ask.deps.tries.allow(key, ask.deps.clock(), most=most, within=within):
        wait = str(int(within.total_seconds()))
        raise ProblemError("too-often", headers={"Retry-After": wait})


def _proven(ask: Ask, proof: Proof) -> None:
    if not ask.deps.puzzles.solved(proof.puzzle, proof.nonce, ask.deps.clock()):
        raise ProblemError("no-proof")


async def puzzle(ask: Ask) -> PuzzleOut:
    new = ask.deps.puzzles.new(ask.deps.clock())
    return PuzzleOut(puzzle=new.puzzle, bits=new.bits, expires_at=new.expires_at)


async def form(ask: Ask) -> FormOut:
    """Categories of the city's profile, public subjects, areas, and units that a matter may be about."""
    async with ask.deps.store.reading() as session:
        rules = await ask.deps.rulebook.current(session)
        known, book = await catalogue(session), await unit_book(session)
    profile = rules.profile
    kinds = profile.categories or frozenset(CATEGORY_WORDS)
    return FormOut(
        categories={kind.value: word for kind, word in CATEGORY_WORDS.items() if kind in kinds},
        subjects=[subject.path for subject in known.subjects],
        areas=sorted({entry.area for entry in known.entries if entry.area}),
        units={unit.id: unit.name for unit in book.units.values() if unit.active},
        real_name=[field.text for field in profile.real_name.fields] if profile.real_name else [],
        real_name_categories=sorted(kind.value for kind in profile.real_name.categories) if profile.real_name else [],
    )


async def file_order_here(ask: Ask) -> CitizenFiledOut:
    """A draft that the office takes in. The puzzle is good for one filing: sent twice, it is filed once."""
    body = ask.body_as(CitizenFileBody)
    _limited(ask, f"file:{_ip(ask)}", FILED_MAX, FILED_WITHIN)
    _proven(ask, body)
    now = ask.deps.clock()
    async with ask.deps.store.session() as session:
        book = await unit_book(session)
        book.check(body.accused)
        values = body.model_dump(exclude={"puzzle", "nonce", "accused", "employer"})
        filing = Filing(**values, employer=body.employer or None, ip=_ip(ask), accused=book.one_body(body.accused))
        filed = await file_order(session, ask.deps.rulebook, filing, now)
        token = await _open(session, filed.order_id, now)
    return CitizenFiledOut(order_id=filed.order_id, code=filed.code, token=token, expires_at=now + LASTS)


async def look_up(ask: Ask) -> TokenOut:
    """A token for an order's number and code. Wrong number and wrong code are answered alike."""
    body, now = ask.body_as(LookUpBody), ask.deps.clock()
    _limited(ask, f"code:{body.order_id}", TRIES_MAX, TRIES_WITHIN)
    _limited(ask, f"code-ip:{_ip(ask)}", TRIES_MAX * 3, TRIES_WITHIN)
    _proven(ask, body)
    async with ask.deps.store.session() as session:
        row = await session.get(WorkOrder, body.order_id)
        held = row.code_hash if row is not None and row.code_hash else "-"
        if not hmac.compare_digest(held, code_hash(body.order_id, body.code)):
            raise ProblemError("wrong-code")
        token = await _open(session, body.order_id, now)
    ask.deps.tries.forget(f"code:{body.order_id}")
    return TokenOut(order_id=body.order_id, token=token, expires_at=now + LASTS)


async def _open(session: AsyncSession, order_id: str, now: datetime) -> str:
    token = secrets.token_urlsafe(32)
    session.add(CitizenSession(token_hash=_hash(token), order_id=order_id, expires_at=now + LASTS))
    await session.flush()
    return token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


async def _mine(ask: Ask, session: AsyncSession) -> WorkOrder:
    """The order that this token is for. Raises ProblemError wrong-code."""
    token = ask.request.headers.get(TOKEN_HEADER, "")
    found = await session.get(CitizenSession, _hash(token)) if token else None
    if found is None or found.expires_at <= ask.deps.clock():
        raise ProblemError("wrong-code", "请重新输入工单号和查询码")
    try:
        return await find_row(session, found.order_id)
    except NotFoundError:
        raise ProblemError("wrong-code") from None


async def order(ask: Ask) -> CitizenOrderOut:
    async with ask.deps.store.reading() as session:
        return await _order_out(ask, session, await _mine(ask, session))


async def _order_out(ask: Ask, session: AsyncSession, row: WorkOrder) -> CitizenOrderOut:
    found, _rules, _fresh = await load(session, row, ask.deps.rulebook)
    events = await stored_events(session, row.order_id)
    book = await unit_book(session)
    query = select(Evidence).where(Evidence.order_id == row.order_id, Evidence.role == ActorRole.CALLER.value)
    files = tuple(await session.scalars(query.order_by(Evidence.id)))
    eyes = Viewer(ViewerRole.CALLER, row.order_id)
    facts = OrderFacts(
        row.category, frozenset(row.units), frozenset(row.accused), row.secret, row.public, row.seat, row.order_id
    )

    def full(field: PrivacyField) -> bool:
        return visible(eyes, facts, field).sight is Sight.FULL

    done = found.answer if found.closed_at is not None and full(PrivacyField.ANSWER) else None
    kinds = allowed(found, CALLER)
    due = found.dues.get("handle")
    materials = next((e.data.get("materials") for e in reversed(events) if e.kind is K.MATERIALS_ASKED), None)
    return CitizenOrderOut(
        order_id=row.order_id,
        state=row.state,
        progress=told_to_caller(found),
        title=row.title,
        matter=row.matter if full(PrivacyField.MATTER) else "",
        category=CATEGORY_WORDS[row.category] if row.category else "",
        subject=row.subject,
        area=row.area,
        created_at=row.created_at,
        due_on=due.due.date() if due and due.met_at is None and found.closed_at is None else None,
        unit=book.name(row.lead) if row.lead else "",
        caller_name=mask_name(row.caller_name) if row.caller_name else "",
        contact=mask_number(row.contact) if row.contact else "",
        secrecy=row.secret,
        answer=done.report.get("answer", "") if done else "",
        ground=found.ground,
        right_channel=found.right_channel,
        materials_until=found.materials_until,
        materials=[str(item) for item in materials] if found.materials_until and isinstance(materials, list) else [],
        stars=found.rating.stars if found.rating else None,
        solved=found.rating.solved if found.rating else None,
        timeline=[_told(event, book.name) for event in events if event.kind in _TOLD],
        files=[CitizenFileOut(name=item.name, at=item.at) for item in files],
        may_add=K.MATERIAL_ADDED in kinds,
        may_withdraw=K.WITHDRAWN in kinds,
        may_rate=K.RATED in kinds and found.closed_at is not None,
    )


def _told(event: OrderEvent, name: Callable[[str], str]) -> ToldOut:
    """In plain words; of materials only what the caller has added themselves."""
    units, materials, text = event.data.get("units"), event.data.get("materials"), ""
    own = event.by.role is ActorRole.CALLER
    if event.kind is K.DISPATCHED and isinstance(units, list):
        text = "、".join(name(str(unit)) for unit in units)
    elif own and isinstance(materials, list):
        text = "；".join(str(item) for item in materials)
    word = _OWN_WORDS.get(event.kind) if own else None
    return ToldOut(at=event.at, word=word or _PLAIN.get(event.kind) or kind_word(event.kind), text=text)


async def _act(ask: Ask, kind: EventKind, why: str, data: dict[str, Json]) -> CitizenOrderOut:
    async with ask.deps.store.session() as session:
        row = await _mine(ask, session)
        _limited(ask, f"act:{row.order_id}", ACTS_MAX, ACTS_WITHIN)
        applied = await _apply(ask, session, row, kind, why, data)
        return await _order_out(ask, session, applied.row)


async def _apply(
    ask: Ask, session: AsyncSession, row: WorkOrder, kind: EventKind, why: str, data: dict[str, Json]
) -> Applied:
    event = OrderEvent(kind, ask.deps.clock(), CALLER, why, data)
    return await apply(session, ask.deps.rulebook, row.order_id, event)


async def add_material(ask: Ask) -> CitizenOrderOut:
    """A text to what was filed; when materials were asked for, that they are there."""
    text = ask.body_as(MaterialBody).text
    async with ask.deps.store.session() as session:
        row = await _mine(ask, session)
        _limited(ask, f"act:{row.order_id}", ACTS_MAX, ACTS_WITHIN)
        found, _rules, _fresh = await load(session, row, ask.deps.rulebook)
        asked = K.MATERIALS_GIVEN in allowed(found, CALLER)
        applied = await _apply(
            ask, session, row, K.MATERIALS_GIVEN if asked else K.MATERIAL_ADDED, "", {"materials": [text]}
        )
        return await _order_out(ask, session, applied.row)


async def add_file(ask: Ask) -> CitizenOrderOut:
    """A file of the caller's. Units from which the caller is kept see it when the office has looked."""
    query = ask.query_as(UploadQuery)
    async with ask.deps.store.reading() as session:
        row = await _mine(ask, session)
    _limited(ask, f"act:{row.order_id}", ACTS_MAX, ACTS_WITHIN)
    data = await read_upload(ask.request, MAX_BYTES, tuple(TYPES))
    attached = Attached(plain_name(query.name), CALLERS, ask.request.content_type)
    async with ask.deps.store.session() as session:
        row = await _mine(ask, session)
        applied = await _apply(ask, session, row, K.MATERIAL_ADDED, "", {"materials": [f"附件：{attached.name}"]})
        by = Actor(CALLER.id, ActorRole.CALLER)
        await attach(session, ask.deps.config.evidence_dir, row, data, attached, by, ask.deps.clock())
        return await _order_out(ask, session, applied.row)


async def rate(ask: Ask) -> CitizenOrderOut:
    """One matter, one rating."""
    body = ask.body_as(RateBody)
    return await _act(ask, K.RATED, "", {"stars": body.stars, "solved": body.solved, "text": body.text})


async def withdraw(ask: Ask) -> CitizenOrderOut:
    return await _act(ask, K.WITHDRAWN, ask.body_as(WithdrawBody).why, {})


GET, POST = HTTPMethod.GET, HTTPMethod.POST
OPERATIONS = (
    Operation(GET, f"{BASE}/puzzle", "A proof of work", puzzle, None, TAG, reply=PuzzleOut),
    Operation(GET, f"{BASE}/form", "What the filing page offers", form, None, TAG, reply=FormOut),
    Operation(
        POST,
        f"{BASE}/orders",
        "File a matter",
        file_order_here,
        None,
        TAG,
        body=CitizenFileBody,
        reply=CitizenFiledOut,
        status=201,
    ),
    Operation(POST, f"{BASE}/session", "Look an order up", look_up, None, TAG, body=LookUpBody, reply=TokenOut),
    Operation(GET, f"{BASE}/order", "The order of the token", order, None, TAG, reply=CitizenOrderOut),
    Operation(
        POST, f"{BASE}/order/materials", "Add to it", add_material, None, TAG, body=MaterialBody, reply=CitizenOrderOut
    ),
    Operation(
        POST,
        f"{BASE}/order/files",
        "Add a file",
        add_file,
        None,
        TAG,
        query=UploadQuery,
        reply=CitizenOrderOut,
        upload="application/pdf",
    ),
    Operation(POST, f"{BASE}/order/rating", "Rate it, once", rate, None, TAG, body=RateBody, reply=CitizenOrderOut),
    Operation(
        POST, f"{BASE}/order/withdrawal", "Withdraw it", withdraw, None, TAG, body=WithdrawBody, reply=CitizenOrderOut
    ),
)
