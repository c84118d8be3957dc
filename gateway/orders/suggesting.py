"""Which units orders should go to: the catalogue, what became of past dispatches, and what each order has been through.

In: a session, rows that the viewer may see. Out: units for each, best first, with reasons. Never: a unit that is
switched off; a query for each order (a dispatcher asks for a hundred at once).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.store.kinds import Category
from gateway.store.models import PastDispatch, WorkOrder, WorkOrderEvent
from workorder import suggest
from workorder.events import OrderEvent, event_from_json
from workorder.evolve import fold
from workorder.order import Order, Verdict

from .directory import UnitBook, catalogue

PAST_MANY = 500  # past dispatches of a subject that a suggestion looks at


async def suggested(
    session: AsyncSession, rows: Sequence[WorkOrder], book: UnitBook
) -> dict[str, tuple[suggest.Suggestion, ...]]:
    """By order; empty where neither catalogue nor past knows the subject."""
    entries = _by_subject((await catalogue(session)).entries)
    past = await _past(session, {row.subject for row in rows if row.subject})
    orders = await _orders(session, rows)
    active = {unit.id for unit in book.units.values() if unit.active}
    found = {}
    for row in rows:
        units = suggest.units(
            row.subject,
            row.area,
            [entry for path in _up(row.subject) for entry in entries.get(path, ())],
            past.get(row.subject, ()),
            accused=frozenset(row.accused),
            returned_by=_returned(orders.get(row.order_id)),
            report=row.category is Category.REPORT,
        )
        found[row.order_id] = tuple(one for one in units if one.unit in active)
    return found


def _returned(order: Order | None) -> frozenset[str]:
    """Who has given it back, the office agreeing."""
    return frozenset(one.unit for one in order.returns if one.verdict is Verdict.APPROVED) if order else frozenset()


def _by_subject(entries: Sequence[suggest.Entry]) -> dict[str, list[suggest.Entry]]:
    found: dict[str, list[suggest.Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.subject].append(entry)
    return found


def _up(path: str) -> list[str]:
    """The subject and those above it."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(len(parts), 0, -1)] if path else []


async def _past(session: AsyncSession, subjects: set[str]) -> dict[str, list[suggest.Past]]:
    found = {}
    for subject in sorted(subjects):
        query = select(PastDispatch).where(PastDispatch.subject == subject)
        rows = await session.scalars(query.order_by(PastDispatch.id.desc()).limit(PAST_MANY))
        found[subject] = [suggest.Past(row.subject, row.area, row.unit, row.returned) for row in rows]
    return found


async def _orders(session: AsyncSession, rows: Sequence[WorkOrder]) -> dict[str, Order]:
    """The folds; none of an order that has not been taken in: nobody can have given it back."""
    ids = [row.order_id for row in rows]
    query = select(WorkOrderEvent.order_id, WorkOrderEvent.detail).where(WorkOrderEvent.order_id.in_(ids))
    events: dict[str, list[OrderEvent]] = defaultdict(list)
    for order_id, detail in await session.execute(query.order_by(WorkOrderEvent.id)):
        if "schema" in detail:  # else of the first release: `driver.adopted`
            events[order_id].append(event_from_json(detail))
    return {order_id: fold(happened, order_id) for order_id, happened in events.items()}
