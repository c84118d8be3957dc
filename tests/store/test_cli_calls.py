"""`./hotline calls` on both databases."""

from __future__ import annotations

import argparse
import json
import unicodedata
from pathlib import Path

import pytest

from gateway.cli import calls
from gateway.crypt import Keyring
from gateway.store import Pool, SeatEntry, Store, put_seats
from gateway.taking import Taker
from tests.journal.samples import NAMES, events
from tests.store.feed import config_in, feed
from tests.store.test_recorder import batches, now

ANSWERED = events("answered")[0].linkedid


@pytest.fixture
async def filled(
    store: Store, keys: Keyring, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_in(tmp_path / "state")
    async with store.session() as session:
        await put_seats(session, [SeatEntry("801", "欧阳坐席", Pool.SHARED)])
    feed(config, *NAMES)
    for batch in batches(config, 1 << 20):
        await Taker(store, now).take(batch)
    monkeypatch.setenv("HOTLINE_DATABASE_URL", database_url)
    monkeypatch.setenv("HOTLINE_STATE_DIR", str(keys.path.parent))


def _call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    calls.register(parser.add_subparsers())
    args = parser.parse_args(["calls", *words])
    return int(args.func(args))


async def run(*words: str) -> int:
    """The command runs its own event loop, so it gets a thread of its own here."""
    import asyncio

    return await asyncio.to_thread(_call, *words)


@pytest.mark.usefixtures("filled")
async def test_the_last_calls_come_newest_first_with_legs_and_recording(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("--last", "3", "--json") == 0
    found = json.loads(capsys.readouterr().out)["calls"]
    assert len(found) == 3
    assert [call["started_at"] for call in found] == sorted((call["started_at"] for call in found), reverse=True)
    assert all(call["legs"][0]["role"] == "caller" and call["recordings"][0]["path"] for call in found)


@pytest.mark.usefixtures("filled")
async def test_one_call_says_who_talked_when_and_how_long(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("--id", ANSWERED, "--json") == 0
    call = json.loads(capsys.readouterr().out)
    caller, seat = call["legs"]
    assert (seat["role"], seat["name"], seat["result"]) == ("seat", "欧阳坐席", "answered")
    assert seat["talk_s"] == caller["talk_s"] == pytest.approx(2.48, abs=0.1)
    assert caller["joined_at"] == seat["joined_at"] < seat["left_at"]
    assert call["work_order"]["state"] == "accepted/draft" and call["task"] is None
    assert "hl.route" in [event["event"] for event in call["events"]]


@pytest.mark.usefixtures("filled")
async def test_the_table_is_straight_with_chinese_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("--last", "20") == 0
    lines = capsys.readouterr().out.splitlines()
    column = lines[0].index("talked")
    for line in lines[1:]:
        shown = "".join(c + ("~" if unicodedata.east_asian_width(c) in "WF" else "") for c in line)
        assert shown[column - 2 : column] == "  " and shown[column] != " "
    assert any("欧阳坐席" in line for line in lines)
    assert await run("--id", ANSWERED) == 0
    assert "欧阳坐席" in capsys.readouterr().out


@pytest.mark.usefixtures("filled")
async def test_an_unknown_call_is_a_no(capsys: pytest.CaptureFixture[str]) -> None:
    assert await run("--id", "hl1-0.0") == 1
    assert "no call" in capsys.readouterr().err


@pytest.mark.usefixtures("filled")
async def test_wrong_use_is_said_so() -> None:
    assert await run("--last", "0") == 2


@pytest.mark.parametrize("url", ["postgresql+asyncpg://x@127.0.0.1:1/x", "sqlite+aiosqlite:////nonexistent/dir/x.db"])
async def test_a_database_that_is_away_is_exit_3(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE_URL", url.replace("/nonexistent", str(tmp_path)))
    assert await run("--last", "1") == 3
    assert capsys.readouterr().err
