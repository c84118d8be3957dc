"""Makes things happen to an order: load its events, fold, ask the life cycle, append, tell others, write the row.

In: a session (one transaction, the caller's), an event, who the caller is. Out: the order after it, or RefusedError and
nothing changed. Never: an event that the life cycle did not take in, half an act, the same act twice under one key, an
identity in an event.

Two writers of one order wait for each other: the row is locked (PostgreSQL), the transaction is alone (SQLite).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.store import NotFoundError, OrderState, StaleVersionError
from gateway.store.models import OrderAct, OrderText, OrderUnit, PastDispatch, WorkOrder, WorkOrderEvent
from gateway.store.order_news import announce
from workorder.events import SYSTEM, Actor, ActorRole, EventKind, Json, OrderEvent, event_from_json
from workorder.evolve import fold
from workorder.life import next
from workorder.order import Order, new_order
from workorder.profile import Step
from workorder.reckon import set_deadlines
from workorder.rules import Refusal, Rules

from .errors import KeyReusedError, RefusedError
from .rulebook import Rulebook
from .telling import tell
from .view import body_tokens, columns, title_tokens

IDENTITY = {"caller_name": "name", "contact": "contact", "employer": "employer", "address": "address"}


@dataclass(frozen=True, slots=True)
class Applied:
    """The order after the act. `events`: those appended by it; none when the key says that it was done before."""

    row: WorkOrder
    order: Order
    events: tuple[OrderEvent, ...]


async def stored_events(session: AsyncSession, order_id: str) -> list[OrderEvent]:
    """The events of an order, oldest first. Rows of the first release are none: see `adopted`."""
    query = select(WorkOrderEvent.detail).where(WorkOrderEvent.order_id == order_id).order_by(WorkOrderEvent.id)
    return [event_from_json(detail) for detail in await session.scalars(query) if "schema" in detail]


async def find_row(session: AsyncSession, order_id: str, *, lock: bool = False) -> WorkOrder:
    """Raises NotFoundError."""
    row = await session.get(WorkOrder, order_id, with_for_update=True if lock else None, populate_existing=lock)
    if row is None:
        raise NotFoundError("没有这张工单", place=order_id[:40])
    return row


async def load(session: AsyncSession, row: WorkOrder, rulebook: Rulebook) -> tuple[Order, Rules, list[OrderEvent]]:
    """The order, its rules, and events that the store has not yet: of an order that has not been taken in."""
    events = await stored_events(session, row.order_id)
    if events:
        order = fold(events, row.order_id)
        return order, await rulebook.of(session, order.profile, order.profile_version), []
    rules = await rulebook.current(session)
    fresh = adopted(row, rules)
    return fold(fresh, row.order_id), rules, fresh


def adopted(row: WorkOrder, rules: Rules) -> list[OrderEvent]:
    """What has happened to a call's draft, or to an order of the first release, as events of its life."""
    profile = rules.profile
    category = row.category if row.category in profile.categories or not profile.categories else None
    data: dict[str, Json] = {
        "profile": profile.name,
        "profile_version": profile.version,
        "channel": row.channel or "call",
        "hotline": row.hotline_number,
        "source": row.source or source_of(row.hotline_number, rules),
        "seat": row.seat,
        "category": category.value if category else None,
        "title": row.title,
        "matter": row.matter,
        "secrecy": row.secret,
        "identity": list(identity_of(row)),
    }
    found = [OrderEvent(EventKind.OPENED, row.created_at, SYSTEM, "来电建单" if row.linkedid else "", data)]
    if row.state is not OrderState.DRAFT:
        seat = Actor(row.seat or "seat", ActorRole.SEAT)
        found.append(OrderEvent(EventKind.ACCEPTED, max(row.updated_at, row.created_at), seat, ""))
        order = fold(found, row.order_id)
        found += set_deadlines(order, rules, (Step.DISPATCH,), found[-1].at, "待派单")
    return found


