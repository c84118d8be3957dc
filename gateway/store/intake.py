"""Writes what the journal tells: events, the calls and legs folded from them, and how far the file has been read.

In: records and events of `gateway.journal`. Out: rows. One transaction of the caller's holds all of it, so after a kill
at any moment either a batch is in with its offset or neither is. Never: commits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.journal import LOST, CallRecord, JournalEvent, LegRecord, SeatEventLine
from gateway.journal.seat_journal import OUT, OUT_ENDED, OUTSIDE_REFUSED, RESULT

from .audit import log_audit
from .callouts import begin_out_call, end_out_call
from .calls import put_results
from .kinds import Pool, RecordingState
from .models import (
    Call,
    CallAlias,
    CallEvent,
    CallResult,
    JournalOffset,
    Leg,
    Recording,
    SeatDirectory,
    SeatEvent,
)
from .models.calls import split_detail, write_diversions
from .rows import insert_new, put
from .sealed import Clear, bulk_row

RESYNC_LOOKS_BACK = timedelta(hours=24)  # the sweep for silent calls has closed whatever is older
CHUNK = 500  # ids in one IN: far below SQLite's limit of variables
_CALL_COLUMNS = {column.name for column in Call.__table__.columns}
_CALL_FIELDS = tuple(field.name for field in fields(CallRecord) if field.name in _CALL_COLUMNS)
_LEG_FIELDS = tuple(field.name for field in fields(LegRecord))
_LISTS = ("skills", "steps", "reasons")
_SEAT_FIELDS = tuple(column.name for column in SeatEvent.__table__.columns)


async def put_calls(session: AsyncSession, records: Sequence[CallRecord]) -> None:
    """Insert or overwrite the calls, their legs, and the recordings' expected lengths (a verdict stays)."""
    await put(session, Call, [_call_row(record) for record in records])
    await put(session, Leg, [_leg_row(record, leg) for record in records for leg in record.legs])
    recordings = [row for record in records for row in _recording_rows(record)]
    kept = ("state", "reason", "seconds", "size", "sha256", "verified_at")
    await put(session, Recording, recordings, keep=kept)


async def add_events(session: AsyncSession, events: Iterable[JournalEvent]) -> None:
    """Store journal lines; those already there stay as they are. Their calls must exist."""
    await insert_new(session, CallEvent, [_event_row(event) for event in events])


async def add_seat_events(session: AsyncSession, lines: Iterable[SeatEventLine]) -> None:
    """What seats did; what they said of a call goes to its results, a refused outside call into the audit.

    In the same transaction as the offset: a line read twice would stand in the audit twice.
    """
    known = list(lines)
    await insert_new(session, SeatEvent, [{name: getattr(line, name) for name in _SEAT_FIELDS} for line in known])
    said = [line for line in known if line.event == RESULT and line.call]
    await put_results(session, [_result(line) for line in said])
    for line in known:
        if line.event == OUT:
            await begin_out_call(session, line)
        elif line.event == OUT_ENDED:
            await end_out_call(session, line)
        elif line.event == OUTSIDE_REFUSED:
            detail = {"number": line.number, "why": line.reason, "seat": line.seat}
            await log_audit(
                session, line.by or line.seat, "call.outside_refused", _about(line.call), at=line.at, detail=detail
            )


async def set_offset(session: AsyncSession, file_id: str, name: str, offset: int, at: datetime) -> None:
    await put(session, JournalOffset, [{"file_id": file_id, "name": name, "offset": offset, "at": at}])


async def journal_offsets(session: AsyncSession) -> dict[str, int]:
    """file_id → offset up to which the file has been taken in."""
    rows = await session.scalars(select(JournalOffset))
    return {row.file_id: row.offset for row in rows}


async def stored_events(session: AsyncSession, linkedids: Sequence[str]) -> dict[str, list[JournalEvent]]:
    """The events of calls as they were taken in before, as the reducer wants them."""
    found: dict[str, list[JournalEvent]] = {}
    for start in range(0, len(linkedids), CHUNK):
        query = select(CallEvent).where(CallEvent.linkedid.in_(linkedids[start : start + CHUNK]))
        for row in await session.scalars(query):
            event = JournalEvent(
                row.file_id, row.offset, row.at, row.event, row.uniqueid, row.linkedid, row.channel, row.detail
            )
            found.setdefault(row.linkedid, []).append(event)
    return found


async def silent_calls(session: AsyncSession, before: datetime, *, limit: int = 100) -> list[tuple[str, datetime]]:
    """Calls that never ended and have had no event since `before`: (linkedid, last event)."""
    query = (
        select(Call.linkedid, Call.last_event_at)
        .where(~is_closed(), Call.last_event_at < before)
        .order_by(Call.started_at)
        .limit(limit)
    )
    return [(row.linkedid, row.last_event_at) for row in await session.execute(query)]


