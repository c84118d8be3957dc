"""A call of three on real parts, as its people see it: a seat takes a 12333 call, its page is reloaded in mid call, it
consults the expert, brings everybody together and leaves; a supervisor is beside it. Order, legs, recordings are right.

Each browser's microphone plays a tone of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.pages.conftest import NARROW, WIDE, log_in, shoot
from tests.pages.installation import Installation
from tests.pages.phones import (
    CITIZEN_HZ,
    EXPERT_HZ,
    MASKED,
    SEAT_HZ,
    beeps,
    dial,
    eventually,
    hears,
    off_duty,
    person,
    rings,
    sign_on,
)

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]

CLOSE_S = 0.2


@dataclass
class Stopwatch:
    """When each act began and when it was known to be done, on this test's clock."""

    times: dict[str, tuple[float, float]] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def act(self, name: str) -> AsyncIterator[None]:
        began = time.monotonic()
        yield
        self.times[name] = (began, time.monotonic())

    def agrees(self, first: str, then: str, seconds: float) -> bool:
        """Whether what lay between the two acts lasted so long, give or take what the acts themselves took."""
        (began, done), (ended, over) = self.times[first], self.times[then]
        return ended - done - CLOSE_S < seconds < over - began + CLOSE_S


@pytest.fixture
async def cast(house: Installation, tmp_path: Path) -> AsyncIterator[dict[str, Page]]:
    """citizen, seat 801 at work, expert 901 (not yet at work), boss: a supervisor."""
    async with async_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        tones = {"citizen": CITIZEN_HZ, "seat": SEAT_HZ, "expert": EXPERT_HZ}
        files = {who: beeps(tmp_path / f"{who}.wav", hz) for who, hz in tones.items()}
        async with (
            person(playwright, house.url, files["citizen"]) as citizen,
            person(playwright, house.url, files["seat"]) as seat,
            person(playwright, house.url, files["expert"]) as expert,
        ):
            await citizen.goto("/testphone")
            await expect(citizen.get_by_test_id("phone-line")).to_have_text("可以拨号")
            await log_in(seat, "801", house.passwords["801"])
            await log_in(expert, "901", house.passwords["901"])
            await sign_on(seat)
            boss = await another(seat, house.url)
            await log_in(boss, "supervisor", house.passwords["supervisor"])
            yield {"citizen": citizen, "seat": seat, "expert": expert, "boss": boss}
    await off_duty(house, "801", "901")


async def another(page: Page, url: str) -> Page:
    """Another person at the same browser: a profile of its own."""
    assert page.context.browser is not None
    context = await page.context.browser.new_context(
        viewport=WIDE,  # type: ignore[arg-type]  # a dict, as its own docs have it
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        permissions=["microphone"],
        base_url=url,
    )
    context.set_default_timeout(20_000)
    return await context.new_page()


async def both_sizes(page: Page, name: str) -> None:
    await shoot(page, f"{name}-1440")
    await page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    await shoot(page, f"{name}-390")
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"{name} is {wider} px wider than a phone's screen"
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]


async def places(page: Page, **where: str) -> None:
    for party, place in where.items():
        await expect(page.locator(f'[data-party="{party}"]')).to_have_attribute("data-place", place)


