"""The office's pages: a call's draft lives through everything to the archive; lists, search, batch, directory, figures.

Units act over the API here; their own pages are in test_unit.py.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import APIRequestContext, FilePayload, Locator, Page, expect
from sqlalchemy import update

from gateway.crypt import Keyring
from gateway.orders.directory import Unit
from gateway.orders.directory_sheets import Sheet, rows_of
from gateway.store import WorkOrder, open_store
from gateway.tables.sheets import write_xlsx
from routing_table import CITY_ZONE
from tests.console.house import PASSWORD, config_for
from tests.pages.conftest import Site, shoot
from tests.pages.test_pages import no_sideways_scroll

pytestmark = pytest.mark.system
DRAFT = "HL202611200001"
ROAD, WATER = "交通/道路/坑洼", "水务/供水/停水"
REPORT = {"result": "已清淤修复", "answer": "已电话答复诉求人"}
_keys = count()


@dataclass
class Api:
    """Somebody who works over the API, with a session of their own."""

    request: APIRequestContext
    csrf: str

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"X-CSRF-Token": self.csrf, "Idempotency-Key": f"p{next(_keys)}"}
        answer = await self.request.post(f"/api/v1{path}", data=body, headers=headers)
        found: dict[str, Any] = await answer.json()
        assert answer.ok, found
        return found

    async def act(self, order: str, kind: str, why: str = "", **data: Any) -> dict[str, Any]:
        return await self.post(f"/orders/{order}/acts", {"kind": kind, "why": why, "data": data})

    async def file(self, **fields: Any) -> str:
        body = {
            "title": "小区停水两天",
            "matter": "家中停水两天，请尽快恢复",
            "category": "complaint",
            "subject": WATER,
        } | fields
        return str((await self.post("/orders", body))["order_id"])


async def over_api(site: Site, user: str) -> Api:
    context = await site.browser.new_context(base_url=site.url)
    site.contexts.append(context)
    answer = await context.request.post("/api/v1/session", data={"user": user, "password": PASSWORD})
    assert answer.ok, await answer.text()
    return Api(context.request, (await answer.json())["csrf"])


@pytest_asyncio.fixture
async def office(site: Site, tmp_path: Path) -> AsyncIterator[Site]:
    """The site; the call that left its draft was ten minutes ago, whatever today is."""
    config = config_for(tmp_path, ws_port=1)
    store = await open_store(config.database, keys=Keyring(config.keys_file))
    at = datetime.now(UTC) - timedelta(minutes=10)
    async with store.session() as session:
        await session.execute(update(WorkOrder).where(WorkOrder.order_id == DRAFT).values(created_at=at, updated_at=at))
    await store.close()
    yield site


async def pick(page: Page, test_id: str, label: str) -> None:
    """Choose in a select, by what is shown."""
    box = page.get_by_test_id(test_id).locator("input")
    await (box.fill(label) if await box.is_editable() else box.click(force=True))
    await page.locator(".el-select-dropdown:visible .el-select-dropdown__item", has_text=label).first.click()


def dialog(page: Page, test_id: str) -> Locator:
    return page.get_by_test_id(test_id)


async def act(page: Page, kind: str, why: str = "", *, radio: Sequence[str] = (), check: Sequence[str] = ()) -> None:
    """Press the button of an act, fill its form, send it; the order has moved on when this returns."""
    button = page.get_by_test_id(f"act-{kind}")
    if not await button.is_visible():
        await page.get_by_test_id("more-acts").click()
    await button.click()
    form = dialog(page, "act-dialog")
    for label in radio:
        await form.get_by_text(label, exact=True).click()
    for label in check:
        await form.get_by_text(label).click()
    if why:
        await form.locator("textarea[data-test=act-why]").fill(why)
    if kind == "followed_up":
        await shoot(page, "office-follow-up-1440")
    await form.get_by_test_id("act-send").click()
    await expect(form).to_be_hidden()


async def dispatch(page: Page, unit: str) -> None:
    await page.get_by_test_id("act-dispatched").click()
    form = dialog(page, "dispatch-dialog")
    await expect(form.get_by_test_id(f"suggest-{unit}")).to_have_attribute("aria-pressed", "true")
    await shoot(page, "office-dispatch-1440")
    await form.get_by_test_id("dispatch-send").click()
    await expect(form).to_be_hidden()


async def queue(page: Page, word: str) -> None:
    await expect(page.get_by_test_id("queue")).to_have_text(word)


async def test_a_calls_draft_lives_through_everything_to_the_archive(office: Site) -> None:
    roads, water = await over_api(office, "unit2"), await over_api(office, "unit1")
    page = await office.open("/", "office1")
    await expect(page).to_have_url(re.compile("/office$"))
    await page.get_by_test_id("list-intake").click()
    await page.locator(f"[data-order={DRAFT}] .title").click()
    # what the seat has not written down, the office does; then it is taken in, and goes where the catalogue says
    await page.get_by_test_id("edit").click()
    await page.get_by_test_id("edit-title").fill("滨河路河道发臭，路面坑洼")
    await page.get_by_test_id("edit-matter").fill("滨河路中段雨后积水，路面坑洼，河道有臭味。")
    await pick(page, "edit-category", "投诉")
    await pick(page, "edit-subject", ROAD)
    await page.get_by_test_id("edit-save").click()
    await act(page, "accepted")
    await queue(page, "待派单")
    await expect(page.get_by_test_id("due-dispatch")).to_be_visible()
    await dispatch(page, "roads")
    await queue(page, "待签收")
    await page.get_by_test_id("due-sign_for").click()
    await expect(page.get_by_test_id("reckoning")).to_contain_text("三（四）")
    # given back with reasons, agreed to, dispatched anew
    await roads.act(DRAFT, "signed")
    await roads.act(DRAFT, "return_asked", "河道归水务，路面已另单处理", ground="not_ours", suggestion="市水务局")
    await page.goto("/office?list=return")
    await page.locator(f"[data-order={DRAFT}] .title").click()
    await expect(page.get_by_test_id("return-request")).to_contain_text("市水务局")
    await shoot(page, "office-return-1440")
    await act(page, "return_approved", "情况属实")
    await page.get_by_test_id("edit").click()
    await pick(page, "edit-subject", WATER)
    await page.get_by_test_id("edit-save").click()
    await expect(dialog(page, "edit-dialog")).to_be_hidden()
    await dispatch(page, "water")
    # extended by the rule of the document
    await water.act(DRAFT, "signed")
    await water.act(DRAFT, "contacted", result="reached", channel="call")
    await water.act(DRAFT, "extension_asked", "须清淤，雨季水位高", amount=10, caller_told=True)
    await page.reload()
    await expect(page.get_by_test_id("extension-request")).to_contain_text("待审批")
    await act(page, "extension_approved", "同意")
    await expect(page.get_by_test_id("timeline")).to_contain_text("同意延期")
    await water.act(DRAFT, "answered", ground="solved", report=REPORT)
    await page.reload()
    await act(page, "review_passed")
    # unsatisfied: looked at again, handled again
    await act(page, "followed_up", radio=("不满意", "未解决"), check=("不满意系承办单位原因",))
    await queue(page, "待复查")
    await act(page, "reexamined", "现场仍有臭味")
    await dispatch(page, "water")
    await water.act(DRAFT, "signed")
    await water.act(DRAFT, "answered", ground="solved", report=REPORT)
    await page.reload()
    await act(page, "review_passed")
    await act(page, "followed_up", radio=("满意", "已解决"))
    await act(page, "archived")
    await queue(page, "已了结")
    kinds = (
        await page.get_by_test_id("timeline")
        .locator("li[data-kind]")
        .evaluate_all("all => all.map(one => one.dataset.kind).reverse()")
    )
    asked = ("dispatched", "return_approved", "extension_approved", "followed_up")
    told = "dispatched return_approved dispatched extension_approved followed_up dispatched followed_up"
    assert " ".join(kind for kind in kinds if kind in asked) == told
    assert kinds[-1] == "archived"
    await shoot(page, "office-order-1440")
    await page.set_viewport_size({"width": 390, "height": 844})
    await no_sideways_scroll(page)
    await shoot(page, "office-order-390")


async def hears_of_others(page: Page, api: Api, shown: str) -> None:
    """A colleague's orders are counted at once; the rows stay where they are until somebody asks for them."""
    new = await api.file(title="新来的工单")
    await api.act(new, "accepted")
    await api.act(shown, "urged", "请尽快派单")
    await expect(page.get_by_test_id("news")).to_have_text("有 1 件新工单，1 件有变化，点此刷新", timeout=15_000)
    await expect(page.get_by_test_id("list-dispatch").locator("b")).to_have_text("2")
    await expect(page.get_by_test_id("inbox").locator("li")).to_have_count(1)
    await shoot(page, "office-news-1440")
    await page.get_by_test_id("news").click()
    await expect(page.get_by_test_id("inbox").locator("li")).to_have_count(2)
    await expect(page.get_by_test_id("news")).to_be_hidden()
    await api.act(new, "merged", "同一事项", into=shown)
    await expect(page.get_by_test_id("news")).to_contain_text("有变化", timeout=15_000)
    await page.get_by_test_id("news").click()
    await expect(page.get_by_test_id("inbox").locator("li")).to_have_count(1)


