"""The roster over HTTP: admins edit, supervisors look, who was slower is told; seats say what came of their calls."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest_asyncio
from sqlalchemy import select

from console.deps import Deps
from gateway.config import Config
from gateway.journal.kinds import LegResult, LegRole
from gateway.people.demo import demo_people
from gateway.people.parts import Actor, parts_of, save_part
from gateway.store import AuditEntry, CallResult, Leg, Recording, RecordingState, log_audit
from gateway.tables import versions
from gateway.tables.files import first_table
from tests.console.conftest import Browser
from tests.console.house import NOON, SHORT_CALL, tone

LogIn = Callable[[str], Awaitable[Browser]]
BASE = "/api/v1/people"
ENTRY = {
    "kind": "seat",
    "ref": "901",
    "name": "张工",
    "shifts": [{"days": [1, 2, 3, 4, 5], "from": "08:30", "to": "17:30", "workdays": True}],
}


@pytest_asyncio.fixture(autouse=True)
async def people(deps: Deps, config: Config) -> None:
    async with deps.store.session() as session:
        await versions.take_in(session, lambda: first_table(config), versions.Actor("system", NOON))
        for key, value in parts_of(demo_people({"901"})).items():
            await save_part(session, Actor("system", NOON), key, value, revision=0)


def match(tag: str) -> dict[str, str]:
    return {"If-Match": tag}


async def test_an_admin_sees_the_roster_with_what_can_be_named_and_what_is_missing(logged_in: LogIn) -> None:
    status, body = await (await logged_in("admin")).call("GET", BASE)
    assert status == 200 and len(body["version"]) == 12
    rosters = {one["number"]: one for one in body["hotlines"]}
    assert rosters["12333"]["name"].endswith("电话") and rosters["12333"]["etag"] == '"1.1"'
    assert rosters["12348"]["entries"][-1]["shifts"][0]["from"] == "08:00"
    assert body["choices"]["trunks"] == ["carrier"] and body["outside"]["rules"][0]["per_hour"] == 30
    assert {seat["id"] for seat in body["choices"]["seats"] if seat["expert"]} == {"901"}
    assert body["warnings"] == []


async def test_supervisors_look_seats_do_not_and_only_admins_save(logged_in: LogIn) -> None:
    supervisor, seat = await logged_in("banzhang"), await logged_in("seat801")
    assert (await supervisor.call("GET", BASE))[0] == 200
    assert (await seat.call("GET", BASE))[0] == 403
    for browser in (supervisor, seat):
        saved = await browser.call("PUT", f"{BASE}/roster/12333", json={"entries": []}, headers=match('"1.1"'))
        assert saved[0] == 403
    status, codes = await seat.call("GET", f"{BASE}/results")
    assert status == 200 and codes["items"][0] == {"code": "answered", "text": "当场答复", "settled": True}


async def test_a_saved_roster_is_audited_and_the_slower_one_told(logged_in: LogIn, deps: Deps) -> None:
    admin = await logged_in("admin")
    path = f"{BASE}/roster/12333"
    status, saved = await admin.call("PUT", path, json={"entries": [ENTRY]}, headers=match('"1.1"'))
    assert status == 200 and saved["etag"] == '"1.2"' and saved["changed_by"] == "admin"
    assert saved["entries"][0]["shifts"][0]["workdays"] is True
    status, problem = await admin.call("PUT", path, json={"entries": []}, headers=match('"1.1"'))
    assert status == 409 and problem["etag"] == '"1.2"'
    assert (await admin.call("PUT", path, json={"entries": []}, headers=match("x")))[0] == 400
    async with deps.store.reading() as session:
        chosen = select(AuditEntry).where(AuditEntry.what == "people.saved", AuditEntry.who == "admin")
        (entry,) = await session.scalars(chosen)
    assert entry.object == "people:roster/12333" and entry.detail["after"][0]["name"] == "张工"


async def test_every_wrong_place_of_a_part_comes_back_in_chinese(logged_in: LogIn) -> None:
    admin = await logged_in("admin")
    wrong = [{**ENTRY, "ref": "a b"}, {**ENTRY, "kind": "outside", "ref": "8001"}]
    status, problem = await admin.call("PUT", f"{BASE}/roster/12333", json={"entries": wrong}, headers=match('"1.1"'))
    assert status == 400 and {one["place"] for one in problem["fields"]} == {"0.ref", "1.trunk"}
    outside = {"rules": [{"pattern": "XXXXXXXX", "name": "某", "trunk": "carrier"}], "denied": []}
    status, problem = await admin.call(
        "PUT", f"{BASE}/outside", json={**outside, "per_hour": 0, "per_seat": 1}, headers=match('"1.1"')
    )
    assert status == 400 and {one["place"] for one in problem["fields"]} == {"rules.0.pattern", "per_hour"}


async def test_codes_and_wrap_up_are_saved_each_by_itself(logged_in: LogIn) -> None:
    admin = await logged_in("admin")
    rules = {"12345": {"seconds": 45, "must_close": True}}
    body = {"default_s": 15, "must_close": False, "skills": rules}
    assert (await admin.call("PUT", f"{BASE}/wrap_up", json=body, headers=match('"1.1"')))[0] == 200
    items = {"items": [{"code": "done", "text": "已办结", "settled": None}]}
    assert (await admin.call("PUT", f"{BASE}/results", json=items, headers=match('"1.1"')))[0] == 200
    _, now = await admin.call("GET", BASE)
    assert now["wrap_up"]["skills"]["12345"]["must_close"] and now["results"]["items"][0]["code"] == "done"
    assert now["outside"]["etag"] == '"1.1"'


async def test_the_page_can_ask_who_would_be_rung_and_whether_a_number_may_be_called(logged_in: LogIn) -> None:
    browser = await logged_in("banzhang")
    night = "2026-11-23T21:00:00%2B08:00"
    status, body = await browser.call("GET", f"{BASE}/roster/12348/now?at={night}")
    assert status == 200 and [one["key"] for one in body["items"]] == ["seat:901"]
    assert (await browser.call("GET", f"{BASE}/roster/12348/now?at=2026-11-23T21:00:00"))[0] == 400
    _, answer = await browser.call("GET", f"{BASE}/outside/may?number=0085212345678")
    assert (answer["allowed"], answer["slug"]) == (False, "international")
    _, answer = await browser.call("GET", f"{BASE}/outside/may?number=0872-2123456")
    assert answer["allowed"] and answer["trunk"] == "carrier"


async def test_who_talked_says_what_came_of_the_call_and_nobody_else(logged_in: LogIn, deps: Deps) -> None:
    path = f"/api/v1/calls/{SHORT_CALL}/result"
    seat = await logged_in("seat801")
    status, said = await seat.call("PUT", path, json={"result": "answered", "settled": False})
    assert status == 200 and said["settled"] is True  # the code itself says so
    assert (await seat.call("PUT", path, json={"result": "nonsense"}))[0] == 400
    assert (await seat.call("PUT", path, json={}))[0] == 400
    assert (await (await logged_in("seat802")).call("PUT", path, json={"settled": True}))[0] in (403, 404)
    assert (await (await logged_in("banzhang")).call("PUT", path, json={"settled": True}))[0] == 403
    _, call = await seat.call("GET", f"/api/v1/calls/{SHORT_CALL}")
    assert [(one["seat"], one["settled"], one["result"]) for one in call["results"]] == [("801", True, "answered")]
    async with deps.store.reading() as session:
        assert len((await session.scalars(select(CallResult))).all()) == 1


def _consult(config: Config) -> tuple[Leg, Recording]:
    values: dict[str, Any] = {
        "linkedid": SHORT_CALL,
        "role": LegRole.EXPERT,
        "result": LegResult.ANSWERED,
        "started_at": NOON + timedelta(seconds=60),
        "hotline_number": "12315",
    }
    leg = Leg(
        **values, uniqueid="hl1-9.9", channel="PJSIP/seat-901-00000009", device="seat-901", seat="901", name="张工",
        verb="consult", brought_by="801", ring_s=1, talk_s=0, consult_s=3.0, three_way_s=0, hold_s=0,
    )  # fmt: skip
    path = f"2026/11/20/{SHORT_CALL}-consult-9-1.wav"
    tone(config.recordings_dir / path, 3.0)
    recording = Recording(
        linkedid=SHORT_CALL, part=1, uniqueid="hl1-9.9", path=path, state=RecordingState.VERIFIED, reason="",
        seconds=3.0, expected_s=3.0,
    )  # fmt: skip
    return leg, recording


async def test_a_private_talk_is_heard_by_who_was_in_it_and_by_overseers(
    logged_in: LogIn, deps: Deps, config: Config
) -> None:
    async with deps.store.session() as session:
        session.add_all(_consult(config))
    path = f"/api/v1/calls/{SHORT_CALL}"
    for name in ("banzhang", "seat801", "expert901"):
        browser = await logged_in(name)
        status, call = await browser.call("GET", path)
        assert status == 200 and call["consults"][0]["may_play"], name
        assert [leg["name"] for leg in call["legs"] if leg["verb"] == "consult"] == ["张工"]
        assert (await browser.call("GET", f"{path}/consults/1"))[0] == 200, name
    expert = await logged_in("expert901")
    assert (await expert.call("GET", f"{path}/recording"))[0] == 403  # it never talked with the caller
    assert (await expert.call("GET", f"{path}/consults/2"))[0] == 404


async def test_an_outside_number_in_the_audit_is_masked_and_each_look_is_kept(logged_in: LogIn, deps: Deps) -> None:
    refused = {"number": "13800138000", "why": "not-allowed", "seat": "801"}
    placed = {"target": {"kind": "outside", "ref": "13900139000"}, "party": None}
    async with deps.store.session() as session:
        for what, detail in (("call.outside_refused", refused), ("call.three_way", placed)):
            await log_audit(session, "seat801", what, "call:c1", at=NOON, detail=detail)
        await log_audit(session, "admin", "people.saved", "people:results", at=NOON)
    boss, auditor = await logged_in("banzhang"), await logged_in("auditor1")
    status, page = await auditor.call("GET", "/api/v1/audit?subject=call:c1")
    details = {entry["what"]: entry for entry in page["items"]}
    assert details["call.outside_refused"]["detail"] == refused | {"number": "138****8000"}
    assert details["call.three_way"]["detail"]["target"]["ref"] == "139****9000"
    for what, number in (("call.outside_refused", "13800138000"), ("call.three_way", "13900139000")):
        path = f"/api/v1/audit/{details[what]['id']}/reveal"
        assert (await auditor.call("POST", path))[0] == 403
        status, shown = await boss.call("POST", path)
        assert (status, shown["number"]) == (200, number)
        _, looks = await auditor.call("GET", f"/api/v1/audit?what=number.revealed&subject=audit:{details[what]['id']}")
        assert [look["who"] for look in looks["items"]] == ["banzhang"]
    assert (await boss.call("POST", "/api/v1/audit/999999/reveal"))[0] == 404
