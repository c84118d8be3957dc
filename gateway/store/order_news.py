"""Which orders something has happened to: the events' table read on from where one has got to.

In: a session, how far one has read. Out: order numbers. Never: says what happened, or waits.

Numbers of events are given before their transactions commit, so a lower one may appear after a higher: the last
`OVERLAP` numbers are looked at again each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from .models import WorkOrderEvent

CHANNEL = "hotline_orders"
OVERLAP = 200
AT_ONCE = 2000


@dataclass(slots=True)
class Place:
    """How far somebody has read: the highest number, and which of the last ones were there."""

    last: int = 0
    seen: set[int] = field(default_factory=set)


async def here(session: AsyncSession) -> Place:
    """The end of what has happened so far."""
    last = await session.scalar(select(func.max(WorkOrderEvent.id))) or 0
    ids = await session.scalars(select(WorkOrderEvent.id).where(WorkOrderEvent.id > last - OVERLAP))
    return Place(last, set(ids))


async def read_on(session: AsyncSession, place: Place) -> list[str]:
    """Orders with new events, in the order of these; `place` moves on."""
    query = select(WorkOrderEvent.id, WorkOrderEvent.order_id).where(WorkOrderEvent.id > place.last - OVERLAP)
    rows = (await session.execute(query.order_by(WorkOrderEvent.id).limit(AT_ONCE))).all()
    fresh = [(int(row[0]), str(row[1])) for row in rows if row[0] not in place.seen]
    place.last = max([place.last, *(number for number, _ in fresh)])
    place.seen = {number for row in rows if (number := int(row[0])) > place.last - OVERLAP}
    return list(dict.fromkeys(order_id for _, order_id in fresh))


async def announce(session: AsyncSession) -> None:
    """Heard by `listen` when, and only when, this transaction commits. Nothing on SQLite: there one polls."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_notify(:channel, '')"), {"channel": CHANNEL})
