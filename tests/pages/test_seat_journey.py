"""A seat's day on real parts, each party with a tone of its own: every key and shortcut of the seat's page, the missed
offer and the way back, pause and wrap-up, 110 by one key, messages, bad lines;
the supervisor beside it, then in its place.

One installation, two calls: what is shown is looked at on the page, who hears whom is measured.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.pages.conftest import log_in, shoot
from tests.pages.installation import Installation
from tests.pages.phones import eventually, off_duty, rings, sign_on
from tests.pages.seat_stage import Stage, set_stage
from tests.pages.test_talk_journey import another, both_sizes

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

PINYIN = "zsjrqgtcambkp"  # every letter that is a shortcut with Alt


@pytest.fixture
async def stage(house: Installation, tmp_path: Path) -> AsyncIterator[Stage]:
    async with async_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        async with set_stage(playwright, house, tmp_path) as found:
            yield found
    await off_duty(house, "801", "802", "701")


async def test_a_seats_day_with_every_key_of_its_page(stage: Stage) -> None:
    seat = stage.seat
    await wrap_ups_must_close(stage)
    await before_the_shift(seat)
    await stage.dial("12315")
    await a_missed_offer_and_the_way_back(stage)
    await seat.keyboard.press("Enter")
    await expect(seat.get_by_test_id("seat-state")).to_have_text("通话中")
    await stage.hear(seat={"caller"}, caller={"seat"})
    await mute_hold_digits(stage)
    await typing_presses_nothing(seat)
    await a_third_by_every_verb(stage)
    await police_in_the_talk(stage)
    await bad_lines(stage)
    await the_pause_after_the_call(seat)
    await a_supervisor_beside_it_and_in_its_place(stage)
    await the_wrap_up_ends_with_a_result(seat)
    await police_instead_of_the_supervisor(stage)
    await seat.get_by_test_id("seat-resume").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("空闲")


async def wrap_ups_must_close(stage: Stage) -> None:
    async with stage.asking("admin") as admin:
        rules = (await admin("GET", "/people"))["wrap_up"]
        body = {"default_s": rules["default_s"], "must_close": True, "skills": rules["skills"]}
        await admin("PUT", "/people/wrap_up", body, {"If-Match": rules["etag"]})


async def before_the_shift(seat: Page) -> None:
    """The device check: the level moves with the voice, the ring goes where it was told to."""
    await seat.get_by_test_id("check-devices").click()
    await expect(seat.get_by_test_id("microphone-heard")).to_have_text("麦克风正常")
    bars = seat.get_by_test_id("device-check").get_by_role("meter")
    seen: set[str | None] = set()
    for _ in range(12):
        seen.add(await bars.get_attribute("aria-valuenow"))
        await asyncio.sleep(0.1)
    assert len(seen) > 1, f"the meter stands still at {seen}"
    await seat.get_by_test_id("ring-device").click()
    options = seat.locator(".el-select-dropdown:visible .el-select-dropdown__item")
    await options.last.click()
    chosen = await seat.evaluate("localStorage.getItem('hotline-ring')")
    assert chosen
    await so(seat, f"window.sinks.some((each) => each[0] === '{chosen}' && each[1] === '{chosen}')")
    assert await seat.evaluate("window.rings") >= 2, "one hears at once where it rings"
    await seat.get_by_test_id("check-devices").click()
    await sign_on(seat)


async def a_missed_offer_and_the_way_back(stage: Stage) -> None:
    seat = stage.seat
    await seat.evaluate("Object.defineProperty(document, 'hasFocus', { value: () => false, configurable: true })")
    await rings(seat)
    await expect(seat.get_by_test_id("answer")).to_be_focused()
    await expect(seat.get_by_test_id("announced")).to_contain_text("来电：12315")
    await so(seat, "window.notes.length > 0")
    (note,) = await seat.evaluate("window.notes.map(({ title, body, open }) => ({ title, body, open }))")
    assert note["title"] == "热线来电，请接听" and note["body"].startswith("12315 "), note
    assert stage.caller.name and "139" not in note["body"], "a desktop is seen by others"
    await seat.evaluate("window.notes[0].note.onclick()")
    assert await seat.evaluate("[window.focused, window.notes[0].open]") == [1, False]
    rung = await seat.evaluate("window.rings")
    await words_for_seats(stage)
    await expect(seat.get_by_test_id("seat-state")).to_have_text("暂离（未接来电）", timeout=20_000)
    assert await seat.evaluate("window.rings") > rung, "it rings on"
    await expect(seat.get_by_test_id("announced")).to_have_text("")
    await expect(seat.locator(".bar .why")).to_contain_text("有来电未接听")
    await seat.get_by_test_id("seat-resume").click()
    await rings(seat)


async def mute_hold_digits(stage: Stage) -> None:
    seat = stage.seat
    await seat.keyboard.press("Alt+m")
    await expect(seat.get_by_test_id("mute")).to_have_attribute("aria-pressed", "true")
    await stage.hear(seat={"caller"}, caller=set())
    await seat.get_by_test_id("mute").click()
    await seat.get_by_test_id("hold").click()
    await expect(seat.get_by_test_id("call-stage")).to_contain_text("已保持")
    await stage.hear(seat=set(), caller=set())
    await expect(seat.get_by_test_id("phone-bad")).to_have_count(0)  # on hold nothing is to be heard
    await seat.keyboard.press("Alt+b")
    await stage.hear(seat={"caller"}, caller={"seat"})
    await seat.keyboard.press("Alt+k")
    await seat.locator('[data-key="5"]').click()
    await seat.keyboard.press("7")
    await seat.locator('[data-key="#"]').click()
    await expect(seat.get_by_test_id("keyed")).to_have_text("57#")
    await stage.bank.until(lambda: stage.legs["caller"].digits == "57#", 5, f"57#: {stage.legs['caller'].digits!r}")
    await seat.get_by_test_id("pad").click()
    await expect(seat.get_by_test_id("keyed")).to_have_count(0)


async def typing_presses_nothing(seat: Page) -> None:
    """Letters in the form, and what an input method composes, are no keys; nor does its Enter call anybody."""
    asked: list[str] = []
    seat.on("request", lambda request: asked.append(request.url) if request.url.endswith("/talk") else None)
    matter = seat.get_by_test_id("order-matter")
    await matter.click()
    await seat.keyboard.type(PINYIN)
    devices = await seat.context.new_cdp_session(seat)
    await devices.send("Input.imeSetComposition", {"text": "zi'xun", "selectionStart": 6, "selectionEnd": 6})
    for code in ("KeyZ", "KeyM", "KeyP"):
        await matter.dispatch_event("keydown", {"code": code, "key": "Process", "altKey": True, "isComposing": True})
    await devices.send("Input.insertText", {"text": "咨询"})
    await expect(matter).to_have_value(f"{PINYIN}咨询")
    await expect(seat.get_by_test_id("mute")).to_have_attribute("aria-pressed", "false")
    await matter.fill("商场购物纠纷")
    await seat.keyboard.press("Alt+z")  # with Alt it works from inside the form, too
    box = seat.get_by_test_id("target-filter")
    await expect(box).to_be_focused()
    await box.fill("12328")
    await seat.locator('[data-target="unit:12328"]').wait_for()
    await box.dispatch_event("keydown", {"key": "Enter", "code": "Enter", "isComposing": True, "bubbles": True})
    await asyncio.sleep(0.2)
    assert asked == []
    await devices.detach()


async def a_third_by_every_verb(stage: Stage) -> None:
    """The chooser is open for a consultation."""
    seat, unit = stage.seat, stage.unit
    await unit.habit(answer_s=None)
    await seat.keyboard.press("Enter")
    await expect(seat.locator('[data-verb="cancel"]')).to_be_enabled()
    await seat.keyboard.press("Alt+c")
    await (await unit.next_call()).wait("closed", 5)
    await stage.hear(seat={"caller"}, caller={"seat"})

    await unit.habit(answer_s=0.1)
    await seat.locator('[data-verb="consult"]').click()
    await seat.locator('[data-target="unit:12328"]').click()
    stage.legs["unit"] = await unit.next_call(1)
    await expect(seat.get_by_test_id("seat-state")).to_have_text("咨询中")
    await stage.hear(seat={"unit"}, unit={"seat"}, caller=set())
    await seat.get_by_test_id("pad").click()
    await seat.keyboard.press("2")
    await stage.bank.until(lambda: stage.legs["unit"].digits == "2", 5, "the unit's menu gets the digit")
    await seat.get_by_test_id("pad").click()
    await verb(seat, "Alt+q")
    await stage.hear(seat={"caller"}, caller={"seat"}, unit=set())
    await verb(seat, '[data-verb="swap"]')
    await stage.hear(seat={"unit"}, unit={"seat"}, caller=set())
    await verb(seat, "Alt+r")
    await stage.hear(seat={"caller", "unit"}, caller={"seat", "unit"}, unit={"caller", "seat"})
    await both_sizes(seat, "day-three")
    await verb(seat, "Alt+g")
    await stage.hear(seat={"caller"}, caller={"seat"}, unit=set())
    await shoot(seat, "day-aside-1440")
    await verb(seat, '[data-verb="join"]')
    await stage.hear(seat={"caller", "unit"}, caller={"seat", "unit"}, unit={"caller", "seat"})
    await verb(seat, "Alt+t")
    await stage.legs.pop("unit").wait("closed", 5)
    await stage.hear(seat={"caller"}, caller={"seat"})


async def so(page: Page, what: str) -> None:
    """Soon true in the page. (The content policy keeps Playwright's own way of waiting out.)"""

    async def look() -> bool:
        return bool(await page.evaluate(what))

    await eventually(look, 5, what)


async def verb(seat: Page, how: str) -> None:
    """By its shortcut or its key, and done."""
    async with seat.expect_response("**/talk") as answer:
        if how.startswith("Alt+"):
            await seat.keyboard.press(how)
        else:
            await seat.locator(how).click()
    assert (await answer.value).ok, await (await answer.value).text()


async def the_pause_after_the_call(seat: Page) -> None:
    await seat.get_by_test_id("seat-pause").click()
    await seat.get_by_role("menuitem", name="用餐").click()
    await expect(seat.locator(".bar .why")).to_contain_text("本次通话和整理结束后暂停：用餐")


async def police_in_the_talk(stage: Stage) -> None:
    """By one key: all three together, then 110 is let go."""
    seat, police = stage.seat, stage.police
    await police.habit(answer_s=0.1)
    await verb(seat, '[data-emergency-three="110"]')
    stage.legs["110"] = await police.next_call()
    await stage.hear(seat={"caller", "110"}, caller={"seat", "110"}, line_110={"caller", "seat"})
    await verb(seat, '[data-verb="drop"]')
    await stage.legs.pop("110").wait("closed", 5)


async def police_instead_of_the_supervisor(stage: Stage) -> None:
    """By one shortcut: handed over, who pressed it is out."""
    await verb(stage.boss, "Alt+1")
    stage.legs["110"] = await stage.police.next_call(1)
    await expect(stage.boss.get_by_test_id("seat-state")).to_have_text("话后整理")
    await stage.hear(caller={"110"}, line_110={"caller"})
    await stage.legs["caller"].hangup()
    await stage.legs["110"].wait("closed", 5)


async def the_wrap_up_ends_with_a_result(seat: Page) -> None:
    await expect(seat.get_by_test_id("seat-done")).to_be_disabled()
    await expect(seat.get_by_test_id("wrap-up")).to_contain_text("须填写结果")
    await seat.get_by_test_id("results").get_by_text("生成工单转办").click()
    await seat.get_by_test_id("seat-done").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("暂停")
    await expect(seat.locator(".bar .why")).to_have_text("用餐")


async def a_supervisor_beside_it_and_in_its_place(stage: Stage) -> None:
    """Listens, barges in, takes over; the seat sees who and how."""
    seat, boss = stage.seat, stage.boss
    await boss.get_by_test_id("listen").click()
    sign = seat.get_by_test_id("spy-sign")
    await expect(sign).to_have_text("班长 正在监听，不参与通话")
    await stage.hear(boss={"caller", "seat"}, seat={"caller"}, caller={"seat"})
    await boss.get_by_test_id("listening").locator('[data-mode="barge"]').click()
    await expect(sign).to_contain_text("插话，各方都能听到")
    await stage.hear(boss={"caller", "seat"}, seat={"caller", "boss"}, caller={"seat", "boss"})
    await boss.get_by_test_id("bar-take-over").click()
    await boss.get_by_role("button", name="接管", exact=True).last.click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("话后整理")
    await stage.hear(boss={"caller"}, caller={"boss"})
    await boss.get_by_role("link", name="坐席", exact=True).click()
    await expect(boss.get_by_test_id("seat-state")).to_have_text("通话中")


async def words_for_seats(stage: Stage) -> None:
    other = await another(stage.boss, stage.house.url)
    await log_in(other, "802", stage.house.passwords["802"])
    for text, seats in (("各席注意，系统 18 时维护", []), ("801 请尽快结束", ["801"])):
        async with stage.asking("supervisor") as supervisor:
            await supervisor("POST", "/live/messages", {"text": text, "seats": seats})
    await expect(stage.seat.get_by_test_id("message")).to_contain_text(["各席注意", "801 请尽快结束"])
    await expect(other.get_by_test_id("message")).to_contain_text(["各席注意"])
    to_all, to_one = (stage.seat.get_by_test_id("message").filter(has_text=text) for text in ("各席注意", "801 请尽快"))
    await to_all.get_by_test_id("message-read").click()
    await expect(to_all).to_have_count(0)
    await to_one.get_by_test_id("message-read").click()
    await expect(to_one).to_have_count(0)
    await other.context.close()


async def bad_lines(stage: Stage) -> None:
    """The PBX is frozen for a moment, then the console is away: the sign is there, and goes; the talk goes on."""
    bad = stage.seat.get_by_test_id("phone-bad")
    os.kill(stage.house.pbx_pid, signal.SIGSTOP)
    try:
        await expect(bad).to_contain_text("听不到对方")
        await shoot(stage.seat, "day-silent-1440")
    finally:
        os.kill(stage.house.pbx_pid, signal.SIGCONT)
    await expect(bad).to_have_count(0, timeout=30_000)
    await stage.seat.context.set_offline(True)
    await expect(bad).to_contain_text("网络断开")
    await stage.seat.context.set_offline(False)
    await expect(bad).to_have_count(0)
    stage.house.stop("console")
    await expect(bad).to_contain_text("与语音系统的连接中断")
    await stage.hear(seat={"caller"}, caller={"seat"})
    stage.house.start("console.main")
    await expect(bad).to_have_count(0, timeout=40_000)
    await expect(stage.seat.get_by_test_id("link-strip")).to_have_count(0, timeout=20_000)
