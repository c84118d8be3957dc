"""The citizen's page: no account, an order's number and the code from the short message or the page.

In: what somebody files, adds, rates, withdraws. Out: the order as its caller may see it. Never: an identity in full, a
unit's internals; whether a number exists when the code is wrong; more than so many tries.

Against machines: a proof of work for filing and for looking up (`console.puzzles`), and counts by address and order.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from http import HTTPMethod

from sqlalchemy.ext.asyncio import AsyncSession

from console.citizen_shapes import (
    CitizenFileBody,
    CitizenFiledOut,
    CitizenOrderOut,
    FormOut,
    LookUpBody,
    MaterialBody,
    Proof,
    PuzzleOut,
    RateBody,
    TokenOut,
    WithdrawBody,
)
from console.citizen_view import order_out
from console.evidence_api import UploadQuery
from console.operations import Ask, Operation
from console.problems import ProblemError
from console.puzzles import LASTS as PUZZLE_LASTS
from console.rate import client_address
from console.uploads import plain_name, read_upload
from gateway.orders.directory import catalogue, unit_book
from gateway.orders.driver import Applied, apply, find_row, load
from gateway.orders.evidence import CALLERS, MAX_BYTES, TYPES, Attached, attach
from gateway.orders.opening import CALLER, Filing, file_order
from gateway.orders.telling import code_hash
from gateway.store import NotFoundError
from gateway.store.marks import allow_try, forget_tries
from gateway.store.models import CitizenSession, WorkOrder
from workorder.allowed import allowed
from workorder.events import Actor, ActorRole, EventKind, Json, OrderEvent
from workorder.words import CATEGORY_WORDS

TAG = "citizen"
BASE = "/api/v1/citizen"
TOKEN_HEADER = "X-Order-Token"  # noqa: S105  # a header's name
LASTS = timedelta(hours=2)
FILED_MAX, FILED_WITHIN = 10, timedelta(hours=1)  # orders from one address
TRIES_MAX, TRIES_WITHIN = 10, timedelta(minutes=30)  # wrong codes for one order, and from one address
ACTS_MAX, ACTS_WITHIN = 30, timedelta(hours=1)  # of one order
K = EventKind


def _ip(ask: Ask) -> str:
    return client_address(ask.request)


async def _limited(ask: Ask, key: str, most: int, within: timedelta) -> None:
    async with ask.deps.store.session() as session:
        allowed = await allow_try(session, f"citizen:{key}", ask.deps.clock(), most=most, within=within)
    if not allowed:
        wait = str(int(within.total_seconds()))
        raise ProblemError("too-often", headers={"Retry-After": wait})


async def _proven(ask: Ask, proof: Proof) -> None:
    """The puzzle's solution, brought for the first time."""
    now = ask.deps.clock()
    if not ask.deps.puzzles.solved(proof.puzzle, proof.nonce, now):
        raise ProblemError("no-proof")
    async with ask.deps.store.session() as session:
        if not await allow_try(session, f"puzzle:{proof.puzzle}", now, most=1, within=PUZZLE_LASTS):
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
    await _limited(ask, f"file:{_ip(ask)}", FILED_MAX, FILED_WITHIN)
    await _proven(ask, body)
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
    await _limited(ask, f"code:{body.order_id}", TRIES_MAX, TRIES_WITHIN)
    await _limited(ask, f"code-ip:{_ip(ask)}", TRIES_MAX * 3, TRIES_WITHIN)
    await _proven(ask, body)
    async with ask.deps.store.session() as session:
        row = await session.get(WorkOrder, body.order_id)
        held = row.code_hash if row is not None and row.code_hash else "-"
        if not hmac.compare_digest(held, code_hash(body.order_id, body.code)):
            raise ProblemError("wrong-code")
        token = await _open(session, body.order_id, now)
        await forget_tries(session, f"citizen:code:{body.order_id}")
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


async def _limited_acts(ask: Ask) -> None:
    """Counted in a transaction of its own, before the act's begins."""
    async with ask.deps.store.reading() as session:
        row = await _mine(ask, session)
    await _limited(ask, f"act:{row.order_id}", ACTS_MAX, ACTS_WITHIN)


async def order(ask: Ask) -> CitizenOrderOut:
    async with ask.deps.store.reading() as session:
        return await order_out(session, ask.deps.rulebook, await _mine(ask, session))


async def _act(ask: Ask, kind: EventKind, why: str, data: dict[str, Json]) -> CitizenOrderOut:
    await _limited_acts(ask)
    async with ask.deps.store.session() as session:
        row = await _mine(ask, session)
        applied = await _apply(ask, session, row, kind, why, data)
        return await order_out(session, ask.deps.rulebook, applied.row)


async def _apply(
    ask: Ask, session: AsyncSession, row: WorkOrder, kind: EventKind, why: str, data: dict[str, Json]
) -> Applied:
    event = OrderEvent(kind, ask.deps.clock(), CALLER, why, data)
    return await apply(session, ask.deps.rulebook, row.order_id, event)


async def add_material(ask: Ask) -> CitizenOrderOut:
    """A text to what was filed; when materials were asked for, that they are there."""
    text = ask.body_as(MaterialBody).text
    await _limited_acts(ask)
    async with ask.deps.store.session() as session:
        row = await _mine(ask, session)
        found, _rules, _fresh = await load(session, row, ask.deps.rulebook)
        asked = K.MATERIALS_GIVEN in allowed(found, CALLER)
        applied = await _apply(
            ask, session, row, K.MATERIALS_GIVEN if asked else K.MATERIAL_ADDED, "", {"materials": [text]}
        )
        return await order_out(session, ask.deps.rulebook, applied.row)


async def add_file(ask: Ask) -> CitizenOrderOut:
    """A file of the caller's. Units from which the caller is kept see it when the office has looked."""
    query = ask.query_as(UploadQuery)
    await _limited_acts(ask)
    data = await read_upload(ask.request, MAX_BYTES, tuple(TYPES))
    attached = Attached(plain_name(query.name), CALLERS, ask.request.content_type)
    async with ask.deps.store.session() as session:
        row = await _mine(ask, session)
        applied = await _apply(ask, session, row, K.MATERIAL_ADDED, "", {"materials": [f"附件：{attached.name}"]})
        by = Actor(CALLER.id, ActorRole.CALLER)
        await attach(session, ask.deps.config.evidence_dir, row, data, attached, by, ask.deps.clock())
        return await order_out(session, ask.deps.rulebook, applied.row)


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
