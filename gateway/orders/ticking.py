"""The clock of the work orders: what is due, late, lapsed or to be proposed; and deadlines reckoned anew when a year's
notice has come. Ticks of the clerk (`gateway.clerk.TICKS`).

In: the store, config, the moment. Out: events. Never: twice the same: an order is taken up in a transaction of its own,
locked, and asked again what there is to say; a second clerk passes over what is locked.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.config import Config
from gateway.store import Store
from gateway.store.models import CitizenSession, WorkOrder
from workorder.events import SYSTEM, EventKind, OrderEvent
from workorder.life import next, tick
from workorder.order import Order
from workorder.rules import Rules, Taken

from .driver import apply, load
from .rulebook import Rulebook
from .view import tick_at

log = logging.getLogger(__name__)

MANY = 200  # orders of one round
ROUNDS = 20
AGAIN = timedelta(minutes=1)  # when the clock had nothing to say after all

_rulebooks: dict[int, Rulebook] = {}


def rulebook_of(config: Config) -> Rulebook:
    """The process's rulebook for this configuration."""
    return _rulebooks.setdefault(hash(config), Rulebook(config))


async def tick_orders(store: Store, config: Config, at: datetime) -> None:
    """What the clock makes happen by `at`."""
    rulebook = rulebook_of(config)
    due = select(WorkOrder.order_id).where(WorkOrder.tick_at <= at).order_by(WorkOrder.tick_at).limit(MANY)
    await rounds(store, lambda: due, lambda session, order_id: _say(session, rulebook, order_id, at))


async def recompute_deadlines(store: Store, config: Config, at: datetime) -> None:
    """Every open order that was reckoned with other working days than are known now."""
    rulebook = rulebook_of(config)
    mark = (await rulebook.calendar()).mark
    stale = select(WorkOrder.order_id).where(WorkOrder.due_at.is_not(None), WorkOrder.calendar != mark).limit(MANY)
    await rounds(store, lambda: stale, lambda session, order_id: _reckon(session, rulebook, order_id, at))


async def drop_citizen_sessions(store: Store, config: Config, at: datetime) -> None:  # noqa: ARG001  # a Tick
    async with store.session() as session:
        await session.execute(delete(CitizenSession).where(CitizenSession.expires_at < at))


async def rounds(
    store: Store,
    wanted: Callable[[], object],
    act: Callable[[AsyncSession, str], Awaitable[None]],
) -> None:
    for _ in range(ROUNDS):
        async with store.reading() as session:
            found = list(await session.scalars(wanted()))  # type: ignore[call-overload]
        for order_id in found:
            async with store.session() as session:
                await act(session, order_id)
        if len(found) < MANY:
            return


async def locked(session: AsyncSession, order_id: str) -> WorkOrder | None:
    """The row, unless another clerk has it."""
    query = select(WorkOrder).where(WorkOrder.order_id == order_id).with_for_update(skip_locked=True)
    return await session.scalar(query.execution_options(populate_existing=True))


async def _say(session: AsyncSession, rulebook: Rulebook, order_id: str, at: datetime) -> None:
    row = await locked(session, order_id)
    if row is None or row.tick_at is None or row.tick_at > at:
        return
    order, rules, _fresh = await load(session, row, rulebook)
    said = _taken(order, at, rules)
    if said:
        order = (await apply(session, rulebook, order_id, said)).order
    later = tick_at(order, rules)
    row.tick_at = later if later is None or later > at else at + AGAIN


def _taken(order: Order, at: datetime, rules: Rules) -> list[OrderEvent]:
    """Those of the clock's events that the life cycle takes in, one after the other."""
    found = []
    for event in tick(order, at, rules):
        outcome = next(order, event, rules)
        if isinstance(outcome, Taken):
            order = outcome.order
            found.append(event)
    return found


async def _reckon(session: AsyncSession, rulebook: Rulebook, order_id: str, at: datetime) -> None:
    row = await locked(session, order_id)
    calendar = await rulebook.calendar()
    if row is None or row.calendar == calendar.mark:
        return
    order, rules, _fresh = await load(session, row, rulebook)
    event = OrderEvent(EventKind.CALENDAR_CHANGED, at, SYSTEM, "放假安排有新通知", {"notice": calendar.mark})
    outcome = next(order, event, rules)
    if isinstance(outcome, Taken) and len(outcome.events) > 1:  # a deadline has moved, or is no longer provisional
        await apply(session, rulebook, order_id, event)
    else:
        row.calendar = calendar.mark
