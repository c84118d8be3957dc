"""Nuisance marks that people have set against a caller, found by the number.

In: a session, a number. Out: the marks in force on the orders of that number, newest last. Never: a guess from how
often somebody calls (that is a hint of its own, `console.talk_api`); a call turned away: no document allows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.store.models import WorkOrder
from gateway.store.sealed import is_caller
from workorder.evolve import fold
from workorder.order import Mark
from workorder.repeats import NuisanceGround, NuisanceMark, Standing, standing

from .driver import stored_events

ORDERS_MAX = 20  # of one number, those changed last


@dataclass(frozen=True, slots=True)
class Marked:
    """One mark, and the order that it stands on. `seats`: whose order that is."""

    order_id: str
    seats: tuple[str, ...]
    mark: NuisanceMark


def nuisance_mark(mark: Mark) -> NuisanceMark:
    known = set(NuisanceGround)
    ground = NuisanceGround(mark.ground) if mark.ground in known else NuisanceGround.REPEATED
    return NuisanceMark(mark.at, mark.by, ground, mark.evidence, withdrawn=mark.lifted_at is not None)


async def marks_of(session: AsyncSession, number: str) -> tuple[Marked, ...]:
    """By the number that they called from or are reached at (its blind index)."""
    query = (
        select(WorkOrder)
        .where(or_(WorkOrder.contact_index == number, is_caller(WorkOrder, number)), WorkOrder.nuisance > 0)
        .order_by(WorkOrder.updated_at.desc())
        .limit(ORDERS_MAX)
    )
    found: list[Marked] = []
    for row in await session.scalars(query):
        order = fold(await stored_events(session, row.order_id), row.order_id)
        seats = (row.seat or "", *row.hands)
        found += [Marked(row.order_id, seats, nuisance_mark(mark)) for mark in order.marks_in_force]
    return tuple(sorted(found, key=lambda each: each.mark.at))


def standing_of(marks: tuple[Marked, ...], now: datetime) -> Standing:
    return standing([each.mark for each in marks], now)