async def test_a_seat_consults_the_expert_joins_and_leaves_and_everything_is_there_afterwards(
    cast: dict[str, Page], house: Installation
) -> None:
    citizen, seat, expert, boss = (cast[who] for who in ("citizen", "seat", "expert", "boss"))
    await dial(citizen, "12333")
    await rings(seat)
    await expect(seat.get_by_test_id("hotline-name")).to_contain_text("人力资源")
    await expect(seat.get_by_test_id("history")).to_be_visible()
    await both_sizes(seat, "talk-1-pop")
    await seat.keyboard.press("Alt+a")
    await expect(seat.get_by_test_id("seat-state")).to_have_text("通话中")
    await sign_on(expert)

    await a_reloaded_page_comes_back(citizen, seat)
    await seat.get_by_test_id("order-title").fill("工伤认定咨询")
    await seat.get_by_test_id("order-matter").fill("来电人问工伤认定需要哪些材料。")
    await expect(seat.get_by_test_id("save-status")).to_contain_text("已保存")
    await a_supervisor_listens_and_whispers(boss, seat)

    await seat.keyboard.press("Alt+z")
    await seat.locator('[data-target="seat:901"]').wait_for()
    await both_sizes(seat, "talk-2-choose")
    await seat.locator('[data-target="seat:901"]').click()
    await rings(expert)
    await expect(expert.get_by_test_id("matter")).to_contain_text("工伤认定咨询")
    await expect(expert.get_by_test_id("call-card")).to_contain_text(MASKED)
    await both_sizes(expert, "talk-3-expert-rings")
    await expect(seat.locator('[data-verb="cancel"]')).to_be_visible()
    await shoot(seat, "talk-3-seat-rings")
    watch = Stopwatch()
    async with watch.act("answer"):
        await expert.get_by_test_id("answer").click()
        await places(seat, c="main", p2="met")
    await expect(seat.get_by_test_id("seat-state")).to_have_text("咨询中")
    await asyncio.gather(hears(seat), hears(expert))
    await both_sizes(seat, "talk-4-consult")
    await asyncio.sleep(2)

    async with watch.act("join"), seat.expect_response("**/talk"):
        await seat.keyboard.press("Alt+r")
    await places(expert, c="main", p1="main", p2="main")
    await asyncio.gather(hears(citizen), hears(seat), hears(expert))
    await both_sizes(seat, "talk-5-three")
    await both_sizes(expert, "talk-5-expert")
    await both_sizes(boss, "talk-5-live")
    await asyncio.sleep(2)

    order_id = await seat.get_by_test_id("order-link").inner_text()
    async with watch.act("leave"), seat.expect_response("**/talk"):
        await seat.keyboard.press("Alt+j")
    await expect(seat.get_by_test_id("seat-state")).to_have_text("话后整理")
    await asyncio.gather(hears(citizen), hears(expert))
    await both_sizes(seat, "talk-6-wrap-up")
    await seat.get_by_test_id("results").locator("label").first.click()
    if await seat.get_by_test_id("settled").count():
        await seat.get_by_test_id("settled").locator("label").first.click()
    await seat.get_by_test_id("seat-done").click()
    await expect(seat.get_by_test_id("seat-state")).to_have_text("空闲")
    await the_expert_goes_on_writing(expert, order_id)
    await expert.get_by_test_id("hang-up").click()
    await expect(citizen.get_by_test_id("phone-screen")).to_have_attribute("data-stage", "idle", timeout=30_000)
    await the_expert_completes_the_order(expert, order_id)
    await what_is_written(boss, seat, order_id, watch)


async def the_expert_goes_on_writing(expert: Page, order_id: str) -> None:
    """In the call, where the seat has stopped: what it typed is there."""
    await expect(expert.get_by_test_id("order-link")).to_have_text(order_id, timeout=20_000)
    await expect(expert.get_by_test_id("order-title")).to_have_value("工伤认定咨询")
    await expect(expert.get_by_test_id("order-address")).to_have_value("解放路 1 号")
    matter = expert.get_by_test_id("order-matter")
    await matter.fill(f"{await matter.input_value()}专家已告知：须提交劳动关系证明和诊断证明。")
    await expect(expert.get_by_test_id("save-status")).to_contain_text("已保存")
    await both_sizes(expert, "talk-6-expert-writes")


async def the_expert_completes_the_order(expert: Page, order_id: str) -> None:
    """After the call."""
    await expect(expert.get_by_test_id("seat-state")).to_have_text("话后整理")
    await expect(expert.get_by_test_id("order-link")).to_have_text(order_id)
    await expert.get_by_test_id("order-form").get_by_text("咨询", exact=True).click()
    await expect(expert.get_by_test_id("save-status")).to_contain_text("已保存")
    await expert.get_by_test_id("accept").click()
    await expect(expert.get_by_test_id("accept")).to_have_count(0)
    await both_sizes(expert, "talk-7-expert-after")


async def a_reloaded_page_comes_back(citizen: Page, seat: Page) -> None:
    """Nobody presses anything: the call is answered by the page itself."""
    await hears(citizen)
    await seat.get_by_test_id("order-address").fill("解放路 1 号")  # not saved yet when the page goes
    await seat.reload()
    await expect(seat.get_by_test_id("coming-back")).to_be_visible()
    await shoot(seat, "talk-reloaded")
    await expect(seat.get_by_test_id("call-stage")).to_have_attribute("data-stage", "talking", timeout=20_000)
    await expect(seat.get_by_test_id("order-address")).to_have_value("解放路 1 号")
    await asyncio.gather(hears(citizen), hears(seat))


