"""What is told of an event: to feeds (the outbox decides who wants it), and to the caller by short message.

In: an order's row, the order, what has just happened. Out: rows of the outbox, in the same transaction. Never: sends;
decides who may know (`gateway.feeds` asks the policy); says in a short message what the matter is about.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.feeds import Event, Facts
from gateway.store.models import WorkOrder
from gateway.store.outbox import enqueue, enqueue_sms
from workorder.events import EventKind, OrderEvent
from workorder.order import Order
from workorder.shapes import texts

from .messages import words

CODE_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # none that look alike; 32 of them: 8 are 40 bits
CODE_LENGTH = 8
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_SILENT = frozenset({EventKind.NOTED, EventKind.DUE_SOON, EventKind.EDITED})  # of the house only
_WITH_MATTER = frozenset(
    {EventKind.OPENED, EventKind.ACCEPTED, EventKind.DISPATCHED, EventKind.UNIT_ADDED, EventKind.RECLASSIFIED}
)
_WITH_ANSWER = frozenset(
    {EventKind.ANSWERED, EventKind.ANSWERED_DIRECTLY, EventKind.REVIEW_PASSED, EventKind.CLOSED, EventKind.CO_ANSWERED}
)
_WITH_RATING = frozenset({EventKind.RATED, EventKind.FOLLOWED_UP})


def new_code() -> str:
    """What a caller looks an order up with, beside its number."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


def code_hash(order_id: str, code: str) -> str:
    return hashlib.sha256(f"{order_id}:{code.strip().upper()}".encode()).hexdigest()


async def tell(
    session: AsyncSession, row: WorkOrder, order: Order, events: Sequence[OrderEvent], first: int, public_url: str = ""
) -> None:
    """`first`: how many events the order had before these. An event's id is its place in the order's life.
    `public_url`: where citizens reach the city's pages."""
    facts = facts_of(row)
    for place, event in enumerate(events, start=first + 1):
        event_id = f"{row.order_id}:{place}"
        if event.kind not in _SILENT:
            data = _data(row, order, event, place)
            told = Event(event_id, f"order.{event.kind}", row.order_id, event.at, facts, data)
            await enqueue(session, told)
        await _short_message(session, row, order, event, event_id, public_url)


def facts_of(row: WorkOrder) -> Facts:
    return Facts(
        hotline=row.hotline_number,
        subject=row.subject,
        category=row.category.value if row.category else "",
        units=tuple(row.units),
        accused=tuple(row.accused),
        secret=row.secret,
        public=row.public,
    )


def _data(row: WorkOrder, order: Order, event: OrderEvent, place: int) -> dict[str, Any]:
    data: dict[str, Any] = {
        "order_id": row.order_id,
        "seq": place,
        "at": event.at.isoformat(),
        "state": row.state.value,
        "category": row.category.value if row.category else None,
        "subject": row.subject,
        "area": row.area,
        "hotline": row.hotline_number,
        "units": list(row.units),
        "lead": row.lead,
        "profile": row.profile_version,
        "created_at": row.created_at.isoformat(),
        "deadlines": {step: due.due.isoformat() for step, due in order.dues.items() if due.met_at is None},
    }
    if event.kind in _WITH_MATTER:
        data |= {"title": order.title, "matter": order.matter, "caller_name": row.caller_name or None}
        data |= {"contact": row.contact, "caller_number": row.caller_number, "address": row.address or None}
        data |= {"caller_unit": row.employer}
    if event.kind in _WITH_ANSWER and order.answer is not None:
        data["answer"] = {"ground": order.answer.ground, **order.answer.report}
    if event.kind in _WITH_RATING:
        data["solved"] = event.data.get("solved")
        data["rating"] = event.data.get("stars")
        data["satisfied"] = event.data.get("result")
    if event.kind is EventKind.DISCIPLINE_TOLD:
        data |= {"reasons": list(texts(event.data, "reasons")), "why": event.why}
    if event.kind in (EventKind.DEADLINE_SET, EventKind.OVERDUE, EventKind.URGED):
        data |= {name: event.data[name] for name in ("step", "due", "limit") if name in event.data}
    return {name: value for name, value in data.items() if value is not None}


async def _short_message(
    session: AsyncSession, row: WorkOrder, order: Order, event: OrderEvent, event_id: str, public_url: str
) -> None:
    number = row.contact or ""
    if not _MOBILE.fullmatch(number):
        return
    code = new_code() if event.kind is EventKind.ACCEPTED and not row.code_hash else ""
    text = words(order, event, code=code, public_url=public_url)
    if code:
        row.code_hash = code_hash(row.order_id, code)
    if text:
        await enqueue_sms(session, number, text, ref=event_id, at=event.at, subject=row.order_id)
