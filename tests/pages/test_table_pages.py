"""The pages of the routing table without a PBX: list, row with its picture, proof and publishing, sheets, calendars."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from console.pages import DIST
from gateway.store import Pool, Role, SeatEntry, add_user, open_store, put_seats
from gateway.tables import versions
from gateway.tables.files import first_table
from gateway.tables.sheets import write_xlsx
from gateway.tables.versions import Actor
from tests.console.house import NOON, PASSWORD, config_for
from tests.pages.conftest import Site, shoot

pytestmark = pytest.mark.system
# What the demo city's rows and menus ask of seats: then the proof has no error to begin with.
SKILLS = (
    *("general", "business", "12315", "12317", "12318", "12320", "12328", "12329"),
    *("12333", "12348", "12356", "12369", "12385"),
)


@pytest_asyncio.fixture
async def desk(site: Site, tmp_path: Path) -> AsyncIterator[Site]:
    """The site with the demo city's table in force and a second admin."""
    config = config_for(tmp_path, ws_port=1)
    store = await open_store(config.database)
    async with store.session() as session:
        await versions.take_in(session, lambda: first_table(config), Actor("system", NOON))
        await put_seats(
            session,
            [SeatEntry("801", "共享坐席一", Pool.SHARED, SKILLS), SeatEntry("901", "专家座席", Pool.EXPERT, SKILLS)],
        )
        await add_user(session, "admin2", Role.ADMIN, PASSWORD, at=NOON, must_change=False, display_name="管理员 周")
    await store.close()
    yield site


async def change_note(page: Page, number: str, note: str) -> None:
    """Saved into the draft by way of the row's page."""
    await page.goto(f"/table/hotlines/{number}")
    await page.get_by_test_id("row-note").fill(note)
    await page.get_by_test_id("row-save").click()
    await expect(page.get_by_test_id("row-status")).to_have_text("与草稿一致")


async def accept_warnings(page: Page, reason: str) -> None:
    buttons = page.get_by_test_id("accept-warning")
    await expect(page.get_by_test_id("proof")).to_be_visible()
    for _ in range(await buttons.count()):
        left = await buttons.count()
        await buttons.first.click()
        await page.get_by_test_id("accept-reason").fill(reason)
        await page.get_by_test_id("accept-save").click()
        await expect(buttons).to_have_count(left - 1)


def taken(page: Page) -> Locator:
    return page.locator("[data-test=path-graph] .node[data-taken=true]")


async def kinds_taken(page: Page) -> list[str]:
    return [await node.get_attribute("data-kind") or "" for node in await taken(page).all()]


async def test_the_picture_follows_what_is_typed_and_the_moment_that_is_asked_about(desk: Site) -> None:
    page = await desk.open("/table/hotlines/12348", "admin")
    await page.get_by_test_id("trial-office").click()
    await expect(page.locator(".node.unit_line")).to_have_attribute("data-taken", "true")
    assert await kinds_taken(page) == ["start", "prompt", "unit_line", "shared_seats"]
    await page.get_by_test_id("trial-sunday").click()
    await expect(page.locator(".node.unit_line")).to_have_attribute("data-taken", "false")
    assert "unit_line" not in await kinds_taken(page)
    await expect(page.get_by_test_id("reasons")).to_contain_text("unit-12348")
    await page.get_by_test_id("trial-office").click()
    await page.get_by_label("电话转接机制").locator("xpath=ancestor::*[contains(@class,'el-switch')][1]").click()
    await expect(page.locator(".node.unit_line")).to_have_count(0)
    await expect(page.get_by_test_id("row-status")).to_have_text("有未保存的修改")
    await shoot(page, "table-row-typed-1440")


async def test_what_the_proof_finds_leads_to_its_field_and_stops_the_submission(desk: Site) -> None:
    page = await desk.open("/table/hotlines/12333", "admin")
    await page.get_by_test_id("row-greeting").locator("input").fill("greet-unheard")
    await page.keyboard.press("Enter")
    await page.get_by_test_id("row-save").click()
    await expect(page.locator("[data-field=greeting] .found.error")).to_contain_text("没有录音")
    await page.goto("/table/check")
    await expect(page.get_by_test_id("errors")).to_contain_text("greet-unheard")
    await expect(page.get_by_test_id("submit")).to_be_disabled()
    await shoot(page, "table-check-errors-1440")
    await page.get_by_test_id("errors").get_by_role("link").first.click()
    await page.wait_for_url("**/table/hotlines/12333?field=greeting")


