"""People at browsers with phones in them: a citizen on the test phone, seats, experts, supervisors.

Each browser's microphone plays a tone of its own, so that what was heard is checked by frequency.
In: an installation, Playwright. Out: pages, and what they hear. Never: an assertion about one scene only.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, Page, Playwright, expect

from console.gateway_link import GatewayLink
from console.problems import ProblemError
from tests.pages.conftest import FLAGS, WIDE
from tests.pages.installation import Installation

CITIZEN_HZ, SEAT_HZ, EXPERT_HZ = 1310.0, 1730.0, 2170.0
CALLER = "13912345678"
MASKED = "139****5678"


def beeps(path: Path, hz: float, on_s: float = 0.6, off_s: float = 0.3, *, level: float = 0.35) -> Path:
    """A microphone's file: some tone, some silence, for a minute. Chromium plays it round and round.

    Pauses, because the browser's noise suppression takes a tone that never stops for noise.
    """
    at = np.arange(48_000 * 60) / 48_000
    sound = level * np.sin(2 * np.pi * hz * at) * ((at % (on_s + off_s)) < on_s)
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


async def sign_on(seat: Page) -> None:
    await expect(seat.get_by_test_id("registration")).to_have_text("电话已就绪")
    await seat.get_by_test_id("seat-login").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("空闲")


async def off_duty(house: Installation, *seats: str) -> None:
    """The seats as the next test finds them: logged out, whatever the last test left."""
    link = GatewayLink(house.config.control_socket)
    try:
        async with asyncio.timeout(30):
            for seat in seats:
                while (await link.seat(seat))["state"] != "offline":
                    with contextlib.suppress(ProblemError):
                        await link.verb(seat, "logout", by="test", anyhow=True)
                        await link.verb(seat, "done", by="test", anyhow=True)
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
