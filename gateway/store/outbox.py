"""The outbox: events written with what happened, and one delivery for each target that is to be told.

In: a session, events. Out: rows. Never: commits, or sends. The worker's side is `gateway.store.deliveries`.
"""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.feeds.events import Event, Facts, Filter, Reader, wanted
from workorder.privacy import ViewerRole

from .errors import NotFoundError
from .kinds import DeliveryState, FeedRole, TargetKind, TargetState
from .models import Delivery, FeedTarget, Outbox

SMS_TARGET = "sms"  # the target of every short message; there from the first one on
SMS_KIND = "sms.message"


async def enqueue(session: AsyncSession, event: Event, *, only: str = "") -> int:
    """Write the event for every target that wants it, or `only` that one; how many there are.

    In the caller's transaction. An event that nobody is to be told leaves no row; one enqueued again, none more.
    """
    query = select(FeedTarget).where(FeedTarget.state != TargetState.OFF, FeedTarget.kind == TargetKind.HTTP)
    if only:
        query = select(FeedTarget).where(FeedTarget.id == only)
    targets = [
        target
        for target in await session.scalars(query)
        if only or wanted(Filter.from_json(target.filter), reader_of(target), event)
    ]
    return await _write(session, event, [target.id for target in targets])


async def enqueue_sms(
    session: AsyncSession, number: str, text: str, *, ref: str, at: datetime, subject: str = ""
) -> None:
    """A short message to a caller. `ref` names what it is for: enqueued again with the same one, it is sent once."""
    if await session.get(FeedTarget, SMS_TARGET) is None:
        session.add(sms_target(at))
        await session.flush()
    data = {"number": number, "text": text}
    await _write(session, Event(f"sms:{ref}", SMS_KIND, subject or ref, at, Facts(), data), [SMS_TARGET])


def sms_target(at: datetime) -> FeedTarget:
    """The row that holds the short messages' breaker and switch."""
    return FeedTarget(
        id=SMS_TARGET,
        name="短信",
        kind=TargetKind.SMS,
        state=TargetState.ON,
        url="",
        secret="",
        filter={},
        role=FeedRole.PROVINCE,
        identity=True,
        unit="",
        failures=0,
        retry_at=None,
        last_error="",
        last_ok_at=None,
        version=1,
        created_at=at,
        changed_at=at,
        changed_by="system",
    )


def reader_of(target: FeedTarget) -> Reader:
    """Whom the privacy policy sees behind the target."""
    return Reader(ViewerRole(target.role.value), target.unit, target.identity)


async def _write(session: AsyncSession, event: Event, targets: list[str]) -> int:
    if not targets or await session.scalar(select(Outbox.id).where(Outbox.event_id == event.id)) is not None:
        return 0
    row = Outbox(
        event_id=event.id,
        kind=event.kind,
        subject=event.subject,
        at=event.at,
        facts=event.facts.to_json(),
        data=json.dumps(event.data, ensure_ascii=False, default=str),
    )
    session.add(row)
    await session.flush()
    session.add_all(_delivery(row, target) for target in targets)
    await session.flush()
    return len(targets)


def _delivery(row: Outbox, target: str) -> Delivery:
    return Delivery(
        outbox_id=row.id,
        target_id=target,
        subject=row.subject,
        state=DeliveryState.WAITING,
        attempts=0,
        first_at=None,
        next_at=row.at,
        lease="",
        leased_until=None,
        done_at=None,
        status=None,
        error="",
        by="",
    )


def event_of(row: Outbox) -> Event:
    """The event as it was enqueued. Raises SealBrokenError, KeyMissingError."""
    return Event(row.event_id, row.kind, row.subject, row.at, Facts.from_json(row.facts), json.loads(row.data))


async def event_by_id(session: AsyncSession, event_id: str) -> Event:
    """Raises NotFoundError."""
    row = await session.scalar(select(Outbox).where(Outbox.event_id == event_id))
    if row is None:
        raise NotFoundError("没有这个事件", place=event_id)
    return event_of(row)
