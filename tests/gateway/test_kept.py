"""What outlives a restart of the gateway beside logins: caps of outside calls first of all."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gateway.kept import Kept
from gateway.placed import PlacedCalls
from tests.gateway.conftest import Clock


async def test_the_calls_of_the_last_hour_still_count_after_a_kill(tmp_path: Path) -> None:
    clock, kept = Clock(), Kept(tmp_path / "gateway")
    placed = PlacedCalls(clock)
    placed.on_change = lambda: kept.changed("placed", placed.as_json)
    placed.add("13800000001", "801")
    clock.now += 1800
    placed.add("13800000002", "802")
    writing = asyncio.create_task(kept.run())
    async with asyncio.timeout(5):
        while not (tmp_path / "gateway" / "placed.json").exists():
            await asyncio.sleep(0.01)
    # no orderly end: what a kill leaves
    again = PlacedCalls(clock)
    again.restore(Kept(tmp_path / "gateway").read("placed"))
    assert again.recent() == placed.recent() and len(again.recent()) == 2
    clock.now += 1801
    assert [one.number for one in again.recent()] == ["13800000002"]
    assert "13800000001" not in json.dumps(again.as_json())
    assert (tmp_path / "gateway" / "placed.json").stat().st_mode & 0o077 == 0
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)


@pytest.mark.parametrize("saved", [None, {}, [1], [{"number": "1"}], [{"number": "1", "by": "8", "at": "x"}], "x"])
def test_damaged_memory_is_passed_over(saved: object) -> None:
    placed = PlacedCalls(Clock())
    placed.restore(saved)
    assert placed.recent() == ()


def test_a_clock_that_was_set_back_gives_no_cap_back() -> None:
    clock = Clock()
    placed = PlacedCalls(clock)
    placed.restore([{"number": "1", "by": "801", "at": clock.now + 7200}])
    assert len(placed.recent()) == 1


async def test_what_changed_last_is_written_at_an_orderly_end_and_a_damaged_file_is_a_first_start(
    tmp_path: Path,
) -> None:
    kept, value = Kept(tmp_path), [1]
    writing = asyncio.create_task(kept.run())
    await asyncio.sleep(0)
    kept.changed("x", lambda: value)
    value = [2]
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    assert Kept(tmp_path).read("x") == [2]
    (tmp_path / "x.json").write_text("{", "utf-8")
    assert Kept(tmp_path).read("x") is None


async def test_a_full_disk_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    kept = Kept(tmp_path / "file" / "folder")
    writing = asyncio.create_task(kept.run())
    kept.changed("x", list)
    await asyncio.sleep(0.2)
    assert not writing.done()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
