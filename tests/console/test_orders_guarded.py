"""What of an order is kept from whom: reports, particulars, evidence, figures; and the directory's versions."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from console.deps import Deps
from gateway.feeds import Filter, Reader, shaped
from gateway.store import audit_page
from gateway.store.kinds import FeedRole, TargetKind, TargetState
from gateway.store.models import Delivery, FeedTarget, Outbox
from gateway.store.outbox import event_of
from tests.console.conftest import Browser
from tests.console.order_cases import ADDRESS, NAME, NUMBER, LogIn, new_case, report
from workorder.privacy import ViewerRole


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


async def test_what_the_document_says_of_an_order_is_put_before_the_office_not_the_unit(
    people: dict[str, Browser],
) -> None:
    office, water = people["office1"], people["unit1"]
    case = await new_case(office, profile="qingpu-water", source="12345", emergency=True)
    await case.do(office, "accepted")
    await case.do(office, "leader_asked", purpose="协调会")
    await case.do(office, "leader_decided", leader="王副局长", lead="water", units=["water", "roads"])
    await case.do(office, "dispatched", units=["water", "roads"], lead="water")
    found = {(one["what"], one["rule"]) for one in (await case.file(office))["attention"]}
    assert found == {("report", "第十二条"), ("hard_case", "第十三条"), ("supervise", "第十条1）")}
    assert (await case.file(water))["attention"] == []
    assert (await case.refused(water, "urgent_reported", leaders=["甲"]))[0] == "leaders-missing"
    await case.do(water, "urgent_reported", leaders=["分管领导甲", "分管领导乙"])
    assert "report" not in {one["what"] for one in (await case.file(office))["attention"]}


async def test_002_article_16_what_was_handed_on_is_seen_by_the_office_alone(people: dict[str, Browser]) -> None:
    office, water = people["office1"], people["unit1"]
    case = await new_case(office, profile="liaoning")
    await case.do(office, "accepted")
    await case.do(office, "dispatched", units=["water"])
    await case.do(office, "supervised", "未办", level="sheet")
    file = await case.do(office, "supervised", "仍未办", level="joint_meeting")
    assert [one["text"] for one in file["attention"] if one["what"] == "discipline"] == ["多次督办未结件"]
    told = next(entry for entry in file["timeline"] if entry["kind"] == "discipline_told")
    assert "第十六条" in told["why"] and "本市理解" in told["why"]
    seen = next(entry for entry in (await case.file(water))["timeline"] if entry["kind"] == "discipline_told")
    assert (seen["hidden"], seen["why"], seen["data"]) == (True, "", {})


async def test_a_page_learns_approvals_and_readings_of_the_orders_own_document(people: dict[str, Browser]) -> None:
    office = people["office1"]

    async def rules(name: str) -> dict[str, Any]:
        return dict((await office.call("GET", f"/api/v1/orders/rules?profile={name}"))[1])

    karamay, qingpu = await rules("karamay"), await rules("qingpu-water")
    assert [one["rule"] for one in karamay["answer_approvals"]] == ["第十一条（五）"]
    assert [one["text"] for one in qingpu["urgent_leaders"]] == ["局热线工作分管领导", "该事项分管领导"]
    assert {"rule", "text", "value"} == set(qingpu["readings"][0])
    assert any(one["value"] == 2 and "始终无法" in one["text"] for one in qingpu["readings"])
    assert "一案一档" in qingpu["dossier"] and (await rules("changzhou"))["written"]
