"""The menu editor: words, sound and keypad beside one another; through the second person to what the gateway plays."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from gateway.published import load_snapshot
from gateway.store import open_store
from gateway.tables.publisher import Publisher
from tests.console.house import config_for
from tests.gateway.published_files import write_published
from tests.pages.conftest import Site, shoot
from tests.pages.test_pages import no_sideways_scroll
from tests.pages.test_table_pages import accept_warnings
from tests.pages.test_table_pages import desk as desk  # the demo city's table in force, a second admin

pytestmark = pytest.mark.system


async def add_option(page: Page, label: str, name: str) -> Locator:
    await page.get_by_test_id("add-option").click()
    option = page.get_by_test_id("option").last
    await option.get_by_test_id("option-label").fill(label)
    await option.get_by_test_id("option-id").fill(name)
    return option


async def pick_prompt(page: Page, option: Locator, prompt: str) -> None:
    await option.get_by_test_id("prompt-pick").locator("input").fill(prompt)
    await page.keyboard.press("Enter")


async def test_an_option_is_written_checked_and_played_by_the_gateway_after_the_second_person(
    desk: Site, tmp_path: Path
) -> None:
    admin = await desk.open("/table/menus", "admin")
    await admin.locator("[data-menu='12345-day']").get_by_role("link", name="12345-day").click()
    option = await add_option(admin, "税务咨询", "tax")
    await expect(option.get_by_text("必填")).to_be_visible()  # told while one types: it has no prompt yet
    await pick_prompt(admin, option, "menu-inquiry")
    await expect(option.get_by_test_id("prompt-text")).to_contain_text("政策咨询，请按一键")
    await expect(option.get_by_test_id("misleads")).to_contain_text("按 1")
    await pick_prompt(admin, option, "menu-tax")
    await expect(option.get_by_test_id("prompt-make")).to_be_visible()
    await expect(option.get_by_test_id("option-found")).to_contain_text("没有录音")
    await shoot(admin, "table-menu-silent-1440")
    await pick_prompt(admin, option, "menu-other")
    await expect(option.get_by_test_id("option-found")).to_have_count(0)
    phone = admin.get_by_test_id("menu-phone")
    await expect(phone.get_by_test_id("heard").locator("li")).to_have_count(5)
    await phone.locator("[data-key='4']").click()
    await expect(phone.get_by_test_id("outcome")).to_contain_text("税务咨询")
    await phone.locator("[data-key='9']").click()
    await expect(phone.get_by_test_id("outcome")).to_contain_text("再按错，转人工")
    await admin.get_by_test_id("menu-save").click()
    await expect(admin.get_by_test_id("menu-status")).to_have_text("与草稿一致")
    await shoot(admin, "table-menu-edited-1440")
    await admin.goto("/table/check")
    await expect(admin.get_by_test_id("difference")).to_contain_text("按键4")
    await shoot(admin, "table-check-menu-1440")
    await accept_warnings(admin, "已核实")
    await admin.get_by_test_id("submit").click()
    boss = await desk.open("/table/check", "banzhang")
    await boss.get_by_test_id("publish-reason").fill("税务来电增多")
    await boss.get_by_test_id("publish").click()
    await expect(boss.get_by_test_id("no-draft")).to_be_visible()
    await boss.goto("/table/menus")
    await expect(boss.locator("[data-menu='12345-day']")).to_contain_text("税务咨询")

    config = config_for(tmp_path, ws_port=1)
    write_published(config)  # what the node played before
    before = load_snapshot(config.published_dir, config.menus_dir, config.prompts_dir)
    store = await open_store(config.database)
    assert await Publisher(config, store).bring()
    await store.close()
    after = load_snapshot(config.published_dir, config.menus_dir, config.prompts_dir)
    assert [one.key for one in before.menus["12345-day"].options] == ["1", "2", "3"]
    assert [(one.key, one.id) for one in after.menus["12345-day"].options][3:] == [("4", "tax")]


async def test_two_admins_on_one_option_choose_and_keep_the_rest(desk: Site) -> None:
    first, second = [await desk.open("/table/menus/12345-day", user) for user in ("admin", "admin2")]
    for page in (first, second):
        await expect(page.get_by_test_id("option-label").first).to_have_value("政策咨询")
    await first.get_by_test_id("option-label").first.fill("政策解答")
    await first.get_by_test_id("menu-save").click()
    await expect(first.get_by_test_id("menu-status")).to_have_text("与草稿一致")
    await second.get_by_test_id("option-label").first.fill("办事咨询")
    await second.get_by_test_id("option-label").last.fill("助企服务")
    await second.get_by_test_id("menu-save").click()
    field = second.get_by_test_id("merge-field")
    await expect(field).to_have_count(1)
    await expect(field).to_contain_text("政策解答")
    await shoot(second, "table-menu-merge-1440")
    await field.get_by_test_id("take-theirs").click()
    await second.get_by_test_id("merge-save").click()
    await expect(second.get_by_test_id("option-label").first).to_have_value("政策解答")
    await expect(second.get_by_test_id("option-label").last).to_have_value("助企服务")


async def test_a_menu_can_be_read_on_a_telephone_and_by_those_who_only_look(desk: Site) -> None:
    page = await desk.open("/table/menus/12345-day", "auditor1", narrow=True)
    await expect(page.get_by_test_id("option-label").first).to_be_disabled()
    await expect(page.get_by_test_id("menu-save")).to_have_count(0)
    await expect(page.get_by_test_id("prompt-listen").first).to_be_enabled()
    await no_sideways_scroll(page)
