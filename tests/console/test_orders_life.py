"""Whole lives of orders over the API, under two profiles, by the people who have to do with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from console.deps import Deps
from tests.console.conftest import Browser
from tests.console.house import CALLER
from tests.console.order_cases import NAME, TEN, Case, LogIn, new_case, report


async def test_a_life_under_yunnan_from_draft_to_archive(people: dict[str, Browser]) -> None:
    office, water, roads = people["office1"], people["unit1"], people["unit2"]
    case = await new_case(office)
    draft = await case.file(office)
    assert (draft["state"], draft["queue"], draft["profile"]) == ("accepted/draft", "intake", "yunnan-2021")
    assert draft["allowed"].count("accepted") == 1
    accepted = await case.do(office, "accepted")
    assert [due["step"] for due in accepted["dues"]] == ["dispatch"]
    assert "三（四）" in accepted["dues"][0]["rule"]
    # dispatched by mistake to the roads, who give it back in time
    assert (await case.ask(roads, "signed", ""))[0] == 404
    await case.do(office, "dispatched", units=["roads"])
    await case.do(roads, "signed")
    slug, rule = await case.refused(roads, "return_asked", "不归我们", ground="nonsense")
    assert (slug, rule) == ("ground-unknown", "yunnan-2021 三（四）")
    asked = await case.do(roads, "return_asked", "供水归水务", ground="not_ours", suggestion="市水务局")
    assert (asked["state"], asked["queue"]) == ("return_asked", "return")
    assert (await case.do(office, "return_approved"))["queue"] == "dispatch"
    assert (await roads.call("GET", f"/api/v1/orders/{case.id}/file"))[0] == 404
    # the suggestion has learnt from it; then to the water bureau
    status, found = await office.call("GET", f"/api/v1/orders/{case.id}/suggestions")
    assert (status, [one["unit"]["name"] for one in found["items"]]) == (200, ["市水务局"])
    assert "派单目录：水务/供水/停水由该单位负责（全市）" in found["items"][0]["why"]
    other = await new_case(office, subject="没有这个类目")
    asked = {"order_ids": [other.id, case.id, case.id, "20200101-000001"]}
    status, many = await office.call("POST", "/api/v1/orders/suggestions", json=asked)
    assert status == 200 and [one["order_id"] for one in many["items"]] == [other.id, case.id]
    assert [one["items"] for one in many["items"]] == [[], found["items"]]
    dispatched = await case.do(office, "dispatched", units=["water"], lead="water", suggested=True)
    handle = next(due for due in dispatched["dues"] if due["step"] == "handle")
    assert (handle["limit"], handle["provisional"]) == ("3 WD", False)
    assert datetime.fromisoformat(handle["explained"][-1]["end"]) == datetime.fromisoformat(handle["due"])
    await case.do(water, "signed")
    # extension: 求助 to at most 5 working days
    assert (await case.refused(water, "extension_asked", "要换管", amount=9))[0] == "extension-refused"
    assert (await case.do(water, "extension_asked", "要换管", amount=2))["queue"] == "extension"
    extended = await case.do(office, "extension_approved")
    moved = next(due for due in extended["dues"] if due["step"] == "handle")
    assert moved["due"] > handle["due"] and moved["why"].startswith("延期")
    assert [due["due"] for due in extended["past_dues"]][-1] == handle["due"]
    # an incomplete report is not taken
    slug, _ = await case.refused(water, "answered", ground="solved", report={"result": "已恢复"})
    assert slug == "report-incomplete"
    await case.do(water, "answered", ground="solved", report=report("result", "answer"))
    await case.do(office, "review_sent_back", "未说明原因")
    await case.do(water, "answered", ground="solved", report=report("result", "answer"))
    assert (await case.do(office, "review_passed"))["queue"] == "follow_up"
    # unsatisfied: the office examines and has it handled again, by the rule of this document
    again = await case.do(office, "followed_up", channel="call", result="unsatisfied", solved=False, unit_fault=True)
    assert again["state"] == "reexamining"
    await case.do(office, "reexamined", "确未解决", redo=True)
    await case.do(office, "dispatched", units=["water"])
    await case.do(water, "signed")
    await case.do(water, "answered", ground="solved", report=report("result", "answer"))
    await case.do(office, "review_passed")
    await case.do(office, "followed_up", channel="call", result="satisfied", solved=True)
    done = await case.do(office, "archived")
    assert (done["state"], done["queue"], done["round"]) == ("archived", "done", 2)
    assert len(done["timeline"]) == done["timeline"][-1]["n"] and done["fold"]["follow_ups"][1]["result"] == "satisfied"


async def test_a_life_under_qingpu_has_other_rules(people: dict[str, Browser]) -> None:
    office, water, roads = people["office1"], people["unit1"], people["unit2"]
    case = await new_case(office, profile="qingpu-water", source="12345")
    await case.do(office, "accepted")
    slug, rule = await case.refused(office, "dispatched", units=["water"])
    assert (slug, rule.split()[0]) == ("difficulty-missing", "qingpu-water")
    await case.do(office, "reclassified", "现场复杂", difficulty="hard")
    dispatched = await case.do(office, "dispatched", units=["water"])
    assert {due["step"]: due["limit"] for due in dispatched["dues"]} == {
        "dispatch": "same day", "first_contact": "1 WD", "handle": "10 WD", "return": "3 WD"
    }  # fmt: skip
    slug, _ = await case.refused(water, "return_asked", "不是我们", ground="not_ours", approved_by="局长")
    assert slug == "evidence-missing"
    await case.do(water, "signed")
    # an SMS in place of a talk only after attempts an hour apart
    await case.do(water, "contacted", result="no_answer", channel="phone", cause="no_answer")
    assert (await case.refused(water, "contacted", result="told", channel="sms"))[0] == "sms-too-early"
    await case.do(water, "contacted", result="reached", channel="phone")
    # the extension wants two approvals, in their order
    rules = (await water.call("GET", f"/api/v1/orders/{case.id}/rules"))[1]
    assert [item["id"] for item in rules["extensions"][0]["approvals"]] == ["section", "upper_hotline"]
    asked = await case.do(water, "extension_asked", "管线改造", amount=15, caller_told=True)
    first = await case.do(office, "extension_approved")
    assert asked["queue"] == first["queue"] == "extension"
    last = await case.do(office, "extension_approved")
    assert last["queue"] == "handle"
    slug, _ = await case.refused(water, "answered", ground="solved", report=report("result", "answer"))
    assert slug == "report-incomplete"
    await case.do(water, "answered", ground="solved", report=report(*TEN))
    await case.do(office, "review_passed")
    # unsatisfied for the unit's fault: followed up a second time, then handled again
    unhappy: dict[str, Any] = {"channel": "call", "result": "unsatisfied", "solved": False, "unit_fault": True}
    assert (await case.do(office, "followed_up", **unhappy))["queue"] == "reexamine"
    assert (await case.refused(office, "reexamined", "重办", redo=True))[0] == "second-follow-up"
    await case.do(office, "followed_up", **unhappy)
    assert (await case.refused(office, "reexamined", "算了", redo=False))[0] == "must-redo"
    again = await case.do(office, "reexamined", "确未解决", redo=True)
    assert (again["state"], again["round"], again["queue"]) == ("accepted", 2, "dispatch")
    assert (await roads.call("GET", f"/api/v1/orders/{case.id}/file"))[0] == 404


async def test_an_act_sent_twice_happens_once(people: dict[str, Browser], deps: Deps) -> None:
    office = people["office1"]
    case = await new_case(office)
    headers = {"Idempotency-Key": "twice", "X-CSRF-Token": office.csrf}
    body = {"kind": "noted", "data": {"text": "已电话核实"}}
    for _ in range(2):
        deps.replies.__init__()  # type: ignore[misc]  # as after a restart of the console
        assert (await office.call("POST", f"/api/v1/orders/{case.id}/acts", json=body, headers=headers))[0] == 200
    file = await case.file(office)
    assert [entry["kind"] for entry in file["timeline"]] == ["opened", "noted"]
    deps.replies.__init__()  # type: ignore[misc]
    other = {"kind": "noted", "data": {"text": "另一条"}}
    status, problem = await office.call("POST", f"/api/v1/orders/{case.id}/acts", json=other, headers=headers)
    assert (status, problem["type"]) == (422, "/problems/key-reused")


async def test_a_batch_is_dispatched_each_by_itself(people: dict[str, Browser]) -> None:
    office = people["office1"]
    cases = [await new_case(office) for _ in range(3)]
    for case in cases[:2]:
        await case.do(office, "accepted")
    headers = {"Idempotency-Key": "batch", "X-CSRF-Token": office.csrf}
    body = {
        "order_ids": [*(case.id for case in cases), "20200101-000001"],
        "kind": "dispatched",
        "data": {"units": ["water"]},
    }
    status, answer = await office.call("POST", "/api/v1/orders/acts", json=body, headers=headers)
    assert status == 200
    assert [(one["done"], one["slug"]) for one in answer["items"]] == [
        (True, ""), (True, ""), (False, "not-now"), (False, "not-found")
    ]  # fmt: skip
    listed = (await office.call("GET", "/api/v1/orders/inbox?queue=sign&unit=water"))[1]["items"]
    assert [one["order_id"] for one in listed] == [case.id for case in cases[:2]]
    body = {"order_ids": [cases[2].id], "kind": "dispatched", "data": {"units": ["gone"]}}
    headers["Idempotency-Key"] = "batch2"
    answer = (await office.call("POST", "/api/v1/orders/acts", json=body, headers=headers))[1]
    assert (answer["items"][0]["slug"], "gone" in answer["items"][0]["detail"]) == ("bad-request", True)


async def test_two_of_the_office_at_once_the_second_is_told_what_is_now(people: dict[str, Browser]) -> None:
    office = people["office1"]
    case = await new_case(office)
    await case.do(office, "accepted")
    body = {"kind": "dispatched", "data": {"units": ["water"]}, "version": 1}
    headers = {"Idempotency-Key": "stale", "X-CSRF-Token": office.csrf}
    status, problem = await office.call("POST", f"/api/v1/orders/{case.id}/acts", json=body, headers=headers)
    assert (status, problem["type"]) == (409, "/problems/conflict")
    assert problem["current"]["version"] == 2


async def test_a_repeat_is_put_before_the_office_and_merged(people: dict[str, Browser]) -> None:
    office = people["office1"]
    first, second = await new_case(office), await new_case(office)
    await first.do(office, "accepted")
    _, found = await office.call("GET", f"/api/v1/orders/{second.id}/repeats")
    assert [(one["order_id"], one["same_caller"], one["action"]) for one in found["items"]] == [
        (first.id, True, "merge")
    ]
    merged = await second.do(office, "merged", "同一诉求", into=first.id)
    assert (merged["state"], merged["queue"]) == ("merged", "done")
    assert (await first.file(office))["fold"]["merged"] == [second.id]


async def test_a_seat_s_draft_of_a_call_lives_on_and_its_caller_is_masked_afterwards(logged_in: LogIn) -> None:
    seat, other = await logged_in("seat801"), await logged_in("seat802")
    path = "/api/v1/orders/HL202611200001"
    full = {"version": 1, "title": "路灯不亮", "category": "help", "matter": "三天不亮", "caller_name": NAME}
    _, draft = await seat.call("PATCH", path, json=full)
    assert draft["caller_name"] == NAME  # the seat is writing it down
    status, accepted = await seat.call("POST", f"{path}/accept", json={"version": 2})
    assert (status, accepted["caller_name"]) == (200, "欧***")
    _, same = await seat.call("PATCH", path, json={"version": 3, "caller_name": "欧***"})
    assert same["version"] == 3
    case = Case("HL202611200001")
    file = await case.file(seat)
    assert [entry["kind"] for entry in file["timeline"]] == ["opened", "edited", "accepted", "deadline_set"]
    assert CALLER not in str(file) and NAME not in str(file)
    assert (await case.ask(other, "noted", "", text="x"))[0] == 404
    assert (await case.do(seat, "dispatched", units=["roads"]))["state"] == "dispatched"
