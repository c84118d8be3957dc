"""The feeds page: a target is added, its secret shown once, started and tested; dead letters are sent again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import update

from gateway.crypt import Keyring
from gateway.feeds import Event, Facts
from gateway.store import open_store
from gateway.store.kinds import DeliveryState
from gateway.store.models import Delivery
from gateway.store.outbox import enqueue
from tests.console.house import config_for
from tests.pages.conftest import Site, shoot
from tests.pages.test_pages import no_sideways_scroll

pytestmark = pytest.mark.system


async def bury(folder: Path, target: str, events: int) -> None:
    """As the worker leaves what a target has refused for good."""
    config, at = config_for(folder), datetime.now(UTC)
    store = await open_store(config.database, keys=Keyring(config.keys_file))
    async with store.session() as session:
        for n in range(events):
            order = f"20261122-{n:06}"
            event = Event(
                f"{order}:1",
                "order.accepted",
                order,
                at,
                Facts(hotline="12301", units=("tourism",)),
                {"order_id": order},
            )
            await enqueue(session, event)
        dead = {"state": DeliveryState.DEAD, "attempts": 21, "status": 500, "error": "HTTP 500", "done_at": at}
        await session.execute(update(Delivery).where(Delivery.target_id == target).values(**dead))
    await store.close()


async def add(page: Page) -> str:
    await page.get_by_test_id("add-target").click()
    await expect(page.get_by_test_id("save-target")).to_be_disabled()
    await page.get_by_test_id("target-name").fill("文旅投诉系统")
    await page.get_by_test_id("target-id").fill("tourism")
    await page.get_by_test_id("target-url").fill("http://127.0.0.1:9/events")
    await page.get_by_text("兄弟系统").click()
    await page.get_by_test_id("target-unit").fill("tourism")
    await page.get_by_test_id("target-hotlines").fill("12301，12345")
    await page.get_by_test_id("save-target").click()
    secret = await page.get_by_test_id("secret").inner_text()
    await page.get_by_test_id("secret-kept").click()
    return secret


async def test_a_target_is_added_started_and_its_dead_letters_are_sent_again(site: Site, tmp_path: Path) -> None:
    page = await site.open("/feeds", "admin")
    await expect(page.get_by_test_id("empty").first).to_contain_text("还没有推送目标")
    secret = await add(page)
    assert secret.startswith("whsec_")
    card = page.locator("[data-target=tourism]")
    await expect(card.get_by_test_id("health")).to_have_text("暂停")
    await expect(card).to_contain_text("12301、12345")
    assert secret not in await page.content()
    await card.get_by_test_id("start-target").click()
    await expect(card.get_by_test_id("health")).to_have_text("正常")
    await card.get_by_test_id("test-target").click()
    await expect(card.get_by_test_id("waiting")).to_contain_text("1")

    await bury(tmp_path, "tourism", 3)
    await page.reload()
    await expect(card.get_by_test_id("health")).to_have_text("4 条死信")
    await expect(page.get_by_test_id("dead")).to_contain_text("HTTP 500")
    await shoot(page, "feeds-1440")
    await expect(page.get_by_test_id("resend")).to_be_disabled()
    await page.get_by_test_id("choose-all").click()
    await page.get_by_test_id("resend").click()
    await expect(page.get_by_text("4 条已重新排队")).to_be_visible()
    await expect(page.get_by_text("没有死信")).to_be_visible()
    await expect(card.get_by_test_id("waiting")).to_contain_text("4")

    await bury(tmp_path, "tourism", 1)
    boss = await site.open("/feeds", "banzhang", narrow=True)
    await expect(boss.get_by_test_id("dead")).to_be_visible()
    for button in ("add-target", "pause-target", "dead-tools"):  # who only looks has no buttons
        await expect(boss.get_by_test_id(button)).to_have_count(0)
    await shoot(boss, "feeds-390")
    await no_sideways_scroll(boss)
