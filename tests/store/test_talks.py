"""Calls of several people in the store: legs placed by themselves, consults' recordings, results, refused calls."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, select, text, update
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.crypt import Keyring
from gateway.journal import Batch, cut_records
from gateway.store import (
    AuditEntry,
    Call,
    CallEvent,
    CallResult,
    Leg,
    Pool,
    Recording,
    RecordingState,
    SeatEntry,
    Store,
    call_detail,
    open_store,
    put_seats,
)
from gateway.store.schema import alembic_config
from gateway.taking import Taker
from tests.journal.test_talks import TALKS, record
from tests.recordings.samples import write_wav
from tests.store.feed import config_in, count, recording, until
from tests.store.test_cli_calls import run
from tests.store.test_recorder import now


def batch(name: str, begin: int = 0, end: int | None = None, file_id: str = "f") -> Batch:
    found = cut_records((TALKS / f"{name}.csv").read_bytes()).records
    return Batch(file_id, name, found[begin:end], found[begin:end][-1][0] + 1, 1)


async def whole(store: Store) -> tuple[list[str], list[tuple[str, str]], int]:
    async with store.reading() as session:
        calls = [call.linkedid for call in await session.scalars(select(Call))]
        legs = [(leg.uniqueid, leg.verb) for leg in await session.scalars(select(Leg).order_by(Leg.started_at))]
        events = {event.linkedid for event in await session.scalars(select(CallEvent))}
    assert events == set(calls)
    return calls, legs, len(legs)


@pytest.mark.parametrize("cut", [None, 29, 31])
async def test_a_leg_with_a_linkedid_of_its_own_ends_up_in_its_call_wherever_the_batches_are_cut(
    store: Store, cut: int | None
) -> None:
    expected = record("seat_called_back")
    parts = [(0, None)] if cut is None else [(0, cut), (cut, None)]
    for begin, end in parts:
        await Taker(store, now).take(batch("seat_called_back", begin, end))  # a new taker: restarted between them
    calls, legs, _ = await whole(store)
    assert calls == [expected.linkedid]
    assert legs == [(leg.uniqueid, leg.verb) for leg in expected.legs]
    async with store.reading() as session:
        call = await session.get(Call, expected.linkedid)
    assert call is not None and call.complete and call.three_way_s == pytest.approx(expected.three_way_s)


async def test_reading_the_journal_again_from_the_start_changes_nothing(store: Store) -> None:
    await Taker(store, now).take(batch("seat_called_back"))
    before = await whole(store)
    await Taker(store, now).take(batch("seat_called_back"))
    assert await whole(store) == before


async def test_a_consult_is_a_recording_of_its_own_and_judged_by_its_own_length(store: Store, tmp_path: Path) -> None:
    config = config_in(tmp_path / "state")
    talk = record("consult_join_leave")
    first, second = talk.consults
    assert talk.recording_path and first.recorded_s and talk.recorded_s
    write_wav(config.recordings_dir / talk.recording_path, talk.recorded_s)
    write_wav(config.recordings_dir / first.path, first.recorded_s)
    write_wav(config.recordings_dir / second.path, 0.2)
    config.journal_file.write_bytes((TALKS / "consult_join_leave.csv").read_bytes())
    async with recording(config, store):
        await until(lambda: count(store, Call, Call.complete.is_(True)))
        async with store.session() as session:
            await session.execute(update(Call).values(last_event_at=now() - timedelta(minutes=5)))
        await until(lambda: _judged(store, 3))
    async with store.reading() as session:
        detail = await call_detail(session, talk.linkedid)
    assert detail is not None and detail.recording is not None
    assert detail.recording.state is RecordingState.VERIFIED
    assert [one.state for one in detail.consults] == [RecordingState.VERIFIED, RecordingState.INCOMPLETE]
    assert detail.consults[0].uniqueid == talk.legs[2].uniqueid


async def _judged(store: Store, wanted: int) -> bool:
    return await count(store, Recording, Recording.state != RecordingState.PENDING) == wanted


SAID = [
    {"at": 1.0, "seat": "801", "event": "result", "call": "c1", "reason": "answered", "by": "wang", "settled": True},
    {"at": 2.0, "seat": "801", "event": "result", "call": "c1", "reason": "", "by": "wang", "settled": None},
    {"at": 3.0, "seat": "901", "event": "result", "call": "c1", "reason": "handed", "by": "li", "settled": False},
    {"at": 4.0, "seat": "801", "event": "outside_refused", "call": "c1", "reason": "not-allowed", "by": "wang"}
    | {"number": "0085212345678"},
]


async def test_what_a_seat_said_and_what_it_may_not_dial_are_kept(store: Store, tmp_path: Path) -> None:
    config = config_in(tmp_path / "state")
    config.seat_journal_file.write_text("".join(json.dumps(line) + "\n" for line in SAID), "utf-8")
    async with recording(config, store):
        await until(lambda: count(store, AuditEntry))
    async with recording(config, store):  # started again: nothing twice
        pass
    async with store.reading() as session:
        results = {row.seat: (row.settled, row.result) for row in await session.scalars(select(CallResult))}
        (entry,) = await session.scalars(select(AuditEntry))
    assert results == {"801": (True, "answered"), "901": (False, "handed")}
    assert (entry.who, entry.what, entry.object) == ("wang", "call.outside_refused", "call:c1")
    assert entry.detail == {"number": "0085212345678", "why": "not-allowed", "seat": "801"}


async def test_the_command_shows_every_leg_with_role_verb_and_seconds(
    store: Store,
    keys: Keyring,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with store.session() as session:
        await put_seats(session, [SeatEntry("801", "欧阳坐席", Pool.SHARED), SeatEntry("901", "专家", Pool.EXPERT)])
    await Taker(store, now).take(batch("consult_join_leave"))
    call = record("consult_join_leave")
    async with store.session() as session:
        session.add(CallResult(linkedid=call.linkedid, seat="801", settled=True, result="ok", by="wang", at=now()))
    monkeypatch.setenv("HOTLINE_DATABASE_URL", database_url)
    monkeypatch.setenv("HOTLINE_STATE_DIR", str(keys.path.parent))
    assert await run("--id", call.linkedid, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    caller, seat, expert = shown["legs"]
    assert (seat["role"], seat["name"], seat["verb"]) == ("seat", "欧阳坐席", "offer")
    assert (expert["role"], expert["name"], expert["verb"], expert["brought_by"]) == (
        "expert",
        "张工",
        "consult",
        "801",
    )
    assert expert["consult_s"] == pytest.approx(call.consult_s) and caller["hold_s"] == pytest.approx(call.hold_s)
    assert [one["kind"] for one in shown["recordings"]] == ["call", "consult", "consult"]
    assert shown["settled"] is True and shown["results"][0]["result"] == "ok"
    assert await run("--id", call.linkedid) == 0
    words = capsys.readouterr().out
    assert "张工" in words and "three-way" in words and "settled yes" in words


OLD_CALL = {
    **dict.fromkeys(("state", "outcome", "ended_by"), ""),
    **dict.fromkeys(("dialled", "trunk", "hotline_name", "hotline_unit", "mode", "table_version", "greeting"), ""),
    **dict.fromkeys(("caller_raw", "menu", "choice", "menu_outcome", "fallback_reason"), ""),
    **dict.fromkeys(("menu_s", "waiting_s", "ring_s", "talking_s", "total_s", "offers"), 1),
    **dict.fromkeys(("skills", "steps", "reasons"), "[]"),
    "linkedid": "c1",
    "state": "ended",
    "outcome": "answered",
    "ended_by": "caller",
}
OLD_LEG = {"linkedid": "c1", "uniqueid": "c1", "role": "caller", "channel": "x", "device": "x", "result": "answered"}
OLD_RECORDING = {"linkedid": "c1", "path": "a.wav", "state": "verified", "reason": ""}


def _old_rows(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0002")
    flags = ", inbound, complete, caller_withheld, fallback"
    keys = ", ".join(OLD_CALL)
    values = ", ".join(f":{key}" for key in OLD_CALL)
    when = "'2026-01-01 00:00:00.000000'"
    if connection.dialect.name == "postgresql":
        for name in ("skills", "steps", "reasons"):
            values = values.replace(f":{name}", f"CAST(:{name} AS JSONB)")
    connection.execute(
        text(
            f"INSERT INTO calls ({keys}, started_at, last_event_at{flags}) "
            f"VALUES ({values}, {when}, {when}, true, true, false, false)"
        ),
        OLD_CALL,
    )
    for table, row, more, they in (
        ("legs", OLD_LEG, "started_at, ring_s, talk_s", f"{when}, 0, 1"),
        ("recordings", OLD_RECORDING, "seconds", "2.0"),
    ):
        keys, values = ", ".join(row), ", ".join(f":{key}" for key in row)
        connection.execute(text(f"INSERT INTO {table} ({keys}, {more}) VALUES ({values}, {they})"), row)


async def test_records_of_the_release_before_are_still_read(database_url: str) -> None:
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(_old_rows)
    await engine.dispose()
    store = await open_store(database_url)
    async with store.reading() as session:
        detail = await call_detail(session, "c1")
    await store.close()
    assert detail is not None and detail.recording is not None
    assert (detail.recording.part, detail.recording.path, detail.consults) == (0, "a.wav", ())
    assert (detail.legs[0].verb, detail.legs[0].consult_s, detail.call.three_way_s) == ("", 0, 0)
