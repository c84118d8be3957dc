"""The call button of a missed call: each stage as the seat sees it, and the tries that are kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page, expect

from gateway import control
from gateway.journal import SeatEventLine
from gateway.store import open_store
from gateway.store.callouts import begin_out_call, end_out_call
from tests.console.house import NOON, config_for
from tests.pages.conftest import Site, shoot
from tests.pages.test_pages import no_sideways_scroll

pytestmark = pytest.mark.system

CALL = "hl1-1795000300.000o1"


async def with_calls(site: Site, tmp_path: Path) -> list[dict[str, Any]]:
    """A gateway that takes calls, in place of the site's; what it was asked."""
    asked: list[dict[str, Any]] = []

    async def place(request: web.Request) -> web.Response:
        asked.append(await request.json())
        put(site, asked[-1]["reference"], "ringing_seat")
        return web.json_response({"call": CALL, "seat": asked[-1]["seat"]}, status=202)

    app = control.make_app(site.board, site.board.hub)
    app.router.add_post("/v1/out", place)
    await site.gateway.cleanup()
    site.gateway = await control.serve(app, config_for(tmp_path, ws_port=1).control_socket)
    return asked


def put(site: Site, reference: str, stage: str, result: str | None = None) -> None:
    out = {"purpose": "call_back", "reference": reference, "by": "seat801", "stage": stage, "result": result}
    site.board.put_seat("801", state="talking", call=CALL)
    site.board.put_call(CALL, seat="801", state="talking" if stage == "talking" else "offered", out=out)


async def remember(tmp_path: Path, reference: str, call: str, result: str, at_s: int) -> None:
    """As the recorder does."""
    store = await open_store(config_for(tmp_path, ws_port=1).database)
    at = NOON + timedelta(seconds=at_s)
    async with store.session() as session:
        line: dict[str, Any] = {"file_id": "f", "seat": "801", "by": "seat801", "call": call, "reference": reference}
        await begin_out_call(session, SeatEventLine(**line, offset=at_s, at=at, event="out", reason="call_back"))
        over = SeatEventLine(
            **line, offset=at_s + 1, at=at, event="out_ended", reason=result, talked_s=35.0 * (result == "talked")
        )
        await end_out_call(session, over)
    await store.close()


async def test_a_missed_caller_is_rung_by_a_button_and_each_try_says_what_came_of_it(
    site: Site, tmp_path: Path
) -> None:
    asked = await with_calls(site, tmp_path)
    page = await site.open("/tasks", "seat801")
    await expect(page.get_by_test_id("callout-blocked")).to_contain_text("签入")
    site.board.put_seat("801", state="idle", device="phone")
    await page.get_by_test_id("callout-begin").click()
    stage = page.get_by_test_id("callout-stage")
    await expect(stage).to_contain_text("正在呼叫您的话机")
    (sent,) = asked
    reference = sent["reference"]
    put(site, reference, "ringing_citizen")
    await expect(stage).to_contain_text("正在呼叫市民")
    await shoot(page, "callout-ringing-1440")
    await busy(site, page, tmp_path, reference)
    await page.get_by_test_id("callout-begin").click()
    await expect(stage).to_contain_text("正在呼叫您的话机")  # the gateway has been asked
    put(site, reference, "announcing")
    await expect(stage).to_contain_text("录音提示")
    put(site, reference, "talking")
    await expect(stage).to_contain_text("通话中")
    await page.set_viewport_size({"width": 390, "height": 844})
    await no_sideways_scroll(page)
    await shoot(page, "callout-talking-390")
    put(site, reference, "over", "talked")
    site.board.end_call(CALL)
    await expect(page.get_by_test_id("note")).to_be_visible()  # who has talked says what came of it
    await page.get_by_test_id("note").fill("已回拨，当场答复")
    await page.get_by_test_id("finish").click()
    await expect(page.get_by_test_id("callout")).to_have_count(0)


async def busy(site: Site, page: Page, tmp_path: Path, reference: str) -> None:
    await remember(tmp_path, reference, "hl1-1795000200.000o1", "no_answer", 60)
    await remember(tmp_path, reference, CALL, "busy", 3600)
    put(site, reference, "over", "busy")
    site.board.end_call(CALL)
    site.board.put_seat("801", state="idle", call=None)
    await expect(page.get_by_test_id("callout-result")).to_have_text("市民正忙")
    await expect(page.get_by_test_id("tries").locator("li")).to_have_count(2)
    await expect(page.get_by_test_id("tries")).to_contain_text("无人接听")
    await expect(page.get_by_test_id("callout-begin")).to_have_text("再次回拨")
    await shoot(page, "callout-busy-1440")
    await page.set_viewport_size({"width": 390, "height": 844})
    await no_sideways_scroll(page)
    await shoot(page, "callout-busy-390")
    await page.set_viewport_size({"width": 1440, "height": 900})


async def test_an_order_has_the_button_and_its_tries(site: Site, tmp_path: Path) -> None:
    await with_calls(site, tmp_path)
    await remember(tmp_path, "order:HL202611200001", CALL, "talked", 60)
    site.board.put_seat("801", state="idle", device="phone")
    page = await site.open("/orders/HL202611200001", "seat801")
    panel = page.get_by_test_id("callout-panel")
    await expect(panel.get_by_test_id("callout-begin")).to_have_text("回访")
    await expect(panel).to_contain_text("已通话")
    await shoot(page, "callout-order-1440")
