"""Nobody on the roster answered: the caller is promised an answer, and the order goes to the hotline's unit.

In: an order, who acts, since when. Out: the promise as an event of the order; on a seat's word the order accepted and
dispatched as well. Never: a row written but by the driver; an act twice, however often it is asked for; a promise lost:
where the seat does nothing, the recorder makes it when the call is over.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import FatalError
from gateway.store import OrderState, Store
from gateway.store.models import Call, WorkOrder
from workorder.allowed import OPEN
from workorder.events import SYSTEM, Actor, EventKind, Json, OrderEvent
from workorder.order import Order, PromiseSource

from .directory import Catalogue, Unit, UnitBook, catalogue, unit_book
from .driver import Applied, apply, find_row, load
from .errors import RefusedError
from .rulebook import Rulebook

log = logging.getLogger(__name__)

LOOKS_BACK = timedelta(days=7)  # a promise that could not be made for so long is somebody's by hand
AT_ONCE_MAX = 50
TITLE_CHARS = 30
WHY = "专家未接听"
K = EventKind


@dataclass(frozen=True, slots=True)
class HandedOn:
    """What became of the one click. `lacking`: what the order must still say; `refused`: what a rule objects to."""

    applied: Applied
    unit: Unit | None
    lacking: tuple[str, ...] = ()
    refused: RefusedError | None = None

    @property
    def dispatched(self) -> bool:
        return self.applied.order.lead is not None


def unit_of(row: WorkOrder, book: UnitBook, known: Catalogue) -> Unit | None:
    """The unit that answers for the order's hotline: the routing table's, by its name; else the one whose line it is;
    else the only one that the catalogue names for the hotline's subjects. None: a person has to choose."""
    active = [unit for unit in book.units.values() if unit.active]
    named = [unit for unit in active if row.hotline_unit and unit.name == row.hotline_unit]
    line = [unit for unit in active if unit.phone and unit.phone == row.hotline_number]
    paths = {subject.path for subject in known.subjects if subject.hotline == row.hotline_number}
    listed = {entry.unit for entry in known.entries if entry.subject in paths and not entry.area}
    by_subject = [unit for unit in active if unit.id in listed]
    return next((found[0] for found in (named, line, by_subject) if len(found) == 1), None)


async def proposed_unit(session: AsyncSession, row: WorkOrder) -> Unit | None:
    return unit_of(row, await unit_book(session), await catalogue(session))


def lacking(row: WorkOrder) -> tuple[str, ...]:
    """What an order must say before a unit can work on it. A title is made of the matter."""
    words = (("类别", row.category), ("诉求内容", row.matter.strip()))
    return tuple(word for word, value in words if not value)


async def hand_on(
    session: AsyncSession, rulebook: Rulebook, order_id: str, by: Actor, at: datetime, since: datetime
) -> HandedOn:
    """A seat has told the caller: promise, acceptance, dispatch to the hotline's unit; what of it is done stays done.

    Where something is lacking or a rule objects, the promise is kept all the same.
    """
    row = await find_row(session, order_id, lock=True)
    order, _rules, _fresh = await load(session, row, rulebook)
    unit = await proposed_unit(session, row)
    promise = _promise(order, by, at, since, unit, told=True)
    gaps = lacking(row) if order.state is OrderState.DRAFT else ()
    events = [*promise, *(() if gaps else _handed(order, row, by, at, unit))]
    try:
        return HandedOn(await _applied(session, rulebook, row, order, events), unit, gaps)
    except RefusedError as error:
        return HandedOn(await _applied(session, rulebook, row, order, promise), unit, gaps, error)


async def _applied(
    session: AsyncSession, rulebook: Rulebook, row: WorkOrder, order: Order, events: Sequence[OrderEvent]
) -> Applied:
    """Nothing left to do is no act."""
    return await apply(session, rulebook, row.order_id, events) if events else Applied(row, order, ())


def _promise(
    order: Order, by: Actor, at: datetime, since: datetime, unit: Unit | None, *, told: bool
) -> list[OrderEvent]:
    known = order.caller_promise
    if order.state not in OPEN or (known is not None and (known.told or not told)):
        return []
    data: dict[str, Json] = {"source": PromiseSource.NO_EXPERT.value, "since": since.isoformat(), "told": told}
    return [OrderEvent(K.CALLER_PROMISED, at, by, WHY, {**data, "unit": unit.id if unit else ""})]


def _handed(order: Order, row: WorkOrder, by: Actor, at: datetime, unit: Unit | None) -> list[OrderEvent]:
    found = []
    if order.state is OrderState.DRAFT:
        if not row.title.strip():
            found.append(OrderEvent(K.EDITED, at, by, "", {"title": row.matter.strip()[:TITLE_CHARS]}))
        found.append(OrderEvent(K.ACCEPTED, at, by, ""))
    if unit is not None and order.state in (OrderState.DRAFT, OrderState.ACCEPTED):
        found.append(OrderEvent(K.DISPATCHED, at, by, f"{WHY}，转承办单位办理", {"units": [unit.id]}))
    return found


# -- nobody did anything ----------------------------------------------------------------------------------------------


async def keep_promises(store: Store, rulebook: Rulebook, at: datetime, skip: set[str]) -> int:
    """Promise an answer for every call that is over without an expert and whose seat has not done so; how many.

    `skip`: orders that would not take it; they are added to, and not tried again by this process.
    """
    async with store.reading() as session:
        waiting = await _unpromised(session, at)
    made = 0
    for order_id, since in waiting:
        if order_id in skip:
            continue
        try:
            async with store.session() as session:
                made += await _owe(session, rulebook, order_id, at, since)
        except (RefusedError, FatalError) as error:
            skip.add(order_id)
            log.error("order %s: the promise to its caller could not be kept in it: %s", order_id, error)
    return made


async def _unpromised(session: AsyncSession, at: datetime) -> list[tuple[str, datetime]]:
    query = (
        select(WorkOrder.order_id, Call.no_expert_at)
        .join(Call, Call.linkedid == WorkOrder.linkedid)
        .where(
            Call.no_expert_at > at - LOOKS_BACK,
            Call.ended_at.is_not(None),
            WorkOrder.promised_at.is_(None),
            WorkOrder.state.in_(OPEN),
        )
        .order_by(Call.no_expert_at)
        .limit(AT_ONCE_MAX)
    )
    return [(order_id, since) for order_id, since in await session.execute(query) if since is not None]


async def _owe(session: AsyncSession, rulebook: Rulebook, order_id: str, at: datetime, since: datetime) -> bool:
    """False when somebody was faster."""
    row = await find_row(session, order_id, lock=True)
    order, _rules, _fresh = await load(session, row, rulebook)
    events = _promise(order, SYSTEM, at, since, await proposed_unit(session, row), told=False)
    return bool((await _applied(session, rulebook, row, order, events)).events)
