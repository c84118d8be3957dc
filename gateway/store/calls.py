"""Reading calls: lists by cursor, one call with everything about it.

In: a session, filters. Out: rows of the models, and `CallDetail`. Writes only what a seat says came of a call; the rest
is `take_in`, the recorder's. Never: masks a number (the console knows who is looking).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.journal.kinds import Outcome

from .models import Call, CallEvent, CallResult, Leg, Recording, SeatDirectory, Task, WorkOrder
from .rows import PAGE_MAX, Page, after_cursor, page_of
from .sealed import is_caller


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Empty fields do not filter. `since` inclusive, `until` exclusive, by time of arrival."""

    caller: str = ""  # normalised number, whole
    hotline: str = ""
    seat: str = ""  # any seat that talked in the call, or for which it was placed
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    inbound_only: bool = True
    placed_only: bool = False  # what the house placed for somebody; a seat's own dialling is neither
    watched: frozenset[str] | None = None  # calls offered to one of these seats, or to none at all


@dataclass(frozen=True, slots=True)
class CallDetail:
    """One call with its legs (by start), events (by time), and what came of it. `names`: seat id → name.

    `consults`: recordings of private talks, by time. `results`: what each seat said came of it, by time.
    """

    call: Call
    legs: tuple[Leg, ...]
    events: tuple[CallEvent, ...]
    recording: Recording | None
    consults: tuple[Recording, ...]
    results: tuple[CallResult, ...]
    order: WorkOrder | None
    task: Task | None
    names: dict[str, str]


def _conditions(wanted: CallFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.inbound_only:
        found.append(Call.inbound.is_(True))
    elif wanted.placed_only:
        found.append(Call.purpose != "")
    else:
        found.append(or_(Call.inbound.is_(True), Call.purpose != ""))
    if wanted.caller:
        found.append(is_caller(Call, wanted.caller))
    if wanted.hotline:
        found.append(Call.hotline_number == wanted.hotline)
    if wanted.watched is not None:
        offered = select(Leg.linkedid).where(Leg.seat.is_not(None), Leg.seat != "")
        ours = offered.where(Leg.seat.in_(sorted(wanted.watched)))
        found.append(or_(Call.linkedid.in_(ours), Call.linkedid.not_in(offered)))
    if wanted.seat:
        rung = select(Leg.linkedid).where(Leg.seat == wanted.seat)
        talked = Call.linkedid.in_(rung.where(Leg.joined_at.is_not(None)))
        found.append(or_(talked, and_(Call.purpose != "", Call.linkedid.in_(rung))))
    if wanted.outcome is not None:
        found.append(Call.outcome == wanted.outcome)
    if wanted.since is not None:
        found.append(Call.started_at >= wanted.since)
    if wanted.until is not None:
        found.append(Call.started_at < wanted.until)
    return found


async def calls_page(
    session: AsyncSession, wanted: CallFilter = CallFilter(), *, cursor: str | None = None, limit: int = 50
) -> Page[Call]:
    """Calls newest first. Raises CallerFaultError for a cursor that is none."""
    limit = min(max(limit, 1), PAGE_MAX)
    query = (
        select(Call)
        .where(*_conditions(wanted), *after_cursor(cursor, Call.started_at, Call.linkedid))
        .order_by(Call.started_at.desc(), Call.linkedid.desc())
        .limit(limit + 1)
    )
    rows = (await session.scalars(query)).all()
    return page_of(rows, limit, lambda call: (call.started_at, call.linkedid))


async def call_detail(session: AsyncSession, linkedid: str) -> CallDetail | None:
    """Everything about one call, or None when there is no such call."""
    call = await session.get(Call, linkedid)
    if call is None:
        return None
    legs = await session.scalars(select(Leg).where(Leg.linkedid == linkedid).order_by(Leg.started_at, Leg.uniqueid))
    events = await session.scalars(
        select(CallEvent)
        .where(CallEvent.linkedid == linkedid)
        .order_by(CallEvent.at, CallEvent.file_id, CallEvent.offset)
    )
    found_legs = tuple(legs)
    return CallDetail(
        call=call,
        legs=found_legs,
        events=tuple(events),
        recording=await session.get(Recording, (linkedid, 0)),
        consults=tuple(await session.scalars(_consults([linkedid]))),
        results=tuple(await session.scalars(_results([linkedid]))),
        order=await session.scalar(select(WorkOrder).where(WorkOrder.linkedid == linkedid)),
        task=await session.scalar(select(Task).where(Task.linkedid == linkedid)),
        names=await seat_names(session, [leg.seat for leg in found_legs if leg.seat]),
    )


async def legs_of(session: AsyncSession, linkedids: Sequence[str]) -> dict[str, list[Leg]]:
    """The legs of several calls, by start, for a page of the list."""
    found: dict[str, list[Leg]] = {linkedid: [] for linkedid in linkedids}
    query = select(Leg).where(Leg.linkedid.in_(linkedids)).order_by(Leg.started_at, Leg.uniqueid)
    for leg in await session.scalars(query):
        found[leg.linkedid].append(leg)
    return found


async def recordings_of(session: AsyncSession, linkedids: Sequence[str]) -> dict[str, Recording]:
    """Each call's own recording."""
    rows = await session.scalars(select(Recording).where(Recording.linkedid.in_(linkedids), Recording.part == 0))
    return {row.linkedid: row for row in rows}


async def consults_of(session: AsyncSession, linkedids: Sequence[str]) -> dict[str, list[Recording]]:
    """The recordings of private talks, by time."""
    found: dict[str, list[Recording]] = {linkedid: [] for linkedid in linkedids}
    for row in await session.scalars(_consults(linkedids)):
        found[row.linkedid].append(row)
    return found


async def results_of(session: AsyncSession, linkedids: Sequence[str]) -> dict[str, list[CallResult]]:
    """What the seats said came of these calls, by time."""
    found: dict[str, list[CallResult]] = {linkedid: [] for linkedid in linkedids}
    for row in await session.scalars(_results(linkedids)):
        found[row.linkedid].append(row)
    return found


async def put_results(session: AsyncSession, rows: Sequence[CallResult]) -> None:
    """What a seat said last stands; a later word without `settled` or without a code leaves the earlier one."""
    for row in rows:
        known = await session.get(CallResult, (row.linkedid, row.seat))
        if known is None:
            session.add(row)
        elif row.at >= known.at:
            known.settled = known.settled if row.settled is None else row.settled
            known.result, known.by, known.at = row.result or known.result, row.by, row.at
        await session.flush()


def _consults(linkedids: Sequence[str]) -> Select[Recording]:
    chosen = select(Recording).where(Recording.linkedid.in_(linkedids), Recording.part > 0)
    return chosen.order_by(Recording.linkedid, Recording.part)


def _results(linkedids: Sequence[str]) -> Select[CallResult]:
    return select(CallResult).where(CallResult.linkedid.in_(linkedids)).order_by(CallResult.at, CallResult.seat)


async def seat_names(session: AsyncSession, ids: Sequence[str]) -> dict[str, str]:
    if not ids:
        return {}
    rows = await session.execute(select(SeatDirectory.id, SeatDirectory.name).where(SeatDirectory.id.in_(ids)))
    return {row.id: row.name for row in rows}


async def outcome_counts(session: AsyncSession, since: datetime, until: datetime) -> dict[Outcome, int]:
    """Inbound calls that arrived in the span, counted by outcome."""
    query = (
        select(Call.outcome, func.count())
        .where(Call.inbound, Call.started_at >= since, Call.started_at < until)
        .group_by(Call.outcome)
    )
    return {row[0]: row[1] for row in await session.execute(query)}