async def test_lists_batch_search_and_two_approvals_of_another_document(office: Site) -> None:
    api, water = await over_api(office, "office1"), await over_api(office, "unit1")
    first = await api.file(title="学府路停水")
    second = await api.file(
        title="东环路路面塌陷", matter="路面塌陷一米见方", subject=ROAD, category="help", urgent=True
    )
    third = await api.file(title="二次供水水质浑浊", profile="qingpu-water", source="12345", caller_name="欧阳明月")
    for order in (first, second, third):
        await api.act(order, "accepted", "")
    page = await office.open("/office?list=dispatch", "office1")
    await expect(page.get_by_test_id("inbox").locator("li")).to_have_count(3)
    await shoot(page, "office-1440")
    await page.locator(f"[data-order='{second}']").get_by_test_id("explain").click()
    await page.get_by_role("dialog").get_by_test_id("due-dispatch").click()
    await expect(page.get_by_test_id("reckoning")).to_contain_text("起算")
    await shoot(page, "office-explained-1440")
    await page.keyboard.press("Escape")
    # many at once, each to its own suggestion; what the document wants first is told with its rule
    await page.get_by_test_id("pick-all").click()
    await page.get_by_test_id("batch-dispatched").click()
    batch = dialog(page, "batch-dialog")
    await expect(batch).to_contain_text("派单目录")
    await shoot(page, "office-batch-1440")
    await batch.get_by_test_id("batch-send").click()
    await expect(batch.get_by_test_id("batch-result")).to_contain_text("2 件已派单，1 件没有办理")
    await expect(batch).to_contain_text("青浦水务办法第九条（三）1")
    await batch.get_by_test_id("batch-close").click()
    await expect(page.get_by_test_id("inbox").locator("li")).to_have_count(1)
    await expect(page.get_by_test_id("news")).to_be_hidden()  # what this page did itself is no news
    await hears_of_others(page, api, third)
    # the other document: difficulty first, two approvals one after the other
    await page.locator(f"[data-order='{third}'] .title").click()
    await page.get_by_test_id("more-acts").click()
    await page.get_by_test_id("act-reclassified").click()
    form = dialog(page, "act-dialog")
    await form.get_by_test_id("field-difficulty").get_by_text("疑难").click()
    await form.locator("textarea[data-test=act-why]").fill("涉及多家物业")
    await form.get_by_test_id("act-send").click()
    await expect(form).to_be_hidden()
    await dispatch(page, "water")
    await water.act(third, "signed")
    await water.act(third, "extension_asked", "须换管", amount=15, caller_told=True)
    await page.reload()
    await expect(page.get_by_test_id("extension-request").locator("li .mark")).to_have_text(["待审批", "待审批"])
    await act(page, "extension_approved", "处长同意")
    await expect(page.get_by_test_id("extension-request").locator("li .mark")).to_have_text(["已同意", "待审批"])
    await act(page, "extension_approved", "局长同意")
    await expect(page.get_by_test_id("extension-request")).to_be_hidden()
    # who the caller is: masked, a look is kept
    await expect(page.get_by_test_id("identity")).not_to_contain_text("欧阳明月")
    await page.get_by_test_id("reveal-name").click()
    await expect(page.get_by_test_id("identity")).to_contain_text("欧阳明月")
    await page.goto("/office")
    await page.get_by_test_id("office-search").fill("塌陷")
    await page.get_by_test_id("office-search").press("Enter")
    await expect(page.get_by_test_id("inbox").locator("li")).to_have_count(1)
    narrow = await office.open("/office?list=open", "office1", narrow=True)
    await expect(narrow.get_by_test_id("inbox").locator("li").first).to_be_visible()
    await no_sideways_scroll(narrow)
    await shoot(narrow, "office-390")
    # the auditor sees who looked, and acts on nothing
    audit = await office.open(f"/office/orders/{third}", "auditor1")
    await expect(audit.get_by_test_id("looks")).to_contain_text("office1 查看诉求人完整信息：姓名")
    await expect(audit.get_by_test_id("acts")).to_be_hidden()
    await shoot(audit, "office-auditor-1440")
    await audit.goto("/audit")
    await audit.get_by_role("button", name="看过谁的信息").click()
    await expect(audit.get_by_test_id("audit").locator("tbody tr")).to_have_count(1)
    await expect(audit.get_by_test_id("audit")).to_contain_text("字段 姓名")
    await shoot(audit, "office-audit-1440")


