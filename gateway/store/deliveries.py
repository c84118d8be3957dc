"""The worker's side of the outbox: claim what is due, write down what came of it, look after the dead.

In: a session, the time, what a target answered. Out: claimed deliveries; rows. Never: gives one delivery to two workers
(locked rows are passed over, a claim is a lease), or a later event of an order before the earlier one is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gateway.crypt import SealBrokenError
from gateway.errors import CallerFaultError
from gateway.feeds.events import Event

from .kinds import DeliveryState, TargetKind, TargetState
from .models import Delivery, FeedTarget, Outbox
from .outbox import event_of
from .rows import PAGE_MAX, Page

GIVE_UP_AFTER = timedelta(days=10)  # longer than the longest holiday that nobody mends a server on
ANSWERED_MAX = 20  # tries that the target answered with an error of its own, while others got through
KEEP = timedelta(days=30)
ERROR_MAX = 300


class Result(StrEnum):
    """What came of an attempt. `AWAY`: nobody was reached. `FAILED`: reached, but it broke or fell silent.
    `REFUSED`: it will never take this one. `UNKNOWN`: it may have been done, and must not be done twice."""

    DONE = "done"
    AWAY = "away"
    FAILED = "failed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    result: Result
    status: int | None = None
    error: str = ""
    wait_s: float = 0.0  # the target asks for so long a pause


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is this worker's until its lease ends. `again`: an earlier worker may have sent it."""

    id: int
    lease: str
    sequence: int
    event: Event
    again: bool


BackOff = Callable[[int], float]


async def due_targets(session: AsyncSession, now: datetime) -> list[str]:
    """Targets that are on, may be tried, and have something waiting."""
    some = exists().where(
        Delivery.target_id == FeedTarget.id, Delivery.state.in_((DeliveryState.WAITING, DeliveryState.SENDING))
    )
    rested = or_(FeedTarget.retry_at.is_(None), FeedTarget.retry_at <= now)
    query = select(FeedTarget.id).where(FeedTarget.state == TargetState.ON, rested, some).order_by(FeedTarget.id)
    return list(await session.scalars(query))


