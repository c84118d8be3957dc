"""Requests through Open311: an app files one, which becomes a citizen's order; everybody may see what is public.

In: a session, the rules, a checked submission, keys. Out: public ids, public views. Never: the order's own number, an
unread text, or anything that `workorder.privacy` does not show to the public.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError
from gateway.orders.driver import apply, known_values
from gateway.orders.opening import Filing, file_order
from gateway.orders.rulebook import Rulebook
from gateway.store import ConflictError, NotFoundError, OrderState, WorkOrder
from gateway.store.models import Open311Key, Open311Request
from workorder.events import Actor, ActorRole, EventKind, OrderEvent
from workorder.privacy import Field, OrderFacts, Sight, Viewer, ViewerRole, may_see, scrub, visible

from .services import Service

POSITION = "位置："
LIST_MAX = 1000  # GeoReport v2: at most 1,000 requests, at most 90 days
KEY_MARK = "o311_"
PLACES = 3  # decimals of a public position: some hundred metres
CLOSED = frozenset(
    {OrderState.CLOSED, OrderState.FOLLOWED_UP, OrderState.NOT_ACCEPTED, OrderState.MERGED, OrderState.ARCHIVED}
)
PUBLIC_READER = Viewer(ViewerRole.PUBLIC)


@dataclass(frozen=True, slots=True)
class Place:
    """WGS 84 degrees."""

    lat: float
    long: float


@dataclass(frozen=True, slots=True)
class Submission:
    """What an app sends for a citizen. At least one of `place` and `address`."""

    service: Service
    description: str = field(repr=False)
    address: str = field(default="", repr=False)
    place: Place | None = field(default=None, repr=False)
    name: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    media_url: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Filed:
    """`id` is the public one."""

    id: str
    order_id: str


@dataclass(frozen=True, slots=True)
class PublicRequest:
    """What everybody may see of a request. `description` and `place` are there once a person has accepted it."""

    id: str
    service_code: str
    is_open: bool
    state: OrderState
    requested_at: datetime
    updated_at: datetime
    description: str
    place: Place | None


# -- keys --------------------------------------------------------------------------------------------------------------


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()


async def add_key(session: AsyncSession, name: str, *, by: str, at: datetime) -> str:
    """A new app's key, shown once. Raises ConflictError when the name is taken."""
    if await session.scalar(select(Open311Key).where(Open311Key.name == name)) is not None:
        raise ConflictError("此名称已被使用", place="name")
    key = KEY_MARK + secrets.token_urlsafe(24)
    session.add(Open311Key(key_hash=_hash(key), name=name, active=True, created_at=at, created_by=by))
    await session.flush()
    return key


async def keys_list(session: AsyncSession) -> tuple[Open311Key, ...]:
    return tuple(await session.scalars(select(Open311Key).order_by(Open311Key.name)))


async def set_key_active(session: AsyncSession, name: str, *, active: bool) -> Open311Key:
    """Raises NotFoundError."""
    row = await session.scalar(select(Open311Key).where(Open311Key.name == name))
    if row is None:
        raise NotFoundError("没有这个应用", place=name)
    row.active = active
    await session.flush()
    return row


async def app_of(session: AsyncSession, key: str) -> str | None:
    """The name of the app that has this key, None when there is none or it is switched off."""
    row = await session.get(Open311Key, _hash(key))
    return row.name if row is not None and row.active else None


# -- filing ------------------------------------------------------------------------------------------------------------