async def save_directory(page: Page, why: str, number: int) -> None:
    await page.get_by_test_id("directory-save").click()
    await page.get_by_test_id("directory-why").fill(why)
    await page.get_by_test_id("directory-confirm").click()
    await expect(page.get_by_text(f"第 {number} 版 · {why}")).to_be_visible(timeout=15_000)


async def takes_a_sheet_of_thousands(page: Page) -> None:
    """Only what is in sight is on the page; a sheet with a fault is told row by row, and so is a fault on saving."""
    many = [asdict(Unit(f"u{n}", f"街道办{n}", parent="parks" if n else "nobody")) for n in range(4900)]
    faulty = rows_of(Sheet.UNITS, [asdict(Unit("一", "编号不对")), *many[:3]])
    await page.get_by_test_id("directory-file").set_input_files(workbook("单位.xlsx", faulty))
    problems = page.get_by_test_id("directory-problems")
    await expect(problems).to_contain_text("第 2 行")
    await expect(problems).to_contain_text("编号：“一”不符合要求")
    await page.get_by_test_id("directory-file").set_input_files(workbook("单位.xlsx", rows_of(Sheet.UNITS, many)))
    await expect(page.get_by_test_id("import-told")).to_contain_text("新增 4900 行", timeout=15_000)
    rows = page.get_by_test_id("units-table").locator(".el-table-v2__row")
    assert 5 < await rows.count() < 60
    await page.get_by_test_id("directory-save").click()
    await page.get_by_test_id("directory-why").fill("街道上线")
    await page.get_by_test_id("directory-confirm").click()
    await expect(problems).to_contain_text("上级单位 nobody 不存在", timeout=15_000)
    await shoot(page, "directory-problems-1440")
    await problems.get_by_text("去修改").click()
    form = dialog(page, "entry-dialog")
    await form.locator(".el-select", has=page.get_by_label("上级")).hover()
    await form.locator(".el-select__clear").first.click()
    await form.get_by_test_id("entry-body").fill("街道")
    await form.get_by_test_id("entry-keep").click()
    await save_directory(page, "街道上线", 3)
    await page.get_by_test_id("directory-find").fill("街道办4899")
    await expect(rows).to_have_count(1)
    await page.get_by_test_id("directory-find").fill("")


