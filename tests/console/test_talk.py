"""People in a call: verbs, whom a seat may bring in, the screen pop; supervisors' acts, messages, surges, merging."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from sqlalchemy import update

from console.access import Viewer
from console.deps import Deps
from console.live import Lens, LiveState
from gateway import control
from gateway.config import Config
from gateway.store import Role, audit_page
from gateway.store.models import User
from tests.console.conftest import Browser, until
from tests.console.house import CALLER, LONG_CALL, SHORT_CALL, Board, live_call, live_seat

LogIn = Callable[[str], Awaitable[Browser]]
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC).isoformat()
TALK = {
    "conductor": "801",
    "parties": [
        {"id": "c", "role": "caller", "who": "", "name": "", "place": "main", "verb": "offer", "since": NOW},
        {"id": "p1", "role": "seat", "who": "801", "name": "王芳", "place": "main", "verb": "offer", "since": NOW},
        {
            "id": "p2",
            "role": "expert",
            "who": "901",
            "name": "专家",
            "place": "ringing",
            "verb": "consult",
            "since": NOW,
        },
    ],
    "verbs": ["join", "drop"],
    "ringing": "p2",
    "notice": None,
}
TARGETS = {
    "hotline": "12315", "topics": ["社保"], "units": [], "emergencies": [], "outside": [],
    "experts": [{"kind": "seat", "ref": "901", "name": "专家", "state": "idle"}],
    "seats": [{"kind": "seat", "ref": "802", "name": "赵强", "pool": "shared", "state": "idle"}],
}  # fmt: skip
SPY = {
    "supervisor": "802",
    "by": "banzhang",
    "seat": "801",
    "mode": "listen",
    "since": NOW,
    "call": "x1",
    "state": "ringing",
}
SURGE = {
    "id": "s1-1", "kind": "matter", "hotline": "12345", "choice": "water", "caller": "", "count": 12, "since": NOW,
    "last_at": NOW, "text": "停水至 18 时", "order_id": "", "calls": ["x1"],
}  # fmt: skip


@dataclass
class Acts:
    """What the gateway was asked, and its answers by path."""

    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: dict[str, Any] = field(
        default_factory=lambda: {
            "/v1/calls/x1/talk": {"linkedid": "x1", "talk": TALK},
            "/v1/spy": SPY,
            "/v1/spy/end": {"ended": True},
            "/v1/calls/x1/take_over": {"call": "x1", "supervisor": "802"},
            "/v1/messages": {"id": "n1", "at": NOW, "by": "班长 李敏", "text": "开会", "seats": ["801"]},
            "/v1/surges/s1-1": SURGE,
        }
    )
    refusal: str = ""

    async def act(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, await request.json()))
        if self.refusal:
            body = {"type": "urn:hotline:refused", "detail": self.refusal, "status": 409}
            return web.json_response(body, status=409)
        return web.json_response(self.answers[request.path])

    async def targets(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, dict(request.query)))
        return web.json_response(TARGETS)


@pytest_asyncio.fixture
async def acts(config: Config, board: Board) -> AsyncIterator[Acts]:
    """A gateway that takes every act and remembers it."""
    acts = Acts()
    app = control.make_app(board, board.hub)
    app.router.add_get("/v1/calls/{id}/targets", acts.targets)
    app.router.add_post("/v1/{rest:(calls|spy|messages|surges).*}", acts.act)
    runner = await control.serve(app, config.control_socket)
    yield acts
    await runner.cleanup()


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


async def supervisor_with_seat(deps: Deps, logged_in: LogIn) -> Browser:
    async with deps.store.session() as session:
        await session.execute(update(User).where(User.name == "banzhang").values(seat_id="802"))
    return await logged_in("banzhang")


async def audited(deps: Deps) -> list[tuple[str, str, str]]:
    async with deps.store.reading() as session:
        page = await audit_page(session, limit=20)
    acts = ("call.", "supervise.", "surge.", "order.")
    return [(entry.who, entry.what, entry.object) for entry in page.items if entry.what.startswith(acts)]


# -- the talk --------------------------------------------------------------------------------------------------------


async def test_a_verb_goes_to_the_gateway_in_the_seats_own_name_and_is_audited(
    acts: Acts, board: Board, logged_in: LogIn, deps: Deps
) -> None:
    board.put_call("x1", seat="801", state="talking", talk=TALK)
    seat = await logged_in("seat801")
    body = {"verb": "consult", "target": {"kind": "skill", "ref": "社保"}}
    status, answer = await seat.call("POST", "/api/v1/calls/x1/talk", json=body, headers=key("k"))
    assert (status, answer["talk"]["verbs"]) == (200, ["join", "drop"])
    sent = {"verb": "consult", "by": "801", "target": {"kind": "skill", "ref": "社保"}, "party": None}
    assert acts.asked == [("/v1/calls/x1/talk", sent)]
    assert await audited(deps) == [("seat801", "call.consult", "call:x1")]


async def test_what_the_gateway_refuses_is_told_in_its_words(acts: Acts, board: Board, logged_in: LogIn) -> None:
    board.put_call("x1", seat="801", state="talking")
    acts.refusal = "这通电话不由您主持，不能操作。"
    seat = await logged_in("seat801")
    status, answer = await seat.call("POST", "/api/v1/calls/x1/talk", json={"verb": "join"}, headers=key("k"))
    assert (status, answer["detail"]) == (409, acts.refusal)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"verb": "take_over"},
        {"verb": "join", "party": "c"},
        {"verb": "consult", "target": {"kind": "seat", "ref": "a,b"}},
    ],
)
async def test_words_that_are_none_never_reach_the_gateway(
    acts: Acts, board: Board, logged_in: LogIn, body: dict[str, Any]
) -> None:
    board.put_call("x1", seat="801", state="talking")
    seat = await logged_in("seat801")
    assert (await seat.call("POST", "/api/v1/calls/x1/talk", json=body, headers=key("k")))[0] == 400
    assert acts.asked == []


async def test_a_call_of_others_looks_like_none_but_not_to_who_has_been_brought_in(
    acts: Acts, board: Board, logged_in: LogIn
) -> None:
    board.put_call("x1", seat="801", state="talking", talk=TALK)
    stranger, expert = await logged_in("seat802"), await logged_in("expert901")
    for path in ("targets", "pop"):
        assert (await stranger.call("GET", f"/api/v1/calls/x1/{path}"))[0] == 404
        assert (await expert.call("GET", f"/api/v1/calls/x1/{path}"))[0] == 200
    assert (await stranger.call("POST", "/api/v1/calls/x1/talk", json={"verb": "join"}, headers=key("k")))[0] == 404
    assert [path for path, _ in acts.asked] == ["/v1/calls/x1/targets"]


async def test_a_seat_sees_whom_it_may_bring_in(acts: Acts, board: Board, logged_in: LogIn) -> None:
    board.put_call("x1", seat="801", state="talking")
    seat = await logged_in("seat801")
    status, answer = await seat.call("GET", "/api/v1/calls/x1/targets")
    assert (status, answer["experts"][0]["ref"], answer["seats"][0]["pool"]) == (200, "901", "shared")
    assert acts.asked == [("/v1/calls/x1/targets", {"seat": "801"})]


def test_who_has_been_brought_into_a_call_sees_it_with_the_number_masked() -> None:
    state = LiveState()
    state.apply({"type": "snapshot", "seats": [], "calls": [live_call("x1", seat="801", talk=TALK)]})
    seen = Lens(Viewer("expert901", "专家", Role.EXPERT, "901")).first(state)["calls"]
    assert [call["linkedid"] for call in seen] == ["x1"]
    assert CALLER not in json.dumps(seen)


# -- the screen pop --------------------------------------------------------------------------------------------------


async def test_the_screen_pop_shows_what_is_known_and_no_whole_number(
    acts: Acts, board: Board, logged_in: LogIn
) -> None:
    board.put_call("x1", seat="801", state="offered", choice="complaint")
    seat = await logged_in("seat801")
    status, pop = await seat.call("GET", "/api/v1/calls/x1/pop")
    assert status == 200
    assert CALLER not in json.dumps(pop)
    assert (pop["caller"]["number"], pop["hotline"]["number"], pop["choice"]) == ("138****0000", "12315", "complaint")
    earlier = {call["linkedid"]: call["may_open"] for call in pop["earlier_calls"]}
    assert (earlier[SHORT_CALL], earlier[LONG_CALL]) == (True, False)
    assert {order["order_id"] for order in pop["open_orders"]} == {"HL202611200001", "HL202611200002"}
    assert pop["merge_suggestion"] == "HL202611200002"
    assert pop["frequency"]["suspected"] is False
    assert pop["required"] == ["category", "title", "matter"]


async def test_an_expert_reads_the_matter_so_far(acts: Acts, board: Board, logged_in: LogIn) -> None:
    board.put_call(LONG_CALL, seat="802", state="talking", talk=TALK)
    expert = await logged_in("expert901")
    _, pop = await expert.call("GET", f"/api/v1/calls/{LONG_CALL}/pop")
    assert (pop["matter"]["order_id"], pop["matter"]["matter"]) == ("HL202611200002", "来电人称结算价高于标签价。")


async def test_who_hides_the_number_is_asked_for_one(acts: Acts, board: Board, logged_in: LogIn) -> None:
    board.put_call("x1", seat="801", state="offered", caller={"raw": "anonymous", "number": None, "withheld": True})
    seat = await logged_in("seat801")
    _, pop = await seat.call("GET", "/api/v1/calls/x1/pop")
    assert (pop["earlier_calls"], pop["open_orders"], pop["may_reveal"]) == ([], [], False)
    assert "contact" in pop["required"]


async def test_a_call_of_a_surge_comes_with_its_text(acts: Acts, board: Board, logged_in: LogIn, deps: Deps) -> None:
    board.put_call("x1", seat="801", state="offered")
    await until(lambda: deps.relay.state.up)
    board.hub.publish({"type": "surge", "surge": SURGE})
    await until(lambda: bool(deps.relay.state.surges))
    seat = await logged_in("seat801")
    _, pop = await seat.call("GET", "/api/v1/calls/x1/pop")
    assert (pop["surge"]["text"], pop["surge"]["count"]) == ("停水至 18 时", 12)


# -- supervision -----------------------------------------------------------------------------------------------------


async def test_every_act_of_a_supervisor_is_in_the_audit(
    acts: Acts, board: Board, logged_in: LogIn, deps: Deps
) -> None:
    board.put_call("x1", seat="801", state="talking")
    boss = await supervisor_with_seat(deps, logged_in)
    base = "/api/v1/live/calls/x1"
    for mode in ("listen", "whisper"):
        assert (await boss.call("POST", f"{base}/listen", json={"mode": mode}, headers=key(mode)))[0] == 200
    assert (await boss.call("DELETE", f"{base}/listen"))[0] == 204
    assert (await boss.call("POST", f"{base}/take_over", headers=key("b")))[0] == 200
    assert [who for who, _, _ in await audited(deps)] == ["banzhang"] * 4
    whats = [what for _, what, _ in await audited(deps)]
    assert whats == ["supervise.take_over", "supervise.end", "supervise.whisper", "supervise.listen"]
    auditor = await logged_in("auditor1")
    _, log = await auditor.call("GET", "/api/v1/audit?what=supervise.listen")
    assert [(one["who"], one["object"], one["detail"]) for one in log["items"]] == [
        ("banzhang", "call:x1", {"seat": "801"})
    ], "who listened to a seat's calls"
    # The seat is shown a name, the audit has the account.
    assert acts.asked[0] == ("/v1/spy", {"supervisor": "802", "by": "班长 李敏", "call": "x1", "mode": "listen"})


async def test_a_supervisor_without_a_seat_is_told_so_and_an_admin_does_not_listen(
    acts: Acts, board: Board, logged_in: LogIn
) -> None:
    board.put_call("x1", seat="801", state="talking")
    for user, detail in (("banzhang", "此账号没有对应的坐席"), ("admin", "")):
        browser = await logged_in(user)
        status, body = await browser.call("POST", "/api/v1/live/calls/x1/listen", json={}, headers=key("a"))
        assert (status, body["detail"]) == (403, detail)
    assert acts.asked == []


async def test_a_supervisor_with_a_seat_has_a_browser_phone_of_its_own(logged_in: LogIn, deps: Deps) -> None:
    boss = await supervisor_with_seat(deps, logged_in)
    status, account = await boss.call("GET", "/api/v1/seat/sip")
    assert (status, account["user"]) == (200, "web-802")


async def test_a_message_is_for_those_it_is_for(acts: Acts, logged_in: LogIn, deps: Deps) -> None:
    boss = await logged_in("banzhang")
    words = {"text": "开会", "seats": ["801"]}
    assert (await boss.call("POST", "/api/v1/live/messages", json=words, headers=key("a")))[0] == 200
    assert acts.asked == [("/v1/messages", {**words, "by": "班长 李敏"})]
    state = LiveState()
    message = {"type": "message", "message": {"id": "n1", "at": NOW, "by": "班长", "text": "开会", "seats": ["801"]}}
    state.apply(message)
    viewers = {
        "801": Viewer("seat801", "王芳", Role.SEAT, "801"),
        "802": Viewer("seat802", "赵强", Role.SEAT, "802"),
        "": Viewer("banzhang", "李敏", Role.SUPERVISOR, ""),
    }
    assert {seat: len(state.snapshot_for(viewer)["messages"]) for seat, viewer in viewers.items()} == {
        "801": 1,
        "802": 0,
        "": 1,
    }
    assert Lens(viewers["802"]).through(message) is None
    assert Lens(viewers["801"]).through(message) == message


def test_a_surge_is_shown_to_staff_with_the_number_masked_and_ends() -> None:
    state = LiveState()
    told = state.apply({"type": "surge", "surge": {**SURGE, "kind": "caller", "caller": CALLER}})
    seat = Lens(Viewer("seat801", "王芳", Role.SEAT, "801"))
    assert CALLER not in json.dumps(seat.through(told)) and CALLER not in json.dumps(seat.first(state))
    assert Lens(Viewer("unit1", "单位", Role.UNIT, "")).through(told) is None
    over = state.apply({"type": "surge_over", "id": "s1-1"})
    assert (seat.through(over), state.surges) == (over, {})


async def test_the_text_of_a_surge_goes_to_the_gateway(acts: Acts, logged_in: LogIn, deps: Deps) -> None:
    boss = await logged_in("banzhang")
    words = {"text": "停水至 18 时", "order_id": "HL202611200001"}
    status, answer = await boss.call("PUT", "/api/v1/live/surges/s1-1", json=words)
    assert (status, answer["text"]) == (200, "停水至 18 时")
    assert (await audited(deps))[0][1] == "surge.text"


# -- wrap-up with a result -------------------------------------------------------------------------------------------


async def test_the_end_of_a_wrap_up_carries_its_result(gateway: web.AppRunner, board: Board, logged_in: LogIn) -> None:
    board.put_seat("801", must_close=True, until=None)
    seat = await logged_in("seat801")
    words = {"result": "told", "settled": True}
    status, answer = await seat.call("POST", "/api/v1/seat/done", json=words, headers=key("a"))
    assert (status, answer["must_close"]) == (200, True)
    assert board.verbs[0][2] == control.VerbWords(by="seat801", result="told", settled=True)
    assert live_seat("801")["id"] == "801"


# -- merging ---------------------------------------------------------------------------------------------------------


async def test_orders_about_one_matter_are_merged_once_and_both_say_so(logged_in: LogIn, deps: Deps) -> None:
    boss = await logged_in("banzhang")
    path, into = "/api/v1/orders/HL202611200001", "HL202611200002"
    body = {"into": into, "version": 1}
    status, merged = await boss.call("POST", f"{path}/merge", json=body, headers=key("a"))
    assert (status, merged["merged_into"], merged["may_edit"]) == (200, into, False)
    _, target = await boss.call("GET", f"/api/v1/orders/{into}")
    last = target["events"][-1]
    assert (last["what"], last["detail"].get("from")) == ("merged", "HL202611200001")
    assert (await audited(deps))[0][1:] == ("order.merged", "order:HL202611200001")
    again = {"into": into, "version": 2}
    assert (await boss.call("POST", f"{path}/merge", json=again, headers=key("b")))[0] == 409
    back = {"into": "HL202611200001", "version": 1}
    assert (await boss.call("POST", f"/api/v1/orders/{into}/merge", json=back, headers=key("c")))[0] == 409


async def test_a_merge_on_an_old_version_is_a_conflict(logged_in: LogIn) -> None:
    boss = await logged_in("banzhang")
    body = {"into": "HL202611200002", "version": 7}
    status, answer = await boss.call("POST", "/api/v1/orders/HL202611200001/merge", json=body, headers=key("a"))
    assert (status, answer["type"]) == (409, "/problems/conflict")
