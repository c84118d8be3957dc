"""A supervisor of one team: what of another team's seats and calls every operation shows and does (nothing)."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import update

from console.access import Viewer, may_hear, may_see
from console.app import ALL
from console.deps import Deps
from console.live import Lens, LiveState
from gateway import control
from gateway.store import Role, User, audit_page
from gateway.store.teams import put_teams
from tests.console.conftest import Browser
from tests.console.house import CALLER, LONG_CALL, MISSED_CALL, SHORT_CALL, Board

LogIn = Callable[[str], Awaitable[Browser]]
TEAMS = "/api/v1/teams"


async def of_team(deps: Deps, logged_in: LogIn, team: str = "东区") -> Browser:
    """banzhang answers for 东区 (801) alone and sits at 901; 802 is in 西区."""
    async with deps.store.session() as session:
        await put_teams(session, {"801": "东区", "802": "西区"}, {"banzhang": [team]})
        await session.execute(update(User).where(User.name == "banzhang").values(seat_id="901"))
    return await logged_in("banzhang")


# Every operation on a call or a seat that a supervisor may ask for: what is sent, for a call or seat of another team.
FOREIGN: dict[str, Any] = {
    "POST /seats/802/{verb}": None,  # each verb by itself below
    "GET /calls/{call}": None,
    "POST /calls/{call}/reveal": None,
    "GET /calls/{call}/recording": None,
    "GET /calls/{call}/consults/1": None,
    "PUT /calls/{call}/result": {"result": "answered"},
    "GET /calls/{live}/pop": None,
    "GET /calls/{live}/targets": None,
    "POST /calls/{live}/talk": {"verb": "hand_over"},
    "POST /live/calls/{live}/listen": {"mode": "listen"},
    "POST /live/calls/{live}/take_over": None,
    "POST /live/messages": {"text": "开会", "seats": ["801", "802"]},
    "PUT /live/surges/s1-1": {"text": "停水", "order_id": ""},
}
OTHERWISE = {
    "DELETE /live/calls/{call}/listen",  # ends what the supervisor's own phone does, wherever that is
    "GET /calls/{call}/promise",
    "POST /calls/{call}/promise",  # the order's
    "GET /calls/{call}/order",  # an order is no team's: the orders' own rules hold
}


def asked_for() -> set[str]:
    """The same operations as the route table has them, in the words of `FOREIGN`."""
    found = set()
    for operation in ALL:
        path = operation.path.removeprefix("/api/v1")
        if operation.roles is None or Role.SUPERVISOR not in operation.roles:
            continue
        if "{linkedid" in path or path.startswith(("/seats/", "/live/")):
            found.add(f"{operation.method.value} {path.partition('{')[0]}…{path.rpartition('/')[2].partition('{')[0]}")
    return found


def test_the_table_of_operations_is_whole() -> None:
    known = {*FOREIGN, *OTHERWISE}
    named = set()
    for one in known:
        method, _, path = one.partition(" ")
        path = path.replace("/802/{verb}", "/{id}/{verb}").replace("/s1-1", "/{id}").replace("/1", "/{part}")
        named.add(f"{method} {path.partition('{')[0]}…{path.rpartition('/')[2].partition('{')[0]}")
    assert asked_for() == named


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize("what", [name for name in FOREIGN if "{verb}" not in name])
async def test_what_belongs_to_another_team_is_not_there(what: str, logged_in: LogIn, deps: Deps, board: Board) -> None:
    boss = await of_team(deps, logged_in)
    board.put_call("x2", seat="802", state="talking")
    method, _, path = what.partition(" ")
    path = path.format(call=LONG_CALL, live="x2")
    body = {"json": FOREIGN[what]} if FOREIGN[what] is not None else {}
    status, problem = await boss.call(method, f"/api/v1{path}", headers={"Idempotency-Key": "k"}, **body)
    assert status in (403, 404), (status, problem)
    assert problem["type"] in ("/problems/forbidden", "/problems/not-found")
    assert CALLER not in json.dumps(problem)


@pytest.mark.usefixtures("gateway")
@pytest.mark.parametrize("verb", ["login", "logout", "pause", "resume", "done"])
async def test_no_state_is_set_for_a_seat_of_another_team(
    verb: str, logged_in: LogIn, deps: Deps, board: Board
) -> None:
    boss = await of_team(deps, logged_in)
    body = {"device": "phone", "reason": "午餐"}
    for seat, wanted in (("802", 404), ("801", 200)):
        headers = {"Idempotency-Key": seat}
        status, _ = await boss.call("POST", f"/api/v1/seats/{seat}/{verb}", json=body, headers=headers)
        assert status == wanted
    assert [seat for seat, _, _ in board.verbs] == ["801"]


async def test_a_supervisors_own_team_is_there_whole(logged_in: LogIn, deps: Deps) -> None:
    boss = await of_team(deps, logged_in)
    status, listed = await boss.call("GET", "/api/v1/calls")
    assert (status, {row["linkedid"] for row in listed["items"]}) == (200, {SHORT_CALL, MISSED_CALL})
    assert (await boss.call("GET", f"/api/v1/calls/{SHORT_CALL}/recording"))[0] == 200
    assert (await boss.call("POST", f"/api/v1/calls/{SHORT_CALL}/reveal"))[1]["number"] == CALLER
    assert (await boss.call("GET", f"/api/v1/calls/{MISSED_CALL}"))[0] == 200  # it was offered to nobody
    assert (await boss.call("POST", f"/api/v1/calls/{MISSED_CALL}/reveal"))[0] == 403
    everyone = await logged_in("admin")
    _, listed = await everyone.call("GET", "/api/v1/calls")
    assert len(listed["items"]) == 3


def test_the_live_view_holds_ones_own_team_and_who_waits() -> None:
    state = LiveState()
    state.apply({"type": "snapshot", "seats": [{"id": "801"}, {"id": "802"}], "calls": [], "messages": []})
    calls = {"x1": "801", "x2": "802", "x3": None}
    for linkedid, seat in calls.items():
        state.apply({"type": "call", "call": {"linkedid": linkedid, "seat": seat, "caller": {"number": CALLER}}})
    for seats in ([], ["801"], ["802"]):
        state.apply({"type": "message", "message": {"id": str(seats), "seats": seats}})
    east = Viewer("b", "", Role.SUPERVISOR, "901", watches=frozenset({"801"}))
    seen = state.snapshot_for(east)
    assert [seat["id"] for seat in seen["seats"]] == ["801"]
    assert [call["linkedid"] for call in seen["calls"]] == ["x1", "x3"]
    assert [message["seats"] for message in seen["messages"]] == [[], ["801"]]
    lens = Lens(east)
    lens.first(state)
    assert lens.through({"type": "seat", "seat": {"id": "802"}}) is None
    moved = {"linkedid": "x3", "seat": "802", "caller": {}}
    assert lens.through({"type": "call", "call": moved}) == {"type": "call_gone", "linkedid": "x3"}
    nobody = Viewer("b", "", Role.SUPERVISOR, "", watches=frozenset())  # a team that no seat is in
    assert not may_see(nobody, ["801"]) and not may_hear(nobody, ["801"]) and not may_hear(nobody, [])
    everybody = Viewer("b", "", Role.SUPERVISOR, "")
    assert may_see(everybody, ["801"]) and may_hear(everybody, [])


async def test_a_message_to_all_is_for_all_of_the_team_and_none_of_another(
    logged_in: LogIn, deps: Deps, board: Board
) -> None:
    told: list[Any] = []

    async def message(request: web.Request) -> web.Response:
        told.append(await request.json())
        return web.json_response({"id": "n", "at": "2026-11-20T04:00:00+00:00", "by": "b", "text": "t", "seats": []})

    house = control.make_app(board, board.hub)
    house.router.add_post("/v1/messages", message)
    runner = await control.serve(house, deps.config.control_socket)
    boss = await of_team(deps, logged_in)
    body = {"text": "开会", "seats": []}
    status, answer = await boss.call("POST", "/api/v1/live/messages", json=body, headers={"Idempotency-Key": "k"})
    assert status == 200, answer
    assert told[0]["seats"] == ["801"]
    await runner.cleanup()


async def test_admins_say_who_is_in_which_team_and_it_counts_at_once(logged_in: LogIn, deps: Deps) -> None:
    admin, boss = await logged_in("admin"), await logged_in("banzhang")
    assert (await boss.call("GET", f"/api/v1/calls/{LONG_CALL}"))[0] == 200
    status, now = await admin.call("GET", TEAMS)
    assert (status, now["teams"], {seat["team"] for seat in now["seats"]}) == (200, [], {""})
    body = {"mark": now["mark"], "seats": {"801": " 东区 "}, "supervisors": {"banzhang": ["东区"]}}
    status, saved = await admin.call("PUT", TEAMS, json=body)
    assert (status, saved["teams"]) == (200, ["东区"])
    assert (await boss.call("GET", f"/api/v1/calls/{LONG_CALL}"))[0] == 404
    assert (await admin.call("PUT", TEAMS, json=body))[0] == 409
    async with deps.store.reading() as session:
        entries = [entry for entry in (await audit_page(session)).items if entry.what == "team.changed"]
    assert {(entry.object, str(entry.detail["after"])) for entry in entries} == {
        ("seat:801", "东区"), ("supervisor:banzhang", "['东区']"),
    }  # fmt: skip
    for wrong in ({"seats": {"999": "东区"}}, {"supervisors": {"seat801": ["东区"]}}):
        assert (await admin.call("PUT", TEAMS, json={"mark": saved["mark"], **wrong}))[0] == 404
    assert (await admin.call("PUT", TEAMS, json={"mark": saved["mark"], "seats": {"801": "a\nb"}}))[0] == 400
    assert (await boss.call("PUT", TEAMS, json={"mark": saved["mark"], "supervisors": {"banzhang": []}}))[0] == 403