def workbook(name: str, rows: list[list[str]]) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": write_xlsx(rows)}


async def test_directory_keeps_versions_and_figures_say_how_they_are_reckoned(office: Site) -> None:
    api, water = await over_api(office, "office1"), await over_api(office, "unit1")
    for n in range(6):
        order = await api.file(title=f"停水 {n}", category="help")
        if n:
            continue
        await api.act(order, "accepted")
        await api.act(order, "dispatched", units=["water"])
        await water.act(order, "signed")
        await water.act(order, "answered", ground="solved", report=REPORT)
        await api.act(order, "review_passed")
        await api.act(order, "followed_up", channel="call", result="satisfied", solved=True)
    page = await office.open("/directory", "banzhang")
    await page.get_by_test_id("add-units").click()
    form = dialog(page, "entry-dialog")
    await form.get_by_test_id("entry-keep").click()
    await expect(form).to_contain_text("请填写编号")
    for field, value in (("id", "parks"), ("name", "市园林局"), ("area", "新城区"), ("body", "园林")):
        await form.get_by_test_id(f"entry-{field}").fill(value)
    await shoot(page, "directory-entry-1440")
    await form.get_by_test_id("entry-keep").click()
    await save_directory(page, "新设单位", 2)
    await shoot(page, "directory-1440")
    await page.get_by_text("第 1 版").click()
    await expect(page.get_by_test_id("old-version")).to_be_visible()
    await expect(page.get_by_test_id("units-table")).not_to_contain_text("市园林局")
    await page.get_by_text("第 2 版").click()
    await takes_a_sheet_of_thousands(page)
    await page.get_by_role("tab", name="事项类目").click()
    await expect(page.get_by_test_id("subjects-table")).to_contain_text(WATER)
    await page.get_by_role("tab", name="派单目录").click()
    await expect(page.get_by_test_id("entries-table")).to_contain_text("市水务局")
    await shoot(page, "subjects-1440")
    await page.goto("/figures")
    await expect(page.get_by_test_id("hot-spots")).to_contain_text(WATER, timeout=15_000)
    await expect(page.get_by_test_id("rates")).to_contain_text("市水务局")
    await expect(page.get_by_test_id("figure-satisfaction")).to_contain_text("不片面追求满意率")
    await expect(page.get_by_test_id("figure-satisfaction")).to_contain_text("1 ÷ 1")
    await expect(page.get_by_test_id("picture-days").locator("canvas")).to_be_visible()
    await shoot(page, "figures-1440")
    month = datetime.now(UTC).astimezone(CITY_ZONE).strftime("%Y-%m")
    await page.goto(f"/figures/bulletin?month={month}")
    await expect(page.get_by_test_id("bulletin")).to_contain_text("运行通报")
    await shoot(page, "bulletin-1440")
    async with page.expect_download() as download:
        await page.get_by_test_id("bulletin-xlsx").click()
    assert (await download.value).suggested_filename == f"bulletin-{month}.xlsx"
    await page.get_by_test_id("yearly").click()
    await expect(page.get_by_test_id("bulletin")).to_contain_text("年度考核评估")
    await page.emulate_media(media="print")
    await expect(page.get_by_test_id("print")).to_be_hidden()
    await expect(page.get_by_text("跳到正文")).to_be_hidden()
    await shoot(page, "yearly-print")
    await page.emulate_media(media="screen")
    await page.set_viewport_size({"width": 390, "height": 844})
    for path, name in (("/figures", "figures"), ("/figures/bulletin", "bulletin"), ("/directory", "directory")):
        await page.goto(path)
        await page.wait_for_load_state("networkidle")
        await no_sideways_scroll(page)
        await shoot(page, f"{name}-390")
