"""A result code's whole way, no part of it a fake but the telephone: an admin's list → the node's file → the seat's
wrap-up → the seat journal → the recorder → the store → `./hotline calls --id`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from aiohttp import web

import seats
from gateway import control
from gateway.config import Config
from gateway.crypt import Keyring
from gateway.main import Gateway
from gateway.people.publisher import people_file
from gateway.store import CallResult, open_store
from tests.console.conftest import Browser
from tests.console.house import SHORT_CALL
from tests.gateway.published_files import write_published
from tests.store.feed import count, recording, until
from tests.store.test_cli_calls import run

LogIn = Callable[[str], Awaitable[Browser]]
CODES = [{"code": "expert", "text": "专家当场办结", "settled": True}, {"code": "void", "text": "误拨", "settled": None}]
FRESH = {"If-Match": '"1.0"'}


@pytest_asyncio.fixture
async def gateway(config: Config) -> AsyncIterator[web.AppRunner]:
    """In place of the fake board: the gateway itself, without a PBX. Its seat 801 talks in a call of the store."""
    write_published(config)
    house = Gateway(config)
    writing = asyncio.create_task(house.seat_journal.run())
    app = control.make_app(house, house.hub)
    app[HOUSE] = house
    runner = await control.serve(app, config.control_socket)
    yield runner
    await runner.cleanup()
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)


HOUSE = web.AppKey("house", Gateway)


async def test_a_result_code_goes_from_the_seats_wrap_up_to_the_calls_record(
    gateway: web.AppRunner,
    logged_in: LogIn,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert gateway.app is not None
    house = gateway.app[HOUSE]
    for folder in (config.journal_file.parent, config.seat_journal_file.parent):
        folder.mkdir(parents=True, exist_ok=True)
    admin, seat = await logged_in("admin"), await logged_in("seat801")
    store = await open_store(
        config.database, keys=Keyring(config.keys_file)
    )  # the recorder's own, as in a process of its own
    async with recording(config, store):
        wrap_up: dict[str, object] = {"default_s": None, "must_close": True, "skills": {}}
        for part, body in (("results", {"items": CODES}), ("wrap_up", wrap_up)):
            status, answer = await admin.call("PUT", f"/api/v1/people/{part}", json=body, headers=FRESH)
            assert status == 200, answer
        await until(lambda: _published(house, config))
        talk_and_hang_up(house)

        async def done(key: str, **body: object) -> tuple[int, dict[str, object]]:
            return await seat.call("POST", "/api/v1/seat/done", json=body, headers={"Idempotency-Key": key})

        status, problem = await done("k1")
        assert (status, problem["detail"]) == (409, "请先选择通话结果再结束话后整理")
        assert (await done("k2", result="nonsense"))[0] == 409
        status, view = await done("k3", result="expert", settled=False)  # the code itself says: settled
        assert (status, view["state"], view["must_close"]) == (200, "idle", False)
        assert (await done("k3", result="expert", settled=False))[0] == 200  # sent twice: one result
        await until(lambda: count(store, CallResult))
    await store.close()
    monkeypatch.setenv("HOTLINE_STATE_DIR", str(config.state_dir))
    assert await run("--id", SHORT_CALL, "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    said = [(one["seat"], one["result"], one["settled"], one["by"]) for one in shown["results"]]
    assert said == [("801", "expert", True, "seat801")] and shown["settled"] is True


async def _published(house: Gateway, config: Config) -> bool:
    """The recorder has put both parts on the node's disk, and the gateway has taken them up."""
    if not people_file(config).exists():
        return False
    house.reload()
    people = house.published.now.people
    return people.wrap_up.must_close and len(people.results) == len(CODES)


def talk_and_hang_up(house: Gateway) -> None:
    house.board.device_state("web-801", "NOT_INUSE")
    house.board.log_in("801", "web", "seat801")
    for event in (seats.Offered(SHORT_CALL), seats.Answered(SHORT_CALL), seats.TalkEnded(SHORT_CALL)):
        house.board.apply("801", event)
    found = house.board.get("801")
    assert found and found.state is seats.SeatState.WRAP_UP and found.must_close
    assert time.time() - found.since < 5
