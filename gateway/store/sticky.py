"""Open orders by caller: who rings back is offered first to the seat that took the matter.

In: a session, the moment. Out: caller → seat, and one caller's open orders. Never: an order that has been merged into
another, or one that nobody has touched for a month.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from workorder.allowed import OPEN

from .models import WorkOrder

REMEMBERED = timedelta(days=30)
CALLERS_MAX = 50_000
ORDERS_MAX = 20


async def sticky_seats(session: AsyncSession, at: datetime) -> dict[str, str]:
    """Normalised caller → seat of its newest open order."""
    query = (
        select(WorkOrder.caller_number, WorkOrder.seat)
        .where(
            WorkOrder.state.in_(OPEN),
            WorkOrder.merged_into.is_(None),
            WorkOrder.caller_number.is_not(None),
            WorkOrder.seat.is_not(None),
            WorkOrder.updated_at >= at - REMEMBERED,
        )
        .order_by(WorkOrder.created_at.desc(), WorkOrder.order_id.desc())
        .limit(CALLERS_MAX)
    )
    found: dict[str, str] = {}
    for caller, seat in await session.execute(query):
        found.setdefault(str(caller), str(seat))
    return found


async def open_orders_of(session: AsyncSession, caller: str, at: datetime) -> list[WorkOrder]:
    """Newest first."""
    query = (
        select(WorkOrder)
        .where(
            WorkOrder.caller_number == caller,
            WorkOrder.state.in_(OPEN),
            WorkOrder.merged_into.is_(None),
            WorkOrder.updated_at >= at - REMEMBERED,
        )
        .order_by(WorkOrder.created_at.desc(), WorkOrder.order_id.desc())
        .limit(ORDERS_MAX)
    )
    return list(await session.scalars(query))
