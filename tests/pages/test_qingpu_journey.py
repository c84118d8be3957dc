"""A whole life in the browser under Qingpu's document, on real dates by a clock of the test's: a call's draft goes to a
unit that gives it back with evidence, to another that extends it with two approvals and reports in ten fields; asked
twice and unsatisfied, it is handled again under supervision, and archived with its file.

Office and both units work in their own browsers; nothing is done over the API.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, WebSocketRoute, expect
from sqlalchemy import update

from gateway.crypt import Keyring
from gateway.store import WorkOrder, open_store
from tests.console.house import config_for
from tests.pages.conftest import Site, log_in, running_site, shoot
from tests.pages.test_office import DRAFT, ROAD, WATER, act, dialog, dispatch, pick, queue
from tests.pages.test_pages import no_sideways_scroll
from tests.pages.test_unit import PDF, TEN, send

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]
Q = "青浦水务办法"


@dataclass
class Clock:
    """What the console and the pages take for now."""

    at: datetime
    pages: list[tuple[Page, str]] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.at.astimezone(UTC)

    async def watched(self, page: Page) -> Page:
        """The page's live stream tells it the server's time: this clock's."""

        def told(said: str | bytes) -> str:
            return re.sub(r'("now": ?")[^"]+', rf"\g<1>{self().isoformat()}", str(said))

        def pass_on(socket: WebSocketRoute) -> None:
            server = socket.connect_to_server()
            server.on_message(lambda said: socket.send(told(said)))

        await page.route_web_socket(re.compile("/api/v1/"), pass_on)
        return page

    async def go(self, moment: str, *who: Page) -> None:
        """To a moment in city time; whoever works then signs in again, sessions do not last for days."""
        self.at = datetime.fromisoformat(f"{moment}:00+08:00")
        for page, user in self.pages:
            if who and page not in who:
                continue
            await page.clock.set_fixed_time(self.at)
            await page.context.clear_cookies()
            await log_in(page, user)


@dataclass
class Desk:
    """The site with the people who work on the order."""

    office: Page
    roads: Page
    water: Page

    async def show(self) -> None:
        await self.office.goto(f"/office/orders/{DRAFT}")

    async def show_unit(self, page: Page) -> None:
        await page.goto(f"/unit/{DRAFT}")


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime.fromisoformat("2026-11-23T09:00:00+08:00"))


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, filled_state: Path, chromium: Browser, clock: Clock) -> AsyncIterator[Site]:
    await asyncio.to_thread(shutil.copytree, filled_state, tmp_path, dirs_exist_ok=True)
    async with running_site(tmp_path, chromium, clock, profile="qingpu-water") as found:
        yield found


async def desk(site: Site, tmp_path: Path, clock: Clock) -> Desk:
    config = config_for(tmp_path)
    store = await open_store(config.database, keys=Keyring(config.keys_file))
    at = clock() - timedelta(minutes=5)
    async with store.session() as session:
        await session.execute(update(WorkOrder).where(WorkOrder.order_id == DRAFT).values(created_at=at, updated_at=at))
    await store.close()
    users = ("office1", "unit2", "unit1")
    pages = [await clock.watched(await site.open("/login")) for _user in users]
    clock.pages = list(zip(pages, users, strict=True))
    await clock.go("2026-11-23T09:05")
    return Desk(*pages)


async def fill_in_and_take(office: Page) -> None:
    await office.get_by_test_id("edit").click()
    await office.get_by_test_id("edit-title").fill("清河湾小区旁河道发臭")
    await office.get_by_test_id("edit-matter").fill("清河湾小区东侧河道发臭，夜间尤甚，旁边道路积水。")
    await pick(office, "edit-category", "投诉")
    await pick(office, "edit-difficulty", "疑难")
    await pick(office, "edit-subject", ROAD)
    await office.get_by_test_id("edit-save").click()
    await expect(dialog(office, "edit-dialog")).to_be_hidden()
    await act(office, "accepted")
    await expect(office.get_by_test_id("due-dispatch")).to_contain_text("11-23 23:59")


