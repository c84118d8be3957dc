"""The page of the teams: an admin puts seats and a supervisor into one; a supervisor reads it and sees less then."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator, Page, expect

from tests.pages.conftest import Site, shoot
from tests.pages.test_pages import no_sideways_scroll

pytestmark = pytest.mark.system


async def choose(page: Page, field: Locator, name: str) -> None:
    await field.click()
    await field.locator("input").press_sequentially(name)
    await page.locator(".el-select-dropdown__item:visible", has_text=name).first.click()
    await page.keyboard.press("Escape")


async def test_an_admin_makes_a_team_and_its_supervisor_sees_that_team_alone(site: Site) -> None:
    boss = await site.open("/people/teams", "banzhang")
    await expect(boss.get_by_test_id("team-supervisor")).to_contain_text("全部班组")
    await expect(boss.get_by_test_id("teams-save")).to_have_count(0)
    page = await site.open("/people/teams", "admin")
    await choose(page, page.get_by_test_id("team-seat").filter(has_text="801").get_by_test_id("seat-team"), "东区")
    await choose(page, page.get_by_test_id("supervisor-teams").nth(0), "东区")
    await expect(page.get_by_test_id("team-supervisor")).to_contain_text("可管理 1 个坐席")
    await shoot(page, "teams-1440")
    await page.get_by_test_id("teams-save").click()
    await expect(page.get_by_test_id("teams-save")).to_have_text("没有修改")
    await page.set_viewport_size({"width": 390, "height": 844})
    await no_sideways_scroll(page)
    await shoot(page, "teams-390")
    await boss.goto("/live")
    await expect(boss.get_by_text("共享坐席一").or_(boss.get_by_text("801")).first).to_be_visible()
    await expect(boss.get_by_text("802")).to_have_count(0)
