"""Whole lives of orders over the API, under two profiles, by the people who have to do with them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from console.deps import Deps
from gateway.feeds import Filter, Reader, shaped
from gateway.store import audit_page
from gateway.store.kinds import FeedRole, TargetKind, TargetState
from gateway.store.models import Delivery, FeedTarget, Outbox
from gateway.store.outbox import event_of
from tests.console.conftest import Browser
from tests.console.house import CALLER
from workorder.privacy import ViewerRole

LogIn = Callable[[str], Awaitable[Browser]]
NAME, NUMBER, ADDRESS = "欧阳明月", "13987654321", "苍山路88号"
TEN = (
    *("first_contact", "site_visit", "facts", "claim", "handling"),
    *("result", "answer", "satisfaction", "other", "people"),
)
_keys = count()


class Case:
    """An order that people act on, each through their own browser."""

    def __init__(self, order_id: str) -> None:
        self.id = order_id

    async def do(self, who: Browser, kind: str, why: str = "", **data: Any) -> dict[str, Any]:
        status, body = await self.ask(who, kind, why, **data)
        assert status == 200, body
        return dict(body)

    async def refused(self, who: Browser, kind: str, why: str = "", **data: Any) -> tuple[str, str]:
        status, body = await self.ask(who, kind, why, **data)
        assert (status, body["type"]) == (409, "/problems/refused"), body
        return body["slug"], body["rule"]

    async def ask(self, who: Browser, kind: str, why: str, **data: Any) -> tuple[int, Any]:
        body = {"kind": kind, "why": why, "data": data}
        headers = {"Idempotency-Key": f"k{next(_keys)}", "X-CSRF-Token": who.csrf}
        return await who.call("POST", f"/api/v1/orders/{self.id}/acts", json=body, headers=headers)

    async def file(self, who: Browser) -> dict[str, Any]:
        status, body = await who.call("GET", f"/api/v1/orders/{self.id}/file")
        assert status == 200, body
        return dict(body)


async def new_case(who: Browser, **fields: Any) -> Case:
    body = {
        "title": "小区停水两天", "matter": f"{NAME}（{NUMBER}）称家中停水两天", "category": "help",
        "subject": "水务/供水/停水", "caller_name": NAME, "contact": NUMBER, "address": ADDRESS, "employer": "某厂",
    } | fields  # fmt: skip
    headers = {"Idempotency-Key": f"k{next(_keys)}", "X-CSRF-Token": who.csrf}
    status, filed = await who.call("POST", "/api/v1/orders", json=body, headers=headers)
    assert status == 201, filed
    return Case(filed["order_id"])


def report(*fields: str) -> dict[str, str]:
    return dict.fromkeys(fields, "已核实")


@pytest.fixture
async def people(logged_in: LogIn) -> dict[str, Browser]:
    return {name: await logged_in(name) for name in ("office1", "unit1", "unit2")}


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


async def _feed_target(deps: Deps, unit: str) -> None:
    now = datetime.now(UTC)
    async with deps.store.session() as session:
        session.add(
            FeedTarget(
                id=f"to-{unit}", name=unit, kind=TargetKind.HTTP, state=TargetState.PAUSED, url="http://127.0.0.1:1/",
                secret="s", filter={}, role=FeedRole.UNIT, identity=True, unit=unit, failures=0, retry_at=None,
                last_error="", last_ok_at=None, version=1, created_at=now, changed_at=now, changed_by="test",
            )
        )  # fmt: skip


async def test_a_report_never_shows_its_reporter_to_a_unit_and_never_reaches_the_accused(
    people: dict[str, Browser], deps: Deps
) -> None:
    office, water, roads = people["office1"], people["unit1"], people["unit2"]
    await _feed_target(deps, "water")
    await _feed_target(deps, "roads")
    case = await new_case(
        office, category="report", subject="作风/效能", accused=["roads-repair"], title=f"{NAME}举报养护中心"
    )
    await case.do(office, "accepted")
    # the accused unit is one body with the bureau: neither gets it
    slug, _ = await case.refused(office, "dispatched", units=["roads"])
    assert slug == "accused-unit"
    await case.do(office, "dispatched", f"{NAME}的材料见附件", units=["water"])
    await case.do(water, "signed")
    seen: list[bytes] = []
    for who in (water, roads):
        for path in (
            f"/orders/{case.id}/file", "/orders/inbox", "/orders/inbox?q=养护中心", "/orders/export.xlsx",
            "/orders/counts", "/figures?since=2026-01-01T00:00:00Z&until=2026-12-31T00:00:00Z",
        ):  # fmt: skip
            async with who.client.get(f"/api/v1{path}") as answer:
                seen.append(await answer.read())
        for field in ("name", "contact", "address", "employer"):
            headers = {"X-CSRF-Token": who.csrf}
            path = f"/api/v1/orders/{case.id}/identity"
            async with who.client.post(path, json={"field": field}, headers=headers) as answer:
                assert answer.status in (403, 404)
                seen.append(await answer.read())
    text = b"".join(unzipped(content) for content in seen).decode("utf-8", "replace")
    for secret in (NAME, NUMBER, ADDRESS, "139****4321"):
        assert secret not in text
    file = await case.file(water)
    assert file["matter"].startswith("＊＊（＊＊）") and file["matter_sight"] == "masked"
    assert file["accused"] == [] and {one["sight"] for one in file["identity"]} == {"hidden"}
    assert (await water.call("GET", "/api/v1/orders/inbox"))[1]["items"][0]["order_id"] == case.id
    assert (await roads.call("GET", "/api/v1/orders/inbox"))[1]["items"] == []
    # words are no way round: a unit searches only what it may read whole
    assert (await water.call("GET", "/api/v1/orders/inbox?q=养护中心"))[1]["items"] == []
    assert (await office.call("GET", "/api/v1/orders/inbox?q=养护中心"))[1]["items"][0]["order_id"] == case.id
    await _fed(deps, case.id)


async def _fed(deps: Deps, order_id: str) -> None:
    """The units' feeds: the accused body is told nothing, the other no reporter."""
    async with deps.store.reading() as session:
        rows = {row.id: row for row in await session.scalars(select(Outbox).where(Outbox.subject == order_id))}
        query = select(Delivery).where(Delivery.target_id.startswith("to-"))
        told = [(entry.target_id, entry.outbox_id) for entry in await session.scalars(query)]
    assert {target for target, _ in told} == {"to-water"}
    water = Reader(ViewerRole.UNIT, "water", identity=True)
    bodies = [json.dumps(shaped(event_of(rows[n]), Filter(), water), ensure_ascii=False) for _, n in told]
    assert any('"matter"' in body for body in bodies)
    for secret in (NAME, NUMBER, ADDRESS):
        assert all(secret not in body for body in bodies)


