"""The control socket, over a real unix socket."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway import control
from gateway.errors import CallerFaultError


class SmallHouse:
    """A house with one seat."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, control.VerbWords]] = []

    def health(self) -> dict[str, Any]:
        return {"ami": True}

    def seats(self) -> list[dict[str, Any]]:
        return [{"id": "801"}]

    def calls(self) -> list[dict[str, Any]]:
        return []

    def seat_verb(self, seat: str, verb: str, words: control.VerbWords) -> dict[str, Any]:
        if seat != "801":
            raise CallerFaultError(f"no seat {seat}")
        self.done.append((seat, verb, words))
        return {"id": seat, "state": verb}

    def reload(self) -> str:
        return "1-abc"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[aiohttp.ClientSession, SmallHouse, control.Hub, Path]]:
    house, hub, path = SmallHouse(), control.Hub(), tmp_path / "run" / "gateway.sock"
    runner = await control.serve(control.make_app(house, hub), path)
    async with aiohttp.ClientSession("http://gateway", connector=aiohttp.UnixConnector(str(path))) as session:
        yield session, house, hub, path
    await runner.cleanup()


Served = tuple[aiohttp.ClientSession, SmallHouse, control.Hub, Path]


async def test_only_this_user_can_open_the_socket(served: Served) -> None:
    assert stat.S_IMODE(served[3].stat().st_mode) == 0o600


async def test_a_seat_verb_reaches_the_house_with_who_did_it(served: Served) -> None:
    session, house, _, _ = served
    body = {"reason": "午餐", "by": "agent801", "after_call": True, "settled": "maybe"}
    async with session.post("/v1/seats/801/pause", json=body) as response:
        assert (response.status, (await response.json())["state"]) == (200, "pause")
    assert house.done == [("801", "pause", control.VerbWords(reason="午餐", by="agent801", after_call=True))]


@pytest.mark.parametrize("path, status", [("/v1/seats/999/login", 409), ("/v1/seats/801/explode", 404)])
async def test_what_cannot_be_done_is_a_problem_with_a_slug(served: Served, path: str, status: int) -> None:
    async with served[0].post(path, json={}) as response:
        assert response.status == status
        assert response.content_type == "application/problem+json"
        assert (await response.json())["type"].startswith("urn:hotline:")


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(served: Served, body: bytes) -> None:
    async with served[0].post("/v1/seats/801/login", data=body) as response:
        assert response.status == 409


async def test_a_watcher_gets_the_snapshot_and_then_each_change(served: Served) -> None:
    session, _, hub, _ = served
    async with session.ws_connect("/v1/events") as socket:
        assert (await socket.receive_json(timeout=5))["seats"] == [{"id": "801"}]
        hub.publish({"type": "call_gone", "linkedid": "x"})
        assert (await socket.receive_json(timeout=5))["linkedid"] == "x"


async def test_a_watcher_that_does_not_read_is_cut_off(served: Served) -> None:
    session, _, hub, _ = served
    async with session.ws_connect("/v1/events") as socket:
        await socket.receive_json(timeout=5)
        for number in range(control.WATCHER_QUEUE + 10):
            hub.publish({"type": "call", "n": number})
        async with asyncio.timeout(10):
            while (await socket.receive()).type is not aiohttp.WSMsgType.CLOSE:
                pass
