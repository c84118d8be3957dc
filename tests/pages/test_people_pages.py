"""The roster's pages without a PBX: an admin edits a hotline's experts and the outside numbers, others only look."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from gateway.people.demo import demo_people
from gateway.people.parts import Actor, parts_of, published_people, save_part
from gateway.store import open_store
from gateway.tables import versions
from gateway.tables.files import first_table
from tests.console.house import NOON, config_for
from tests.pages.conftest import Site, shoot
from tests.pages.test_pages import no_sideways_scroll

pytestmark = pytest.mark.system


@pytest_asyncio.fixture
async def desk(site: Site, tmp_path: Path) -> AsyncIterator[Site]:
    """The site with the demo city's roster; seat 902, which it names, is not there."""
    config = config_for(tmp_path, ws_port=1)
    store = await open_store(config.database)
    async with store.session() as session:
        await versions.take_in(session, lambda: first_table(config), versions.Actor("system", NOON))
        for key, value in parts_of(demo_people({"901", "902"})).items():
            await save_part(session, Actor("system", NOON), key, value, revision=0)
    await store.close()
    yield site


async def test_an_admin_edits_roster_and_outside_numbers_and_sees_what_is_wrong(desk: Site, tmp_path: Path) -> None:
    page = await desk.open("/people", "admin")
    section = page.get_by_test_id("roster-12333")
    await expect(section).to_contain_text("社会保险")
    await expect(page.get_by_test_id("roster-12320")).to_contain_text("没有坐席 902")
    await expect(page.get_by_test_id("roster-now-12329")).to_contain_text("专家 901")
    await expect(page.get_by_test_id("roster-now-12320")).not_to_contain_text("专家 902")  # it is not there
    await shoot(page, "people-roster-1440")

    await page.get_by_test_id("roster-edit-12333").click()
    await page.get_by_test_id("entry-name").first.fill("")
    await page.get_by_test_id("roster-save").click()
    await expect(page.get_by_test_id("roster-wrong")).to_contain_text("第 1 项 名称：请填写姓名或名称")
    await shoot(page, "people-roster-edit-1440")
    await page.get_by_test_id("entry-name").first.fill("张工")
    await page.get_by_test_id("roster-save").click()
    await expect(section).to_contain_text("张工")
    await expect(section).to_contain_text("admin 修改于")

    await page.get_by_role("link", name="外呼名单").click()
    await page.get_by_test_id("probe-number").fill("0085212345678")
    await page.get_by_test_id("probe").click()
    await expect(page.get_by_test_id("probe-said")).to_contain_text("不允许拨打国际")
    await page.get_by_test_id("outside-edit").click()
    await page.get_by_test_id("rule-add").click()
    await page.get_by_test_id("rule-pattern").last.fill("xxxxxxxx")
    await page.get_by_test_id("rule-name").last.fill("任意号码")
    await page.get_by_test_id("outside-save").click()
    await expect(page.get_by_test_id("outside-wrong")).to_contain_text("不能放行国际号码，也不能放行任意号码")
    await shoot(page, "people-outside-edit-1440")
    await page.get_by_test_id("rule-pattern").last.fill("13800000000")
    await page.get_by_test_id("rule-name").last.fill("值班领导")
    await page.get_by_test_id("outside-save").click()
    await expect(page.get_by_test_id("rule")).to_have_count(2)
    await shoot(page, "people-outside-1440")

    store = await open_store(config_for(tmp_path, ws_port=1).database)
    async with store.reading() as session:
        people = await published_people(session)
    await store.close()
    assert people.roster.hotlines["12333"][0].name == "张工" and people.outside.rules[1].pattern == "13800000000"