async def claim(
    session: AsyncSession, target: FeedTarget, *, limit: int, lease: str, now: datetime, until: datetime
) -> list[Claimed]:
    """Take up to `limit` deliveries of different subjects, oldest first. Commit before sending."""
    query = (
        select(Delivery)
        .where(Delivery.target_id == target.id, _due(now), ~_held_back(target.kind))
        .order_by(Delivery.outbox_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.scalars(query)).all()
    events = await session.scalars(select(Outbox).where(Outbox.id.in_([row.outbox_id for row in rows])))
    by_id = {event.id: event for event in events}
    claimed = []
    for row in rows:
        try:
            event = event_of(by_id[row.outbox_id])
        except SealBrokenError as error:
            row.state, row.done_at, row.error = DeliveryState.DEAD, now, str(error)[:ERROR_MAX]
            continue
        again = row.state is DeliveryState.SENDING
        row.state, row.lease, row.leased_until = DeliveryState.SENDING, lease, until
        row.attempts += 1
        row.first_at = row.first_at or now
        claimed.append(Claimed(row.id, lease, row.outbox_id, event, again))
    return claimed


def _due(now: datetime) -> ColumnElement[bool]:
    waiting = and_(Delivery.state == DeliveryState.WAITING, Delivery.next_at <= now)
    abandoned = and_(Delivery.state == DeliveryState.SENDING, Delivery.leased_until < now)
    return or_(waiting, abandoned)


def _held_back(kind: TargetKind) -> ColumnElement[bool]:
    """An earlier event of the same subject is not through. One short message that failed does not stop the next."""
    earlier = aliased(Delivery)
    open_states = [DeliveryState.WAITING, DeliveryState.SENDING]
    if kind is TargetKind.HTTP:
        open_states.append(DeliveryState.DEAD)
    return exists().where(
        earlier.target_id == Delivery.target_id,
        earlier.subject == Delivery.subject,
        earlier.outbox_id < Delivery.outbox_id,
        earlier.state.in_(open_states),
    )


async def finish(
    session: AsyncSession, claimed: Claimed, outcome: Outcome, *, now: datetime, back_off: BackOff
) -> bool:
    """Write down what came of it. False when the lease had ended and another worker has it now: nothing is written."""
    row = await session.get(Delivery, claimed.id, with_for_update=True)
    if row is None or row.lease != claimed.lease or row.state is not DeliveryState.SENDING:
        return False
    target = await session.get(FeedTarget, row.target_id, with_for_update=True)
    assert target is not None
    row.lease, row.leased_until = "", None
    row.status, row.error = outcome.status, outcome.error[:ERROR_MAX]
    if outcome.result is Result.DONE:
        row.state, row.done_at, row.error = DeliveryState.DONE, now, ""
        target.failures, target.retry_at, target.last_error, target.last_ok_at = 0, None, "", now
    elif outcome.result in (Result.REFUSED, Result.UNKNOWN) or _hopeless(row, target, outcome, now):
        row.state, row.done_at = DeliveryState.DEAD, now
        target.last_error = row.error
    else:
        _put_back(row, target, outcome, now, back_off)
    return True


def _put_back(row: Delivery, target: FeedTarget, outcome: Outcome, now: datetime, back_off: BackOff) -> None:
    """The target rests. An event that broke it rests for itself too, so that it does not stop all the others."""
    target.failures += 1
    target.retry_at = now + timedelta(seconds=max(back_off(target.failures), outcome.wait_s))
    target.last_error = row.error
    row.state = DeliveryState.WAITING
    row.next_at = now + timedelta(seconds=back_off(row.attempts)) if outcome.result is Result.FAILED else now


def _hopeless(row: Delivery, target: FeedTarget, outcome: Outcome, now: datetime) -> bool:
    assert row.first_at is not None
    others_through = target.last_ok_at is not None and target.last_ok_at > row.first_at
    broken = outcome.result is Result.FAILED and row.attempts >= ANSWERED_MAX and others_through
    return broken or now - row.first_at > GIVE_UP_AFTER


# -- people ------------------------------------------------------------------------------------------------------------

Letter = tuple[Delivery, Outbox]


async def dead_letters(
    session: AsyncSession, *, target: str = "", cursor: str | None = None, limit: int = 50
) -> Page[Letter]:
    """What will not be tried again by itself, newest first. Raises CallerFaultError for a cursor that is none."""
    limit = min(max(limit, 1), PAGE_MAX)
    query = (
        select(Delivery, Outbox)
        .join(Outbox, Outbox.id == Delivery.outbox_id)
        .where(Delivery.state == DeliveryState.DEAD)
        .order_by(Delivery.id.desc())
        .limit(limit + 1)
    )
    if target:
        query = query.where(Delivery.target_id == target)
    if cursor:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise CallerFaultError("翻页标记无效", place="cursor", remedy="请从第一页重新开始")
        query = query.where(Delivery.id < int(cursor))
    rows = [(row[0], row[1]) for row in await session.execute(query)]
    return Page(tuple(rows[:limit]), str(rows[limit - 1][0].id) if len(rows) > limit else None)


async def resend(session: AsyncSession, ids: Sequence[int], *, by: str, now: datetime) -> list[int]:
    """Try dead ones again, from the beginning; those that were dead. Their target is tried at once."""
    values = {
        "state": DeliveryState.WAITING,
        "next_at": now,
        "attempts": 0,
        "first_at": None,
        "done_at": None,
        "by": by,
    }
    return await _revive(session, ids, values)


async def discard(session: AsyncSession, ids: Sequence[int], *, by: str, now: datetime) -> list[int]:
    """Give dead ones up for good: later events of their orders go on without them."""
    return await _revive(session, ids, {"state": DeliveryState.DISCARDED, "done_at": now, "by": by})


async def _revive(session: AsyncSession, ids: Sequence[int], values: dict[str, object]) -> list[int]:
    statement = (
        update(Delivery)
        .where(Delivery.id.in_(ids), Delivery.state == DeliveryState.DEAD)
        .values(**values)
        .returning(Delivery.id, Delivery.target_id)
        .execution_options(synchronize_session=False)
    )
    rows = (await session.execute(statement)).all()
    if values["state"] is DeliveryState.WAITING:
        targets = {row.target_id for row in rows}
        await session.execute(update(FeedTarget).where(FeedTarget.id.in_(targets)).values(retry_at=None))
    return sorted(row.id for row in rows)


async def counts(session: AsyncSession) -> dict[str, dict[str, int]]:
    """target → state → number of deliveries; delivered ones of the last KEEP."""
    query = select(Delivery.target_id, Delivery.state, func.count()).group_by(Delivery.target_id, Delivery.state)
    found: dict[str, dict[str, int]] = {}
    for target, state, number in await session.execute(query):
        found.setdefault(target, {})[DeliveryState(state).value] = number
    return found


async def backlog(session: AsyncSession) -> Counter[DeliveryState]:
    """How many are not through, by state."""
    unfinished = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.DEAD)
    query = select(Delivery.state, func.count()).where(Delivery.state.in_(unfinished)).group_by(Delivery.state)
    return Counter({row[0]: row[1] for row in await session.execute(query)})


async def oldest_waiting(session: AsyncSession) -> dict[str, datetime]:
    """target → when the oldest event that waits for it happened."""
    query = (
        select(Delivery.target_id, func.min(Outbox.at))
        .join(Outbox, Outbox.id == Delivery.outbox_id)
        .where(Delivery.state.in_((DeliveryState.WAITING, DeliveryState.SENDING)))
        .group_by(Delivery.target_id)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def purge(session: AsyncSession, now: datetime, *, limit: int = 1000) -> int:
    """Delete what was delivered or discarded more than KEEP ago, with the events that nobody needs any more."""
    finished = (DeliveryState.DONE, DeliveryState.DISCARDED)
    old = select(Delivery.id).where(Delivery.state.in_(finished), Delivery.done_at < now - KEEP).limit(limit)
    gone = delete(Delivery).where(Delivery.id.in_(old)).returning(Delivery.outbox_id)
    events = set(await session.scalars(gone, execution_options={"synchronize_session": False}))
    needed = exists().where(Delivery.outbox_id == Outbox.id)
    await session.execute(
        delete(Outbox).where(Outbox.id.in_(events), ~needed), execution_options={"synchronize_session": False}
    )
    return len(events)
