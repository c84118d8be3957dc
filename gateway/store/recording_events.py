"""Tells the targets of feeds that a call's recording is there, or is not (seed 003, article 16: orders, recordings and
ratings in real time).

In: the session that writes the verdict. Out: an event in the outbox, under the call's order if it has one. Never: the
sound itself: a target asks for it by its SHA-256.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.feeds.events import Event, Facts

from .kinds import RecordingState
from .models import Recording, WorkOrder
from .outbox import enqueue


async def tell_recording(session: AsyncSession, linkedid: str, part: int, at: datetime) -> None:
    """Once for each verdict; harmless when done again. `part` 0 is the call's own recording, others are consults'."""
    recording = await session.get(Recording, (linkedid, part), populate_existing=True)
    if recording is None or recording.state is RecordingState.PENDING:
        return
    order = await session.scalar(select(WorkOrder).where(WorkOrder.linkedid == linkedid))
    data = {
        "order_id": order.order_id if order else None,
        "hotline": recording.hotline_number,
        "recording": {
            "call": linkedid,
            "part": part,
            "state": recording.state.value,
            "seconds": recording.seconds,
            "size": recording.size,
            "sha256": recording.sha256,
        },
    }
    facts = Facts(
        hotline=recording.hotline_number or "",
        category=order.category.value if order is not None and order.category else "",
        secret=order is not None and order.secret,
    )
    subject = order.order_id if order else f"call:{linkedid}"
    event_id = f"recording:{linkedid}:{part}:{recording.state.value}"
    await enqueue(session, Event(event_id, f"recording.{recording.state.value}", subject, at, facts, data))