async def file_request(session: AsyncSession, rulebook: Rulebook, told: Submission, *, app: str, at: datetime) -> Filed:
    """A draft order that waits for the office, in its life from the first moment, and its public id.

    Raises CallerFaultError.
    """
    if not told.description.strip():
        raise CallerFaultError("请填写情况说明", place="description")
    if told.place is None and not told.address.strip():
        raise CallerFaultError("请提供位置或地址", place="address_string")
    by = Actor(f"open311:{app}", ActorRole.CALLER)
    categories = (await rulebook.current(session)).profile.categories
    known = not categories or told.service.category in categories  # else a person classifies it first
    filing = Filing(
        channel="open311",
        title=told.service.name,
        matter=told.description.strip(),
        category=told.service.category if known else None,
        public=True,
        secrecy=told.secret,
        caller_name=told.name,
        contact=told.phone or None,
        address=_where(told),
    )
    filed = await file_order(session, rulebook, filing, at, by=by)
    filed.applied.row.code_hash = ""  # nobody has seen the code: the short message of the acceptance brings one
    if told.media_url:
        material = OrderEvent(EventKind.MATERIAL_ADDED, at, by, "", {"materials": [told.media_url]})
        await apply(session, rulebook, filed.order_id, material)
    request = Open311Request(
        id=secrets.token_hex(8),
        order_id=filed.order_id,
        app=app,
        service_code=told.service.code,
        requested_at=at,
        place=(told.place.lat, told.place.long) if told.place else None,
    )
    session.add(request)
    await session.flush()
    return Filed(request.id, filed.order_id)


def _where(told: Submission) -> str:
    """Address and position, a line each: both may be where somebody lives, so they lie in the sealed address."""
    position = f"{POSITION}{told.place.lat:.6f}，{told.place.long:.6f}" if told.place else ""
    return "\n".join(line for line in (told.address.strip(), position) if line)


# -- reading -----------------------------------------------------------------------------------------------------------


async def public_requests(
    session: AsyncSession,
    *,
    ids: Sequence[str] = (),
    services: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    is_open: bool | None = None,
    limit: int = LIST_MAX,
) -> list[PublicRequest]:
    """Requests that the public may see, newest first."""
    query = (
        select(Open311Request, WorkOrder)
        .join(WorkOrder, WorkOrder.order_id == Open311Request.order_id)
        .where(*_conditions(ids, services, since, until, is_open))
        .order_by(Open311Request.requested_at.desc(), Open311Request.id)
        .limit(min(limit, LIST_MAX))
    )
    rows = [(row[0], row[1]) for row in await session.execute(query)]
    return [_public(request, order) for request, order in rows if may_see(PUBLIC_READER, _facts(order))]


def _conditions(
    ids: Sequence[str], services: Sequence[str], since: datetime | None, until: datetime | None, is_open: bool | None
) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if ids:
        found.append(Open311Request.id.in_(ids))
    if services:
        found.append(Open311Request.service_code.in_(services))
    if since is not None:
        found.append(Open311Request.requested_at >= since)
    if until is not None:
        found.append(Open311Request.requested_at <= until)
    if is_open is not None:
        found.append(WorkOrder.state.not_in(CLOSED) if is_open else WorkOrder.state.in_(CLOSED))
    return found


def _facts(order: WorkOrder) -> OrderFacts:
    """What was filed as a public service is public, until its category or a wish for secrecy says otherwise."""
    return OrderFacts(order.category, accused=frozenset(order.accused), secrecy=order.secret, public=True)


def _public(request: Open311Request, order: WorkOrder) -> PublicRequest:
    accepted = order.state is not OrderState.DRAFT
    shown = visible(PUBLIC_READER, _facts(order), Field.MATTER).sight is not Sight.HIDDEN
    place = None
    if accepted and request.place is not None:
        place = Place(*(round(degrees, PLACES) for degrees in request.place))
    return PublicRequest(
        id=request.id,
        service_code=request.service_code,
        is_open=order.state not in CLOSED,
        state=order.state,
        requested_at=request.requested_at,
        updated_at=order.updated_at,
        description=_masked(order) if accepted and shown else "",
        place=place,
    )


def _masked(order: WorkOrder) -> str:
    text = order.matter.partition(f"\n{POSITION}")[0]  # up to 0006 the position stood there
    return scrub(text, known_values(order))


def known_states() -> Mapping[OrderState, str]:
    """Words for the public."""
    return {
        OrderState.DRAFT: "已收到，等待受理",
        OrderState.ACCEPTED: "已受理",
        OrderState.NOT_ACCEPTED: "不予受理",
        OrderState.MERGED: "已并入同类诉求",
        **dict.fromkeys(CLOSED - {OrderState.NOT_ACCEPTED, OrderState.MERGED}, "已办结"),
    }
