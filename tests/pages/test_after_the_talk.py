"""From the talk to the work order, as seat and office see it: no expert answered, real names, a mark set and lifted."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from console.deps import DEPS
from gateway.config import Config
from gateway.orders.directory import Unit, put_units
from gateway.orders.rulebook import Rulebook
from gateway.store.models import WorkOrder
from tests.console.house import DIRECTORY, NOON, SHORT_CALL
from tests.pages.conftest import Site
from tests.pages.test_seat_pages import NOW, both, party, talk

pytestmark = pytest.mark.system
ORDER = "HL202611200001"
UNANSWERED = {"at": NOW, "by": "801", "roster": "12315", "tried": ["消费维权专家 902", "价格专家 901"]}


async def karamay_and_its_unit(site: Site) -> None:
    deps = site.app[DEPS]
    object.__setattr__(deps, "rulebook", Rulebook(Config(state_dir=deps.config.state_dir, profile="karamay")))
    async with deps.store.session() as session:
        await put_units(session, (*DIRECTORY, Unit("market", "市市场监管局")), number=1, why="t", by="t", at=NOON)


async def test_nobody_on_the_roster_answers_and_the_order_goes_to_the_unit_with_a_promise(site: Site) -> None:
    await karamay_and_its_unit(site)
    site.board.put_seat(
        "801", state="talking", device="phone", registered={"phone": True, "web": False}, call=SHORT_CALL, reason="call"
    )
    alone = talk(verbs=["consult", "three_way", "hand_over"])
    site.board.put_call(SHORT_CALL, state="talking", seat="801", talk=alone)
    seat = await site.open("/seat", "seat801")
    await expect(seat.get_by_test_id("order-form")).to_be_visible()
    await expect(seat.get_by_test_id("promise")).to_have_count(0)
    site.board.put_call(SHORT_CALL, talk=alone | {"unanswered": UNANSWERED})
    panel = seat.get_by_test_id("promise")
    await expect(panel).to_contain_text("价格专家 901")
    await expect(seat.get_by_test_id("promise-words")).to_contain_text("尽快")
    await both(seat, "promise-1-told")
    await real_names_are_asked_for(seat)
    await seat.get_by_test_id("promise-go").click()
    await expect(seat.get_by_test_id("promise-refused")).to_contain_text("克拉玛依办法")
    await expect(seat.get_by_test_id("promise-words")).to_contain_text("前给您答复")
    await both(seat, "promise-2-refused")
    await seat.get_by_test_id("order-caller").fill("张三")
    await seat.get_by_test_id("order-employer").fill("某公司")
    await seat.get_by_test_id("order-address").fill("解放路 1 号")
    await expect(seat.get_by_test_id("real-name")).to_contain_text("已填齐")
    await seat.get_by_test_id("promise-go").click()
    await expect(seat.get_by_test_id("promise-done")).to_contain_text("已转市市场监管局办理")
    await a_mark_is_set(seat)
    await both(seat, "promise-3-done")
    site.board.end_call(SHORT_CALL)
    site.board.put_seat("801", state="wrap_up", call=SHORT_CALL)
    await expect(panel).to_contain_text("已承诺回复来电人")
    await the_office_sees_it(site)


async def real_names_are_asked_for(seat: Page) -> None:
    """Live, as the category changes; acceptance is refused with the place and what to do."""
    await seat.get_by_test_id("order-matter").fill("商家拒不退货，要求处理。")
    await seat.get_by_test_id("order-title").fill("退货纠纷")
    await seat.get_by_test_id("order-form").get_by_text("咨询", exact=True).click()
    await expect(seat.get_by_test_id("real-name")).to_have_count(0)
    await seat.get_by_test_id("order-form").get_by_text("投诉", exact=True).click()
    await expect(seat.get_by_test_id("real-name")).to_contain_text("还缺：真实姓名、工作单位、家庭住址")
    await expect(seat.locator(".el-form-item.is-required", has_text="工作单位")).to_be_visible()
    await seat.get_by_test_id("accept").click()
    await expect(seat.get_by_test_id("refused")).to_contain_text("第十五条")
    await expect(seat.get_by_test_id("refused")).to_contain_text("补填")


async def a_mark_is_set(seat: Page) -> None:
    await seat.get_by_test_id("mark-nuisance").click()
    await seat.get_by_test_id("mark-ground").get_by_text("辱骂").click()
    await seat.get_by_test_id("mark-said").fill("多次辱骂坐席")
    await seat.get_by_test_id("mark-go").click()
    await expect(seat.get_by_test_id("marks")).to_contain_text("侮辱")
    await expect(seat.get_by_test_id("marks")).to_contain_text(ORDER)


async def the_office_sees_it(site: Site) -> None:
    office = await site.open("/office?list=promised", "office1")
    await expect(office.locator(f'[data-order="{ORDER}"]')).to_contain_text("承诺回复")
    await both(office, "promise-4-inbox")
    await office.locator(f'[data-order="{ORDER}"] .title').click()
    await expect(office.get_by_test_id("caller-promise")).to_contain_text("已在通话中告知来电人")
    await expect(office.get_by_test_id("nuisance-marks")).to_contain_text("多次辱骂坐席")
    await both(office, "promise-5-order")
    await office.get_by_test_id("lift-mark").click()
    await office.locator(".el-message-box input").fill("核实为误标")
    await office.locator(".el-message-box").get_by_text("撤销标记").last.click()
    await expect(office.get_by_test_id("nuisance-marks")).to_contain_text("撤销：核实为误标")


async def test_a_third_takes_the_pen_when_it_talks_with_the_caller(site: Site) -> None:
    """While the seat conducts the expert reads; with the caller it may write, in the same order."""
    third = party("p2", "expert", "901", "人社专家", "met")
    site.board.put_seat("901", state="consulting", device="phone", registered={"phone": True}, call=SHORT_CALL)
    site.board.put_call(SHORT_CALL, state="talking", seat="801", talk=talk(third, verbs=[], seat="dial"))
    async with site.app[DEPS].store.session() as session:
        order = await session.get(WorkOrder, ORDER)
        assert order is not None
        order.hands, order.title = ["901"], "坐席写的标题"
    expert = await site.open("/seat", "expert901")
    await expect(expert.get_by_test_id("matter")).to_contain_text("坐席写的标题")
    await expect(expert.get_by_test_id("write-order")).to_have_count(0)
    together = talk(party("p2", "expert", "901", "人社专家", "main"), verbs=[])
    site.board.put_call(SHORT_CALL, talk=together)
    site.board.put_seat("901", state="talking")
    await expect(expert.get_by_test_id("order-form")).to_have_count(0)
    await expert.get_by_test_id("write-order").click()
    await expect(expert.get_by_test_id("order-title")).to_have_value("坐席写的标题")
    await both(expert, "promise-6-expert-writes")
