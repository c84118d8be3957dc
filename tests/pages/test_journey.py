"""What a newcomer sees, end to end, on real parts: dial on the test phone, answer at a seat, hear each other, hang up;
then the call, its path, its recording and its work order are there.

Each browser's microphone plays a tone of its own, so that what was heard is checked by frequency.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import shutil
import wave
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.async_api import Browser, Page, Playwright, async_playwright, expect

from console.gateway_link import GatewayLink
from console.problems import ProblemError
from tests.kit.tones import from_pcm, heard
from tests.pages.conftest import FLAGS, WIDE, log_in, shoot
from tests.pages.installation import Installation, running_installation, wait_until_up

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

CITIZEN_HZ, SEAT_HZ = 1310.0, 1730.0
CALLER = "13912345678"
MASKED = "139****5678"
TALK_S = 6.0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with running_installation(tmp_path_factory.mktemp("j")) as found:
        yield found


def beeps(path: Path, hz: float) -> Path:
    """A microphone's file: 0.6 s of tone, 0.3 s of silence, for a minute. Chromium plays it round and round.

    Pauses, because the browser's noise suppression takes a tone that never stops for noise.
    """
    at = np.arange(48_000 * 60) / 48_000
    sound = 0.35 * np.sin(2 * np.pi * hz * at) * ((at % 0.9) < 0.6)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return path


@contextlib.asynccontextmanager
async def person(playwright: Playwright, url: str, microphone: Path) -> AsyncIterator[Page]:
    """A browser of its own with that microphone, and a page in it."""
    executable = shutil.which("chromium")
    assert executable, "apt install chromium"
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
    browser: Browser = await playwright.chromium.launch(executable_path=executable, args=flags)
    try:
        context = await browser.new_context(
            viewport=WIDE,  # type: ignore[arg-type]  # a dict, as its own docs have it
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["microphone"],
            base_url=url,
        )
        context.set_default_timeout(20_000)
        yield await context.new_page()
    finally:
        await browser.close()


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
    await off_duty(house)


async def sign_on(seat: Page) -> None:
    await expect(seat.get_by_test_id("registration")).to_have_text("电话已就绪")
    await seat.get_by_test_id("seat-login").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("空闲")


async def off_duty(house: Installation) -> None:
    """The seat as the next test finds it: logged out, whatever the last test left."""
    link = GatewayLink(house.config.control_socket)
    try:
        async with asyncio.timeout(30):
            while (await link.seat("801"))["state"] != "offline":
                with contextlib.suppress(ProblemError):
                    await link.verb("801", "logout", by="test")
                await asyncio.sleep(0.3)
    finally:
        await link.close()


async def dial(citizen: Page, number: str) -> None:
    await citizen.get_by_test_id("caller").fill(CALLER)
    await citizen.get_by_test_id("number").fill(number)
    await citizen.get_by_test_id("dial").click()
    await expect(citizen.get_by_test_id("phone-screen")).to_have_attribute("data-stage", "talking")


async def rings(seat: Page) -> None:
    await expect(seat.get_by_test_id("call-stage")).to_have_attribute("data-stage", "incoming", timeout=60_000)


async def figure(page: Page, name: str) -> float:
    return float(await page.get_by_test_id("phone-media").get_attribute(f"data-{name}") or 0)


async def hears(page: Page, seconds: float = 10.0) -> None:
    """Packets come in and are loud. (The other side's tone; nothing else sounds once people talk.)"""
    before = await figure(page, "packets-in")

    async def loud() -> bool:
        return await figure(page, "packets-in") > before and await figure(page, "heard") > 0.01

    await eventually(loud, seconds, "sound from the other side")


async def eventually(look: Callable[[], Awaitable[bool]], seconds: float, what: str) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not await look():
        assert asyncio.get_running_loop().time() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(0.2)


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
    await expect(seat.get_by_test_id("hold")).to_have_text("恢复通话")
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
