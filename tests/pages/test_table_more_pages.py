"""Pages of the routing table: a draft that meets another publication, recordings, calendars and their notices."""

from __future__ import annotations

import contextlib
import re
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.store import open_store
from gateway.tables import versions
from gateway.tables.versions import Actor
from routing_table.edits import read_edit
from routing_table.proof import Facts
from tests.console.house import NOON, config_for
from tests.pages.conftest import Site, shoot
from tests.pages.test_pages import no_sideways_scroll
from tests.pages.test_table_pages import desk

__all__ = ["desk"]
pytestmark = pytest.mark.system

FACTS = Facts(today=NOON.date())
NOTICE = (
    "一、元旦：1月1日（周五）至3日（周日）放假调休，共3天。"
    "二、春节：2月5日（周五）至11日（周四）放假调休，共7天。2月14日（周日）上班。"
)


async def both_widths(page: Page, name: str) -> None:
    await shoot(page, f"{name}-1440")
    await page.set_viewport_size({"width": 390, "height": 844})
    await shoot(page, f"{name}-390")
    await no_sideways_scroll(page)
    await page.set_viewport_size({"width": 1440, "height": 900})


def day(page: Page, date: str) -> Locator:
    return page.locator(f'[data-day="{date}"]')


async def publish_unseen(folder: Path) -> None:
    """Version 2, by two others."""
    async with table_of(folder) as session:
        edit = read_edit({"action": "change", "entity": "row", "key": "12333", "value": {"note": "第二版"}})
        await versions.edit_draft(session, Actor("wang", NOON), [edit], revision=None)
        _, found = await versions.prove_draft(session, FACTS)
        coded = [one.coded for one in found.warnings]
        await versions.accept_warnings(session, Actor("wang", NOON), coded, "已核实", FACTS)
        await versions.submit(session, Actor("wang", NOON), FACTS)
        await versions.publish(session, Actor("li", NOON), "例行", FACTS, publishers=2)


@contextlib.asynccontextmanager
async def table_of(folder: Path) -> AsyncIterator[AsyncSession]:
    store = await open_store(config_for(folder, ws_port=1).database)
    async with store.session() as session:
        yield session
    await store.close()


async def test_a_draft_meets_another_publication_field_by_field(desk: Site, tmp_path: Path) -> None:
    await publish_unseen(tmp_path)
    admin = await desk.open("/table/hotlines/12333", "admin")
    await admin.get_by_test_id("row-note").fill("起草中")
    await admin.get_by_test_id("row-unit").fill("市人社局乙")
    await admin.get_by_test_id("row-save").click()
    await expect(admin.get_by_test_id("row-status")).to_have_text("与草稿一致")
    async with table_of(tmp_path) as session:
        await versions.rollback(session, Actor("li", NOON), 1, "有误", FACTS)
    await admin.goto("/table/check")
    await admin.get_by_test_id("rebase").click()
    merge = admin.get_by_test_id("merge")
    await expect(merge.get_by_test_id("merge-field")).to_have_count(1)
    await expect(merge).to_contain_text("备注")
    await both_widths(admin, "table-rebase")
    await merge.get_by_test_id("take-mine").click()
    await merge.get_by_test_id("merge-save").click()
    await expect(merge).to_have_count(0)
    await expect(admin.get_by_test_id("difference")).to_contain_text("市人社局乙")
    await expect(admin.get_by_test_id("difference")).to_contain_text("起草中")
    await expect(admin.get_by_test_id("draft-strip")).to_be_visible()


def recording(path: Path, seconds: float = 1.0) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(range(256)) * int(seconds * 125))
    return path


async def test_a_recording_is_put_in_the_place_of_the_house_voice_and_withdrawn(
    desk: Site,
    tmp_path: Path,
) -> None:
    page = await desk.open("/table/prompts", "admin")
    await page.get_by_test_id("prompt-filter").fill("greet-12333")
    row = page.get_by_test_id("prompts").locator("tbody tr").filter(has_text="greet-12333")
    await expect(row).to_contain_text("合成语音")
    await row.get_by_test_id("upload").click()
    not_sound = tmp_path / "假.wav"
    not_sound.write_bytes(b"no sound at all")
    await page.get_by_test_id("upload-file").set_input_files(not_sound)
    await page.get_by_test_id("upload-send").click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await shoot(page, "table-prompt-refused-1440")
    await page.get_by_test_id("upload-file").set_input_files(recording(tmp_path / "主任录音.wav"))
    await page.get_by_test_id("upload-send").click()
    await expect(row).to_contain_text("人工录音")
    await expect(row).to_contain_text("1.2 秒")
    await both_widths(page, "table-prompt-person")
    await row.get_by_role("button", name="撤下").click()
    await page.locator(".el-message-box").get_by_role("button", name="撤下").click()
    await expect(row).to_contain_text("合成语音")


async def test_a_manual_switch_has_an_end_and_hours_and_notices_are_taken_in(desk: Site) -> None:
    page = await desk.open("/table/calendars?name=unit-12348&year=2027", "admin")
    await expect(page.get_by_test_id("provisional")).to_be_visible()
    await page.get_by_test_id("add-manual").click()
    await expect(page.get_by_test_id("manual-save")).to_be_disabled()
    for nth, moment in ((0, "2027-03-01 08:00"), (1, "2027-03-02 12:00")):
        await page.locator("[data-test=manual-form] .el-range-input").nth(nth).fill(moment)
    await page.keyboard.press("Enter")
    await page.get_by_test_id("manual-note").fill("办公楼停电")
    await shoot(page, "table-calendar-manual-1440")
    await page.get_by_test_id("manual-save").click()
    await expect(page.get_by_test_id("overrides")).to_contain_text("至 2027-03-02 12:00")
    await expect(day(page, "2027-03-02")).to_have_attribute("title", re.compile("暂定，有人工设定"))
    await page.get_by_test_id("edit-week").click()
    await page.get_by_test_id("week-form").locator("input").first.fill("08:30-25:00")
    await page.get_by_test_id("week-save").click()
    await expect(page.get_by_test_id("week-form").get_by_role("alert")).to_contain_text("时")
    await shoot(page, "table-calendar-week-1440")
    await page.get_by_test_id("week-form").locator("input").first.fill("09:00-12:00 14:00-17:30")
    await page.get_by_test_id("week-save").click()
    await expect(day(page, "2027-03-08")).to_have_attribute("title", re.compile("09:00-12:00 14:00-17:30"))
    await page.get_by_test_id("add-notice").click()
    await page.get_by_test_id("notice-text").fill(NOTICE)
    await page.get_by_test_id("notice-read").click()
    await expect(page.get_by_test_id("notice-found")).to_contain_text("放假 10 天")
    await shoot(page, "table-calendar-notice-1440")
    await page.get_by_test_id("notice-save").click()
    await expect(page.get_by_test_id("provisional")).to_have_count(0)
    await both_widths(page, "table-calendar-noticed")


async def test_each_role_begins_on_a_page_that_it_may_open(desk: Site) -> None:
    homes = {"unit1": "/unit", "auditor1": "/table", "banzhang": "/live", "seat801": "/seat"}
    for user, home in homes.items():
        page = await desk.open("/", user)
        await page.wait_for_url(f"**{home}")
        await expect(page.locator("main h1").first).to_be_visible()
        if user == "unit1":
            await both_widths(page, "unit-home")
