"""Office and unit at their desks, each in a browser: a disputed return with its evidence, supervision and its answer,
approvals and archiving of many; and the call that a unit may hear, or is told why not.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from gateway.crypt import Keyring
from gateway.store import Category, WorkOrder, open_store
from tests.console.house import config_for
from tests.pages.conftest import NARROW, WIDE, Site, shoot
from tests.pages.phones import eventually
from tests.pages.test_office import DRAFT, REPORT, WATER, Api, act, dialog, over_api, queue
from tests.pages.test_pages import no_sideways_scroll

pytestmark = pytest.mark.system
PDF = {"name": "职责分工.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF"}


async def dispatched(office: Api, **fields: object) -> str:
    order = await office.file(**fields)
    await office.act(order, "accepted")
    await office.act(order, "dispatched", "职责明确", units=["water"])
    return order


async def both_sizes(page: Page, name: str) -> None:
    await shoot(page, f"{name}-1440")
    await page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a dict, as its own docs have it
    await no_sideways_scroll(page)
    await shoot(page, f"{name}-390")
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]


async def test_a_return_is_disputed_a_case_supervised_and_many_are_decided_at_once(site: Site) -> None:
    api, water = await over_api(site, "office1"), await over_api(site, "unit1")
    order = await dispatched(api, title="滨河路井盖缺失", category="help")
    others = [await dispatched(api, title=f"停水 {n}", category="complaint") for n in range(2)]
    unit = await site.open(f"/unit/{order}", "unit1")
    await the_unit_asks_for_a_return(unit)
    office = await site.open(f"/office/orders/{order}", "office1")
    await expect(office.get_by_test_id("return-request")).to_contain_text("市交通局")
    await expect(office.get_by_test_id("evidence")).to_contain_text("职责分工.pdf")
    await both_sizes(office, "office-return-dispute")
    await act(office, "return_refused", "井盖权属在供水企业，由你局办理")
    await unit.reload()
    await expect(unit.get_by_test_id("my-requests")).to_contain_text("井盖权属在供水企业")

    await supervise(office, "群众反映强烈，三日内办结")
    await unit.reload()
    await expect(unit.get_by_test_id("timeline")).to_contain_text("三日内办结")
    await unit.get_by_test_id("act-supervision_answered").click()
    await unit.get_by_test_id("field-text").locator("textarea").fill("已安排更换井盖")
    await unit.get_by_test_id("act-send").click()
    await office.reload()
    await expect(office.get_by_test_id("timeline")).to_contain_text("已安排更换井盖")
    await both_sizes(unit, "unit-supervised")
    await office.goto("/office?list=supervised")
    await expect(office.get_by_test_id("inbox")).to_contain_text("滨河路井盖缺失")

    await many_extensions_and_archives(office, api, water, others)
    await unit.goto("/unit/figures")
    await expect(unit.get_by_test_id("closed")).to_have_text("2")
    await both_sizes(unit, "unit-figures-closed")
    await unit.goto("/unit?list=all")
    await expect(unit.get_by_test_id("unit-orders").locator("tbody tr")).to_have_count(3)
    await both_sizes(unit, "unit-list")


async def the_unit_asks_for_a_return(unit: Page) -> None:
    await unit.get_by_test_id("act-return_asked").click()
    form = dialog(unit, "act-dialog")
    await form.get_by_test_id("field-ground").locator("input").first.check(force=True)
    await form.get_by_test_id("field-suggestion").locator("input").fill("市交通局")
    await form.get_by_test_id("act-evidence").get_by_label("选择文件").set_input_files(PDF)  # type: ignore[arg-type]
    await expect(form.get_by_test_id("act-evidence")).to_contain_text("职责分工.pdf")
    await form.get_by_test_id("act-why").fill("路面附属设施，属交通部门")
    await shoot(unit, "unit-return-1440")
    await form.get_by_test_id("act-send").click()
    await expect(form).to_have_count(0)
    await expect(unit.get_by_test_id("my-requests")).to_contain_text("待热线办审核")


async def supervise(office: Page, why: str) -> None:
    """By the mildest of the ways that the city's document names."""
    if not await office.get_by_test_id("act-supervised").is_visible():
        await office.get_by_test_id("more-acts").click()
    await office.get_by_test_id("act-supervised").click()
    form = dialog(office, "act-dialog")
    await form.get_by_test_id("field-level").locator("label.el-radio").first.click()
    await form.locator("textarea[data-test=act-why]").fill(why)
    await shoot(office, "office-supervise-1440")
    await form.get_by_test_id("act-send").click()
    await expect(form).to_be_hidden()


async def many_extensions_and_archives(office: Page, api: Api, water: Api, orders: list[str]) -> None:
    for order in orders:
        await water.act(order, "signed")
        await water.act(order, "contacted", result="reached", channel="call")
        await water.act(order, "extension_asked", "须换管", amount=10, caller_told=True)
    await office.goto("/office?list=extension")
    await batch(office, "extension_approved", "同意", 2)
    await expect(office.get_by_test_id("empty")).to_be_visible()
    for order in orders:
        await water.act(order, "answered", ground="solved", report=REPORT)
        await api.act(order, "review_passed")
        await api.act(order, "followed_up", channel="call", result="satisfied", solved=True)
    await office.goto("/office?list=archive")
    await both_sizes(office, "office-archive")
    await batch(office, "archived", "", 2)
    await office.goto(f"/office/orders/{orders[0]}")
    await queue(office, "已了结")


async def batch(office: Page, kind: str, why: str, many: int) -> None:
    await office.get_by_test_id("pick-all").click()
    await office.get_by_test_id(f"batch-{kind}").click()
    form = dialog(office, "batch-dialog")
    if why:
        await form.locator("textarea[data-test=batch-why]").fill(why)
    await form.get_by_test_id("batch-send").click()
    await expect(form.get_by_test_id("batch-result")).to_contain_text(f"{many} 件已")
    await form.get_by_test_id("batch-close").click()


async def test_a_unit_hears_the_call_of_its_order_unless_the_voice_is_kept_from_it(site: Site, tmp_path: Path) -> None:
    api = await over_api(site, "office1")
    await from_a_call(tmp_path, title="小区停水", matter="家中停水两天", category=Category.COMPLAINT, subject=WATER)
    await api.act(DRAFT, "accepted")
    await api.act(DRAFT, "dispatched", "职责明确", units=["water"])
    unit = await site.open(f"/unit/{DRAFT}", "unit1")
    await unit.get_by_test_id("listen").click()
    player = unit.get_by_test_id("player")

    async def plays() -> bool:
        return bool(await player.evaluate("one => one.currentTime > 0.1 && !one.error"))

    await eventually(plays, 10, "the recording")
    await both_sizes(unit, "unit-recording")
    await api.act(DRAFT, "secrecy_set", "诉求人来电要求", secret=True)
    await unit.reload()
    await expect(unit.get_by_test_id("may-not-hear")).to_contain_text("诉求人要求保密")
    await expect(player).to_have_count(0)
    await both_sizes(unit, "unit-recording-kept")


async def from_a_call(tmp_path: Path, **values: object) -> None:
    config = config_for(tmp_path, ws_port=1)
    store = await open_store(config.database, keys=Keyring(config.keys_file))
    async with store.session() as session:
        await session.execute(update(WorkOrder).where(WorkOrder.order_id == DRAFT).values(**values))
    await store.close()
