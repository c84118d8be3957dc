"""The seat directory: which seats there are. What they are doing now is the gateway's live state, not the store's.

In: a session, entries. Out: rows, and the mapping published to the gateway as `seats.json`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .kinds import Pool
from .models import SeatDirectory, SeatEvent
from .rows import PAGE_MAX, put


@dataclass(frozen=True, slots=True)
class SeatEntry:
    id: str
    name: str
    pool: Pool
    skills: tuple[str, ...] = ()
    active: bool = True


async def put_seats(session: AsyncSession, entries: Sequence[SeatEntry]) -> None:
    """Add the seats or overwrite those with the same id. A seat is never deleted (calls name it): set it inactive."""
    rows = [{"id": e.id, "name": e.name, "pool": e.pool, "skills": list(e.skills), "active": e.active} for e in entries]
    await put(session, SeatDirectory, rows)


async def seats_list(session: AsyncSession, *, all_seats: bool = False) -> tuple[SeatDirectory, ...]:
    """Seats by id; the active ones unless `all_seats`."""
    query = select(SeatDirectory).order_by(SeatDirectory.id)
    return tuple(await session.scalars(query if all_seats else query.where(SeatDirectory.active)))


async def published_seats(session: AsyncSession) -> dict[str, Any]:
    """The content of `state/published/seats.json`; `version` changes when and only when the content does."""
    seats = [
        {"id": seat.id, "name": seat.name, "pool": seat.pool.value, "skills": seat.skills}
        for seat in await seats_list(session)
    ]
    text = json.dumps(seats, ensure_ascii=False, sort_keys=True)
    return {"version": hashlib.sha256(text.encode()).hexdigest()[:12], "seats": seats}


async def seat_events(session: AsyncSession, seat: str, *, limit: int = 50) -> tuple[SeatEvent, ...]:
    """The newest events of one seat's day, newest first."""
    query = select(SeatEvent).where(SeatEvent.seat == seat).order_by(SeatEvent.at.desc()).limit(min(limit, PAGE_MAX))
    return tuple(await session.scalars(query))
