"""Drafts enter the life at once: what the recorder opens has its first event, and its row is the fold, from the start.

In: rows opened in this transaction, or orders of an earlier release that nobody has touched. Out: their first events,
the rows written from the fold. Never: in the way of a call's record: where no rules can be read the draft stays as it
is, and a clerk takes it in later; a short message about what happened long ago; a version that moves under somebody's
hands because the house has put its books in order.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.config import Config
from gateway.errors import FatalError
from gateway.store import OrderState, Store
from gateway.store.kinds import TargetKind, TargetState
from gateway.store.models import FeedTarget, OrderText, WorkOrder
from workorder.evolve import fold

from .driver import adopted, event_rows, load, set_columns, take_in
from .rulebook import Rulebook
from .telling import tell
from .ticking import MANY, locked, rounds, rulebook_of
from .view import body_tokens, title_tokens

log = logging.getLogger(__name__)


async def enter(session: AsyncSession, rulebook: Rulebook, rows: Sequence[WorkOrder]) -> bool:
    """Take in rows that this transaction has opened; many cost no more round trips than one (but for feeds, where there
    are any). False: no rules can be read, nothing was done."""
    if not rows:
        return True
    try:
        rules = await rulebook.current(session, keep_at=rows[0].created_at)
        mark = (await rulebook.calendar()).mark
    except FatalError as error:
        log.error("%d drafts wait to be taken in: %s", len(rows), error)
        return False
    entered = []
    for row in rows:
        events = adopted(row, rules)
        order = fold(events, row.order_id)
        session.add_all(event_rows(row.order_id, events))
        set_columns(row, order, rules, mark)
        text = OrderText(order_id=row.order_id, title_tokens=title_tokens(order, row.order_id))
        text.body_tokens = body_tokens(order)
        session.add(text)
        entered.append((row, order, events))
    await session.flush()
    if await _anybody_listens(session):
        for row, order, events in entered:
            await tell(session, row, order, events, 0)
    return True


async def _anybody_listens(session: AsyncSession) -> bool:
    query = select(FeedTarget.id).where(FeedTarget.kind == TargetKind.HTTP, FeedTarget.state != TargetState.OFF)
    return await session.scalar(query.limit(1)) is not None


async def take_in_orders(store: Store, config: Config, at: datetime) -> None:  # noqa: ARG001  # a Tick
    """Orders that have no life yet: drafts opened while no rules could be read, and what an earlier release left."""
    rulebook = rulebook_of(config)
    waiting = select(WorkOrder.order_id).where(WorkOrder.profile == "").order_by(WorkOrder.created_at).limit(MANY)
    await rounds(store, lambda: waiting, lambda session, order_id: _take_in(session, rulebook, order_id))


async def _take_in(session: AsyncSession, rulebook: Rulebook, order_id: str) -> None:
    row = await locked(session, order_id)
    if row is None or row.profile:
        return
    order, rules, fresh = await load(session, row, rulebook)
    await take_in(session, rulebook, row, order, rules, fresh, told=row.state is OrderState.DRAFT)