async def missing_calls(
    session: AsyncSession, node: str, alive: Collection[str], at: datetime
) -> list[tuple[str, datetime]]:
    """Calls of this node that began in the day before `at`, have no end and are not alive: (linkedid, last event)."""
    query = (
        select(Call.linkedid, Call.last_event_at)
        .where(~is_closed(), Call.started_at < at, Call.started_at > at - RESYNC_LOOKS_BACK)
        .where(Call.linkedid.startswith(f"{node}-", autoescape=True))
        .order_by(Call.started_at)
    )
    return [(row.linkedid, row.last_event_at) for row in await session.execute(query) if row.linkedid not in alive]


def is_closed() -> ColumnElement[bool]:
    """The call's end is in the journal, or it was given up as lost and has had no event since."""
    marked = exists().where(
        CallEvent.file_id == literal(LOST).concat(Call.linkedid), CallEvent.at >= Call.last_event_at
    )
    return or_(Call.complete, marked)


async def find_aliases(session: AsyncSession, linkedids: Sequence[str]) -> dict[str, str]:
    """linkedid → the call that it is a leg of, for those that are one."""
    found: dict[str, str] = {}
    for start in range(0, len(linkedids), CHUNK):
        query = select(CallAlias).where(CallAlias.linkedid.in_(linkedids[start : start + CHUNK]))
        found.update({row.linkedid: row.call for row in await session.scalars(query)})
    return found


async def put_aliases(session: AsyncSession, aliases: Mapping[str, str]) -> None:
    """These legs belong to those calls; what was taken for a call of its own is one no more. The calls must exist."""
    await put(session, CallAlias, [{"linkedid": linkedid, "call": call} for linkedid, call in aliases.items()])
    for linkedid, call in aliases.items():
        await session.execute(update(CallEvent).where(CallEvent.linkedid == linkedid).values(linkedid=call))
        for model in (Leg, Recording):
            await session.execute(delete(model).where(model.linkedid == linkedid))
        await session.execute(delete(Call).where(Call.linkedid == linkedid))


async def expert_seats(session: AsyncSession) -> frozenset[str]:
    return frozenset(await session.scalars(select(SeatDirectory.id).where(SeatDirectory.pool == Pool.EXPERT)))


def _about(call: str) -> str:
    """A call, or the task or order that somebody was to be called for."""
    return call if ":" in call else f"call:{call}"


def _result(line: SeatEventLine) -> CallResult:
    return CallResult(
        linkedid=line.call, seat=line.seat, settled=line.settled, result=line.reason, by=line.by, at=line.at
    )


def _call_row(record: CallRecord) -> dict[str, Any]:
    row = {name: getattr(record, name) for name in _CALL_FIELDS}
    row.update({name: list(row[name]) for name in _LISTS})
    row.update(diversions=[], diverted=write_diversions(record.diversions))
    return bulk_row(Call, record.linkedid, row)


def _leg_row(record: CallRecord, leg: LegRecord) -> dict[str, Any]:
    row = {name: getattr(leg, name) for name in _LEG_FIELDS}
    return {**row, "linkedid": record.linkedid, "hotline_number": record.hotline_number}


def _recording_rows(record: CallRecord) -> list[dict[str, Any]]:
    """The call's own, then its consults'."""
    rows = []
    if record.recording_path:
        rows.append(_recording_row(record, 0, record.recording_path, record.recorded_s))
    for one in record.consults:
        row = _recording_row(record, one.part, one.path, one.recorded_s)
        rows.append({**row, "uniqueid": one.uniqueid, "started_at": one.started_at})
    return rows


def _recording_row(record: CallRecord, part: int, path: str, expected_s: float | None) -> dict[str, Any]:
    return {
        "linkedid": record.linkedid,
        "part": part,
        "uniqueid": record.linkedid,
        "started_at": record.answered_at,
        "path": path,
        "state": RecordingState.PENDING,
        "reason": "",
        "seconds": None,
        "expected_s": expected_s,
        "size": None,
        "sha256": None,
        "verified_at": None,
        "hotline_number": record.hotline_number,
    }


def _event_row(event: JournalEvent) -> dict[str, Any]:
    shown, private = split_detail(event.detail)
    return {
        "file_id": event.file_id,
        "offset": event.offset,
        "linkedid": event.linkedid,
        "at": event.at,
        "event": event.event,
        "uniqueid": event.uniqueid,
        "channel": event.channel,
        "detail": shown,
        "private": private and Clear(private, "private", ("call_events", f"{event.file_id}:{event.offset}")),
    }