async def give_back(roads: Page) -> None:
    """Ground, evidence, suggestion and the leader's approval: without them the document does not let it go."""
    await roads.get_by_test_id("sign").click()
    await pick(roads, "evidence-kinds", "现场核查情况")
    await roads.get_by_label("选择文件").set_input_files(
        {"name": "现场核查.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    await expect(roads.get_by_test_id("evidence")).to_contain_text("现场核查.pdf")
    await roads.get_by_test_id("act-return_asked").click()
    await roads.get_by_test_id("field-ground").get_by_text("确定不属于本部门职能范围").click()
    await roads.get_by_test_id("act-why").fill("河道归水务部门管理，道路无积水")
    await roads.get_by_test_id("act-send").click()
    await expect(roads.get_by_test_id("refused")).to_contain_text(f"{Q} 第九条（二）3".replace(" ", ""))
    for box in await roads.get_by_test_id("field-evidence").locator("label.el-checkbox").all():
        await box.click()
    await roads.get_by_test_id("field-suggestion").locator("input").fill("区水务局，依据河道管理条例第四条")
    await roads.get_by_test_id("field-approved_by").locator("input").fill("周副局长")
    await shoot(roads, "qingpu-return-1440")
    await send(roads)


async def report(water: Page) -> None:
    form = water.get_by_test_id("report-form")
    await pick(water, "report-ground", "诉求得到解决")
    for name in TEN:
        await form.get_by_test_id(f"report-{name}").fill(f"已核实（{name}）")
    await form.get_by_test_id("report-send").click()
    await expect(water.get_by_test_id("order-queue")).to_have_text("办结待审")


async def unsatisfied(office: Page) -> None:
    await act(office, "followed_up", radio=("不满意", "未解决"), check=("不满意系承办单位原因",))


async def test_a_whole_life_under_qingpu_on_real_dates(site: Site, clock: Clock, tmp_path: Path) -> None:
    at = await desk(site, tmp_path, clock)
    office, roads, water = at.office, at.roads, at.water
    # Monday: taken in, sent to roads, given back with evidence, sent to water
    await at.show()
    await fill_in_and_take(office)
    await dispatch(office, "roads")
    await expect(office.get_by_test_id("due-return")).to_contain_text("11-26 18:00")
    await at.show_unit(roads)
    await give_back(roads)
    await at.show()
    await expect(office.get_by_test_id("return-request")).to_contain_text("周副局长")
    await act(office, "return_approved", "情况属实，转派水务")
    await office.get_by_test_id("edit").click()
    await pick(office, "edit-subject", WATER)
    await office.get_by_test_id("edit-save").click()
    await expect(dialog(office, "edit-dialog")).to_be_hidden()
    await dispatch(office, "water")
    await expect(office.get_by_test_id("due-handle")).to_contain_text("12-07 18:00")  # ten working days
    await expect(office.get_by_test_id("due-handle")).to_contain_text("还有 14 天")
    await expect(office.get_by_test_id("due-first_contact")).to_contain_text("11-24 18:00")
    # Tuesday: signed and called; Wednesday: fifteen working days more, with two approvals in their order
    await clock.go("2026-11-24T10:00", water)
    await at.show_unit(water)
    await water.get_by_test_id("sign").click()
    await water.get_by_test_id("contact").click()
    await pick(water, "field-result", "已联系上")
    await send(water)
    await clock.go("2026-11-25T09:30", office, water)
    await at.show_unit(water)
    await water.get_by_test_id("act-extension_asked").click()
    await water.get_by_test_id("act-why").fill("须截污清淤，采取工程措施")
    await water.get_by_test_id("act-send").click()
    await expect(water.get_by_test_id("refused")).to_contain_text("先向诉求人说明理由")
    await water.get_by_test_id("field-caller_told").get_by_text("已先向诉求人说明延期理由").click()
    await send(water)
    await at.show()
    await act(office, "extension_approved", "初审同意")
    await queue(office, "延期待审")
    await expect(office.get_by_test_id("extension-request")).to_contain_text("已同意")
    await shoot(office, "qingpu-extension-1440")
    await act(office, "extension_approved", "上级热线审核通过")
    await expect(office.get_by_test_id("due-handle")).to_contain_text("12-28 18:00")
    await office.get_by_test_id("due-handle").click()
    await expect(office.get_by_test_id("reckoning").last).to_contain_text("第1次延期15个工作日")
    await shoot(office, "qingpu-order-1440")
    # three weeks on: ten fields; asked once and again, and unsatisfied both times
    await clock.go("2026-12-16T15:00", office, water)
    await at.show_unit(water)
    await expect(water.get_by_test_id("act-extension_asked")).to_have_count(1)
    await report(water)
    await at.show()
    await act(office, "review_passed")
    await clock.go("2026-12-17T10:00", office, water)
    await at.show()
    await unsatisfied(office)
    await queue(office, "待复查")
    await office.get_by_test_id("act-reexamined").click()
    await office.locator("textarea[data-test=act-why]").fill("仍有臭味")
    await office.get_by_test_id("act-send").click()
    await expect(office.get_by_test_id("refused")).to_contain_text("请先二次回访")
    await office.get_by_role("button", name="取消").click()
    await unsatisfied(office)
    await act(office, "reexamined", "清淤不彻底，重新交办")
    await dispatch(office, "water")
    await expect(office.get_by_test_id("due-handle")).to_contain_text("12-31 18:00")  # the whole limit again
    # handled again under supervision: the main leader answers for it
    await expect(office.get_by_test_id("attention")).to_contain_text("复查复核工单")
    await act(office, "supervised", "不满意工单，按第十条督办", radio=("督办单",))
    await at.show_unit(water)
    await water.get_by_test_id("sign").click()
    await water.get_by_test_id("act-supervision_answered").click()
    await water.get_by_test_id("field-text").locator("textarea").fill("已重新清淤两百米")
    await expect(water.get_by_test_id("act-send")).to_be_disabled()
    await water.get_by_test_id("field-approved_by").locator("input").fill("站长 李强")
    await shoot(water, "qingpu-supervision-1440")
    await send(water)
    await clock.go("2026-12-25T11:00", office, water)
    await at.show_unit(water)
    await report(water)
    await at.show()
    await act(office, "review_passed")
    await act(office, "followed_up", radio=("满意", "已解决"))
    await office.get_by_test_id("act-archived").click()
    await office.get_by_test_id("act-send").click()
    await expect(office.get_by_test_id("refused")).to_contain_text("一案一档")
    await office.get_by_text("已立卷（一案一档）").click()
    await office.get_by_test_id("act-send").click()
    await queue(office, "已了结")
    await told(office)
    await shoot(office, "qingpu-archived-1440")
    await office.set_viewport_size({"width": 390, "height": 844})
    await no_sideways_scroll(office)
    await shoot(office, "qingpu-archived-390")


async def told(office: Page) -> None:
    """The turns of the life, in their order."""
    rows = office.get_by_test_id("timeline").locator("li[data-kind]")
    kinds = await rows.evaluate_all("all => all.map(one => one.dataset.kind).reverse()")
    turns = "dispatched return_asked return_approved extension_asked extension_approved answered followed_up reexamined"
    found = [kind for kind in kinds if kind in (*turns.split(), "supervised", "supervision_answered", "archived")]
    wanted = (
        "dispatched return_asked return_approved dispatched extension_asked extension_approved extension_approved "
        "answered followed_up followed_up reexamined dispatched supervised supervision_answered answered followed_up "
        "archived"
    )
    assert " ".join(found) == wanted
