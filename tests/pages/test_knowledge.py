"""The knowledge base in a browser: an expert writes, another publishes, a seat finds it beside a call and says that it
is wrong, an editor settles that.
"""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.pages.conftest import Site, shoot
from tests.pages.test_pages import no_sideways_scroll

pytestmark = pytest.mark.system
TITLE = "社保卡丢了怎么补办"
BODY = "本人持身份证到任一社保服务大厅补办，当场领卡。\n\n也可在“掌上社保”小程序申请，5 个工作日内寄到。工本费 20 元。"


async def write(page: Page, title: str, body: str, source: str) -> None:
    await page.get_by_test_id("write").click()
    await expect(page.get_by_test_id("save-article")).to_be_disabled()
    await page.get_by_test_id("title").fill(title)
    await page.get_by_test_id("body").fill(body)
    await page.get_by_test_id("source").fill(source)
    await page.get_by_test_id("save-article").click()


async def search(page: Page, words: str) -> None:
    await page.get_by_test_id("words").fill(words)
    await page.get_by_test_id("search").click()


async def test_an_article_is_written_published_by_another_found_and_found_wrong(site: Site) -> None:
    expert = await site.open("/knowledge", "expert901")
    await write(expert, TITLE, BODY, "市人社局《社会保障卡管理办法》人社规〔2025〕3号")
    await expect(expert.get_by_test_id("article-state")).to_have_text("草稿")
    await expect(expert.get_by_test_id("pending")).to_contain_text("等待班长或管理员核对发布")
    seat = await site.open("/seat", "seat801")
    panel = seat.get_by_test_id("knowledge-panel")
    await expect(panel).to_be_visible()
    await seat.keyboard.press("/")  # the cursor goes to the search
    await seat.keyboard.type("社保卡")
    await expect(panel).to_contain_text("没有找到“社保卡”")

    boss = await site.open("/knowledge?shelf=draft", "banzhang")
    await boss.get_by_text(TITLE).click()
    await boss.get_by_test_id("publish").click()
    await expect(boss.get_by_test_id("article-state")).to_have_text("已发布")

    await panel.get_by_test_id("panel-words").fill("社保卡 补办")
    await panel.get_by_role("button", name=TITLE).click()
    await expect(panel.get_by_test_id("article-body")).to_contain_text("工本费 20 元")
    await shoot(seat, "seat-knowledge-1440")
    await panel.get_by_test_id("wrong").click()
    await panel.get_by_test_id("wrong-text").fill("工本费 2025 年起已经取消")
    await panel.get_by_test_id("wrong-send").click()
    await expect(seat.get_by_text("已反馈给知识库编辑")).to_be_visible()

    await expert.reload()
    await expect(expert.get_by_text("有 1 条“内容有误”的反馈尚未处理")).to_be_visible()
    await expert.get_by_test_id("edit").click()
    await expert.get_by_test_id("body").fill(BODY.replace("工本费 20 元。", "不收工本费。"))
    await expert.get_by_test_id("why").fill("工本费取消")
    await expert.get_by_test_id("save-article").click()
    pending = expert.get_by_test_id("pending")
    await expect(pending.locator("del")).to_have_text("工本费 20 元。")
    await expect(pending.locator("ins")).to_have_text("不收工本费。")
    await shoot(expert, "article-1440")
    await expert.goto("/knowledge?shelf=wrong")
    await expert.get_by_test_id("settle").click()
    await expert.get_by_test_id("answer").fill("属实，已按新规修改")
    await expert.get_by_test_id("settled").click()
    await expect(expert.get_by_test_id("empty")).to_contain_text("没有待处理的反馈")

    narrow = await site.open("/knowledge", "seat802", narrow=True)
    await search(narrow, "社保卡")
    await expect(narrow.get_by_test_id("hits").locator("mark").first).to_have_text("社保卡")
    await shoot(narrow, "knowledge-390")
    await no_sideways_scroll(narrow)
    await search(narrow, "公积金")
    await expect(narrow.get_by_test_id("empty")).to_contain_text("不要凭印象答复")
    await expect(narrow.get_by_test_id("write")).to_have_count(0)
    await boss.goto("/knowledge")
    await expect(boss.get_by_test_id("hits")).to_contain_text(TITLE)
    await shoot(boss, "knowledge-1440")