def source_of(hotline: str, rules: Rules) -> str:
    """The body that an order came by, where a profile tells them apart."""
    return hotline if hotline in rules.profile.sources or not rules.profile.sources else "12345"


def identity_of(row: WorkOrder) -> tuple[str, ...]:
    """Which fields are known of the caller: what the events may say of them."""
    return tuple(word for name, word in IDENTITY.items() if getattr(row, name))


def known_values(row: WorkOrder) -> tuple[str, ...]:
    """The caller's particulars, to be blotted out of texts."""
    values = (row.caller_name, row.contact, row.employer, *row.address.splitlines(), row.caller_number, row.ip)
    return tuple(value for value in values if value)


async def apply(
    session: AsyncSession,
    rulebook: Rulebook,
    order_id: str,
    events: OrderEvent | Sequence[OrderEvent],
    *,
    version: int | None = None,
    key: str = "",
    identity: Mapping[str, str | None] | None = None,
) -> Applied:
    """Let the events happen, all or none, in the caller's transaction.

    `version`: the one that the actor has looked at. `key`: of the request; done once. `identity`: new values of
    IDENTITY's fields, kept sealed in the row. Raises RefusedError, NotFoundError, StaleVersionError, KeyReusedError.
    """
    asked = (events,) if isinstance(events, OrderEvent) else tuple(events)
    row = await find_row(session, order_id, lock=True)
    if key and await _done_before(session, row, asked, key):
        order, _rules, _fresh = await load(session, row, rulebook)
        return Applied(row, order, ())
    if version is not None and version != row.version:
        raise StaleVersionError(row.version)
    order, rules, fresh = await load(session, row, rulebook)
    if fresh:  # its profile's text is kept from now on
        rules = await rulebook.current(session, keep_at=fresh[0].at)
    happened = list(fresh)
    for name, value in (identity or {}).items():
        if name not in IDENTITY:
            raise KeyError(name)
        setattr(row, name, value if value is not None or name in ("contact", "employer") else "")
    for event in asked:
        outcome = next(order, _with_identity(event, row, changed=bool(identity)), rules)
        if isinstance(outcome, Refusal):
            raise RefusedError(outcome)
        order = outcome.order
        happened += outcome.events
    await _write(session, rulebook, row, order, rules, happened)
    return Applied(row, order, tuple(happened))


async def opened(
    session: AsyncSession, rulebook: Rulebook, row: WorkOrder, event: OrderEvent, *, profile: str = ""
) -> Applied:
    """A new order: its row is added with its first event. Raises RefusedError."""
    rules = await rulebook.current(session, profile, keep_at=event.at)
    data = {**event.data, "source": source_of(str(event.data.get("source") or row.hotline_number), rules)}
    outcome = next(new_order(row.order_id), _with_identity(replace(event, data=data), row, changed=True), rules)
    if isinstance(outcome, Refusal):
        raise RefusedError(outcome)
    session.add(row)
    await session.flush()
    await _write(session, rulebook, row, outcome.order, rules, list(outcome.events))
    return Applied(row, outcome.order, outcome.events)


def _with_identity(event: OrderEvent, row: WorkOrder, *, changed: bool) -> OrderEvent:
    """The events say which particulars are known, and only the store which they are."""
    if event.kind not in (EventKind.OPENED, EventKind.EDITED) or not changed:
        return event
    return replace(event, data={**event.data, "identity": list(identity_of(row))})


async def _done_before(session: AsyncSession, row: WorkOrder, events: Sequence[OrderEvent], key: str) -> bool:
    """Whether this request was done; notes it down otherwise."""
    by = events[0].by
    name = hashlib.sha256(f"{by.role}:{by.id}:{key}".encode()).hexdigest()
    asked = json.dumps(
        [row.order_id, *([event.kind, event.why, dict(event.data)] for event in events)], sort_keys=True, default=str
    )
    content = hashlib.sha256(asked.encode()).hexdigest()
    known = await session.get(OrderAct, name)
    if known is None:
        session.add(OrderAct(key=name, order_id=row.order_id, at=events[0].at, content=content))
        return False
    if known.content != content:
        raise KeyReusedError("同一操作编号用于不同内容", place="Idempotency-Key")
    return True


