"""Calls that the PBX took with it: closed by what it says when it is back or by long silence, opened by the journal.

On both databases, with a recorder at work.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from gateway.config import Config
from gateway.recorder import Recorder
from gateway.store import (
    Call,
    JournalOffset,
    Recording,
    RecordingState,
    SeatEvent,
    Store,
    TaskKind,
    call_detail,
)
from gateway.store.intake import silent_calls
from tests.journal.samples import events, raw
from tests.recordings.samples import write_wav
from tests.store.feed import config_in, count, everything, recording, until
from tests.store.test_recorder import now, offsets_of


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_in(tmp_path / "state")


async def test_a_call_whose_pbx_died_is_closed_after_long_silence(config: Config, store: Store) -> None:
    config.journal_file.write_bytes(b"".join(raw("abandoned_waiting").splitlines(keepends=True)[:-3]))
    late = Recorder(config, store, now=lambda: events("abandoned_waiting")[-1].at + timedelta(hours=13))
    task = asyncio.create_task(late.run())
    await until(lambda: count(store, Call))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    task = asyncio.create_task(late.run())
    await until(lambda: count(store, Call, Call.state == "ended", Call.outcome == "failed"))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with store.reading() as session:
        assert await silent_calls(session, now() + timedelta(days=999)) == []


def running(name: str) -> bytes:
    """A recorded call up to where the first of its ends was written."""
    lines = raw(name).splitlines(keepends=True)
    end = next(n for n, line in enumerate(lines) if line.startswith((b'"BRIDGE_EXIT"', b'"HANGUP"')))
    return b"".join(lines[:end])


def resync(config: Config, at: datetime, *alive: str) -> None:
    line = {"at": at.timestamp(), "seat": None, "event": "pbx_resync", "alive": alive}
    with config.seat_journal_file.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


async def _ended(store: Store) -> dict[str, tuple[str, bool]]:
    """linkedid → (outcome, complete) of the calls that are over."""
    async with store.reading() as session:
        rows = await session.scalars(select(Call).where(Call.state == "ended"))
        return {row.linkedid: (row.outcome.value, row.complete) for row in rows}


async def _read_to_the_end(config: Config, store: Store) -> None:
    async def read() -> bool:
        sizes = sorted(file.stat().st_size for file in (config.journal_file, config.seat_journal_file))
        return sorted((await offsets_of(store)).values()) == sizes

    await until(read)


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.recorder.RESYNC_SETTLE_S", 0.1)


@pytest.mark.usefixtures("brisk")
async def test_calls_that_the_pbx_took_with_it_are_closed_once_it_is_back(config: Config, store: Store) -> None:
    """Two were cut, one lives on, one ended before, one is of another node, one began after the question."""
    cut = [events(name)[0].linkedid for name in ("answered", "abandoned_waiting")]
    alive, over = events("seat_hangs_up")[0].linkedid, events("announcement")[0].linkedid
    names = ("answered", "abandoned_waiting", "seat_hangs_up")
    other = running("abandoned_ringing").replace(b"hl1-", b"hl10-")
    text = b"".join(map(running, names)) + raw("announcement") + other + running("unit_line")
    config.journal_file.write_bytes(text)
    asked = max(events(name)[-1].at for name in names)
    assert events("unit_line")[0].at > asked
    resync(config, asked, alive)
    for _ in range(2):  # the second recorder finds it done
        async with recording(config, store):
            await _read_to_the_end(config, store)
    found = await _ended(store)
    assert found == {cut[0]: ("answered", False), cut[1]: ("failed", False), over: ("announced", True)}
    async with store.reading() as session:
        details = [await call_detail(session, linkedid) for linkedid in cut]
    first, second = details
    assert first is not None and second is not None
    assert first.order is not None and second.task is not None and second.task.kind is TaskKind.CALL_BACK
    for detail in (first, second):
        marks = [event.detail for event in detail.events if event.detail.get("lost")]
        assert marks == [{"lost": True, "reason": "pbx-restarted"}]
        assert detail.call.ended_at == detail.call.last_event_at
    assert await count(store, SeatEvent) == 0


@pytest.mark.usefixtures("brisk")
async def test_a_resync_taken_twice_changes_nothing(config: Config, store: Store) -> None:
    config.journal_file.write_bytes(running("answered") + running("abandoned_waiting"))
    asked = events("abandoned_waiting")[-1].at + timedelta(seconds=60)
    resync(config, asked)
    async with recording(config, store):
        await _read_to_the_end(config, store)
    once = await everything(store)
    once.pop("recordings")  # their verdicts come when they come
    async with store.session() as session:  # as if it had been killed before it noted how far it was
        await session.execute(delete(JournalOffset))
    async with recording(config, store):
        await _read_to_the_end(config, store)
    again = await everything(store)
    assert {table: again[table] for table in once} == once
    assert len(once["tasks"]) == len(once["work_orders"]) == 1


@pytest.mark.usefixtures("brisk")
async def test_ends_that_are_still_to_be_read_come_before_the_resync(config: Config, store: Store) -> None:
    """The recorder was away while calls ended in order and the PBX was started anew: nobody is called lost."""
    lines = {name: raw(name).splitlines(keepends=True) for name in ("answered", "abandoned_waiting")}
    config.journal_file.write_bytes(b"".join(part for own in lines.values() for part in own[:4]))
    async with recording(config, store):
        await until(lambda: _is(count(store, Call), 2))
    with config.journal_file.open("ab") as file:
        file.write(b"".join(part for own in lines.values() for part in own[4:]))
    resync(config, events("abandoned_waiting")[-1].at + timedelta(seconds=60))
    async with recording(config, store):
        await _read_to_the_end(config, store)
    assert {complete for _, complete in (await _ended(store)).values()} == {True}
    assert len(await _ended(store)) == 2


@pytest.mark.usefixtures("brisk")
async def test_a_call_that_ends_after_all_is_no_longer_lost(config: Config, store: Store) -> None:
    lines = raw("answered").splitlines(keepends=True)
    config.journal_file.write_bytes(b"".join(lines[:-6]))
    resync(config, events("answered")[-1].at + timedelta(seconds=1))
    async with recording(config, store):
        await until(lambda: count(store, Call, Call.state == "ended"))
        with config.journal_file.open("ab") as file:
            file.write(b"".join(lines[-6:]))
        await until(lambda: count(store, Call, Call.complete.is_(True)))
    async with store.reading() as session:
        detail = await call_detail(session, events("answered")[0].linkedid)
    assert detail is not None and (detail.call.ended_by, detail.call.outcome) == ("caller", "answered")


@pytest.mark.usefixtures("brisk")
async def test_the_recording_of_a_lost_call_gets_its_verdict(config: Config, store: Store) -> None:
    linkedid = events("answered")[0].linkedid
    write_wav(config.recordings_dir / f"2026/11/21/{linkedid}.wav", 3.0, stated=0)  # nobody closed it
    config.journal_file.write_bytes(running("answered"))
    resync(config, events("answered")[-1].at)
    async with recording(config, store):
        await until(lambda: count(store, Call, Call.state == "ended"))
        async with store.session() as session:
            await session.execute(update(Call).values(last_event_at=datetime(2020, 1, 1, tzinfo=UTC)))
        await until(lambda: count(store, Recording, Recording.state == RecordingState.VERIFIED))
    async with store.reading() as session:
        found = await session.get(Recording, (linkedid, 0))
    assert found is not None and "随交换机中断" in found.reason and found.sha256
    assert found.seconds == pytest.approx(3.0) and found.expected_s is None


async def _is(counted: Awaitable[int], wanted: int) -> bool:
    return await counted == wanted