async def test_a_supervisor_looks_on_a_phone_and_has_nothing_to_press(desk: Site) -> None:
    page = await desk.open("/people", "banzhang", narrow=True)
    await expect(page.get_by_test_id("roster-12333")).to_be_visible()
    await expect(page.get_by_test_id("roster-edit-12333")).to_have_count(0)
    await no_sideways_scroll(page)
    await shoot(page, "people-roster-390")
    await page.goto("/people/outside")
    await expect(page.get_by_test_id("rule")).to_have_count(1)
    await expect(page.get_by_test_id("outside-edit")).to_have_count(0)
    await no_sideways_scroll(page)
    await shoot(page, "people-outside-390")
    await page.goto("/people/results")
    await expect(page.get_by_test_id("result-row")).to_have_count(6)
    await expect(page.get_by_test_id("results-edit")).to_have_count(0)
    await expect(page.get_by_test_id("wrap-edit")).to_have_count(0)


async def test_result_codes_and_wrap_up_are_set_and_who_was_slower_is_told(desk: Site, tmp_path: Path) -> None:
    page = await desk.open("/people/results", "admin")
    await expect(page.get_by_test_id("result-row")).to_have_count(6)
    await expect(page.get_by_test_id("wrap-default")).to_contain_text("20 秒后自动结束（系统设置）")
    await shoot(page, "people-results-1440")

    await page.get_by_test_id("results-edit").click()
    await page.get_by_test_id("code-remove").last.click()
    await page.get_by_test_id("code-add").click()
    await page.get_by_test_id("code-code").fill("Water")
    await page.get_by_test_id("results-save").click()
    wrong = page.get_by_test_id("results-wrong")
    await expect(wrong).to_contain_text("第 6 项 名称：请填写名称")
    await expect(wrong).to_contain_text("第 6 项 代码：应为小写字母开头的字母、数字")
    await shoot(page, "people-results-edit-1440")
    await page.get_by_test_id("code-code").fill("water")
    await page.get_by_test_id("code-text").last.fill("转供水公司")
    await page.get_by_test_id("code-up").last.click()
    store = await open_store(config_for(tmp_path, ws_port=1).database)
    async with store.session() as session:  # somebody else is faster
        await save_part(session, Actor("other", NOON), "results", [{"code": "ok", "text": "办结"}], revision=1)
    await page.get_by_test_id("results-save").click()
    await expect(wrong).to_contain_text("已被他人修改")
    await page.get_by_test_id("results-reload").click()
    await expect(page.get_by_test_id("code-text")).to_have_count(1)
    await page.get_by_test_id("code-add").click()
    await page.get_by_test_id("code-text").last.fill("转供水公司")
    await page.get_by_test_id("code-settled").last.click()
    await page.get_by_role("option", name="未当场办结").click()
    await page.get_by_test_id("code-up").last.click()
    await page.get_by_test_id("results-save").click()
    await expect(page.get_by_test_id("result-row").first).to_contain_text("转供水公司")

    await page.get_by_test_id("wrap-edit").click()
    await page.get_by_test_id("wrap-house").click()
    await page.get_by_test_id("wrap-seconds").locator("input").fill("45")
    await page.get_by_test_id("wrap-add").click()
    await page.get_by_role("option", name="12333").click()
    await page.get_by_test_id("rule-must").click()
    await shoot(page, "people-wrap-edit-1440")
    await page.get_by_test_id("wrap-save").click()
    await expect(page.get_by_test_id("wrap-default")).to_contain_text("其他来电")
    await expect(page.get_by_test_id("wrap-default")).to_contain_text("45 秒后自动结束")
    await expect(page.get_by_test_id("wrap-row")).to_contain_text("须填写结果才结束")
    async with store.reading() as session:
        people = await published_people(session)
    await store.close()
    assert [(code.text, code.settled) for code in people.results] == [("转供水公司", False), ("办结", None)]
    assert people.wrap_up.default_s == 45 and people.wrap_up.skills["12333"].must_close

    await page.set_viewport_size({"width": 390, "height": 844})
    await no_sideways_scroll(page)
    await shoot(page, "people-results-390")
    await page.get_by_test_id("results-edit").click()
    await no_sideways_scroll(page)