async def a_supervisor_listens_and_whispers(boss: Page, seat: Page) -> None:
    await expect(boss.get_by_test_id("own-phone")).to_have_attribute("data-registered", "true")
    await boss.get_by_test_id("listen").click()
    bar = boss.get_by_test_id("listening")
    await expect(bar).to_have_attribute("data-mode", "listen")
    await expect(bar).to_contain_text("谁也听不到您")

    async def loud() -> bool:
        meter = boss.get_by_test_id("listen-heard")
        return bool(await meter.count()) and float(await meter.get_attribute("data-heard") or 0) > 0.01

    await eventually(loud, 10, "the supervisor hears the call")
    await both_sizes(boss, "talk-listen")
    await bar.locator('[data-mode="whisper"]').click()
    await expect(bar).to_have_attribute("data-mode", "whisper")
    await expect(seat.get_by_test_id("spy-sign")).to_contain_text("耳语")
    await shoot(seat, "talk-whispered")
    await boss.get_by_test_id("leave").click()
    await expect(bar).to_have_count(0)
    await expect(seat.get_by_test_id("spy-sign")).to_have_count(0)
    await boss.get_by_test_id("message-text").fill("下午三点班前会")
    await boss.get_by_test_id("message-send").click()
    await expect(seat.get_by_test_id("message")).to_contain_text("下午三点班前会")
    await seat.get_by_test_id("message-read").click()
    await expect(seat.get_by_test_id("message")).to_have_count(0)


async def what_is_written(boss: Page, seat: Page, order_id: str, watch: Stopwatch) -> None:
    await seat.goto(f"/orders/{order_id}")
    await expect(seat.get_by_test_id("order-title")).to_have_value("工伤认定咨询")
    await expect(seat.get_by_test_id("order-matter")).to_have_value(re.compile("哪些材料。专家已告知"))
    audit = await (await boss.request.get("/api/v1/audit?what=order.")).json()
    hands = {(entry["who"], entry["what"]) for entry in audit["items"] if entry["what"].endswith("_by_hand")}
    assert {("901", "order.written_by_hand"), ("901", "order.accepted_by_hand")} <= hands
    linkedid = str(await seat.get_by_test_id("call-link").get_attribute("href")).rsplit("/", 1)[1]
    call: dict[str, Any] = {}

    async def complete() -> bool:
        call.update(await (await boss.request.get(f"/api/v1/calls/{linkedid}")).json())
        states = [each["state"] for each in (call["recording_detail"] or {"state": ""}, *call["consults"])]
        return bool(call["complete"]) and bool(call["results"]) and states == ["verified", "verified"]

    with contextlib.suppress(AssertionError):
        await eventually(complete, 30, "the call is complete")
    recordings = [call["recording_detail"], *call["consults"]]
    assert [each and each["state"] for each in recordings] == ["verified", "verified"], recordings
    assert call["complete"] and [each["seat"] for each in call["results"]][:1] == ["801"], call["results"]
    expert = next(leg for leg in call["legs"] if leg["role"] == "expert")
    assert (expert["verb"], expert["brought_by"], expert["seat"]) == ("consult", "801", "901"), expert
    assert watch.agrees("answer", "join", expert["consult_s"]), (expert, watch.times)
    assert watch.agrees("join", "leave", expert["three_way_s"]), (expert, watch.times)
    assert {leg["seat"] for leg in call["legs"] if leg["role"] in ("seat", "expert")} == {"801", "901"}
    await boss.goto(f"/calls/{linkedid}")
    path = boss.get_by_test_id("path")
    for told in ("801 线路中断，恢复中", "801 线路已恢复", "第 2 次分配：坐席 801"):  # the reload
        await expect(path).to_contain_text(told)
    await expect(boss.get_by_test_id("leg")).to_have_count(len(call["legs"]))
    await expect(boss.get_by_test_id("consult")).to_have_count(1)
    await both_sizes(boss, "talk-7-call")