async def test_a_new_number_needs_a_reason_which_then_answers_the_proof(desk: Site) -> None:
    page = await desk.open("/table", "admin")
    await page.get_by_test_id("new-row").click()
    await page.get_by_test_id("row-number").fill("12399")
    await page.get_by_test_id("row-name").fill("试点热线")
    await page.get_by_test_id("row-unit").fill("市试点办")
    await page.get_by_test_id("row-save").click()
    await expect(page.locator("[data-field=reason]")).to_contain_text("须说明理由")
    await page.get_by_test_id("row-reason").fill("省里批复新设")
    await page.get_by_test_id("row-save").click()
    await page.wait_for_url("**/table/hotlines/12399")
    await page.goto("/table/check")
    await expect(page.get_by_test_id("warnings")).to_contain_text("省里批复新设")


async def test_the_author_cannot_publish_the_second_person_can_and_a_rollback_is_one_click(desk: Site) -> None:
    admin = await desk.open("/table", "admin")
    await change_note(admin, "12333", "已核对")
    await admin.goto("/table/check")
    await accept_warnings(admin, "已核实")
    await shoot(admin, "table-check-ready-1440")
    await admin.get_by_test_id("submit").click()
    await expect(admin.get_by_test_id("second-person")).to_contain_text("另一位")
    await expect(admin.get_by_test_id("publish")).to_have_count(0)
    boss = await desk.open("/table/check", "banzhang")
    await boss.get_by_test_id("publish-reason").fill("市府办〔2026〕12号")
    await shoot(boss, "table-publish-1440")
    await boss.get_by_test_id("publish").click()
    await expect(boss.get_by_test_id("no-draft")).to_be_visible()
    await expect(boss.get_by_test_id("table-strip")).to_contain_text("第 2 版")
    await boss.goto("/table/versions")
    await shoot(boss, "table-versions-two-1440")
    await boss.get_by_test_id("rollback").first.click()
    await boss.get_by_test_id("rollback-reason").fill("有误")
    await boss.get_by_test_id("rollback-do").click()
    await expect(boss.get_by_test_id("table-strip")).to_contain_text("第 3 版")
    await expect(boss.get_by_test_id("versions")).to_contain_text("回退 到第 1 版")
    await boss.goto("/table/versions/2")
    await expect(boss.get_by_test_id("difference")).to_contain_text("已核对")
    await shoot(boss, "table-version-difference-1440")
    await boss.goto("/audit")
    await expect(boss.get_by_test_id("audit")).to_contain_text("回退路由表")


async def test_two_admins_on_one_row_choose_field_by_field(desk: Site) -> None:
    first, second = await desk.open("/table", "admin"), await desk.open("/table", "admin2")
    await change_note(first, "12333", "起草")
    for page in (first, second):
        await page.goto("/table/hotlines/12333")
        await expect(page.get_by_test_id("row-note")).to_have_value("起草")
    await first.get_by_test_id("row-note").fill("甲写的")
    await first.get_by_test_id("row-unit").fill("市人社局甲")
    await first.get_by_test_id("row-save").click()
    await expect(first.get_by_test_id("row-status")).to_have_text("与草稿一致")
    await second.get_by_test_id("row-note").fill("乙写的")
    await second.get_by_test_id("row-unit").fill("市人社局乙")
    await second.get_by_test_id("row-save").click()
    merge = second.get_by_test_id("merge")
    await expect(merge).to_contain_text("甲写的")
    await expect(merge.get_by_test_id("merge-field")).to_have_count(2)
    note = merge.get_by_test_id("merge-field").filter(has_text="备注")
    unit = merge.get_by_test_id("merge-field").filter(has_text="责任单位")
    await note.get_by_test_id("take-mine").click()
    await unit.get_by_test_id("take-theirs").click()
    await shoot(second, "table-merge-1440")
    await merge.get_by_test_id("merge-save").click()
    await expect(second.get_by_test_id("row-note")).to_have_value("乙写的")
    await expect(second.get_by_test_id("row-unit")).to_have_value("市人社局甲")


