"""The unit's portal: its own orders only, signing, the contact log's hour, co-handling, an extension, the report's ten
fields; and a report (举报) whose reporter the unit never sees.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Page, Route, expect

from tests.pages.conftest import Site, shoot
from tests.pages.test_office import over_api, pick
from tests.pages.test_pages import no_sideways_scroll

pytestmark = pytest.mark.system
NAME, NUMBER, ADDRESS = "欧阳明月", "13987654321", "苍山路88号"
PDF = b"%PDF-1.4\n%%EOF"
TEN = [
    *("first_contact", "site_visit", "facts", "claim", "handling"),
    *("result", "answer", "satisfaction", "other", "people"),
]


async def send(page: Page) -> None:
    await page.get_by_test_id("act-send").click()
    await expect(page.get_by_test_id("act-dialog")).to_have_count(0)


async def test_a_unit_signs_contacts_extends_and_reports_in_ten_fields(site: Site) -> None:
    office, roads = await over_api(site, "office1"), await over_api(site, "unit2")
    mine = await office.file(
        profile="qingpu-water", source="12345", caller_name=NAME, contact=NUMBER, address=ADDRESS, area="城东"
    )
    await office.act(mine, "accepted")
    await office.act(mine, "reclassified", "现场复杂", difficulty="hard")
    await office.act(mine, "leader_asked", "涉及两个单位", purpose="协调会")
    await office.act(mine, "leader_decided", leader="王副局长", lead="water", units=["water", "roads"])
    await office.act(mine, "dispatched", units=["water", "roads"], lead="water")
    theirs = await office.file(title="与水务无关的坑洼")
    await office.act(theirs, "accepted")
    await office.act(theirs, "dispatched", units=["roads"])

    page = await site.open("/", "unit1")
    await page.wait_for_url("**/unit")
    listed = page.get_by_test_id("unit-orders")
    await expect(listed).to_contain_text("小区停水两天")
    await expect(listed).not_to_contain_text("与水务无关的坑洼")
    await expect(page.get_by_test_id("list-sign")).to_contain_text("1")
    await shoot(page, "unit-1440")
    another = await office.file(title="主管道爆裂")
    await office.act(another, "accepted")
    await office.act(another, "dispatched", units=["water"])
    await expect(page.get_by_test_id("news")).to_have_text("有 1 件新工单，点此刷新", timeout=15_000)
    await expect(page.get_by_test_id("list-sign")).to_contain_text("2")
    await expect(listed).not_to_contain_text("主管道爆裂")
    await page.set_viewport_size({"width": 390, "height": 844})
    await shoot(page, "unit-news-390")
    await page.set_viewport_size({"width": 1440, "height": 900})
    await page.get_by_test_id("news").click()
    await expect(listed).to_contain_text("主管道爆裂")
    await page.goto(f"/unit/{theirs}")
    await expect(page.get_by_test_id("problem")).to_contain_text("没有这张工单")
    await page.goto(f"/unit/{mine}")
    await page.get_by_test_id("sign").click()
    await expect(page.get_by_test_id("sign")).to_have_count(0)

    # who filed it is masked; each look at the whole is recorded
    await expect(page.get_by_test_id("identity")).to_contain_text("139****4321")
    assert NUMBER not in await page.content()
    await page.get_by_test_id("reveal-contact").click()
    await expect(page.get_by_test_id("identity")).to_contain_text(NUMBER)

    log = page.get_by_test_id("contact-log")
    await expect(log.get_by_test_id("contact-rule")).to_contain_text("间隔 1 小时以上再次联系才计为有效")
    for _ in range(2):
        await log.get_by_test_id("contact").click()
        await pick(page, "field-result", "无人接听")
        await send(page)
    await expect(log.get_by_test_id("contact-wait")).to_contain_text("有效联系 1 次")
    await expect(log).to_contain_text("间隔不足，未计数")

    await expect(page.get_by_test_id("evidence-add")).to_be_disabled()
    await pick(page, "evidence-kinds", "现场核查情况")
    await page.get_by_label("选择文件").set_input_files(
        {"name": "照片.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    await expect(page.get_by_test_id("evidence")).to_contain_text("照片.pdf")
    await expect(page.get_by_test_id("evidence-kind")).to_have_text("现场核查情况（含现场照片）")
    await page.get_by_test_id("act-extension_asked").click()
    await page.get_by_test_id("field-caller_told").get_by_text("已先向诉求人说明延期理由").click()
    await page.get_by_test_id("act-why").fill("需更换管段")
    await send(page)
    await expect(page.get_by_test_id("my-requests")).to_contain_text("待热线办审核")
    await office.act(mine, "extension_approved")
    await office.act(mine, "extension_approved", "同意，抓紧办理")
    await page.reload()
    await expect(page.get_by_test_id("my-requests")).to_contain_text("同意，抓紧办理")

    form = page.get_by_test_id("report-form")
    await expect(form.get_by_test_id("report-missing")).to_have_text("还缺 11 项")
    await pick(page, "report-ground", "诉求得到解决")
    for name in TEN[:9]:
        await form.get_by_test_id(f"report-{name}").fill("已核实并处理")
    await expect(form.get_by_test_id("report-missing")).to_have_text("还缺 1 项")
    await expect(form.get_by_test_id("report-send")).to_be_disabled()
    await page.reload()  # what was written is kept
    await expect(form.get_by_test_id("report-missing")).to_have_text("还缺 1 项")
    await shoot(page, "unit-order-1440")
    await form.get_by_test_id(f"report-{TEN[9]}").fill("经办 李工，负责人 张局")
    await form.get_by_test_id("report-send").click()
    await expect(form.get_by_test_id("report-refused")).to_contain_text("协办单位尚未报送办理情况")
    await roads.act(mine, "co_answered", done=True, text="路面已恢复")
    await page.reload()
    await expect(page.get_by_test_id("co-handling")).to_contain_text("路面已恢复")
    await form.get_by_test_id("report-send").click()
    await expect(page.get_by_test_id("order-queue")).to_have_text("办结待审")
    await expect(form).to_have_count(0)
    await office.act(mine, "review_sent_back", "请写明停水原因")
    await page.reload()  # what was sent is there again, with what the office wants
    await expect(form).to_contain_text("请写明停水原因")
    await expect(form.get_by_test_id("report-missing")).to_have_text("已填全")

    await page.goto("/unit/figures")
    await expect(page.get_by_test_id("unit-figures")).to_be_visible()
    await shoot(page, "unit-figures-1440")


async def test_a_unit_never_sees_who_reported(site: Site) -> None:
    office = await over_api(site, "office1")
    case = await office.file(
        category="report", subject="作风/效能", accused=["roads-repair"], title=f"{NAME}举报养护中心",
        matter=f"{NAME}（{NUMBER}）住{ADDRESS}，举报养护中心收费不开票。", caller_name=NAME, contact=NUMBER,
        address=ADDRESS,
    )  # fmt: skip
    await office.act(case, "accepted")
    await office.act(case, "dispatched", f"{NAME}的材料见附件", units=["water"])

    bodies: list[str] = []

    async def keep(route: Route) -> None:
        answer = await route.fetch()
        bodies.append(await answer.text())
        await route.fulfill(response=answer)

    page = await site.open("/", "unit1", narrow=True)
    await page.route("**/api/v1/orders/**", keep)
    await page.goto("/unit")
    await expect(page.get_by_test_id("unit-orders")).to_contain_text("举报养护中心")
    await shoot(page, "unit-390")
    await no_sideways_scroll(page)
    await page.wait_for_load_state("networkidle")
    await page.goto(f"/unit/{case}")
    await expect(page.get_by_test_id("identity-hidden")).to_contain_text("举报人信息对承办单位保密")
    await expect(page.get_by_test_id("matter")).to_contain_text("举报养护中心收费不开票")
    await shoot(page, "unit-order-390")
    await no_sideways_scroll(page)
    assert len(bodies) >= 4  # list, counts, file, rules
    bodies.append(await page.content())
    for secret in (NAME, NUMBER, ADDRESS, "139****4321"):
        assert all(secret not in body for body in bodies), secret

    accused = await site.open("/unit?list=all", "unit2")  # the body that the accused belongs to
    await expect(accused.get_by_test_id("empty")).to_contain_text("还没有派给本单位的工单")
    await accused.goto(f"/unit/{case}")
    await expect(accused.get_by_test_id("problem")).to_contain_text("没有这张工单")
