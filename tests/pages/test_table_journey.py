"""The acceptance journey of the routing table, on real parts: import the annex as Excel, fix what the proof finds, look
at 12333 by night and by day, replay the test's own call, publish by the second person, place a real SIP call that takes
the new path, roll back, place it again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from gateway.tables.sheets import write_xlsx
from routing_table import CITY_ZONE
from tests.pages.conftest import log_in, shoot
from tests.pages.installation import Installation, running_installation
from tests.pages.phones import CITIZEN_HZ, beeps, dial, eventually, person
from tests.pages.test_table_pages import accept_warnings, kinds_taken

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

IN_FORCE_MS = 1000.0  # what the issue promises from publishing until every gateway serves it
# 12315 gives up its number; 12399 is new. As an office writes it: full-width digits, a title, a merged remark.
ANNEX = [
    ["示范市政务服务便民热线归并清单"],
    ["一、整体并入"],
    ["序号", "热线名称", "号码", "责任单位", "备注"],
    ["1", "市场监管投诉举报热线", "１２３１５", "市市场监管局", "取消号码，话务座席并入12345"],
    ["二、双号并行"],
    ["2", "营商环境投诉热线", "12399", "市营商环境局", "保留号码，话务座席并入12345"],
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running_installation(tmp_path_factory.mktemp("tj")) as found:
        yield found


async def test_from_the_annex_to_a_real_call_on_the_new_path_and_back(house: Installation, tmp_path: Path) -> None:
    async with async_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        sound = beeps(tmp_path / "citizen.wav", CITIZEN_HZ)
        async with (
            person(playwright, house.url, sound) as citizen,
            person(playwright, house.url, sound) as admin,
            person(playwright, house.url, sound) as boss,
        ):
            await citizen.goto("/testphone")
            await expect(citizen.get_by_test_id("phone-line")).to_have_text("可以拨号")
            await log_in(admin, "admin", house.passwords["admin"])
            await log_in(boss, "supervisor", house.passwords["supervisor"])
            assert await way_of_a_call(citizen, boss, 1) == "C"
            await take_in_the_annex(admin, tmp_path)
            await fix_what_the_proof_finds(admin)
            await let_it_begin_today(admin)
            await look_at_12333(admin)
            await replay_the_call(admin)
            await publish_by_two(admin, boss)
            await boss.wait_for_timeout(IN_FORCE_MS)
            assert await way_of_a_call(citizen, boss, 2) == "B"
            await roll_back(boss)
            await boss.wait_for_timeout(IN_FORCE_MS)
            assert await way_of_a_call(citizen, boss, 3) == "C"


async def way_of_a_call(citizen: Page, boss: Page, nth: int) -> str:
    """Dial 12315 on the test phone; the mode that its call record names."""
    await dial(citizen, "12315")
    await expect(citizen.get_by_test_id("hang-up")).to_be_visible()
    await citizen.wait_for_timeout(2500)  # let the greeting or the announcement begin
    if await citizen.get_by_test_id("hang-up").is_visible():
        await citizen.get_by_test_id("hang-up").click()

    async def listed() -> bool:
        await boss.goto("/calls")
        await expect(boss.locator("[data-test=calls] tbody tr, [data-test=empty]").first).to_be_visible()
        return await boss.locator("[data-test=calls] tbody tr").count() == nth

    await eventually(listed, 30, f"call {nth} in the list")
    await boss.locator("[data-test=calls] tbody tr").first.get_by_role("link").click()
    mode = boss.get_by_text(re.compile("^方式 [A-H]"))
    await expect(mode).to_be_visible()
    await shoot(boss, f"table-journey-call-{nth}")
    return (await mode.inner_text())[3]


async def take_in_the_annex(admin: Page, folder: Path) -> None:
    sheet = folder / "归并清单.xlsx"
    sheet.write_bytes(write_xlsx(ANNEX))
    await admin.goto("/table/import")
    await admin.get_by_test_id("file").set_input_files(sheet)
    await expect(admin.get_by_test_id("count-refused")).to_have_text("0")
    await expect(admin.get_by_test_id("count-added")).to_have_text("1")
    await expect(admin.get_by_test_id("count-changed")).to_have_text("1")
    await shoot(admin, "table-journey-import")
    await admin.get_by_test_id("apply").click()
    await expect(admin.get_by_test_id("applied")).to_be_visible()


async def fix_what_the_proof_finds(admin: Page) -> None:
    """12399 has neither a greeting that was recorded nor seats of its own: it takes those of 12345."""
    await admin.goto("/table/check")
    await expect(admin.get_by_test_id("errors")).to_contain_text("greet-12399")
    await expect(admin.get_by_test_id("submit")).to_be_disabled()
    await shoot(admin, "table-journey-errors")
    await admin.get_by_test_id("errors").get_by_role("link").first.click()
    await expect(admin.get_by_test_id("row-number")).to_have_value("12399")
    await admin.get_by_test_id("row-greeting").locator("input").fill("greet-12345")
    await admin.locator(".el-select-dropdown__item:visible", has_text="greet-12345").first.click()
    await expect(admin.get_by_test_id("row-greeting")).to_contain_text("greet-12345")
    skills = admin.locator("[data-field=skills] input")
    await skills.fill("general")
    await skills.press("Enter")
    await expect(admin.locator("[data-field=skills]")).to_contain_text("general")
    await admin.get_by_test_id("row-reason").fill("省政府办公厅批复新设")
    await admin.get_by_test_id("row-save").click()
    await expect(admin.get_by_test_id("row-status")).to_have_text("与草稿一致")


async def let_it_begin_today(admin: Page) -> None:
    """The annex means three months with a transition prompt; this city has had them: 12315 ends today."""
    await admin.goto("/table/hotlines/12315")
    today = datetime.now(CITY_ZONE).date()
    for field, day in (("transition_from", today - timedelta(days=90)), ("cut_over", today)):
        await admin.locator(f"[data-field={field}] input").fill(day.isoformat())
        await admin.keyboard.press("Enter")
    await expect(admin.get_by_test_id("verdict")).to_contain_text("方式 B")
    await admin.get_by_test_id("row-save").click()
    await expect(admin.get_by_test_id("row-status")).to_have_text("与草稿一致")
    await admin.goto("/table/check")
    await accept_warnings(admin, "归并清单要求")
    await expect(admin.get_by_test_id("errors")).to_have_count(0)
    await expect(admin.get_by_test_id("submit")).to_be_enabled()


async def look_at_12333(admin: Page) -> None:
    await admin.goto("/table/hotlines/12333")
    for moment, clock in (("sunday", "03:00:00"), ("office", "10:00:00")):
        await admin.get_by_test_id(f"trial-{moment}").click()
        await expect(admin.get_by_test_id("verdict-at")).to_contain_text(clock)
        await expect(admin.get_by_test_id("verdict")).to_contain_text("方式 E")
        kinds = await kinds_taken(admin)
        assert kinds == ["start", "prompt", "shared_seats", "expert_seats"], (moment, kinds)
        await shoot(admin, f"table-journey-12333-{moment}")


async def replay_the_call(admin: Page) -> None:
    await admin.goto("/table/replay")
    await admin.get_by_test_id("today").click()
    await expect(admin.get_by_test_id("calls")).to_have_text("1")
    await expect(admin.get_by_test_id("moved")).to_have_text("1")
    await expect(admin.get_by_test_id("moved-table")).to_contain_text("12315")
    await expect(admin.get_by_test_id("sankey").locator("canvas")).to_be_visible()
    await shoot(admin, "table-journey-replay")


async def publish_by_two(admin: Page, boss: Page) -> None:
    await admin.goto("/table/check")
    await admin.get_by_test_id("submit").click()
    await expect(admin.get_by_test_id("second-person")).to_be_visible()
    await boss.goto("/table/check")
    await boss.get_by_test_id("publish-reason").fill("市政府办公室归并方案")
    await boss.get_by_test_id("publish").click()
    await expect(boss.get_by_test_id("table-strip")).to_contain_text("第 2 版")


async def roll_back(boss: Page) -> None:
    await boss.goto("/table/versions")
    await boss.get_by_test_id("rollback").first.click()
    await boss.get_by_test_id("rollback-reason").fill("市民反映强烈，暂缓")
    await boss.get_by_test_id("rollback-do").click()
    await expect(boss.get_by_test_id("table-strip")).to_contain_text("第 3 版")
    await shoot(boss, "table-journey-rolled-back")
