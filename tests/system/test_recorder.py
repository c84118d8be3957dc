"""The recorder and the database come and go; the journal stays. Nothing is lost, nothing doubled, nothing called good
that is not.

A bad verdict is given half a minute after a call, so all of it happens in one go: calls while the recorder is dead,
while SQLite is locked, while PostgreSQL is away, and three recordings that come to harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from gateway.crypt import Keyring
from gateway.store import (
    Call,
    CallDetail,
    CallEvent,
    CallFilter,
    Recording,
    Store,
    Task,
    WorkOrder,
    call_detail,
    calls_page,
    open_store,
)
from tests.kit.city import City, phone_number, wait_for
from tests.postgres import Cluster
from tests.system.scenes import Talk, assert_both_hear, assert_recorded, assert_times, hang_up, reach_somebody, ring_in

VERDICT_S = 45.0  # a bad verdict is final after 12 s here (`city_files`)


@dataclass
class Story:
    """What was done to which call, and the records that came of it."""

    talks: dict[str, Talk] = field(default_factory=dict)
    details: dict[str, CallDetail] = field(default_factory=dict)
    postgres: dict[str, CallDetail] = field(default_factory=dict)
    order_within_s: float = 0.0
    counts: dict[str, tuple[int, ...]] = field(default_factory=dict)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def story(whole_city: City) -> AsyncIterator[Story]:
    city, story = whole_city, Story()
    folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="hotline-pg-")
    Path(folder).chmod(0o755)  # the server runs as a user of its own
    cluster = Cluster(Path(folder) / "pg")
    await asyncio.to_thread(cluster.create)
    try:
        url = await asyncio.to_thread(cluster.new_database)
        async with city.on_duty("801", "802"):
            await _recordings_come_to_harm(city, story)  # first: its verdicts take longest
            await _recorder_dies(city, story)
            await city.start("recorder-2", {"HOTLINE_DATABASE_URL": url})
            await _databases_go_away(city, story, cluster, url)
        other = await open_store(url, create=False, keys=Keyring(city.config.keys_file))
        try:
            await _collect(city, story, other)
        finally:
            await other.close()
        yield story
    finally:
        if city.is_running("recorder-2"):
            await city.kill("recorder-2")
        await asyncio.to_thread(cluster.stop)
        await asyncio.to_thread(shutil.rmtree, folder)


async def _talk(city: City, seconds: float = 1.5) -> Talk:
    talk = await reach_somebody(city, *await ring_in(city, "12315"))
    await asyncio.sleep(seconds)
    return talk


async def _recorder_dies(city: City, story: Story) -> None:
    """One call has begun before the death and ends after it, one lies wholly within, one is talking at the restart."""
    begun = await _talk(city)
    await city.kill("recorder")
    await hang_up(begun)
    within = await _talk(city)
    await hang_up(within)
    lasting = await _talk(city)
    started_at = time.monotonic()
    await city.start("recorder")

    async def order() -> bool:
        return any(detail.order for detail in await city.details(phone_number(lasting.caller)))

    await wait_for(order, "the draft of the call that is talking")
    story.order_within_s = time.monotonic() - started_at
    await hang_up(lasting)
    story.talks |= {"begun before": begun, "wholly within": within, "talking at the restart": lasting}


async def _recordings_come_to_harm(city: City, story: Story) -> None:
    """The recorder looks away (is stopped) while files are cut, removed and overwritten."""
    for name in ("cut", "gone", "no sound file"):
        story.talks[name] = talk = await _talk(city, 2.0)
        linkedid = talk.leg.headers["X-Hotline-Call"]
        city.freeze("recorder")
        await hang_up(talk)
        (path,) = list(city.config.recordings_dir.rglob(f"{linkedid}.wav"))
        await asyncio.sleep(0.5)  # MixMonitor closes it
        _harm(path, name)
        city.thaw("recorder")


def _harm(path: Path, how: str) -> None:
    match how:
        case "cut":
            os.truncate(path, path.stat().st_size // 2)
        case "gone":
            path.unlink()
        case _:
            path.write_bytes(b"\x00" * path.stat().st_size)


async def _databases_go_away(city: City, story: Story, cluster: Cluster, url: str) -> None:
    """SQLite is locked by somebody else, then PostgreSQL crashes; people talk meanwhile."""
    with contextlib.closing(sqlite3.connect(city.config.state_dir / "hotline.db", isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        story.talks["locked"] = locked = await _talk(city)
        await hang_up(locked)
        lock.execute("ROLLBACK")
    store = await open_store(url, create=False, keys=Keyring(city.config.keys_file))
    try:
        await wait_for(lambda: _has(store, locked), "PostgreSQL has caught up", 30)
    finally:
        await store.close()
    await asyncio.to_thread(cluster.stop)
    story.talks["away"] = away = await _talk(city)
    await hang_up(away)
    await asyncio.sleep(1.0)
    await asyncio.to_thread(cluster.start)


async def _has(store: Store, talk: Talk) -> bool:
    return bool(await _details(store, talk))


async def _details(store: Store, talk: Talk) -> list[CallDetail]:
    async with store.reading() as session:
        page = await calls_page(session, CallFilter(caller=phone_number(talk.caller)))
        found = [await call_detail(session, row.linkedid) for row in page.items]
    return [detail for detail in found if detail and detail.call.complete]


async def _collect(city: City, story: Story, other: Store) -> None:
    for name, talk in story.talks.items():
        story.details[name] = await city.record(talk.caller, verdict=True)

        async def judged(talk: Talk = talk) -> CallDetail | None:
            found = await _details(other, talk)
            assert len(found) <= 1
            done = [detail for detail in found if detail.recording and detail.recording.verified_at]
            return done[0] if done else None

        story.postgres[name] = await wait_for(judged, f"{name} judged in PostgreSQL", VERDICT_S)
    for kind, store in (("sqlite", city.store), ("postgres", other)):
        async with store.reading() as session:
            counts = [
                await session.scalar(select(func.count()).select_from(model))
                for model in (Call, CallEvent, Recording, WorkOrder, Task)
            ]
        story.counts[kind] = tuple(count or 0 for count in counts)


RECORDER_DIED = ("begun before", "wholly within", "talking at the restart")
WHOLE = (*RECORDER_DIED, "locked", "away")
HARMED = ("cut", "gone", "no sound file")


@pytest.mark.parametrize("name", WHOLE)
async def test_a_call_without_recorder_or_database_is_a_call_like_any_other(
    city: City, story: Story, name: str
) -> None:
    talk, detail = story.talks[name], story.details[name]
    assert_both_hear(talk, seconds=1.0)
    assert_times(talk, detail)
    assert_recorded(city, talk, detail)
    assert detail.order
    assert detail.call.outcome == "answered"


@pytest.mark.parametrize("name", (*WHOLE, *HARMED))
async def test_every_journal_line_of_the_call_is_stored_once(city: City, story: Story, name: str) -> None:
    linkedid = story.details[name].call.linkedid
    journal = city.config.journal_file.read_text("utf-8").splitlines()
    lines = [line for line in journal if line.split(",")[3] == f'"{linkedid}"']
    assert len(lines) > 10
    assert len(story.details[name].events) == len(lines)


async def test_the_draft_of_a_talking_call_is_there_right_after_the_restart(story: Story) -> None:
    assert story.order_within_s < 6


async def test_sqlite_and_postgresql_tell_the_same_of_all_calls(story: Story) -> None:
    """The second recorder read the whole journal afresh, through an outage; the first lived it, through a death."""
    assert story.counts["sqlite"] == story.counts["postgres"]
    for name, detail in story.details.items():
        same = story.postgres[name].call
        for column in (
            "linkedid",
            "outcome",
            "ended_by",
            "seat",
            "hotline_number",
            "talking_s",
            "waiting_s",
            "total_s",
        ):
            assert getattr(same, column) == getattr(detail.call, column), (name, column)


@pytest.mark.parametrize(
    ("name", "state"), [("cut", "incomplete"), ("gone", "missing"), ("no sound file", "incomplete")]
)
async def test_a_harmed_recording_is_never_called_verified(story: Story, name: str, state: str) -> None:
    recording = story.details[name].recording
    assert recording
    assert recording.state == state
    assert recording.reason
    if name == "cut":
        assert recording.seconds
        assert recording.expected_s
        assert recording.seconds < recording.expected_s * 0.6
