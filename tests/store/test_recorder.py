"""The recorder on both databases: exactly once whatever is killed, orders at once, tasks for those who gave up."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import recorder
from gateway.config import Config
from gateway.errors import FatalError
from gateway.journal import Batch, CallRecord, Tail, cut_records, rotated_files
from gateway.recorder import Recorder
from gateway.store import (
    Call,
    JournalOffset,
    Leg,
    OrderState,
    Pool,
    Recording,
    RecordingState,
    SeatEntry,
    SeatEvent,
    Store,
    Task,
    TaskKind,
    WorkOrder,
    call_detail,
    order_detail,
    order_of_call,
    put_seats,
)
from gateway.store.intake import journal_offsets, put_calls
from gateway.taking import Taker
from tests.journal.samples import NAMES, events, raw
from tests.recordings.samples import write_wav
from tests.store.feed import config_in, count, everything, feed, recording, until

MISSED = {"abandoned_waiting", "abandoned_ringing", "unit_busy", "hostile_name", "cut_route", "diverted"}
SEATED = {"answered", "seat_hangs_up", "no_answer_then_second_seat", "fallback"}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_in(tmp_path / "state")


def batches(config: Config, size: int, offsets: dict[str, int] | None = None) -> list[Batch]:
    tail, found = Tail(config.journal_file, cut_records, offsets or {}, batch_bytes=size), []
    while (batch := tail.poll()) is not None:
        found.append(batch)
    tail.close()
    return found


def now() -> datetime:
    return datetime.now(UTC)


async def test_every_recorded_call_is_in_the_store_with_what_it_leaves(config: Config, store: Store) -> None:
    feed(config, *NAMES)
    taker = Taker(store, now)
    for batch in batches(config, 1 << 20):
        await taker.take(batch)
    assert await count(store, Call) == len(NAMES) and taker.live == {}
    assert await count(store, WorkOrder) == len(SEATED)
    assert await count(store, Task) == len(MISSED)
    for name in NAMES:
        linkedid = events(name)[0].linkedid
        async with store.reading() as session:
            detail = await call_detail(session, linkedid)
        assert detail is not None
        assert (detail.order is not None, detail.task is not None) == (name in SEATED, name in MISSED)
        assert len(detail.events) == raw(name).count(b"\n")
        assert detail.recording is not None and detail.recording.state is RecordingState.PENDING


async def test_batches_of_any_size_and_reading_again_give_the_same_rows(config: Config, store: Store) -> None:
    feed(config, *NAMES)
    for batch in batches(config, 1 << 20):
        await Taker(store, now).take(batch)
    whole = await everything(store)
    for size in (3000, 10_000):
        for batch in batches(config, size):  # each by a recorder that has just been started, from the beginning
            await Taker(store, now).take(batch)
    again = await everything(store)
    for table in whole:
        assert again[table] == whole[table], table


async def test_a_kill_before_the_commit_loses_and_doubles_nothing(config: Config, store: Store) -> None:
    feed(config, *NAMES)
    for n in range(40):
        left = batches(config, 3000, await offsets_of(store))
        if not left:
            break
        taking = asyncio.create_task(Taker(store, now).take(left[0]))
        await asyncio.sleep(0.003 * (n % 9))
        taking.cancel()
        await asyncio.gather(taking, return_exceptions=True)
    for batch in batches(config, 3000, await offsets_of(store)):
        await Taker(store, now).take(batch)
    found = await everything(store)
    assert len(found["calls"]) == len(NAMES)
    assert len(found["call_events"]) == sum(raw(name).count(b"\n") for name in NAMES)
    assert (len(found["work_orders"]), len(found["tasks"])) == (len(SEATED), len(MISSED))


async def offsets_of(store: Store) -> dict[str, int]:
    async with store.reading() as session:
        return await journal_offsets(session)


async def test_the_work_order_is_there_within_a_second_of_the_answer(config: Config, store: Store) -> None:
    lines = raw("answered").splitlines(keepends=True)
    bridged = max(n for n, line in enumerate(lines) if line.startswith(b'"BRIDGE_ENTER"')) + 1
    linkedid = events("answered")[0].linkedid

    async def order() -> WorkOrder | None:
        async with store.reading() as session:
            return await order_of_call(session, linkedid)

    async with recording(config, store):
        config.journal_file.write_bytes(b"".join(lines[: bridged - 2]))
        await until(lambda: count(store, Call))
        assert await order() is None
        with config.journal_file.open("ab") as file:
            file.write(b"".join(lines[bridged - 2 : bridged]))
        answered = time.monotonic()
        await until(order)
        assert time.monotonic() - answered < 1.0
    found = await order()
    assert found is not None
    assert (found.state, found.seat, found.hotline_number) == (OrderState.DRAFT, "801", "12345")
    assert (found.caller_number, found.choice, found.version) == ("13800000000", "social", 1)
    assert found.order_id.startswith("20261122-")  # 21:36 UTC is the next day in the city
    async with store.reading() as session:
        detail = await order_detail(session, found.order_id)
    assert detail is not None and [event.what for event in detail[1]] == ["opened"]


async def test_a_missed_caller_is_to_be_called_back(config: Config, store: Store) -> None:
    feed(config, "abandoned_waiting")
    async with recording(config, store):
        await until(lambda: count(store, Task))
    async with store.reading() as session:
        found = (await session.scalars(select(Task))).one()
    assert (found.kind, found.caller_number, found.hotline_number) == (TaskKind.CALL_BACK, "13800000000", "12333")
    assert "请回拨" in found.text and found.waited_s == pytest.approx(3.0, abs=0.1)


async def test_a_caller_nobody_could_route_can_still_be_called_back(config: Config, store: Store) -> None:
    kept = (b'"CHAN_START"', b'"ANSWER"', b'"hl.start"', b'"hl.fallback"', b'"HANGUP"', b'"CHAN_END"')
    lines = raw("fallback").splitlines(keepends=True)
    own = [line for line in lines if line.startswith(kept) and b'"PJSIP/carrier' in line]
    config.journal_file.write_bytes(b"".join([*own, lines[-1]]).replace(b'"13800000000"', b'"+8613800000000"'))
    async with recording(config, store):
        await until(lambda: count(store, Task))
    async with store.reading() as session:
        found = (await session.scalars(select(Task))).one()
    assert (found.kind, found.caller_number, found.hotline_number) == (TaskKind.CALL_BACK, "13800000000", "99999")


async def test_an_expert_seat_is_known_from_the_directory(config: Config, store: Store) -> None:
    async with store.session() as session:
        await put_seats(session, [SeatEntry("801", "王专家", Pool.EXPERT)])
    feed(config, "answered")
    async with recording(config, store):
        await until(lambda: count(store, Leg, Leg.role == "expert"))
    async with store.reading() as session:
        detail = await call_detail(session, events("answered")[0].linkedid)
    assert detail is not None and detail.names == {"801": "王专家"}


async def test_recordings_get_their_verdict_after_the_call(config: Config, store: Store) -> None:
    good, short = events("answered")[0].linkedid, events("seat_hangs_up")[0].linkedid
    write_wav(config.recordings_dir / f"2026/11/21/{good}.wav", 6.0)
    write_wav(config.recordings_dir / f"2026/11/21/{short}.wav", 1.0)
    feed(config, "answered", "seat_hangs_up", "announcement")
    async with recording(config, store):
        await until(lambda: count(store, Call, Call.complete.is_(True)))
        old = {"last_event_at": now() - timedelta(minutes=5)}  # the samples' clock may be ahead of this machine's
        async with store.session() as session:
            await session.execute(update(Call).values(**old))
        await until(lambda: _settled(store))
    async with store.reading() as session:
        found = {
            row: await session.get(Recording, (row, 0)) for row in (good, short, events("announcement")[0].linkedid)
        }
    first, second, third = found.values()
    assert first is not None and second is not None and third is not None
    assert first.state is RecordingState.VERIFIED and first.seconds == pytest.approx(6.0) and first.sha256
    assert second.state is RecordingState.INCOMPLETE and "短于" in second.reason
    assert third.state is RecordingState.MISSING


async def _settled(store: Store) -> bool:
    return await count(store, Recording, Recording.state != RecordingState.PENDING) == 3


async def test_a_day_old_journal_is_renamed_and_the_next_one_followed(
    config: Config, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.recorder.KEEPING_S", 0.05)
    feed(config, "answered")
    late = Recorder(config, store, now=lambda: events("answered")[0].at + timedelta(hours=25))
    task = asyncio.create_task(late.run())

    async def renamed() -> bool:
        return not config.journal_file.exists()

    await until(renamed)
    feed(config, "announcement", "unit_line")
    await until(lambda: _three_calls(store), 20)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert [path.name for path in rotated_files(config.journal_file)] == ["journal-20261122T223600.csv"]
    assert await count(store, JournalOffset) == 2


async def _three_calls(store: Store) -> bool:
    return await count(store, Call, Call.complete.is_(True)) == 3


async def test_seat_events_are_taken_in_once(config: Config, store: Store) -> None:
    line = '{"at": 1795296911.5, "seat": "801", "event": "pause", "reason": "午餐", "by": "zhang"}\n'
    config.seat_journal_file.write_text(line + "rubbish\n" + line.replace("801", "802"), "utf-8")
    for _ in range(2):
        async with recording(config, store):
            await until(lambda: count(store, SeatEvent))
    assert await count(store, SeatEvent) == 2


async def test_one_call_that_cannot_be_stored_does_not_hold_up_the_others(
    config: Config, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = events("fallback")[0].linkedid

    async def refusing(session: AsyncSession, records: Sequence[CallRecord]) -> None:
        if any(record.linkedid == bad for record in records):
            raise ValueError("no room for this one")
        await put_calls(session, records)

    monkeypatch.setattr("gateway.taking.put_calls", refusing)
    feed(config, "answered", "fallback", "announcement")
    taker = Taker(store, now)
    for batch in batches(config, 1 << 20):
        await taker.take(batch)
    assert await count(store, Call) == 2 and taker.refused_calls == 1
    assert await count(store, JournalOffset) == 1


async def test_the_process_tells_its_health_and_ends_cleanly(config: Config, store: Store, database_url: str) -> None:
    feed(config, "answered")
    with config.journal_file.open("ab") as file:
        file.write(b'"rubbish"\n')
    environment = {**os.environ, "HOTLINE_STATE_DIR": str(config.state_dir), "HOTLINE_DATABASE_URL": database_url}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.recorder", env=environment, stderr=asyncio.subprocess.PIPE
    )
    await until(lambda: count(store, Call, Call.complete.is_(True)))
    health_file = config.run_dir / "recorder.json"

    async def caught_up() -> bool:
        return health_file.exists() and json.loads(health_file.read_text())["events"] > 0

    await until(caught_up)
    health = json.loads(health_file.read_text())
    assert (health["lag_bytes"], health["bad_lines"], health["database"], health["pid"]) == (0, 1, "ok", process.pid)
    process.send_signal(signal.SIGTERM)
    _, errors = await asyncio.wait_for(process.communicate(), 10)
    assert process.returncode == 0, errors.decode()
    assert b"Traceback" not in errors


def test_a_failing_task_is_named_in_one_line_and_the_process_ends_to_be_started_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    async def fails(_config: Config) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(60))
            group.create_task(_raise(RuntimeError("a bug in the sweep")))

    async def _raise(error: Exception) -> None:
        raise error

    async def needs_a_person(_config: Config) -> None:
        raise ExceptionGroup("", [ExceptionGroup("", [FatalError("the schema is of a newer release")])])

    monkeypatch.setenv("HOTLINE_STATE_DIR", str(tmp_path))
    monkeypatch.setattr("gateway.recorder._main", fails)
    monkeypatch.setattr("gateway.recorder.log_setup.start", lambda _level: None)
    assert recorder.main() == 1
    assert "RuntimeError: a bug in the sweep" in caplog.text
    monkeypatch.setattr("gateway.recorder._main", needs_a_person)
    assert recorder.main() == 3


async def test_a_killed_process_loses_nothing(config: Config, store: Store, database_url: str) -> None:
    environment = {**os.environ, "HOTLINE_STATE_DIR": str(config.state_dir), "HOTLINE_DATABASE_URL": database_url}
    for name in NAMES[:4]:
        process = await asyncio.create_subprocess_exec(sys.executable, "-m", "gateway.recorder", env=environment)
        feed(config, name)
        linkedid = events(name)[0].linkedid
        await until(lambda linkedid=linkedid: count(store, Call, Call.linkedid == linkedid))  # type: ignore[misc]
        process.kill()
        await process.wait()
    assert await count(store, Call, Call.complete.is_(True)) == 4
