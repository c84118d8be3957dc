"""The office follows an order up on real parts: its phone in the page, the PBX, a citizen's telephone behind the trunk.

The citizen is not satisfied; the order is handled again, and what was said plays on the order's page.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.kit import tones
from tests.kit.phone import Phone, PhoneBank
from tests.pages.conftest import NARROW, WIDE, log_in, shoot
from tests.pages.installation import Installation
from tests.pages.phones import SEAT_HZ, beeps, eventually, hears, off_duty, person
from tests.pages.test_office import REPORT, Api
from tests.pages.test_pages import no_sideways_scroll

expect.set_options(timeout=15_000)
pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]

CITIZEN, CITIZEN_HZ, OFFICE = "13700002468", 3300, "601"
TITLE = "小区停水两天"


@pytest.fixture
async def citizen(house: Installation, tmp_path: Path) -> AsyncIterator[Phone]:
    """A telephone in the city's network: what the trunk leads to."""
    (tmp_path / "phones").mkdir()
    first = house.lines_port
    async with PhoneBank(tmp_path / "phones", first, (first + 2, first + 200), ()) as bank:
        yield await bank.line(CITIZEN, [CITIZEN_HZ])


@pytest.fixture
async def desk(house: Installation, tmp_path: Path) -> AsyncIterator[Page]:
    """The dispatcher at the browser; the microphone plays a tone."""
    async with async_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        async with person(playwright, house.url, beeps(tmp_path / "office.wav", SEAT_HZ)) as page:
            await log_in(page, "office", house.passwords["office"])
            yield page
    await off_duty(house, OFFICE)


async def api_of(browser: Browser, house: Installation, user: str) -> Api:
    context = await browser.new_context(base_url=house.url)
    words = {"user": user, "password": house.passwords[user]}
    answer = await context.request.post("/api/v1/session", data=words)
    assert answer.ok, await answer.text()
    return Api(context.request, (await answer.json())["csrf"])


async def closed_order(desk: Page, house: Installation) -> str:
    """Filed by the citizen's number, handled by the water bureau, closed: to be followed up."""
    browser = desk.context.browser
    assert browser is not None
    office, water = [await api_of(browser, house, user) for user in ("office", "water")]
    order = await office.file(title=TITLE, category="help", contact=CITIZEN, subject="")
    await office.act(order, "accepted")
    await office.act(order, "dispatched", "职责明确", units=["water"])
    await water.act(order, "signed")
    await water.act(order, "answered", ground="solved", report=REPORT)
    await office.act(order, "review_passed")
    return order


async def test_an_unsatisfied_caller_is_rung_from_the_list_and_the_order_is_handled_again(
    desk: Page, citizen: Phone, house: Installation
) -> None:
    order = await closed_order(desk, house)
    await desk.goto("/office?list=follow_up")
    row = desk.locator(f"[data-order='{order}']")
    await expect(row.get_by_test_id("callout-begin")).to_be_disabled()
    await row.get_by_test_id("callout-phone").click()  # the phone is off until it is wanted
    await expect(desk.get_by_test_id("office-standing")).to_have_text("电话已就绪")
    await both_sizes(desk, "office-follow-up-list")

    await nobody_answers(desk, citizen, order)
    await citizen.habit(answer_s=0.3)
    await rings_and_talks(desk, order)
    await desk.reload()  # a call that hangs on this page alone ends with it: nobody is left in silence
    await citizen.calls[-1].wait("closed", 8)
    await expect(desk.get_by_test_id("office-standing")).to_have_text("电话已就绪")  # still wanted
    await rings_and_talks(desk, order)
    await talk(desk, citizen)
    await citizen.calls[-1].hangup()

    form = desk.get_by_test_id("follow-up-dialog")
    await form.get_by_test_id("result-unsatisfied").click()
    await form.get_by_text("未解决", exact=True).click()
    await form.get_by_test_id("unit-fault").click()
    await form.get_by_test_id("follow-up-text").fill("水还是断断续续。")
    await shoot(desk, "office-follow-up-dialog-1440")
    await form.get_by_test_id("follow-up-send").click()
    await expect(form).to_be_hidden()

    await handled_again(desk, order)
    await its_recording_plays(desk)
    await the_call_is_listed(desk)


