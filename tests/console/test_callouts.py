"""The call button of a missed call and of an order: whose number is rung, who may, what is refused and written down."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from console.deps import Deps
from gateway import control
from gateway.config import Config
from gateway.journal import SeatEventLine
from gateway.store import WorkOrder, audit_page
from gateway.store.callouts import begin_out_call, end_out_call
from tests.console.conftest import Browser
from tests.console.house import CALLER, NOON, Board
from tests.console.order_cases import new_case

LogIn = Callable[[str], Awaitable[Browser]]
ORDER = "HL202611200001"  # taken by seat 801


@dataclass
class Placer:
    """A gateway that takes every call, or refuses each in the same words."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    refusal: str = ""

    async def place(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        if self.refusal:
            return web.json_response({"detail": self.refusal}, status=409)
        return web.json_response({"call": "hl1-1.000o1", "seat": self.asked[-1]["seat"]}, status=202)


@pytest_asyncio.fixture
async def placer(config: Config, board: Board) -> AsyncIterator[Placer]:
    placer = Placer()
    app = control.make_app(board, board.hub)
    app.router.add_post("/v1/out", placer.place)
    runner = await control.serve(app, config.control_socket)
    yield placer
    await runner.cleanup()


def key(name: str = "k") -> dict[str, str]:
    return {"Idempotency-Key": name}


async def task_of(browser: Browser) -> dict[str, Any]:
    _, page = await browser.call("GET", "/api/v1/tasks")
    found: dict[str, Any] = page["items"][0]
    return found


async def placed(deps: Deps) -> list[tuple[str, str]]:
    async with deps.store.reading() as session:
        page = await audit_page(session, limit=20)
    return [(entry.who, entry.object) for entry in page.items if entry.what == "call.placed"]


async def test_the_number_of_the_task_is_rung_for_the_seats_own_phone_once_and_is_audited(
    placer: Placer, logged_in: LogIn, deps: Deps
) -> None:
    seat = await logged_in("seat802")
    task = await task_of(seat)
    assert task["may_call"] and task["tries"] == []
    path = f"/api/v1/tasks/{task['task_id']}/call"
    answer: dict[str, Any] = {}
    for _ in range(2):  # a double click
        status, answer = await seat.call("POST", path, json={"purpose": "call_back"}, headers=key())
        assert (status, answer["call"], answer["reference"]) == (202, "hl1-1.000o1", f"task:{task['task_id']}")
    (sent,) = placer.asked
    assert (sent["seat"], sent["by"], sent["number"], sent["hotline"]) == ("802", "seat802", CALLER, "12345")
    assert CALLER not in str(answer)
    assert await placed(deps) == [("seat802", f"task:{task['task_id']}")]


@pytest.mark.parametrize(
    "body",
    [
        {"purpose": "follow_up"},
        {"purpose": "call_back", "number": "13900000000"},
        {"purpose": "call_back", "seat": "801"},
    ],
)
async def test_neither_another_number_nor_another_seat_can_be_asked_for(
    placer: Placer, logged_in: LogIn, body: dict[str, str]
) -> None:
    seat = await logged_in("seat801")
    task = await task_of(seat)
    answer, _ = await seat.call("POST", f"/api/v1/tasks/{task['task_id']}/call", json=body, headers=key())
    assert (answer, placer.asked) == (400, [])


async def test_who_has_no_seat_has_no_phone_to_ring(placer: Placer, logged_in: LogIn) -> None:
    boss = await logged_in("banzhang")
    task = await task_of(boss)
    assert not task["may_call"]
    path = f"/api/v1/tasks/{task['task_id']}/call"
    status, answer = await boss.call("POST", path, json={"purpose": "call_back"}, headers=key())
    assert (status, placer.asked) == (403, []) and "没有对应的坐席" in answer["detail"]


async def test_what_the_gateway_refuses_is_told_in_its_words(placer: Placer, logged_in: LogIn) -> None:
    placer.refusal = "请先结束当前的通话"
    seat = await logged_in("seat801")
    path = f"/api/v1/tasks/{(await task_of(seat))['task_id']}/call"
    status, answer = await seat.call("POST", path, json={"purpose": "call_back"}, headers=key())
    assert (status, answer["detail"]) == (409, placer.refusal)


async def test_a_task_that_is_done_is_not_rung_again(placer: Placer, logged_in: LogIn) -> None:
    seat = await logged_in("seat801")
    path = f"/api/v1/tasks/{(await task_of(seat))['task_id']}"
    await seat.call("POST", f"{path}/done", json={"note": "已答复"})
    status, _ = await seat.call("POST", f"{path}/call", json={"purpose": "call_back"}, headers=key())
    assert (status, placer.asked) == (409, [])


@pytest.mark.parametrize(
    ("contact", "number"), [(None, CALLER), ("+86 139-0000-0001", "13900000001"), ("2345678", "08722345678")]
)
async def test_an_order_is_called_at_the_contact_that_was_left(
    placer: Placer, logged_in: LogIn, deps: Deps, contact: str | None, number: str
) -> None:
    async with deps.store.session() as session:
        order = await session.get(WorkOrder, ORDER)
        assert order is not None
        order.contact = contact
    seat = await logged_in("seat801")
    path = f"/api/v1/orders/{ORDER}/call"
    status, answer = await seat.call("POST", path, json={"purpose": "follow_up"}, headers=key())
    assert (status, answer["reference"], answer["purpose"]) == (202, f"order:{ORDER}", "follow_up")
    assert [(sent["number"], sent["purpose"]) for sent in placer.asked] == [(number, "follow_up")]


async def test_a_foreign_order_looks_like_none(placer: Placer, logged_in: LogIn) -> None:
    seat = await logged_in("seat802")
    for method, path in (("POST", "call"), ("GET", "calls")):
        body = {"json": {"purpose": "follow_up"}, "headers": key()} if method == "POST" else {}
        status, _ = await seat.call(method, f"/api/v1/orders/{ORDER}/{path}", **body)
        assert status == 404
    assert placer.asked == []


async def test_tries_are_told_with_their_cause_and_the_order_remembers_them(
    placer: Placer, logged_in: LogIn, deps: Deps
) -> None:
    del placer
    seat = await logged_in("seat801")
    task = await task_of(seat)
    references = (f"task:{task['task_id']}", f"order:{ORDER}")
    async with deps.store.session() as session:
        for number, reference in enumerate(references):
            line: dict[str, Any] = {
                "file_id": "f",
                "seat": "801",
                "by": "seat801",
                "call": f"hl1-2.00{number}o",
                "reference": reference,
            }
            begun = SeatEventLine(**line, offset=2 * number, at=NOON, event="out", reason="call_back")
            over: dict[str, Any] = {"offset": 2 * number + 1, "at": NOON + timedelta(seconds=40), "event": "out_ended"}
            await begin_out_call(session, begun)
            await begin_out_call(session, begun)
            await end_out_call(session, SeatEventLine(**line, **over, reason="no_answer"))
    (tried,) = (await task_of(seat))["tries"]
    assert (tried["result"], tried["seat"], tried["may_open"], tried["talked_s"]) == ("no_answer", "801", True, 0.0)
    _, answer = await seat.call("GET", f"/api/v1/tasks/{task['task_id']}/calls")
    assert answer["items"] == [tried]
    _, answer = await seat.call("GET", f"/api/v1/orders/{ORDER}/calls")
    assert [one["result"] for one in answer["items"]] == ["no_answer"]


async def test_the_office_rings_the_citizen_of_any_order_with_its_own_phone(
    placer: Placer, logged_in: LogIn, deps: Deps
) -> None:
    office = await logged_in("office1")
    body = {"purpose": "follow_up"}
    status, answer = await office.call("POST", f"/api/v1/orders/{ORDER}/call", json=body, headers=key())
    assert (status, answer["seat"]) == (202, "601")
    assert (placer.asked[0]["by"], placer.asked[0]["number"]) == ("office1", CALLER)
    assert await placed(deps) == [("office1", f"order:{ORDER}")]
    _, mine = await office.call("GET", "/api/v1/seat/sip")
    assert mine["type"] == "/problems/no-account"  # of web-601, which this house has not: no other seat's is given
    task = await office.call("POST", "/api/v1/tasks/T202611200001/call", json={}, headers=key("t"))
    assert task[0] == 403  # who was missed is rung back by the seats


async def test_the_follow_up_list_tells_tries_and_when_to_try_again(
    placer: Placer, logged_in: LogIn, deps: Deps
) -> None:
    office, unit = await logged_in("office1"), await logged_in("unit1")
    case = await new_case(office)
    await case.do(office, "accepted")
    await case.do(office, "dispatched", units=["water"])
    await case.do(unit, "signed")
    await case.do(unit, "answered", ground="solved", report={"result": "已修复", "answer": "已答复"})
    await case.do(office, "review_passed")
    later = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    early = (datetime.now(UTC) - timedelta(hours=3)).isoformat()
    assert (await case.refused(office, "followed_up", channel="call", result="satisfied", again_at=later))[
        0
    ] == "reached"
    assert (await case.refused(office, "followed_up", channel="call", result="not_reached", again_at=early))[
        0
    ] == "in-the-past"
    await case.do(office, "followed_up", channel="call", result="not_reached", again_at=later)
    await remember(deps, f"order:{case.id}", "hl1-5.000o1", "no_answer")
    _, listed = await office.call("GET", "/api/v1/orders/follow-ups")
    (one,) = [item for item in listed["items"] if item["order_id"] == case.id]
    assert (one["may_call"], one["not_reached"], one["result"], one["tries"]) == (True, 1, "no_answer", 1)
    assert datetime.fromisoformat(one["again_at"]) == datetime.fromisoformat(later)
    await case.do(office, "followed_up", channel="call", result="satisfied", solved=True)
    _, listed = await office.call("GET", "/api/v1/orders/follow-ups")
    assert case.id not in [item["order_id"] for item in listed["items"]]


async def remember(deps: Deps, reference: str, call: str, result: str) -> None:
    """As the recorder does."""
    line: dict[str, Any] = {"file_id": "f", "seat": "601", "by": "office1", "call": call, "reference": reference}
    async with deps.store.session() as session:
        await begin_out_call(session, SeatEventLine(**line, offset=1, at=NOON, event="out", reason="follow_up"))
        await end_out_call(session, SeatEventLine(**line, offset=2, at=NOON, event="out_ended", reason=result))
