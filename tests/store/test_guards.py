"""What the databases themselves refuse, alike on both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from gateway.journal import reduce_call
from gateway.store import ConflictError, SeatEvent, Store, log_audit
from gateway.store.intake import add_events, put_calls
from gateway.store.models import AuditEntry, Call
from tests.journal.samples import events
from tests.store.feed import count

AT = datetime(2026, 11, 21, 8, 0, 0, 123456, tzinfo=UTC)


async def test_a_value_outside_the_vocabulary_is_refused(store: Store) -> None:
    async with store.session() as session:
        await put_calls(session, [reduce_call(events("answered"))])
    for column in ("outcome", "state", "ended_by"):
        with pytest.raises(ConflictError):
            async with store.session() as session:
                await session.execute(text(f"UPDATE calls SET {column} = 'nonsense'"))


async def test_an_event_without_its_call_is_refused(store: Store) -> None:
    with pytest.raises(ConflictError):
        async with store.session() as session:
            await add_events(session, events("answered"))


async def test_looking_changes_nothing(store: Store) -> None:
    async with store.reading() as session:
        await log_audit(session, "x", "y", "z", at=AT)
    assert await count(store, AuditEntry) == 0


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30))])
async def test_an_instant_comes_back_in_utc_to_the_microsecond(store: Store, zone: Any) -> None:
    async with store.session() as session:
        await log_audit(session, "x", "y", "z", at=AT.astimezone(zone))
    async with store.reading() as session:
        entry = await session.get(AuditEntry, 1)
    assert entry is not None and entry.at == AT and entry.at.utcoffset() == timedelta(0)


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(StatementError, match="time zone"):
        async with store.session() as session:
            session.add(
                SeatEvent(file_id="f", offset=0, at=AT.replace(tzinfo=None), seat="1", event="e", reason="", by="")
            )


async def test_json_comes_back_as_it_went_in(store: Store) -> None:
    record = reduce_call(events("answered"))
    async with store.session() as session:
        await put_calls(session, [record])
        await add_events(session, events("answered"))
    async with store.reading() as session:
        call = await session.get(Call, record.linkedid)
    assert call is not None and call.steps == list(record.steps)
    assert (call.talking_s, call.started_at) == (record.talking_s, record.started_at)
