"""Pages hear of orders as they come and change: the office of all, a unit of its own, and nobody of what they say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from console import orders_live
from tests.console.conftest import Browser
from tests.console.order_cases import NAME, NUMBER, new_case

LogIn = Callable[[str], Awaitable[Browser]]
WITHIN_S = 8


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders_live, "POLL_S", 0.1)
    monkeypatch.setattr(orders_live, "GAP_S", 0.01)


class Ear:
    """A page's event stream, of which only what is told of orders is kept."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.heard: list[dict[str, Any]] = []

    async def until(self, told: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(WITHIN_S):
            while True:
                message: dict[str, Any] = await self._socket.receive_json()
                if message["type"] != "orders":
                    continue
                self.heard.append(message)
                if told(message):
                    return message


@pytest_asyncio.fixture
async def ears(logged_in: LogIn) -> AsyncIterator[dict[str, tuple[Browser, Ear]]]:
    """Browsers of the office and of two units, each with its stream open."""
    found: dict[str, tuple[Browser, Ear]] = {}
    for name in ("office1", "unit1", "unit2"):
        browser = await logged_in(name)
        found[name] = (browser, Ear(await browser.client.ws_connect("/api/v1/events")))
    await asyncio.sleep(0.3)  # the watch has found out where it begins
    yield found


def about(order_id: str, queue: str) -> Callable[[dict[str, Any]], bool]:
    return lambda message: any((one["order_id"], one["queue"]) == (order_id, queue) for one in message["changed"])


async def test_the_office_hears_of_every_order_and_a_unit_of_its_own(ears: dict[str, tuple[Browser, Ear]]) -> None:
    (office, office_ear), (water, water_ear), (_roads, roads_ear) = ears.values()
    case = await new_case(office)
    told = await office_ear.until(about(case.id, "intake"))
    assert told["counts"]["queues"]["intake"] >= 1 and not told["many"]
    await case.do(office, "accepted")
    await case.do(office, "dispatched", units=["water"])
    await office_ear.until(about(case.id, "sign"))
    mine = await water_ear.until(about(case.id, "sign"))
    assert mine["counts"]["queues"] == {"sign": 1} and mine["gone"] == []
    await case.do(water, "signed")
    await case.do(water, "return_asked", "不归我们", ground="not_ours", suggestion="道路处")
    await case.do(office, "return_approved")
    gone = await water_ear.until(lambda message: case.id in message["gone"])
    assert gone["changed"] == [] and gone["counts"]["queues"] == {}
    await case.do(office, "dispatched", units=["roads"])
    await roads_ear.until(about(case.id, "sign"))
    assert len(roads_ear.heard) == 1
    said = str([office_ear.heard, water_ear.heard, roads_ear.heard])
    assert not any(word in said for word in (NAME, NUMBER, "停水", "苍山路"))


async def test_a_unit_hears_nothing_of_a_report_against_it(ears: dict[str, tuple[Browser, Ear]]) -> None:
    (office, office_ear), (_water, water_ear), _ = ears.values()
    report = await new_case(office, category="report", accused=["water"])
    await report.do(office, "accepted")
    await office_ear.until(about(report.id, "dispatch"))
    other = await new_case(office)
    await other.do(office, "accepted")
    await other.do(office, "dispatched", units=["water"])
    await water_ear.until(about(other.id, "sign"))
    assert report.id not in str(water_ear.heard)
