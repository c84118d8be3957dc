"""From the talk to the work order: no expert answered, a caller who was marked, real names, who else may write."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from sqlalchemy import update

from console.deps import Deps
from gateway.config import Config
from gateway.orders.directory import Unit, put_units
from gateway.orders.rulebook import Rulebook
from gateway.store import audit_page
from gateway.store.models import Call, Leg, WorkOrder
from tests.console.conftest import Browser
from tests.console.house import CALLER, DIRECTORY, NOON, SHORT_CALL, Board
from tests.console.test_talk import NOW, TALK, Acts, acts

__all__ = ["acts"]

LogIn = Callable[[str], Awaitable[Browser]]
ORDER = "HL202611200001"  # a draft of seat 801's SHORT_CALL
UNANSWERED = {"at": NOW, "by": "801", "roster": "12315", "tried": ["专家902", "专家901"]}
_keys = count()


def key() -> dict[str, str]:
    return {"Idempotency-Key": f"after-{next(_keys)}"}


async def written(deps: Deps, **values: Any) -> None:
    async with deps.store.session() as session:
        await session.execute(update(WorkOrder).where(WorkOrder.order_id == ORDER).values(**values))


async def audited(deps: Deps) -> list[tuple[str, str]]:
    async with deps.store.reading() as session:
        page = await audit_page(session, limit=30)
    return [(entry.who, entry.what) for entry in page.items if entry.what.startswith("order.")]


async def market_answers_for_it(deps: Deps) -> None:
    async with deps.store.session() as session:
        units = (*DIRECTORY, Unit("market", "市市场监管局"))
        await put_units(session, units, number=1, why="t", by="t", at=NOON)


def under(deps: Deps, profile: str) -> None:
    """The city has another document."""
    config = Config(state_dir=deps.config.state_dir, profile=profile)
    object.__setattr__(deps, "rulebook", Rulebook(config))


# -- nobody on the roster answered ------------------------------------------------------------------------------------


async def test_the_words_for_the_caller_have_the_documents_time_or_none(
    acts: Acts, board: Board, logged_in: LogIn, deps: Deps
) -> None:
    board.put_call(SHORT_CALL, seat="801", state="talking", talk=TALK | {"unanswered": UNANSWERED})
    seat = await logged_in("seat801")
    status, shown = await seat.call("GET", f"/api/v1/calls/{SHORT_CALL}/promise")
    assert (status, shown["tried"], shown["order_id"]) == (200, UNANSWERED["tried"], ORDER)
    assert shown["until"] is None and "尽快" in shown["words"] and shown["lacking"] == ["类别", "诉求内容"]
    await written(deps, category="inquiry", matter="问办理材料")
    _, shown = await seat.call("GET", f"/api/v1/calls/{SHORT_CALL}/promise")
    until = datetime.fromisoformat(shown["until"])
    assert f"{until.month}月{until.day}日" in shown["words"] and "尽快" not in shown["words"]
    assert shown["rule"] and shown["lacking"] == []


async def test_one_click_gives_the_order_to_the_unit_and_two_clicks_do_it_once(
    acts: Acts, board: Board, logged_in: LogIn, deps: Deps
) -> None:
    await market_answers_for_it(deps)
    await written(deps, category="complaint", matter="商家拒不退货")
    board.put_call(SHORT_CALL, seat="801", state="talking", talk=TALK | {"unanswered": UNANSWERED})
    seat = await logged_in("seat801")
    path = f"/api/v1/calls/{SHORT_CALL}/promise"
    status, done = await seat.call("POST", path, headers=key())
    assert (status, done["dispatched"], done["told"], done["state"]) == (200, True, True, "dispatched")
    assert done["unit"] == {"id": "market", "name": "市市场监管局"}
    assert (await seat.call("POST", path, headers=key()))[1]["until"] == done["until"]
    office = await logged_in("office1")
    _, file = await office.call("GET", f"/api/v1/orders/{ORDER}/file")
    happened = [entry for entry in file["timeline"] if entry["kind"] in ("caller_promised", "accepted", "dispatched")]
    assert sorted(entry["kind"] for entry in happened) == ["accepted", "caller_promised", "dispatched"]
    promise = next(entry for entry in happened if entry["kind"] == "caller_promised")
    assert promise["data"]["source"] == "no_expert" and promise["data"]["until"] == done["until"]
    assert (promise["why"], promise["by"]) == ("专家未接听", "seat801")
    assert "promise" in {due["step"] for due in file["dues"]}
    _, page = await office.call("GET", "/api/v1/orders/inbox?promised=true")
    assert [line["order_id"] for line in page["items"]] == [ORDER]
    assert (await office.call("GET", "/api/v1/orders/counts"))[1]["promised"] == 1
    assert ("seat801", "order.promised") in await audited(deps)


async def test_after_the_call_the_record_is_enough_and_without_it_nothing_is_promised(
    acts: Acts, logged_in: LogIn, deps: Deps
) -> None:
    seat = await logged_in("seat801")
    path = f"/api/v1/calls/{SHORT_CALL}/promise"
    assert (await seat.call("GET", path))[1]["exhausted_at"] is None
    status, refused = await seat.call("POST", path, headers=key())
    assert (status, refused["type"]) == (409, "/problems/not-now")
    async with deps.store.session() as session:
        await session.execute(update(Call).where(Call.linkedid == SHORT_CALL).values(no_expert_at=NOON))
    status, done = await seat.call("POST", path, headers=key())
    assert (status, done["told"], done["dispatched"], done["lacking"]) == (200, True, False, ["类别", "诉求内容"])
    assert (await (await logged_in("seat802")).call("GET", path))[0] == 404


# -- marks that people set --------------------------------------------------------------------------------------------


async def test_a_mark_is_shown_to_who_is_called_next_and_lifted_by_the_office(
    acts: Acts, board: Board, logged_in: LogIn
) -> None:
    seat, office = await logged_in("seat801"), await logged_in("office1")
    board.put_call("x1", seat="801", state="offered")
    assert (await seat.call("GET", "/api/v1/calls/x1/pop"))[1]["marks"] is None
    mark = {"kind": "nuisance_marked", "data": {"ground": "insult", "evidence": [f"通话录音 {SHORT_CALL}"]}}
    acts_path = f"/api/v1/orders/{ORDER}/acts"
    assert (await seat.call("POST", acts_path, json=mark, headers=key()))[0] == 200
    _, pop = await seat.call("GET", "/api/v1/calls/x1/pop")
    last = pop["marks"]["last"]
    assert (pop["marks"]["count"], last["word"], last["order_id"], last["by"]) == (1, "侮辱", ORDER, "seat801")
    assert pop["frequency"]["suspected"] is False, "what is counted is apart from what people say"
    assert CALLER not in json.dumps(pop)
    lift = {"kind": "nuisance_lifted", "why": "误标", "data": {"mark": 1}}
    assert (await seat.call("POST", acts_path, json=lift, headers=key()))[1]["slug"] == "not-yours"
    assert (await office.call("POST", acts_path, json=lift, headers=key()))[0] == 200
    assert (await seat.call("GET", "/api/v1/calls/x1/pop"))[1]["marks"] is None


async def test_a_mark_is_found_by_the_number_the_caller_is_reached_at(
    acts: Acts, board: Board, logged_in: LogIn, deps: Deps
) -> None:
    """They called from one number and left another: the blind index knows that one."""
    seat = await logged_in("seat801")
    _, order = await seat.call("GET", f"/api/v1/orders/{ORDER}")
    changes = {"version": order["version"], "contact": "13911112222"}
    assert (await seat.call("PATCH", f"/api/v1/orders/{ORDER}", json=changes))[0] == 200
    mark = {"kind": "nuisance_marked", "data": {"ground": "threat", "evidence": ["录音"]}}
    assert (await seat.call("POST", f"/api/v1/orders/{ORDER}/acts", json=mark, headers=key()))[0] == 200
    other = {"raw": "13911112222", "number": "13911112222", "withheld": False}
    board.put_call("x2", seat="801", state="offered", caller=other)
    marks = (await seat.call("GET", "/api/v1/calls/x2/pop"))[1]["marks"]
    assert (marks["count"], marks["hand_over"]) == (1, True), "a threat is looked at from the first"


# -- real names -------------------------------------------------------------------------------------------------------


async def test_the_document_says_which_particulars_a_category_needs(
    acts: Acts, board: Board, logged_in: LogIn, deps: Deps
) -> None:
    seat = await logged_in("seat801")
    board.put_call("x1", seat="801", state="offered")
    assert (await seat.call("GET", f"/api/v1/orders/{ORDER}"))[1]["real_name"] is None
    under(deps, "karamay")
    asked = (await seat.call("GET", f"/api/v1/orders/{ORDER}"))[1]["real_name"]
    assert asked["categories"] == ["complaint", "report"]
    assert [each["field"] for each in asked["fields"]] == ["caller_name", "contact", "employer", "address"]
    assert (await seat.call("GET", "/api/v1/calls/x1/pop"))[1]["real_name"] == asked
    _, rules = await seat.call("GET", "/api/v1/orders/rules?profile=karamay")
    assert rules["real_name"] == asked


async def test_an_order_without_them_is_refused_with_place_and_remedy_and_taken_in_with_them(
    logged_in: LogIn, deps: Deps
) -> None:
    under(deps, "karamay")
    seat = await logged_in("seat801")

    async def patch(**changes: Any) -> dict[str, Any]:
        _, now = await seat.call("GET", f"/api/v1/orders/{ORDER}")
        status, saved = await seat.call("PATCH", f"/api/v1/orders/{ORDER}", json={"version": now["version"], **changes})
        assert status == 200, saved
        return dict(saved)

    saved = await patch(title="投诉", category="complaint", matter="商家拒不退货")
    body = {"version": saved["version"]}
    status, refused = await seat.call("POST", f"/api/v1/orders/{ORDER}/accept", json=body)
    assert (status, refused["slug"]) == (409, "real-name-missing")
    assert "缺" in refused["detail"] and "工作单位" in refused["detail"] and "karamay" in refused["rule"]
    assert "补填" in refused["remedy"]
    saved = await patch(caller_name="张三", employer="某公司", address="解放路 1 号")
    assert saved["employer"] == "某公司"
    body = {"version": saved["version"]}
    assert (await seat.call("POST", f"/api/v1/orders/{ORDER}/accept", json=body))[0] == 200


# -- who else may write -----------------------------------------------------------------------------------------------


async def test_who_talked_with_the_caller_later_writes_the_order_and_it_is_in_the_audit(
    logged_in: LogIn, deps: Deps
) -> None:
    expert, path = await logged_in("expert901"), f"/api/v1/orders/{ORDER}"
    assert (await expert.call("GET", path))[0] == 404
    assert (await expert.call("GET", f"/api/v1/calls/{SHORT_CALL}/order"))[0] == 404
    assert (await expert.call("GET", "/api/v1/orders"))[1]["items"] == []
    await written(deps, hands=["901"], title="坐席写的标题")
    async with deps.store.session() as session:
        legs = update(Leg).where(Leg.linkedid == SHORT_CALL, Leg.seat.is_(None)).values(seat="901", joined_at=NOON)
        await session.execute(legs)
    status, order = await expert.call("GET", f"/api/v1/calls/{SHORT_CALL}/order")
    assert (status, order["may_edit"], order["title"]) == (200, True, "坐席写的标题")
    changes = {"version": order["version"], "matter": "专家补充", "category": "inquiry"}
    status, saved = await expert.call("PATCH", path, json=changes)
    assert (status, saved["matter"], saved["title"]) == (200, "专家补充", "坐席写的标题")
    assert (await expert.call("POST", f"{path}/accept", json={"version": saved["version"]}))[0] == 200
    assert (await (await logged_in("seat802")).call("GET", path))[0] == 404, "nobody else"
    assert ORDER in {each["order_id"] for each in (await expert.call("GET", "/api/v1/orders"))[1]["items"]}
    found = [what for who, what in await audited(deps) if who == "expert901"]
    assert found == ["order.accepted_by_hand", "order.written_by_hand", "order.opened_by_hand"]


async def test_two_who_write_at_once_lose_nothing_and_the_slower_is_told(logged_in: LogIn, deps: Deps) -> None:
    await written(deps, hands=["901"])
    seat, expert, path = await logged_in("seat801"), await logged_in("expert901"), f"/api/v1/orders/{ORDER}"
    version = (await seat.call("GET", path))[1]["version"]
    assert (await expert.call("PATCH", path, json={"version": version, "matter": "专家写的"}))[0] == 200
    status, told = await seat.call("PATCH", path, json={"version": version, "matter": "坐席写的"})
    assert (status, told["type"]) == (409, "/problems/conflict")
    assert (told["current"]["matter"], told["yours"]["matter"]) == ("专家写的", "坐席写的")
    both = {"version": told["current"]["version"], "title": "坐席写的标题"}
    _, saved = await seat.call("PATCH", path, json=both)
    assert (saved["title"], saved["matter"]) == ("坐席写的标题", "专家写的")


@pytest.mark.parametrize("user", ["seat802", "unit1"])
async def test_the_order_of_a_call_stays_hidden_from_who_did_not_talk(logged_in: LogIn, deps: Deps, user: str) -> None:
    await written(deps, hands=["901"])
    status, _ = await (await logged_in(user)).call("GET", f"/api/v1/orders/{ORDER}/file")
    assert status == 404