async def pick(page: Page, form: Locator, field: str, text: str) -> None:
    """Choose in one of the form's lists by typing, as one does without a mouse."""
    box = form.locator(f"[data-field={field}] input")
    await box.fill(text)
    await page.locator(".el-select-dropdown__item:visible", has_text=text).first.wait_for()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")


def entity(page: Page, place: str) -> Locator:
    return page.locator(f"[data-place='{place}']")


async def test_a_unit_line_is_added_proved_before_it_is_saved_changed_and_taken_out(desk: Site) -> None:
    page = await desk.open("/table/lines", "admin")
    await page.get_by_test_id("add-unit_line").click()
    form = page.get_by_test_id("entity-form")
    await form.get_by_test_id("entity-save").click(force=True)
    await form.get_by_test_id("entity-ref").fill("Unit 12333")
    await pick(page, form, "hotline", "12333")
    await pick(page, form, "calendar", "unit-12348")
    await expect(form.locator("[data-field=ref]")).to_contain_text("小写字母")
    await form.get_by_test_id("entity-ref").fill("unit-12333")
    await expect(form.get_by_test_id("elsewhere")).to_contain_text("交换机没有端点unit-12333")
    await shoot(page, "table-lines-form-1440")
    await form.get_by_test_id("entity-ref").press("Enter")
    await expect(form).to_have_count(0)
    await expect(entity(page, "unit_line/unit-12333")).to_contain_text("新增")
    await entity(page, "unit_line/unit-12333").get_by_test_id("edit-entity").click()
    await form.get_by_test_id("entity-number").fill("0872-2100000")
    await form.get_by_test_id("entity-save").click()
    await expect(entity(page, "unit_line/unit-12333")).to_contain_text("0872")
    await shoot(page, "table-lines-draft-1440")
    await entity(page, "unit_line/unit-12333").get_by_test_id("remove-entity").click()
    await page.get_by_role("button", name="删除", exact=True).last.click()
    await expect(entity(page, "unit_line/unit-12333")).to_have_count(0)


async def test_the_linkage_of_an_emergency_number_is_changed_and_wants_its_reason(desk: Site) -> None:
    page = await desk.open("/table/lines#emergency", "admin")
    await entity(page, "emergency/110").get_by_test_id("edit-entity").click()
    await page.get_by_test_id("entity-form").get_by_text("三方通话").click()
    await expect(page.get_by_test_id("elsewhere").or_(page.get_by_test_id("entity-found")).first).to_contain_text(
        "请说明理由"
    )
    await page.get_by_test_id("entity-save").click()
    await expect(entity(page, "emergency/110")).to_contain_text("三方通话")
    await page.goto("/table/check")
    await page.get_by_test_id("warnings").get_by_role("link", name="紧急号码 110").click()
    await expect(entity(page, "emergency/110")).to_contain_text("请说明理由")


async def test_two_admins_on_one_line_choose_and_a_line_they_took_out_can_be_put_back(desk: Site) -> None:
    first, second = await desk.open("/table", "admin"), await desk.open("/table", "admin2")
    await change_note(first, "12333", "起草")
    for page in (first, second):
        await page.goto("/table/lines")
        await entity(page, "never_opened/12388").or_(page.get_by_test_id("entity")).first.wait_for()
        await entity(page, "city/city").get_by_test_id("edit-entity").click()
    await first.get_by_test_id("entity-name").fill("甲市")
    await first.get_by_test_id("entity-save").click()
    await expect(first.get_by_test_id("entity-form")).to_have_count(0)
    await second.get_by_test_id("entity-name").fill("乙市")
    await second.get_by_test_id("entity-save").click()
    merge = second.get_by_test_id("merge")
    await expect(merge).to_contain_text("甲市")
    await shoot(second, "table-lines-merge-1440")
    await merge.get_by_test_id("take-mine").click()
    await merge.get_by_test_id("merge-save").click()
    await expect(entity(second, "city/city")).to_contain_text("乙市")
    line = entity(second, "unit_line/unit-12348")
    await line.get_by_test_id("edit-entity").click()
    await first.reload()
    await entity(first, "unit_line/unit-12348").get_by_test_id("remove-entity").click()
    await first.get_by_role("button", name="删除", exact=True).last.click()
    await expect(entity(first, "unit_line/unit-12348")).to_have_count(0)
    await second.get_by_test_id("entity-number").fill("0872-2100000")
    await second.get_by_test_id("entity-save").click()
    await merge.get_by_test_id("take-mine").click()
    await merge.get_by_test_id("merge-save").click()
    await expect(line).to_contain_text("0872")


