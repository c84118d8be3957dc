"""What a newcomer sees, end to end, on real parts: dial on the test phone, answer at a seat, hear each other, hang up;
then the call, its path, its recording and its work order are there.

Each browser's microphone plays a tone of its own, so that what was heard is checked by frequency.
"""

from __future__ import annotations

import asyncio
import io
import re
import wave
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.kit.tones import from_pcm, heard
from tests.pages.conftest import log_in, shoot
from tests.pages.installation import Installation, wait_until_up
from tests.pages.phones import (
    CALLER,
    CITIZEN_HZ,
    MASKED,
    SEAT_HZ,
    beeps,
    dial,
    eventually,
    figure,
    hears,
    off_duty,
    person,
    rings,
    sign_on,
)

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

TALK_S = 6.0


@pytest.fixture
async def stage(house: Installation, tmp_path: Path) -> AsyncIterator[tuple[Page, Page]]:
    """(citizen on the test phone, seat 801 logged in and idle)."""
    async with async_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        microphones = (beeps(tmp_path / "citizen.wav", CITIZEN_HZ), beeps(tmp_path / "seat.wav", SEAT_HZ))
        async with (
            person(playwright, house.url, microphones[0]) as citizen,
            person(playwright, house.url, microphones[1]) as seat,
        ):
            await citizen.goto("/testphone")
            await expect(citizen.get_by_test_id("phone-line")).to_have_text("可以拨号")
            await log_in(seat, "801", house.passwords["801"])
            await sign_on(seat)
            yield citizen, seat
    await off_duty(house, "801")


async def recording_of(page: Page, linkedid: str) -> bytes:
    answer = await page.request.get(f"/api/v1/calls/{linkedid}/recording")
    assert answer.status == 200, await answer.text()
    return await answer.body()


def stretches(recording: bytes) -> dict[float, float]:
    """Seconds of sound of each tone in a recording."""
    with wave.open(io.BytesIO(recording), "rb") as file:
        samples = from_pcm(file.readframes(file.getnframes()))
        if file.getnchannels() == 2:
            samples = samples.reshape(-1, 2).sum(axis=1)
    found = {CITIZEN_HZ: 0.0, SEAT_HZ: 0.0}
    for each in heard(samples, found):
        found[each.hz] += each.seconds
    return found


async def test_a_citizen_dials_12345_and_a_seat_answers_and_everything_is_there_afterwards(
    stage: tuple[Page, Page], house: Installation
) -> None:
    citizen, seat = stage
    await dial(citizen, "12345")
    await shoot(citizen, "journey-1-dialled")
    await rings(seat)
    card = seat.get_by_test_id("call-card")
    await expect(card.get_by_test_id("dialled")).to_have_text("12345")
    await expect(card).to_contain_text(MASKED)
    assert CALLER not in await seat.content()
    await shoot(seat, "journey-2-ringing")

    await seat.get_by_test_id("answer").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("通话中")
    await asyncio.gather(hears(citizen), hears(seat))
    await seat.get_by_test_id("order-title").fill("路灯不亮")
    await seat.get_by_test_id("order-matter").fill("解放路口路灯三天不亮。")
    await asyncio.sleep(TALK_S)
    await expect(seat.get_by_test_id("quality")).to_have_text("声音正常")
    await expect(seat.get_by_test_id("save-status")).to_contain_text("已保存")
    await shoot(seat, "journey-3-talking")
    await shoot(citizen, "journey-3-citizen")

    await citizen.get_by_test_id("hang-up").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("话后整理")
    order_id = await seat.get_by_test_id("order-link").inner_text()
    await shoot(seat, "journey-4-wrap-up")
    await seat.get_by_test_id("seat-done").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("空闲")

    await seat.goto(f"/orders/{order_id}")
    await expect(seat.get_by_test_id("order-title")).to_have_value("路灯不亮")
    await seat.get_by_test_id("call-link").click()
    await expect(seat.get_by_test_id("outcome")).to_have_text("坐席已接")
    await expect(seat.get_by_test_id("recording-state")).to_have_text("已核验", timeout=30_000)
    path = seat.get_by_test_id("path")
    for part in ("来电拨打 12345", "识别为 12345", "开始等待坐席", "坐席 801"):
        await expect(path).to_contain_text(part)
    await shoot(seat, "journey-5-call")
    await plays(seat)
    sounds = stretches(await recording_of(seat, seat.url.rsplit("/", 1)[1]))
    assert all(seconds > TALK_S / 3 for seconds in sounds.values()), sounds


async def plays(page: Page) -> None:
    player = page.get_by_test_id("player")
    await player.evaluate("player => player.play()")

    async def moves() -> bool:
        return float(await player.evaluate("player => player.currentTime")) > 0.5

    await eventually(moves, 10, "the recording plays")