async def rings_and_talks(desk: Page, order: str) -> None:
    begin = desk.locator(f"[data-order='{order}']").get_by_test_id("callout-begin")
    await begin.click()
    await expect(desk.get_by_test_id("office-stage")).to_have_attribute("data-stage", "talking", timeout=30_000)


async def nobody_answers(desk: Page, citizen: Phone, order: str) -> None:
    """Refused: entered as not reached, with a time to try again; the order stays where it is."""
    await citizen.habit(reject=True)
    row = desk.locator(f"[data-order='{order}']")
    await row.get_by_test_id("callout-begin").click()
    form = desk.get_by_test_id("follow-up-dialog")
    await expect(form.get_by_label("下次回访时间")).to_be_visible(timeout=30_000)
    await expect(form.get_by_test_id("result-not_reached")).to_have_class("el-radio-button is-active")
    await shoot(desk, "office-follow-up-missed-1440")
    await form.get_by_test_id("follow-up-send").click()
    await expect(form).to_be_hidden()
    await expect(row.get_by_test_id("follow-up-cell")).to_contain_text("再拨")
    await expect(row.get_by_test_id("follow-up-cell")).to_contain_text("已拨 1 次")


async def talk(desk: Page, citizen: Phone) -> None:
    """Both hear each other, mute is mute, and the bar says what goes on."""
    await hears(desk)
    since = time.time()
    await both_sizes(desk, "office-phone-talking")
    call = citizen.calls[-1]

    async def arrives() -> bool:
        return SEAT_HZ in tones.tones_in(call.heard(since), [SEAT_HZ])

    await eventually(arrives, 10, "the office's voice at the citizen's")
    assert tones.tones_in(call.heard(None, since - 0.5), [CITIZEN_HZ]) == set()  # not its own
    await desk.get_by_test_id("mute").click()
    await expect(desk.get_by_test_id("mute")).to_have_text("取消静音")
    await desk.get_by_test_id("mute").click()


async def handled_again(desk: Page, order: str) -> None:
    await desk.goto(f"/office/orders/{order}")
    queue = desk.get_by_test_id("queue")
    if await queue.text_content() == "待复查":  # where the city has the office examine it first
        await desk.get_by_test_id("act-reexamined").click()
        await desk.get_by_test_id("act-dialog").get_by_test_id("act-why").fill("仍断续停水")
        await desk.get_by_test_id("act-send").click()
    await expect(queue).to_have_text("待派单")
    await expect(desk.get_by_test_id("timeline")).to_contain_text("水还是断断续续")


async def its_recording_plays(desk: Page) -> None:
    """It attached itself to the order; the office says what for, hears it, and that is kept."""
    heard = desk.get_by_test_id("recordings")
    await expect(heard).to_contain_text("回访通话")
    last = heard.locator("[data-n='3']")  # the first was refused, the second ended with the page
    listen = last.get_by_test_id("listen")
    for _ in range(20):
        if await listen.count():
            break
        await desk.wait_for_timeout(500)  # its recording is being checked
        await desk.reload()
        await expect(heard).to_be_visible()
    await expect(listen).to_be_disabled()
    await desk.get_by_test_id("listen-why").click()
    await desk.locator(".el-select-dropdown:visible .el-select-dropdown__item", has_text="回访核实").click()
    await listen.click()
    player = last.get_by_test_id("player")

    async def plays() -> bool:
        return bool(await player.evaluate("one => one.currentTime > 0.2 && one.duration > 2 && !one.error"))

    await eventually(plays, 10, "the recording")
    await both_sizes(desk, "office-order-recordings")


async def the_call_is_listed(desk: Page) -> None:
    await desk.goto("/calls")
    await desk.get_by_test_id("direction").click()
    await desk.locator(".el-select-dropdown:visible .el-select-dropdown__item", has_text="呼出").click()
    first = desk.get_by_test_id("calls").locator("tbody tr").first
    await expect(first).to_contain_text("回访")
    await expect(first).to_contain_text("137****2468")
    await both_sizes(desk, "office-calls")
    await first.click()
    await expect(desk.get_by_text("呼出事由")).to_be_visible()
    await both_sizes(desk, "office-call")


async def both_sizes(page: Page, name: str) -> None:
    await shoot(page, f"{name}-1440")
    await page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # a dict, as its own docs have it
    await no_sideways_scroll(page)
    await shoot(page, f"{name}-390")
    await page.set_viewport_size(WIDE)  # type: ignore[arg-type]
