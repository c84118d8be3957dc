"""Tries to reach a citizen that the house made for a seat: kept with their cause, by the task or order they belong to.

In: lines of the seat journal, references. Out: `OutCall` rows; a word in the order's own history. Never: closes a task
or moves an order: that is said by the person who talked.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.journal import SeatEventLine
from gateway.journal.kinds import OutPurpose, OutResult

from .models import OutCall, WorkOrder, WorkOrderEvent
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
    out = await session.scalar(update(OutCall).where(OutCall.linkedid == line.call).values(**values).returning(OutCall))
    if out is not None and out.reference.startswith("order:"):
        await order_was_called(session, out)


async def order_was_called(session: AsyncSession, out: OutCall) -> None:
    """The one place where an order hears of a try. Exactly once: in the transaction of the journal's offset."""
    order_id = out.reference.removeprefix("order:")
    if await session.get(WorkOrder, order_id) is None:
        return
    detail = {
        "call": out.linkedid,
        "purpose": out.purpose.value,
        "seat": out.seat,
        "result": out.result.value if out.result else None,
        "talked_s": out.talked_s,
    }
    session.add(
        WorkOrderEvent(order_id=order_id, at=out.ended_at or out.asked_at, by=out.by, what="called", detail=detail)
    )
    await session.flush()


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
