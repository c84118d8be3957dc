"""The pages without a PBX: logging in, lists, details, the draft and its conflict, the overview, narrow screens."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from gateway.control import VerbWords
from gateway.store import open_store, set_password
from tests.console.house import LONG_CALL, PASSWORD, SHORT_CALL, config_for
from tests.pages.axe import grave
from tests.pages.conftest import Site, shoot

pytestmark = pytest.mark.system
ORDER = "/orders/HL202611200001"


async def no_sideways_scroll(page: Page) -> None:
    wider = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider <= 0, f"the page is {wider} px wider than the screen"


async def test_a_wrong_password_is_told_and_a_right_one_leads_to_the_seat(site: Site) -> None:
    page = await site.open("/login")
    await shoot(page, "login-1440")
    await page.locator("input[name=user]").fill("seat801")
    await page.locator("input[name=password]").fill("wrong-password")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("problem")).to_contain_text("用户名或密码不正确")
    await page.locator("input[name=password]").fill("correct-horse-battery")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("seat-state")).to_have_text("未签入")


async def test_a_first_password_is_changed_before_anything_else_opens(site: Site, tmp_path: Path) -> None:
    store = await open_store(config_for(tmp_path, ws_port=1).database)
    async with store.session() as session:
        await set_password(session, "seat802", PASSWORD, must_change=True)
    await store.close()
    page = await site.open("/tasks")
    await page.locator("input[name=user]").fill("seat802")
    await page.locator("input[name=password]").fill(PASSWORD)
    await page.get_by_test_id("login").click()
    await page.wait_for_url("**/password?to=/tasks")
    await shoot(page, "password-1440")
    await page.set_viewport_size({"width": 390, "height": 844})
    await no_sideways_scroll(page)
    await shoot(page, "password-390")
    assert await grave(page) == []
    await page.locator("input[name=old]").fill(PASSWORD)
    for name in ("new", "again"):
        await page.locator(f"input[name={name}]").fill(PASSWORD)
    await page.get_by_test_id("password-save").click()
    await expect(page.get_by_test_id("password-wrong")).to_contain_text("不能与当前密码相同")
    for name in ("new", "again"):
        await page.locator(f"input[name={name}]").fill("a-password-of-my-own")
    await page.get_by_test_id("password-save").click()
    await page.wait_for_url("**/tasks")
    await expect(page.get_by_text("待回拨").first).to_be_visible()


async def test_a_page_asked_for_before_logging_in_opens_afterwards(site: Site) -> None:
    page = await site.open(f"/calls/{SHORT_CALL}")
    await page.locator("input[name=user]").fill("seat801")
    await page.locator("input[name=password]").fill("correct-horse-battery")
    await page.get_by_test_id("login").click()
    await page.wait_for_url(f"**/calls/{SHORT_CALL}")
    await expect(page.get_by_test_id("outcome")).to_have_text("坐席已接")


def busy_morning(site: Site) -> None:
    site.board.put_seat("801", state="talking", device="web", call="a", reason="call")
    site.board.put_seat("802", state="set_aside", device="phone", reason="no_answer")
    site.board.put_seat("901", state="idle", device="web", reason="")
    site.board.put_call("a", state="talking", seat="801", choice="社保")
    site.board.put_call("b", state="waiting")


async def test_live_changes_reach_the_overview_without_a_reload(site: Site) -> None:
    page = await site.open("/live", "banzhang")
    await expect(page.get_by_test_id("no-calls")).to_be_visible()
    busy_morning(site)
    await expect(page.get_by_test_id("waiting")).to_have_text("1")
    await expect(page.get_by_test_id("talking")).to_have_text("1")
    await expect(page.get_by_test_id("seats")).to_contain_text("暂离（未接来电）")
    site.board.end_call("b")
    await expect(page.get_by_test_id("waiting")).to_have_text("0")


async def test_a_seat_without_its_browser_phone_cannot_log_in_but_with_a_desk_phone_can(site: Site) -> None:
    page = await site.open("/seat", "seat801")
    await expect(page.get_by_test_id("registration")).to_contain_text("与语音系统的连接中断")
    await expect(page.get_by_test_id("seat-login")).to_be_disabled()
    await page.get_by_text("桌面话机").click()
    await page.get_by_test_id("seat-login").click()
    await expect(page.get_by_test_id("seat-state")).to_have_text("空闲")
    assert site.board.verbs == [("801", "login", VerbWords(device="phone", by="seat801"))]
    await page.get_by_test_id("seat-pause").click()
    await page.get_by_text("用餐").click()
    await expect(page.get_by_test_id("seat-state")).to_have_text("暂停")
    await page.reload()
    await expect(page.get_by_test_id("seat-state")).to_have_text("暂停")
    await page.get_by_test_id("seat-resume").click()
    await expect(page.get_by_test_id("seat-state")).to_have_text("空闲")


async def test_a_ringing_desk_phone_shows_who_calls_and_a_missed_one_the_way_back(site: Site) -> None:
    site.board.put_seat("801", state="idle", device="phone", registered={"phone": True, "web": False}, reason="")
    page = await site.open("/seat", "seat801")
    site.board.put_call("x", state="offered", seat="801", choice="消费投诉")
    site.board.put_seat("801", state="ringing", call="x", reason="offer")
    card = page.get_by_test_id("call-card")
    await expect(card.get_by_test_id("dialled")).to_have_text("12315")
    await expect(card).to_contain_text("市场监管投诉举报热线")
    await expect(card).to_contain_text("138****0000")
    await expect(card).to_contain_text("消费投诉")
    await shoot(page, "seat-ringing-1440")
    site.board.put_seat("801", state="set_aside", call=None, reason="no_answer")
    site.board.end_call("x")
    await expect(card).to_be_hidden()
    await expect(page.get_by_test_id("seat-state")).to_have_text("暂离（未接来电）")
    await shoot(page, "seat-set-aside-1440")
    await page.get_by_test_id("seat-resume").click()
    await expect(page.get_by_test_id("seat-state")).to_have_text("空闲")


async def test_the_draft_opens_with_the_answered_call_and_survives_a_reload(site: Site) -> None:
    site.board.put_seat("801", state="talking", device="phone", call=SHORT_CALL, reason="call")
    site.board.put_call(SHORT_CALL, state="talking", seat="801")
    page = await site.open("/seat", "seat801")
    await page.get_by_test_id("order-title").fill("路灯不亮")
    await expect(page.get_by_test_id("save-status")).to_contain_text("已保存")
    await shoot(page, "seat-talking-1440")
    site.board.end_call(SHORT_CALL)
    site.board.put_seat("801", state="wrap_up", call=None, reason="after_call")
    await page.reload()
    await expect(page.get_by_test_id("order-title")).to_have_value("路灯不亮")
    await page.get_by_test_id("seat-done").click()
    await expect(page.get_by_test_id("seat-state")).to_have_text("空闲")


async def test_two_people_at_one_order_are_asked_only_where_they_disagree(site: Site) -> None:
    seat, boss = await site.open(ORDER, "seat801"), await site.open(ORDER, "banzhang")
    for page in (seat, boss):
        await expect(page.get_by_test_id("order-title")).to_be_visible()
    await boss.get_by_test_id("order-address").fill("解放路 1 号")
    await expect(boss.get_by_test_id("save-status")).to_contain_text("已保存")
    await seat.get_by_test_id("order-title").fill("坐席写的标题")
    await expect(seat.get_by_test_id("save-status")).to_contain_text("已保存")
    await expect(seat.get_by_test_id("order-address")).to_have_value("解放路 1 号")
    await boss.get_by_test_id("order-title").fill("班长写的标题")
    await expect(boss.get_by_test_id("conflict")).to_contain_text("坐席写的标题")
    await shoot(boss, "order-conflict-1440")
    await boss.get_by_test_id("keep-mine").click()
    await expect(boss.get_by_test_id("save-status")).to_contain_text("已保存")
    await seat.reload()
    await expect(seat.get_by_test_id("order-title")).to_have_value("班长写的标题")


async def test_an_order_is_filled_in_and_accepted(site: Site) -> None:
    page = await site.open(ORDER, "seat801")
    await page.get_by_text("求助", exact=True).click()
    await page.get_by_test_id("order-title").fill("路灯不亮")
    await page.get_by_test_id("order-matter").fill("解放路口路灯三天不亮，晚上行人看不清。")
    await page.get_by_test_id("accept").click()
    await expect(page.get_by_test_id("order-state")).to_have_text("已受理")


async def test_a_number_is_masked_until_somebody_asks(site: Site) -> None:
    page = await site.open(f"/calls/{SHORT_CALL}", "seat801")
    await expect(page.get_by_test_id("caller-number")).to_have_text("138****0000")
    assert "13800000000" not in await page.content()
    await page.get_by_text("显示号码").click()
    await expect(page.get_by_test_id("caller-number")).to_have_text("13800000000")


async def test_a_recording_plays_in_the_page(site: Site) -> None:
    page = await site.open(f"/calls/{SHORT_CALL}", "banzhang")
    player = page.get_by_test_id("player")
    await player.evaluate("player => player.play()")
    async with asyncio.timeout(10):  # not wait_for_function: the policy forbids its eval
        while await player.evaluate("player => player.currentTime") <= 0.5:
            await asyncio.sleep(0.1)
    assert abs(await player.evaluate("player => player.duration") - 3.0) < 0.1


async def test_a_missing_recording_has_no_player(site: Site) -> None:
    page = await site.open(f"/calls/{LONG_CALL}", "banzhang")
    await expect(page.get_by_test_id("recording-state")).to_have_text("缺失")
    await expect(page.get_by_test_id("player")).to_have_count(0)


async def test_a_missed_call_is_done_with_a_note(site: Site) -> None:
    page = await site.open("/tasks", "seat802")
    await page.get_by_test_id("done").click()
    await page.get_by_test_id("note").fill("已回拨，咨询已当场答复")
    await page.get_by_test_id("finish").click()
    await expect(page.get_by_test_id("empty")).to_contain_text("没有待回拨的来电")
    await page.get_by_text("已完成", exact=True).click()
    await expect(page.get_by_test_id("tasks")).to_contain_text("已回拨，咨询已当场答复")


async def test_the_gateway_away_is_said_on_the_page(site: Site) -> None:
    page = await site.open("/seat", "seat801")
    await expect(page.get_by_test_id("seat-state")).to_have_text("未签入")
    await site.gateway.cleanup()
    await expect(page.get_by_test_id("link-strip")).to_contain_text("话务网关未连接")
    await expect(page.get_by_test_id("seat-state")).to_have_text("状态未知")
    await shoot(page, "seat-gateway-away-1440")


async def test_menus_follow_the_role(site: Site) -> None:
    seat, boss = await site.open("/seat", "seat801"), await site.open("/live", "banzhang")
    assert await seat.get_by_role("navigation").inner_text() == "坐席\n通话记录\n工单\n漏接回拨\n知识库"
    shown = "班长总览 通话记录 工单 工单办理 漏接回拨 统计考核 单位与类目 知识库 路由表 专家名册 数据推送 日志"
    assert (await boss.get_by_role("navigation").inner_text()).split() == shown.split()
    await seat.goto("/live")
    await seat.wait_for_url("**/seat")


async def test_logging_out_closes_the_pages(site: Site) -> None:
    page = await site.open("/calls", "banzhang")
    await page.get_by_text("退出登录").click()
    await page.wait_for_url(lambda url: "/login" in url)
    await page.goto("/calls")
    await page.wait_for_url(lambda url: "/login" in url)


async def test_the_test_phone_says_when_the_pbx_is_away_and_refuses_a_bad_number(site: Site) -> None:
    page = await site.open("/testphone")
    await expect(page.get_by_test_id("phone-line")).to_contain_text("与语音系统的连接中断")
    await expect(page.get_by_test_id("dial")).to_be_disabled()
    await page.get_by_test_id("caller").fill("12a")
    await expect(page.get_by_role("alert")).to_contain_text("来电号码应为")
    await page.get_by_test_id("hidden").check()
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_the_test_phone_is_light(site: Site) -> None:
    page = await site.open("/login")
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(int(response.headers.get("content-length", 0))))
    await page.goto("/testphone", wait_until="networkidle")
    assert sum(sizes) < 450_000, "JsSIP and Vue, not Element Plus"


async def focused(page: Page) -> str:
    """What has the keyboard: its text, else its name."""
    found = await page.evaluate("document.activeElement.innerText || document.activeElement.name || ''")
    return str(found).strip()


async def test_the_keyboard_skips_the_menu_is_seen_stays_in_a_dialog_and_comes_back(site: Site) -> None:
    page = await site.open("/calls", "banzhang")
    await expect(page.locator("table.list tbody tr").first).to_be_visible()
    await page.keyboard.press("Tab")
    assert await focused(page) == "跳到正文"
    await expect(page.get_by_text("跳到正文")).to_be_in_viewport()
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "content"
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.closest('main') !== null"), "the next stop is in the page"
    change = page.get_by_role("button", name="修改密码")
    await change.focus()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Tab")
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="修改密码")
    await expect(dialog).to_be_visible()
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.closest('[role=dialog]') !== null")
    assert await grave(page) == []
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    assert await focused(page) == "修改密码"


async def test_a_wrong_address_is_told_in_words(site: Site) -> None:
    page = await site.open("/calls", "banzhang")
    answer = await page.goto("/nothing-here")
    assert answer is not None and answer.status == 404
    await expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
    assert await grave(page) == []
    await page.get_by_role("link", name="回到首页").click()
    await page.wait_for_url("**/live")
