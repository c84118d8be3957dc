"""Who hears, opens and exports what of an order: each role, relation and kind of order, said a second time here."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import update

from console.deps import Deps
from gateway.journal.kinds import LegRole, OutPurpose, OutResult
from gateway.store import Call, Leg, Recording, RecordingState, WorkOrder, audit_page
from gateway.store.models import OutCall
from gateway.store.teams import put_teams
from tests.console.conftest import Browser
from tests.console.house import LONG_CALL, MISSED_CALL, NOON, SHORT_CALL, _leg
from tests.console.order_cases import Case, new_case

LogIn = Callable[[str], Awaitable[Browser]]
WHY = "?why=核实诉求"
# kind of order → its fields, and the unit that handles it
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "complaint": ({"category": "complaint"}, "water"),
    "report": ({"category": "report"}, "water"),
    "secrecy": ({"category": "complaint", "secrecy": True}, "water"),
    "about the unit": ({"category": "complaint", "accused": ["water"]}, "water"),
    "report on another": ({"category": "report", "accused": ["water"]}, "roads"),
}
# viewer → status of (the order, its recording, the call's recording, whether an export has it)
HOUSE: dict[str, tuple[int, int, int, bool]] = {
    "seat801": (200, 200, 200, True),  # took the call
    "seat802": (404, 404, 404, False),
    "office1": (200, 200, 200, True),
    "banzhang": (200, 200, 200, True),
    "admin": (200, 200, 200, True),
    "auditor1": (200, 403, 403, True),  # sees who looked, not what was said
}
NOT_THEIRS, NO_VOICE, VOICE = (404, 404, 403, False), (200, 403, 403, True), (200, 200, 403, True)
UNITS: dict[str, dict[str, tuple[int, int, int, bool]]] = {
    "complaint": {"unit1": VOICE, "unit2": NOT_THEIRS},
    "report": {"unit1": NO_VOICE, "unit2": NOT_THEIRS},
    "secrecy": {"unit1": NO_VOICE, "unit2": NOT_THEIRS},
    "about the unit": {"unit1": NO_VOICE, "unit2": NOT_THEIRS},
    "report on another": {"unit1": NOT_THEIRS, "unit2": NO_VOICE},
}


async def case_of(kind: str, logged_in: LogIn, deps: Deps) -> Case:
    """An order of that kind, dispatched, from the call that seat 801 took and expert 901 was brought into."""
    fields, unit = KINDS[kind]
    office = await logged_in("office1")
    case = await new_case(office, **fields)
    await case.do(office, "accepted")
    await case.do(office, "dispatched", units=[unit])
    async with deps.store.session() as session:
        await session.execute(update(WorkOrder).where(WorkOrder.linkedid == SHORT_CALL).values(linkedid=None))
        mine = update(WorkOrder).where(WorkOrder.order_id == case.id)
        await session.execute(mine.values(linkedid=SHORT_CALL, seat="801"))
        session.add(_leg(SHORT_CALL, LegRole.EXPERT, "901", NOON))
    return case


async def exported(who: Browser, order_id: str) -> bool:
    status, body = await who.call("GET", "/api/v1/orders/export.xlsx")
    if status != 200:
        return False
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        return any(order_id.encode() in book.read(name) for name in book.namelist())


@pytest.mark.parametrize("kind", list(KINDS))
async def test_who_opens_hears_and_exports_an_order(kind: str, logged_in: LogIn, deps: Deps) -> None:
    case = await case_of(kind, logged_in, deps)
    seen = {}
    for user in HOUSE | UNITS[kind]:
        who = await logged_in(user)
        seen[user] = (
            (await who.call("GET", f"/api/v1/orders/{case.id}/file"))[0],
            (await who.call("GET", f"/api/v1/orders/{case.id}/recordings/1{WHY}"))[0],
            (await who.call("GET", f"/api/v1/calls/{SHORT_CALL}/recording{WHY}"))[0],
            await exported(who, case.id),
        )
    assert seen == HOUSE | UNITS[kind]


async def test_an_expert_hears_the_call_that_they_talked_in(logged_in: LogIn, deps: Deps) -> None:
    await case_of("complaint", logged_in, deps)
    expert = await logged_in("expert901")
    assert (await expert.call("GET", f"/api/v1/calls/{SHORT_CALL}/recording"))[0] == 200
    assert (await expert.call("GET", f"/api/v1/calls/{LONG_CALL}/recording"))[0] == 404


async def test_the_orders_way_is_no_way_round_the_teams(logged_in: LogIn, deps: Deps) -> None:
    """801 and 901 talked. A supervisor of the seats of another team hears it neither as a call's nor as an order's."""
    case = await case_of("complaint", logged_in, deps)
    async with deps.store.session() as session:
        await put_teams(session, {"801": "东区", "901": "东区", "802": "西区"}, {"banzhang": ["西区"]})
    boss, all_of_it = await logged_in("banzhang"), f"/api/v1/orders/{case.id}/recordings"
    assert (await boss.call("GET", f"{all_of_it}/1"))[0] == 403
    assert [one["may_play"] for one in (await boss.call("GET", all_of_it))[1]["items"]] == [False]
    async with deps.store.session() as session:
        await put_teams(session, {"801": "东区", "901": "东区", "802": "西区"}, {"banzhang": ["东区"]})
    boss = await logged_in("banzhang")
    assert (await boss.call("GET", f"{all_of_it}/1"))[0] == 200


async def test_the_caller_hears_nothing_of_it(logged_in: LogIn, deps: Deps, browser: Browser) -> None:
    """The caller's page has a token of its own, which opens nothing of the house's API."""
    case = await case_of("complaint", logged_in, deps)
    for path in ("file", "recordings", "recordings/1", "calls"):
        token = {"X-Order-Token": "x" * 43}
        assert (await browser.call("GET", f"/api/v1/orders/{case.id}/{path}", headers=token))[0] == 401


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("report", "举报人信息对承办单位保密"),
        ("secrecy", "诉求人要求保密"),
        ("about the unit", "诉求涉及本单位，诉求人信息保密"),
    ],
)
async def test_a_unit_is_told_why_it_may_not_hear_and_its_try_is_kept(
    kind: str, why: str, logged_in: LogIn, deps: Deps
) -> None:
    case = await case_of(kind, logged_in, deps)
    unit = await logged_in("unit1")
    _, listed = await unit.call("GET", f"/api/v1/orders/{case.id}/recordings")
    (one,) = listed["items"]
    assert (one["may_play"], one["why"], one["call"], one["seat"]) == (False, why, None, None)
    status, body = await unit.call("GET", f"/api/v1/orders/{case.id}/recordings/1")
    assert (status, body["detail"]) == (403, why)
    assert ("unit1", "recording.refused", f"order:{case.id}") in await looks(deps)


async def looks(deps: Deps) -> list[tuple[str, str, str]]:
    async with deps.store.reading() as session:
        page = await audit_page(session, limit=50)
    return [(entry.who, entry.what, entry.object) for entry in page.items]


async def test_the_office_says_what_for_before_it_hears_and_the_audit_keeps_it(logged_in: LogIn, deps: Deps) -> None:
    case = await case_of("report", logged_in, deps)
    office = await logged_in("office1")
    for path in (f"orders/{case.id}/recordings/1", f"calls/{SHORT_CALL}/recording"):
        status, body = await office.call("GET", f"/api/v1/{path}")
        assert (status, "原因" in body["detail"]) == (400, True)
        assert (await office.call("GET", f"/api/v1/{path}?why=质量抽查"))[0] == 200
    async with deps.store.reading() as session:
        played = [one for one in (await audit_page(session, limit=50)).items if one.what == "recording.played"]
    assert [(one.who, one.object, one.detail["why"]) for one in played] == [
        ("office1", f"call:{SHORT_CALL}", "质量抽查"),
        ("office1", f"order:{case.id}", "质量抽查"),
    ]


async def test_the_follow_up_of_an_order_is_the_houses_own_and_is_heard_by_who_made_it(
    logged_in: LogIn, deps: Deps
) -> None:
    """It is a second recording of the order; the unit that handles it does not hear what is said of it there."""
    case = await case_of("complaint", logged_in, deps)
    async with deps.store.session() as session:
        session.add(_out(case.id, LONG_CALL))
        await session.execute(update(Leg).where(Leg.linkedid == LONG_CALL, Leg.seat == "802").values(seat="601"))
        await session.execute(
            update(Recording)
            .where(Recording.linkedid == LONG_CALL)
            .values(state=RecordingState.VERIFIED, path=f"2026/11/20/{SHORT_CALL}.wav")
        )
    office, unit, seat = [await logged_in(user) for user in ("office1", "unit1", "seat801")]
    for who, purposes in ((office, [True, True]), (unit, [True, False]), (seat, [True, False])):
        _, listed = await who.call("GET", f"/api/v1/orders/{case.id}/recordings")
        assert [(one["n"], one["purpose"]) for one in listed["items"]] == [(1, ""), (2, "follow_up")]
        assert [one["may_play"] for one in listed["items"]] == purposes
    _, refused = await seat.call("GET", f"/api/v1/orders/{case.id}/recordings/2")
    assert refused["detail"] == "只有参与此次通话的坐席可以收听"
    _, refused = await unit.call("GET", f"/api/v1/orders/{case.id}/recordings/2")
    assert refused["detail"] == "回访通话是热线办的内部信息"
    assert (await office.call("GET", f"/api/v1/orders/{case.id}/recordings/2{WHY}"))[0] == 200
    assert (await office.call("GET", f"/api/v1/orders/{case.id}/recordings/3{WHY}"))[0] == 404


def _out(order_id: str, call: str) -> OutCall:
    return OutCall(
        linkedid=call,
        purpose=OutPurpose.FOLLOW_UP,
        reference=f"order:{order_id}",
        seat="601",
        by="office1",
        asked_at=NOON,
        result=OutResult.TALKED,
        ended_at=NOON,
        talked_s=35.0,
    )


async def test_the_office_lists_calls_of_everybody_but_reveals_no_number_there(logged_in: LogIn) -> None:
    office = await logged_in("office1")
    _, page = await office.call("GET", "/api/v1/calls?seat=801")
    assert [row["linkedid"] for row in page["items"]] == [SHORT_CALL]
    _, one = await office.call("GET", f"/api/v1/calls/{SHORT_CALL}")
    assert (one["may_reveal"], one["says_why"], one["recording_detail"]["may_play"]) == (False, True, True)
    assert (await office.call("POST", f"/api/v1/calls/{SHORT_CALL}/reveal"))[0] == 403
    assert (await office.call("GET", f"/api/v1/calls/{SHORT_CALL}/consults/1"))[0] == 403


async def test_calls_are_listed_by_direction_and_a_seat_finds_what_was_placed_for_it(
    logged_in: LogIn, deps: Deps
) -> None:
    async with deps.store.session() as session:
        placed = {"inbound": False, "purpose": "follow_up", "reference": "order:HL202611200001"}
        await session.execute(update(Call).where(Call.linkedid == LONG_CALL).values(**placed))
        unanswered = update(Leg).where(Leg.linkedid == LONG_CALL, Leg.seat == "802").values(joined_at=None)
        await session.execute(unanswered)
        await session.execute(update(Call).where(Call.linkedid == MISSED_CALL).values(inbound=False))  # none
    for user, of in (
        ("banzhang", {"": [LONG_CALL, SHORT_CALL], "?direction=out": [LONG_CALL], "?direction=in": [SHORT_CALL]}),
        ("seat802", {"": [LONG_CALL], "?direction=in": []}),
        ("seat801", {"": [SHORT_CALL], "?direction=out": []}),
    ):
        who = await logged_in(user)
        for query, calls in of.items():
            _, page = await who.call("GET", f"/api/v1/calls{query}")
            assert [row["linkedid"] for row in page["items"]] == calls, (user, query)
