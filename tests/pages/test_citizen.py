"""The citizen's page on a phone: a matter is filed, looked up, added to, answered, rated once; another is withdrawn."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.pages.conftest import Site, shoot
from tests.pages.test_office import over_api
from tests.pages.test_pages import no_sideways_scroll

pytestmark = pytest.mark.system
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
UNNAMED = """[...document.querySelectorAll('main input, main textarea, main select, main button, main a')]
  .filter((field) => !(field.labels?.length || field.textContent.trim() || field.getAttribute('aria-label')))
  .map((field) => field.outerHTML)"""
SMALL = """[...document.querySelectorAll('main button, main .button, main .choice, main select, main input[type=text]')]
  .filter((field) => field.offsetHeight && field.offsetHeight < 44).map((field) => field.outerHTML)"""


async def fit_for_everybody(page: Page) -> None:
    """Every control has a name and is large enough for a finger; nothing sticks out sideways; one h1."""
    assert await page.evaluate(UNNAMED) == []
    assert await page.evaluate(SMALL) == []
    assert await page.locator("h1").count() == 1
    await no_sideways_scroll(page)


async def fill_in(page: Page, category: str, title: str, matter: str) -> None:
    await page.get_by_test_id(f"category-{category}").check()
    await page.get_by_test_id("title").fill(title)
    await page.get_by_test_id("matter").fill(matter)
    await page.get_by_test_id("contact").fill("139 8765 4321")


async def look_up(page: Page, number: str, code: str) -> None:
    await page.get_by_test_id("look-number").fill(number)
    await page.get_by_test_id("look-code").fill(code)
    await page.get_by_test_id("look").click()


async def test_a_citizen_files_looks_up_adds_and_rates_once(site: Site) -> None:
    page = await site.open("/citizen", narrow=True)
    await expect(page.get_by_role("heading", name="网上受理")).to_be_visible()
    await shoot(page, "citizen-390")
    await fit_for_everybody(page)
    await page.get_by_text("我要反映").click()
    await page.get_by_test_id("file").click()
    await expect(page.get_by_test_id("file-wrong")).to_contain_text("还有 4 处需要填写")
    await fit_for_everybody(page)
    await fill_in(page, "help", "小区停水两天", "家住苍山路88号，停水两天，没有通知。请尽快恢复供水。")
    await page.reload()  # what was written is still there, who wrote it is not
    await expect(page.get_by_test_id("title")).to_have_value("小区停水两天")
    await expect(page.get_by_test_id("contact")).to_have_value("")
    await page.get_by_test_id("contact").fill("13987654321")
    await page.get_by_test_id("secrecy").check()
    await page.get_by_test_id("files").set_input_files({"name": "水表.png", "mimeType": "image/png", "buffer": PNG})
    await shoot(page, "citizen-file-390")
    await page.get_by_test_id("file").click()
    number, code = await page.get_by_test_id("number").inner_text(), await page.get_by_test_id("code").inner_text()
    assert len(number) == 15 and len(code) == 8
    await shoot(page, "citizen-filed-390")
    await fit_for_everybody(page)
    await page.get_by_test_id("to-order").click()
    await expect(page.get_by_text("附件：水表.png").first).to_be_visible()
    await expect(page.get_by_text("139****4321")).to_be_visible()
    assert "13987654321" not in await page.content()

    office, unit = await over_api(site, "office1"), await over_api(site, "unit1")
    await office.act(number, "accepted")
    await office.act(number, "dispatched", units=["water"])
    await unit.act(number, "signed")

    other = await site.open(f"/citizen#look/{number}")  # as the short message has it
    await expect(other.get_by_test_id("look-number")).to_have_value(number)
    await expect(other.get_by_test_id("look-code")).to_have_value("")
    await look_up(other, number.replace("-", ""), "AAAAAAAA")
    await expect(other.get_by_test_id("look-problem")).not_to_be_empty()
    await look_up(other, number, code.lower())
    await expect(other.get_by_text("承办单位：市水务局").first).to_be_visible()
    await other.get_by_test_id("add-text").fill("今天上午来了十分钟又停了")
    await other.get_by_test_id("add").click()
    await expect(other.get_by_test_id("said")).to_have_text("已补充。")
    await expect(other.get_by_test_id("rate-form")).to_have_count(0)
    await shoot(other, "citizen-order-1440")

    await unit.act(
        number, "answered", ground="solved", report={"result": "已抢修", "answer": "水管已修好，今天18时恢复供水。"}
    )
    await office.act(number, "review_passed")
    await page.reload()
    await expect(page.get_by_test_id("answer")).to_contain_text("水管已修好")
    await page.get_by_test_id("solved-yes").check()
    await page.get_by_test_id("stars-5").check()
    await shoot(page, "citizen-rate-390")
    await fit_for_everybody(page)
    await page.get_by_test_id("rate").click()
    await expect(page.get_by_test_id("rated")).to_have_text("5 分，问题已解决")
    await expect(page.get_by_test_id("rate-form")).to_have_count(0)
    await shoot(page, "citizen-rated-390")


async def test_a_citizen_withdraws_and_goes_back_with_the_phones_button(site: Site) -> None:
    page = await site.open("/citizen#file", narrow=True)
    await fill_in(page, "suggestion", "公园加装长椅", "建议在洱海公园东门加装几把长椅。")
    await page.get_by_test_id("file").click()
    await page.get_by_test_id("to-order").click()
    await page.get_by_test_id("withdraw").click()
    await page.get_by_test_id("withdraw-go").click()
    await expect(page.get_by_test_id("said")).to_have_text("已撤回。")
    await expect(page.get_by_test_id("withdraw")).to_have_count(0)
    await page.get_by_role("button", name="离开并清除本机记录").click()
    await expect(page.get_by_role("heading", name="网上受理")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("heading", name="查进度")).to_be_visible()  # the token is gone


async def test_the_citizens_page_is_light(site: Site) -> None:
    page = await site.open("/citizen")
    sizes: list[int] = []
    page.on("response", lambda response: sizes.append(int(response.headers.get("content-length", 0))))
    await page.goto("/citizen#file", wait_until="networkidle")
    await page.reload(wait_until="networkidle")
    assert 0 < sum(sizes) < 200_000, "Vue alone"
