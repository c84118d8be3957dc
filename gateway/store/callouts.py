"""Tries to reach a citizen that the house made for a seat: kept with their cause, by the task or order they belong to.

In: lines of the seat journal, references. Out: `OutCall` rows. Never: closes a task, or moves an order: what came of
the call is an act of the person who talked (`contacted`, `followed_up`), in the order's own life.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.journal import SeatEventLine
from gateway.journal.kinds import OutPurpose, OutResult

from .models import OutCall
from .rows import insert_new

CHUNK = 500
LATEST = 50  # tries shown of one task or order


async def begin_out_call(session: AsyncSession, line: SeatEventLine) -> None:
    """The seat's phone is about to be rung. What this release does not know is left out."""
    if line.reason not in set(OutPurpose) or not line.call:
        return
    row = {
        "linkedid": line.call,
        "purpose": OutPurpose(line.reason),
        "reference": line.reference,
        "seat": line.seat,
        "by": line.by,
        "asked_at": line.at,
        "result": None,
        "ended_at": None,
        "talked_s": 0.0,
    }
    await insert_new(session, OutCall, [row])


async def end_out_call(session: AsyncSession, line: SeatEventLine) -> None:
    if line.reason not in set(OutResult):
        return
    values = {"result": OutResult(line.reason), "ended_at": line.at, "talked_s": line.talked_s}
    await session.execute(update(OutCall).where(OutCall.linkedid == line.call).values(**values))


async def tries_of(session: AsyncSession, references: Sequence[str]) -> dict[str, list[OutCall]]:
    """The tries of each task or order, newest first."""
    found: dict[str, list[OutCall]] = {}
    for start in range(0, len(references), CHUNK):
        query = select(OutCall).where(OutCall.reference.in_(references[start : start + CHUNK]))
        for row in await session.scalars(query.order_by(OutCall.asked_at.desc())):
            tries = found.setdefault(row.reference, [])
            if len(tries) < LATEST:
                tries.append(row)
    return found