def unzipped(content: bytes) -> bytes:
    """The texts of a workbook, or the content itself."""
    if not content.startswith(b"PK"):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return b"".join(book.read(name) for name in book.namelist())


async def test_part_9_2_3_a_unit_says_which_material_a_file_is(people: dict[str, Browser]) -> None:
    office, water = people["office1"], people["unit1"]
    case = await new_case(office, profile="qingpu-water", source="12345")
    await case.do(office, "accepted")
    await case.do(office, "reclassified", "一般", difficulty="simple")
    await case.do(office, "dispatched", units=["water"])

    async def upload(who: Browser, kind: str, data: bytes) -> tuple[int, Any]:
        headers = {"X-CSRF-Token": who.csrf, "Content-Type": "application/pdf"}
        return await who.call("POST", f"/api/v1/orders/{case.id}/evidence?name=a.pdf{kind}", data=data, headers=headers)

    status, problem = await upload(water, "", b"%PDF-1 photo")
    assert status == 400 and "请选择材料种类" in problem["detail"]
    assert "第九条（二）3" in problem["detail"] and "现场核查情况" in problem["detail"]
    status, problem = await upload(water, "&kind=nonsense", b"%PDF-1 photo")
    assert status == 400 and "没有这种材料" in problem["detail"]
    status, sent = await upload(water, "&kind=site", b"%PDF-1 photo")
    assert (status, sent["kind"], sent["kind_word"]) == (201, "site", "现场核查情况（含现场照片）")
    assert (await upload(water, "&kind=other", b"%PDF-1 other"))[1]["kind_word"] == "其他材料"
    assert (await upload(office, "", b"%PDF-1 office"))[1]["kind"] == "other"
    assert [one["kind"] for one in (await case.file(office))["evidence"]] == ["site", "other", "other"]


async def test_the_office_reveals_a_particular_and_it_is_audited(people: dict[str, Browser], deps: Deps) -> None:
    office = people["office1"]
    case = await new_case(office)
    file = await case.file(office)
    shown = {one["field"]: one["shown"] for one in file["identity"]}
    assert (shown["contact"], shown["name"]) == ("139****4321", "欧***")
    headers = {"X-CSRF-Token": office.csrf}
    path = f"/api/v1/orders/{case.id}/identity"
    status, body = await office.call("POST", path, json={"field": "contact", "why": "回访"}, headers=headers)
    assert (status, body["value"]) == (200, NUMBER)
    assert (await office.call("POST", path, json={"field": "ip"}, headers=headers))[0] == 403
    async with deps.store.reading() as session:
        entry = (await audit_page(session, subject=f"order:{case.id}")).items[0]
    assert (entry.who, entry.what, entry.detail["field"]) == ("office1", "identity.revealed", "contact")


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