async def test_a_sheet_is_tried_before_it_is_taken_in_and_the_same_sheet_again_changes_nothing(
    desk: Site, tmp_path: Path
) -> None:
    page = await desk.open("/table/import", "admin")
    async with page.expect_download() as downloading:
        await page.get_by_test_id("export-xlsx").click()
    same = tmp_path / "same.xlsx"
    await (await downloading.value).save_as(same)
    await page.get_by_test_id("file").set_input_files(same)
    await expect(page.get_by_test_id("count-refused")).to_have_text("0")
    await expect(page.get_by_test_id("count-changed")).to_have_text("0")
    await expect(page.get_by_test_id("apply")).to_be_disabled()
    await page.get_by_test_id("file").set_input_files(annex(tmp_path, "12399x9x"))
    await expect(page.get_by_test_id("refused")).to_be_visible()
    await expect(page.get_by_test_id("apply")).to_be_disabled()
    await shoot(page, "table-import-refused-1440")
    await page.get_by_test_id("file").set_input_files(annex(tmp_path, "１２３９９"))
    await expect(page.get_by_test_id("count-added")).to_have_text("1")
    await shoot(page, "table-import-dry-1440")
    await page.get_by_test_id("apply").click()
    await expect(page.get_by_test_id("applied")).to_be_visible()
    await page.goto("/table")
    await expect(page.get_by_test_id("hotlines")).to_contain_text("试点服务热线")
    await page.get_by_test_id("hotlines").get_by_role("link", name="12399").click()
    await expect(page.get_by_test_id("row-name")).to_have_value("试点服务热线")


def annex(folder: Path, number: str) -> Path:
    """A small annex as cities publish it."""
    rows = [
        ["整体并入"],
        ["序号", "热线名称", "号码", "责任单位", "备注"],
        ["1", "试点服务热线", number, "市试点办", "取消号码，话务座席并入12345"],
    ]
    path = folder / "附件.xlsx"
    path.write_bytes(write_xlsx(rows))
    return path


async def test_an_exception_is_set_on_a_day_of_the_year_by_keyboard(desk: Site) -> None:
    page = await desk.open("/table/calendars?name=unit-12348&year=2026", "admin")
    day = page.locator('[data-day="2026-10-08"]')
    await expect(page.locator('[data-day="2026-10-01"]')).to_have_attribute("data-kind", "holiday")
    await expect(page.locator('[data-day="2026-10-10"]')).to_have_attribute("data-kind", "makeup")
    await page.locator('[data-day="2026-10-09"]').focus()
    await page.keyboard.press("ArrowLeft")
    await expect(day).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_test_id("day-periods").fill("")
    await page.get_by_test_id("day-note").fill("系统检修")
    await page.keyboard.press("Enter")
    await expect(day).to_have_attribute("data-kind", "exception")
    await shoot(page, "table-calendar-exception-1440")
    await page.locator(".el-input-number__increase").click()
    await expect(page.get_by_test_id("provisional")).to_contain_text("2027")


async def test_an_auditor_and_a_supervisor_look_but_have_nothing_to_edit_with(desk: Site) -> None:
    page = await desk.open("/table/hotlines/12333", "auditor1")
    await expect(page.get_by_test_id("row-name")).to_be_disabled()
    await expect(page.get_by_test_id("row-save")).to_have_count(0)
    await page.goto("/table/import")
    await expect(page.get_by_test_id("pick-file")).to_have_count(0)
    seat = await desk.open("/table", "seat801")
    await seat.wait_for_url("**/seat")


async def test_the_table_weighs_nothing_for_those_who_do_not_open_it() -> None:
    names = [path.name for path in (DIST / "assets").glob("*.js")]
    sankey = next(name for name in names if name.startswith("SankeyPicture"))
    index = (DIST / "index.html").read_text("utf-8")
    assert sankey not in index and not any(name in index for name in names if "Table" in name or "Row" in name)
