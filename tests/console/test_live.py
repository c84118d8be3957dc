"""Live events, seat verbs, the SIP proxy, the test phone: what the console relays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from console.access import Viewer
from console.deps import Deps
from console.live import Lens, LiveState
from console.problems import ProblemError
from console.relay import Page
from console.sip_proxy import FRAME_MAX, SipProxy
from gateway.control import VerbWords
from gateway.store import Role
from tests.console.conftest import Browser, until
from tests.console.house import CALLER, Board, live_call, live_seat

LogIn = Callable[[str], Awaitable[Browser]]
SEAT = Viewer("seat801", "王芳", Role.SEAT, "801")
BOSS = Viewer("banzhang", "李敏", Role.SUPERVISOR, "")


async def read_until(
    socket: aiohttp.ClientWebSocketResponse, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    async with asyncio.timeout(5):
        while True:
            message: dict[str, Any] = await socket.receive_json()
            if wanted(message):
                return message


def test_a_seat_sees_itself_and_the_call_offered_to_it_masked() -> None:
    state = LiveState()
    calls = [live_call("a", seat="801", state="offered"), live_call("b", seat="802"), live_call("c")]
    state.apply({"type": "snapshot", "seats": [live_seat("801"), live_seat("802")], "calls": calls})
    seen = Lens(SEAT).first(state)
    assert [seat["id"] for seat in seen["seats"]] == ["801"]
    assert [call["linkedid"] for call in seen["calls"]] == ["a"]
    assert CALLER not in str(seen)
    assert seen["calls"][0]["caller"]["number"] == "138****0000"


LISTENER = {"supervisor": "701", "by": "班长", "seat": "801", "mode": "listen", "state": "there"}


@pytest.mark.parametrize(("shown", "modes"), [(True, ["listen", "whisper"]), (False, ["whisper"])])
def test_a_city_decides_whether_a_seat_sees_who_listens_never_whether_it_sees_who_speaks(
    shown: bool, modes: list[str]
) -> None:
    state = LiveState(show_listening=shown)
    call = live_call("a", seat="801", spies=[LISTENER, LISTENER | {"supervisor": "702", "mode": "whisper"}])
    state.apply({"type": "snapshot", "seats": [], "calls": [call]})
    seat, boss = Lens(SEAT), Lens(BOSS)
    views = [lens.first(state)["calls"][0] for lens in (seat, boss)]
    told = state.apply({"type": "call", "call": call})
    views += [(lens.through(told) or {})["call"] for lens in (seat, boss)]
    assert [[spy["mode"] for spy in view["spies"]] for view in views] == [modes, ["listen", "whisper"]] * 2


def test_an_overseer_sees_everything_but_numbers() -> None:
    state = LiveState()
    state.apply(
        {"type": "snapshot", "seats": [live_seat("801")], "calls": [live_call("a"), live_call("b", seat="801")]}
    )
    seen = Lens(BOSS).first(state)
    assert len(seen["calls"]) == 2
    assert CALLER not in str(seen)


def test_a_call_that_moves_on_to_another_seat_leaves_the_first_page() -> None:
    lens = Lens(SEAT)
    assert lens.through({"type": "call", "call": live_call("a")}) is None
    shown = lens.through({"type": "call", "call": live_call("a", seat="801", state="offered")})
    assert shown is not None
    assert shown["type"] == "call"
    moved = lens.through({"type": "call", "call": live_call("a", seat="802", state="offered")})
    assert moved == {"type": "call_gone", "linkedid": "a"}
    assert lens.through({"type": "call_gone", "linkedid": "a"}) is None


def test_a_change_is_masked_before_any_page_gets_it() -> None:
    state = LiveState()
    message = state.apply({"type": "call", "call": live_call("a")})
    assert CALLER not in str(message)
    assert CALLER not in str(Lens(BOSS).through(message))


def test_the_number_of_somebody_outside_is_masked_and_its_name_is_not() -> None:
    third = {"id": "p2", "role": "outside", "who": "08722110001", "name": "供水公司"}
    seat = {"id": "p1", "role": "seat", "who": "801", "name": "坐席801"}
    shown = LiveState().apply({"type": "call", "call": live_call("a", talk={"parties": [seat, third]})})
    assert shown["call"]["talk"]["parties"] == [seat, third | {"who": "087****0001"}]


def test_a_message_of_a_newer_gateway_is_left_alone() -> None:
    state = LiveState()
    state.apply({"type": "weather", "rain": True})
    assert Lens(SEAT).through({"type": "weather"}) is None


def test_a_slow_page_is_cut_off_at_its_bound() -> None:
    page = Page(SEAT, bound=2)
    for n in range(3):
        assert not page.cut.is_set()
        page.put({"type": "seat", "n": n})
    assert page.cut.is_set()


@pytest.mark.usefixtures("gateway")
async def test_a_page_gets_a_snapshot_first_then_changes(logged_in: LogIn, board: Board, deps: Deps) -> None:
    await until(lambda: deps.relay.state.up)
    browser = await logged_in("seat801")
    async with browser.client.ws_connect("/api/v1/events") as socket:
        first = await socket.receive_json()
        assert (first["type"], first["gateway"]) == ("snapshot", "up")
        board.put_call("x1", seat="801", state="offered")
        board.put_seat("801", state="ringing", call="x1")
        assert (await read_until(socket, lambda m: m["type"] == "call"))["call"]["linkedid"] == "x1"
        assert (await read_until(socket, lambda m: m["type"] == "seat"))["seat"]["state"] == "ringing"
        board.end_call("x1")
        assert (await read_until(socket, lambda m: m["type"] == "call_gone"))["linkedid"] == "x1"


async def test_pages_learn_that_the_gateway_went_and_came_back(
    gateway: web.AppRunner, logged_in: LogIn, board: Board, deps: Deps
) -> None:
    from gateway import control

    await until(lambda: deps.relay.state.up)
    browser = await logged_in("banzhang")
    async with browser.client.ws_connect("/api/v1/events") as socket:
        assert (await socket.receive_json())["gateway"] == "up"
        await gateway.cleanup()
        away = await read_until(socket, lambda m: m["type"] == "snapshot")
        assert (away["gateway"], away["seats"]) == ("away", [])
        again = await control.serve(control.make_app(board, board.hub), deps.config.control_socket)
        try:
            back = await read_until(socket, lambda m: m["type"] == "snapshot" and m["gateway"] == "up")
            assert len(back["seats"]) == 3
        finally:
            await socket.close()
            await again.cleanup()


async def test_events_need_a_session_and_the_same_origin(browser: Browser, logged_in: LogIn) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
        await browser.client.ws_connect("/api/v1/events")
    insider = await logged_in("seat801")
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await insider.client.ws_connect("/api/v1/events", headers={"Origin": "http://evil.example"})


@pytest.mark.usefixtures("gateway")
async def test_a_verb_reaches_the_gateway_once_per_key(logged_in: LogIn, board: Board) -> None:
    browser = await logged_in("seat801")
    ask = {"json": {"device": "web"}, "headers": {"Idempotency-Key": "k1"}}
    answers = await asyncio.gather(*(browser.call("POST", "/api/v1/seat/login", **ask) for _ in range(3)))
    assert [status for status, _ in answers] == [200] * 3
    assert board.verbs == [("801", "login", VerbWords(device="web", by="seat801"))]
    status, body = await browser.call(
        "POST", "/api/v1/seat/login", json={"device": "phone"}, headers={"Idempotency-Key": "k1"}
    )
    assert (status, body["type"]) == (422, "/problems/key-reused")
    assert (await browser.call("POST", "/api/v1/seat/resume", json={}))[0] == 428


@pytest.mark.usefixtures("gateway")
async def test_pausing_needs_a_reason_and_logging_in_a_device(logged_in: LogIn, board: Board) -> None:
    browser = await logged_in("seat801")
    for n, verb in enumerate(("pause", "login")):
        status, _ = await browser.call("POST", f"/api/v1/seat/{verb}", json={}, headers={"Idempotency-Key": str(n)})
        assert status == 400
    assert board.verbs == []


@pytest.mark.usefixtures("gateway")
async def test_an_overseer_acts_on_any_seat_under_its_own_name(logged_in: LogIn, board: Board) -> None:
    boss = await logged_in("banzhang")
    status, seat = await boss.call(
        "POST", "/api/v1/seats/802/pause", json={"reason": "培训"}, headers={"Idempotency-Key": "a"}
    )
    assert (status, seat["state"]) == (200, "paused")
    assert board.verbs == [("802", "pause", VerbWords(reason="培训", by="banzhang", anyhow=True))]


@pytest.mark.usefixtures("gateway")
async def test_what_the_gateway_refuses_is_told_in_chinese(logged_in: LogIn) -> None:
    boss = await logged_in("banzhang")
    status, body = await boss.call("POST", "/api/v1/seats/999/resume", json={}, headers={"Idempotency-Key": "a"})
    assert (status, body["type"], body["detail"]) == (409, "/problems/not-now", "坐席名录中没有这个坐席")


async def test_the_gateway_away_is_said_plainly(logged_in: LogIn) -> None:
    browser = await logged_in("seat801")
    status, body = await browser.call("GET", "/api/v1/seat")
    assert (status, body["type"]) == (503, "/problems/gateway-away")
    assert (await browser.call("GET", "/healthz"))[1]["gateway"] == "away"


@pytest.mark.usefixtures("gateway")
async def test_logging_out_cuts_the_pages_of_the_session_and_no_others(logged_in: LogIn) -> None:
    mine, other = await logged_in("seat801"), await logged_in("seat802")
    async with mine.client.ws_connect("/api/v1/events") as cut, other.client.ws_connect("/api/v1/events") as kept:
        for socket in (cut, kept):
            await socket.receive_json()
        assert (await mine.call("DELETE", "/api/v1/session"))[0] == 204
        assert (await asyncio.wait_for(cut.receive(), 5)).type is aiohttp.WSMsgType.CLOSE
        assert not kept.closed


async def test_one_session_opens_a_bounded_number_of_streams(deps: Deps) -> None:
    for _ in range(20):
        deps.relay.join(SEAT, session="s")
    with pytest.raises(ProblemError):
        deps.relay.join(SEAT, session="s")
    deps.relay.join(SEAT, session="t")


class FakePbx:
    """Echoes frames; remembers the subprotocol it was asked for."""

    def __init__(self) -> None:
        self.protocols: list[str] = []

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        self.protocols.append(request.headers.get("Sec-WebSocket-Protocol", ""))
        socket = web.WebSocketResponse(protocols=("sip",))
        await socket.prepare(request)
        async for frame in socket:
            await socket.send_str(f"echo {frame.data}")
        return socket


@pytest_asyncio.fixture
async def pbx(deps: Deps) -> AsyncIterator[FakePbx]:
    fake = FakePbx()
    app = web.Application()
    app.router.add_get("/ws", fake.handle)
    async with TestServer(app) as server:
        object.__setattr__(deps, "sip", SipProxy(f"ws://127.0.0.1:{server.port}/ws"))
        yield fake
        await deps.sip.close()


async def test_sip_frames_pass_through_for_a_seat(logged_in: LogIn, pbx: FakePbx) -> None:
    browser = await logged_in("seat801")
    async with browser.client.ws_connect("/api/v1/sip", protocols=("sip",)) as socket:
        assert socket.protocol == "sip"
        await socket.send_str("REGISTER sip:x SIP/2.0")
        assert await asyncio.wait_for(socket.receive_str(), 5) == "echo REGISTER sip:x SIP/2.0"
    assert pbx.protocols == ["sip"]


async def test_a_sip_frame_above_the_bound_ends_the_connection(logged_in: LogIn, pbx: FakePbx) -> None:
    browser = await logged_in("seat801")
    async with browser.client.ws_connect("/api/v1/sip", protocols=("sip",)) as socket:
        await socket.send_str("x" * (FRAME_MAX + 1))
        message = await asyncio.wait_for(socket.receive(), 5)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


@pytest.mark.parametrize(
    ("user", "headers", "status"),
    [("", {}, 401), ("banzhang", {}, 403), ("seat801", {"Origin": "http://evil.example"}, 403)],
)
async def test_sip_is_refused_without_a_seat_or_from_elsewhere(
    browser: Browser, pbx: FakePbx, user: str, headers: dict[str, str], status: int
) -> None:
    if user:
        await browser.login(user)
    with pytest.raises(aiohttp.WSServerHandshakeError, match=str(status)):
        await browser.client.ws_connect("/api/v1/sip", protocols=("sip",), headers=headers)
    assert pbx.protocols == []


async def test_sip_without_its_subprotocol_or_without_a_pbx_is_refused(logged_in: LogIn) -> None:
    browser = await logged_in("seat801")
    with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
        await browser.client.ws_connect("/api/v1/sip")
    with pytest.raises(aiohttp.WSServerHandshakeError, match="502"):
        await browser.client.ws_connect("/api/v1/sip", protocols=("sip",))


async def test_the_test_phone_is_for_this_machine(browser: Browser) -> None:
    assert (await browser.call("GET", "/api/v1/testphone"))[1]["password"] == "pwtest"
    for headers in ({"X-Forwarded-For": "10.0.0.9"}, {"Host": "hotline.example"}):
        assert (await browser.call("GET", "/api/v1/testphone", headers=headers))[0] == 403


@pytest.mark.parametrize("change", [{"test_phone": False}, {"bind": "0.0.0.0"}])
async def test_the_test_phone_is_gone_when_off_or_open_to_the_network(
    browser: Browser, deps: Deps, change: dict[str, Any]
) -> None:
    from dataclasses import replace

    object.__setattr__(deps, "config", replace(deps.config, **change))
    assert (await browser.call("GET", "/api/v1/testphone"))[0] == 403
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await browser.client.ws_connect("/api/v1/sip?phone=test", protocols=("sip",))