async def test_evidence_is_kept_and_opened_by_whom_it_may(people: dict[str, Browser], deps: Deps) -> None:
    office, water, roads = people["office1"], people["unit1"], people["unit2"]
    case = await new_case(office, secrecy=True)
    await case.do(office, "accepted")
    base = f"/api/v1/orders/{case.id}/evidence"

    async def upload(who: Browser, data: bytes, kind: str = "application/pdf") -> tuple[int, Any]:
        headers = {"X-CSRF-Token": who.csrf, "Content-Type": kind}
        return await who.call("POST", f"{base}?name=../../a.pdf", data=data, headers=headers)

    status, sent = await upload(office, b"%PDF-1.7 the caller's letter")
    assert (status, sent["name"], sent["cleared"], sent["kind_word"]) == (201, "a.pdf", False, "其他材料")
    assert (await upload(office, b"%PDF-1.7 the caller's letter"))[1]["id"] == sent["id"]
    assert (await upload(office, b"<html><script>"))[0] == 400
    assert (await upload(office, b"<html>", "text/html"))[0] == 415
    assert (await upload(roads, b"%PDF-1.7 x"))[0] == 404
    await case.do(office, "dispatched", units=["water"])
    # the caller asked for secrecy: the unit opens it when the office has looked
    assert (await water.call("GET", f"{base}/{sent['id']}"))[0] == 403
    assert (await office.call("POST", f"{base}/{sent['id']}/clear"))[0] == 200
    async with water.client.get(f"{base}/{sent['id']}") as answer:
        assert (answer.status, answer.headers["Content-Disposition"][:10]) == (200, "attachment")
        assert await answer.read() == b"%PDF-1.7 the caller's letter"
    assert (await roads.call("GET", f"{base}/{sent['id']}"))[0] == 404
    kept = [path for path in deps.config.evidence_dir.rglob("*") if path.is_file()]
    assert len(kept) == 1 and "pdf" not in kept[0].name and kept[0].stat().st_mode & 0o077 == 0


async def test_figures_say_formula_and_exclusions_and_a_unit_sees_its_own(people: dict[str, Browser]) -> None:
    office, water, roads = people["office1"], people["unit1"], people["unit2"]
    case = await new_case(office)
    for who, kind, data in (
        (office, "accepted", {}),
        (office, "dispatched", {"units": ["water"]}),
        (water, "signed", {}),
        (water, "answered", {"ground": "solved", "report": report("result", "answer")}),
        (office, "review_passed", {}),
        (office, "followed_up", {"channel": "call", "result": "satisfied", "solved": True}),
    ):
        await case.do(who, kind, **data)
    today = datetime.now(UTC)
    since, until = (f"{today + timedelta(days=days):%Y-%m-%dT00:00:00Z}" for days in (-1, 2))
    _, found = await office.call("GET", f"/api/v1/figures?since={since}&until={until}&by=unit")
    assert [(one["name"], one["closed"]) for one in found["groups"]] == [("市水务局", 1)]
    rates = {one["figure"]: (one["hits"], one["total"]) for one in found["whole"]["rates"]}
    assert rates["satisfaction"] == rates["solved"] == rates["handled_in_time"] == (1, 1)
    assert all(figure["formula"] and figure["exclusions"] for figure in found["figures"])
    _, own = await water.call("GET", f"/api/v1/figures?since={since}&until={until}&unit=roads")
    assert own["whole"]["closed"] == 1
    _, other = await roads.call("GET", f"/api/v1/figures?since={since}&until={until}&unit=water")
    assert (other["whole"]["closed"], other["groups"]) == (0, [])
    status, month = await office.call("GET", f"/api/v1/figures/bulletin?month={today + timedelta(hours=8):%Y-%m}")
    assert (status, month["closed"], month["opened_by_subject"]["水务/供水/停水"]) == (200, 1, 1)
    async with office.client.get(f"/api/v1/figures/yearly.xlsx?year={today + timedelta(hours=8):%Y}") as answer:
        assert "office1" in unzipped(await answer.read()).decode("utf-8", "replace")
    _, hot = await office.call("GET", "/api/v1/figures/hotspots?by=subject")
    assert hot["today"] == {"水务/供水/停水": 1} and len(hot["days"]) == 29


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


async def test_the_directory_keeps_versions_and_refuses_a_stale_one(logged_in: LogIn) -> None:
    boss = await logged_in("banzhang")
    _, now = await boss.call("GET", "/api/v1/directory/units")
    units = [*now["units"], {"id": "new", "name": "新局"}]
    body = {"number": now["number"], "why": "机构改革", "units": units}
    status, changed = await boss.call("PUT", "/api/v1/directory/units", json=body)
    assert (status, changed["number"]) == (200, now["number"] + 1)
    assert (await boss.call("PUT", "/api/v1/directory/units", json=body))[0] == 409
    body = {"number": changed["number"], "why": "误删", "units": now["units"]}
    status, problem = await boss.call("PUT", "/api/v1/directory/units", json=body)
    assert (status, "不能删除" in problem["detail"]) == (400, True)
    _, old = await boss.call("GET", f"/api/v1/directory/units/versions/{now['number']}")
    assert old["units"] == now["units"]
    _, kept = await boss.call("GET", "/api/v1/directory/units/versions")
    assert [(one["number"], one["why"]) for one in kept["items"]] == [(2, "机构改革"), (1, "首次")]


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