async def test_12315_rings_in_its_own_name_and_the_seat_may_mute_hold_and_hang_up(stage: tuple[Page, Page]) -> None:
    citizen, seat = stage
    await dial(citizen, "12315")
    await rings(seat)
    await expect(seat.get_by_test_id("hotline-name")).to_contain_text("市场监管")
    await seat.get_by_test_id("answer").click()
    await hears(citizen)
    await seat.get_by_test_id("mute").click()

    async def quiet() -> bool:
        return await figure(citizen, "heard") < 0.005

    await eventually(quiet, 10, "silence from a muted seat")
    await seat.get_by_test_id("mute").click()
    await hears(citizen)
    await seat.get_by_test_id("hold").click()
    await expect(seat.get_by_test_id("hold")).to_contain_text("恢复通话")
    await seat.get_by_test_id("hold").click()
    await hears(seat)
    await seat.get_by_test_id("hang-up").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("话后整理")
    await expect(citizen.get_by_test_id("phone-screen")).to_have_attribute("data-stage", "idle", timeout=30_000)


async def test_an_unanswered_offer_sets_the_seat_aside_with_a_way_back(stage: tuple[Page, Page]) -> None:
    citizen, seat = stage
    await dial(citizen, "12315")
    await rings(seat)
    await expect(seat.get_by_test_id("seat-state")).to_have_text("暂离（未接来电）", timeout=30_000)
    await shoot(seat, "journey-set-aside")
    await seat.get_by_test_id("seat-resume").click()
    await rings(seat)  # the caller has kept the place
    await citizen.get_by_test_id("hang-up").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("空闲")


async def test_a_reload_keeps_the_seat_logged_in_and_its_phone_rings_again(stage: tuple[Page, Page]) -> None:
    citizen, seat = stage
    await seat.reload()
    await expect(seat.get_by_test_id("registration")).to_have_text("电话已就绪")
    await expect(seat.get_by_test_id("seat-state")).to_have_text("空闲")
    await dial(citizen, "12315")
    await rings(seat)
    await seat.get_by_test_id("answer").click()
    await hears(seat)
    await citizen.get_by_test_id("hang-up").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("话后整理")


async def test_a_caller_who_gives_up_leaves_a_task_to_call_back(stage: tuple[Page, Page]) -> None:
    citizen, seat = stage
    await seat.get_by_test_id("seat-logout").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("未签入")
    await dial(citizen, "12315")
    await asyncio.sleep(8)
    await citizen.get_by_test_id("hang-up").click()
    await seat.goto("/tasks")

    async def there() -> bool:
        await seat.reload()
        await expect(seat.locator("table.list, [data-test=empty]").first).to_be_visible()
        return MASKED in await seat.locator("main").inner_text()

    await eventually(there, 20, "the missed call among the tasks")
    await shoot(seat, "journey-missed")


async def test_a_key_in_the_menu_reaches_the_seat_as_a_choice_and_a_hidden_number_stays_hidden(
    stage: tuple[Page, Page],
) -> None:
    citizen, seat = stage
    await citizen.get_by_test_id("hidden").check()
    await citizen.get_by_test_id("number").fill("12345")
    await citizen.get_by_test_id("dial").click()
    await expect(citizen.get_by_test_id("phone-screen")).to_have_attribute("data-stage", "talking")
    await eventually(lambda: rang_after_pressing(citizen, seat, "1"), 60, "the menu takes the key")
    card = seat.get_by_test_id("call-card")
    await expect(card).to_contain_text(re.compile("政策咨询|紧急报修"))  # the day's menu, the night's
    await expect(card).to_contain_text("隐藏号码")
    await citizen.get_by_test_id("hang-up").click()


async def rang_after_pressing(citizen: Page, seat: Page, key: str) -> bool:
    """Press the key now and then, as a person does who waits for the menu, until the seat rings."""
    if await seat.get_by_test_id("call-stage").count():
        return True
    if await figure(citizen, "heard") > 0:
        await citizen.locator(f'[data-key="{key}"]').click()
        await asyncio.sleep(1.5)
    return False


async def test_the_phone_is_in_one_tab_and_can_be_taken_over(stage: tuple[Page, Page]) -> None:
    _, first = stage
    second = await first.context.new_page()
    await second.goto("/seat")
    await expect(second.get_by_test_id("registration")).to_have_text("电话正在另一个标签页中使用")
    await second.get_by_text("改在此页使用电话").click()
    await expect(second.get_by_test_id("registration")).to_have_text("电话已就绪")
    await expect(first.get_by_test_id("registration")).to_have_text("电话正在另一个标签页中使用")
    await expect(second.get_by_test_id("seat-state")).to_have_text("空闲", timeout=30_000)


async def test_a_restarted_console_harms_no_conversation(stage: tuple[Page, Page], house: Installation) -> None:
    citizen, seat = stage
    await dial(citizen, "12315")
    await rings(seat)
    await seat.get_by_test_id("answer").click()
    await hears(seat)
    await asyncio.to_thread(house.stop, "console")
    await expect(seat.get_by_test_id("link-strip")).to_contain_text("正在连接控制台")
    await asyncio.gather(hears(citizen), hears(seat))
    house.start("console.main")
    await asyncio.to_thread(wait_until_up, house)
    await expect(seat.get_by_test_id("link-strip")).to_have_count(0, timeout=30_000)
    await expect(seat.get_by_test_id("registration")).to_have_text("电话已就绪", timeout=30_000)
    await expect(seat.get_by_test_id("seat-state")).to_have_text("通话中")
    await asyncio.gather(hears(citizen), hears(seat))
    await citizen.get_by_test_id("hang-up").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("话后整理", timeout=30_000)
    await expect(seat.get_by_test_id("call-stage")).to_have_count(0)
