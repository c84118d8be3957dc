"""The follow-up worklist: which callers are to be asked, how often that was tried, and when to try again.

In: nothing but who asks. Out: what the list's rows say beside the order itself. Never: a number, or what a caller said.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPMethod

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from console.access import OFFICE
from console.operations import Ask, Operation
from gateway.journal.kinds import OutPurpose, OutResult
from gateway.orders.view import Queue
from gateway.store.callouts import tries_of
from gateway.store.models import OutCall, WorkOrder, WorkOrderEvent
from workorder.events import EventKind
from workorder.order import FollowUpResult

MOST = 1000  # orders; who has more of them to follow up sees the tries of the first ones
ASKED = (Queue.FOLLOW_UP.value, Queue.REEXAMINE.value)


class FollowUpOut(BaseModel):
    """`tries`: calls placed to follow up; `result` of the last, None while it runs. `not_reached`: how often somebody
    has entered that, `again_at`: when they meant to try again."""

    order_id: str
    may_call: bool
    tries: int
    tried_at: datetime | None
    result: OutResult | None
    not_reached: int
    again_at: datetime | None


class FollowUpsOut(BaseModel):
    items: list[FollowUpOut]


async def follow_ups(ask: Ask) -> FollowUpsOut:
    async with ask.deps.store.reading() as session:
        waiting = select(WorkOrder).where(WorkOrder.queue.in_(ASKED)).order_by(WorkOrder.closed_at).limit(MOST)
        rows = (await session.scalars(waiting)).all()
        ids = [row.order_id for row in rows]
        tries = await tries_of(session, [f"order:{order_id}" for order_id in ids])
        missed = await _not_reached(session, ids)
    return FollowUpsOut(
        items=[_out(row, tries.get(f"order:{row.order_id}", []), missed.get(row.order_id, [])) for row in rows]
    )


def _out(row: WorkOrder, tries: list[OutCall], missed: list[datetime | None]) -> FollowUpOut:
    asked = [one for one in tries if one.purpose is OutPurpose.FOLLOW_UP]
    return FollowUpOut(
        order_id=row.order_id,
        may_call=bool(row.contact or row.caller_number),
        tries=len(asked),
        tried_at=asked[0].asked_at if asked else None,
        result=asked[0].result if asked else None,
        not_reached=len(missed),
        again_at=missed[-1] if missed else None,
    )


async def _not_reached(session: AsyncSession, ids: list[str]) -> dict[str, list[datetime | None]]:
    """Of the order's last round (nobody was reached since): when each meant to try again."""
    found: dict[str, list[datetime | None]] = {}
    query = (
        select(WorkOrderEvent.order_id, WorkOrderEvent.detail)
        .where(WorkOrderEvent.order_id.in_(ids), WorkOrderEvent.what == EventKind.FOLLOWED_UP.value)
        .order_by(WorkOrderEvent.id)
    )
    for order_id, detail in await session.execute(query):
        data = detail.get("data") or {}
        if data.get("result") != FollowUpResult.NOT_REACHED:
            found.pop(order_id, None)
            continue
        again = data.get("again_at")
        found.setdefault(order_id, []).append(datetime.fromisoformat(again) if again else None)
    return found


OPERATIONS = (
    Operation(
        HTTPMethod.GET,
        "/api/v1/orders/follow-ups",
        "Tries to reach the callers who are to be asked",
        follow_ups,
        OFFICE,
        "orders",
        reply=FollowUpsOut,
    ),
)