async def _write(
    session: AsyncSession, rulebook: Rulebook, row: WorkOrder, order: Order, rules: Rules, events: Sequence[OrderEvent]
) -> None:
    lead_before = row.lead
    first = order.count - len(events)
    session.add_all(event_rows(row.order_id, events))
    set_columns(row, order, rules, (await rulebook.calendar()).mark)
    row.version += 1
    row.updated_at = order.updated_at or row.updated_at
    await session.flush()
    await _units(session, row, order)
    await _text(session, row, order)
    _learn(session, row, order, lead_before, events)
    await tell(session, row, order, events, first, rulebook.config.public_url)
    await announce(session)


def event_rows(order_id: str, events: Iterable[OrderEvent]) -> list[WorkOrderEvent]:
    return [
        WorkOrderEvent(order_id=order_id, at=event.at, by=event.by.id, what=event.kind.value, detail=event.to_json())
        for event in events
    ]


def set_columns(row: WorkOrder, order: Order, rules: Rules, mark: str) -> None:
    """The row as the fold says; what is so already is left alone."""
    for name, value in columns(order, rules, mark).items():
        if getattr(row, name) != value:
            setattr(row, name, value)


async def take_in(
    session: AsyncSession,
    rulebook: Rulebook,
    row: WorkOrder,
    order: Order,
    rules: Rules,
    fresh: Sequence[OrderEvent],
    *,
    told: bool,
) -> None:
    """An order without a life gets the one that its row tells of; who is editing it meanwhile need not start again.
    `told`: feeds hear of it (of a draft; not of what happened in an earlier release)."""
    if fresh:
        await rulebook.current(session, keep_at=fresh[0].at)
        session.add_all(event_rows(row.order_id, fresh))
    set_columns(row, order, rules, (await rulebook.calendar()).mark)
    await session.flush()
    await _units(session, row, order)
    await _text(session, row, order)
    if fresh and told:
        await tell(session, row, order, fresh, 0, rulebook.config.public_url)


async def _units(session: AsyncSession, row: WorkOrder, order: Order) -> None:
    known = {
        entry.unit: entry
        for entry in await session.scalars(select(OrderUnit).where(OrderUnit.order_id == row.order_id))
    }
    gone = [unit for unit in known if unit not in order.units]
    if gone:
        await session.execute(delete(OrderUnit).where(OrderUnit.order_id == row.order_id, OrderUnit.unit.in_(gone)))
    for unit in order.units:
        lead = unit == order.lead
        if unit not in known:
            session.add(OrderUnit(order_id=row.order_id, unit=unit, lead=lead))
        elif known[unit].lead != lead:
            known[unit].lead = lead


async def _text(session: AsyncSession, row: WorkOrder, order: Order) -> None:
    title, body = title_tokens(order, row.order_id), body_tokens(order)
    text = await session.scalar(select(OrderText).where(OrderText.order_id == row.order_id))
    if text is None:
        session.add(OrderText(order_id=row.order_id, title_tokens=title, body_tokens=body))
    elif (text.title_tokens, text.body_tokens) != (title, body):
        text.title_tokens, text.body_tokens = title, body
    await session.flush()


def _learn(
    session: AsyncSession, row: WorkOrder, order: Order, lead_before: str | None, events: Sequence[OrderEvent]
) -> None:
    """What suggestions learn: that a unit gave a subject back, or saw it through."""
    for event in events:
        returned = event.kind is EventKind.RETURN_APPROVED
        unit = lead_before if returned else order.lead
        if unit and order.subject and (returned or event.kind is EventKind.REVIEW_PASSED):
            past = PastDispatch(
                order_id=row.order_id,
                at=event.at,
                subject=order.subject,
                area=order.area,
                unit=unit,
                returned=returned,
            )
            session.add(past)
