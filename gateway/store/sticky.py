"""Open orders by caller: who rings back is offered first to the seat that took the matter.

In: a session, the moment. Out: caller's index → seat, and one caller's open orders. Never: an order that has been
merged into another, or one that nobody has touched for a month.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from workorder.allowed import OPEN

from .models import WorkOrder
from .sealed import is_caller

REMEMBERED = timedelta(days=30)
CALLERS_MAX = 50_000
ORDERS_MAX = 20


async def sticky_seats(session: AsyncSession, at: datetime) -> dict[str, str]:
    """Blind index of a caller → seat of its newest open order. A number is not opened for it."""
    clear = case((WorkOrder.caller_index.is_(None), WorkOrder.caller_number_sealed))  # of an older release's rows
    query = (
        select(WorkOrder.caller_index, clear, WorkOrder.seat)
        .where(
            WorkOrder.state.in_(OPEN),
            WorkOrder.merged_into.is_(None),
            WorkOrder.caller_number_sealed.is_not(None),
            WorkOrder.seat.is_not(None),
            WorkOrder.updated_at >= at - REMEMBERED,
        )
        .order_by(WorkOrder.created_at.desc(), WorkOrder.order_id.desc())
        .limit(CALLERS_MAX)
    )
    found: dict[str, str] = {}
    for index, held, seat in await session.execute(query):
        found.setdefault(index or held.index(), str(seat))
    return found


async def open_orders_of(session: AsyncSession, caller: str, at: datetime) -> list[WorkOrder]:
    """Newest first."""
    query = (
        select(WorkOrder)
        .where(
            is_caller(WorkOrder, caller),
            WorkOrder.state.in_(OPEN),
            WorkOrder.merged_into.is_(None),
            WorkOrder.updated_at >= at - REMEMBERED,
        )
        .order_by(WorkOrder.created_at.desc(), WorkOrder.order_id.desc())
        .limit(ORDERS_MAX)
    )
    return list(await session.scalars(query))
