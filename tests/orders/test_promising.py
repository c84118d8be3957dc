"""No expert answered: the order goes to the hotline's unit with the promise, once; or the promise is kept anyhow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from gateway.journal import reduce_call
from gateway.orders.directory import Catalogue, Subject, Unit, UnitBook, put_units
from gateway.orders.driver import stored_events
from gateway.orders.listing import Scope, Wanted, counts, lines_page
from gateway.orders.promising import HandedOn, hand_on, keep_promises, unit_of
from gateway.store import OrderState, Store
from gateway.store.follow_up import note_hands, open_orders
from gateway.store.intake import put_calls
from gateway.store.models import Call, WorkOrder
from tests.journal.samples import events as base
from tests.journal.test_talks import events as talk_events
from tests.orders.scene import MONDAY, Scene
from workorder.events import Actor, ActorRole, EventKind
from workorder.model import Category
from workorder.suggest import Entry

SEAT = Actor("seat801", ActorRole.SEAT)
MARKET = Unit("market", "市市场监管局")
K = EventKind


async def drafted(store: Store, name: str = "answered", **changes: Any) -> str:
    """A call's draft as the recorder opens it; the call is over, and no expert answered in it."""
    record = reduce_call(base(name))
    async with store.session() as session:
        await put_units(session, (MARKET, Unit("water", "市水务局")), number=0, why="首次", by="t", at=MONDAY)
        await put_calls(session, [record])
        (row,) = await open_orders(session, [record])
        row.created_at = row.updated_at = MONDAY - timedelta(minutes=5)
        row.hotline_unit = "市市场监管局"
        for column, value in changes.items():
            setattr(row, column, value)
        since = {"no_expert_at": MONDAY - timedelta(minutes=2), "no_expert": "12315"}
        await session.execute(update(Call).where(Call.linkedid == record.linkedid).values(**since))
        return row.order_id


async def click(scene: Scene, order_id: str) -> HandedOn:
    async with scene.store.session() as session:
        since = MONDAY - timedelta(minutes=2)
        return await hand_on(session, scene.rulebook, order_id, SEAT, scene.now, since)


async def kinds(scene: Scene, order_id: str) -> list[str]:
    async with scene.store.reading() as session:
        return [event.kind.value for event in await stored_events(session, order_id)]


async def test_one_click_accepts_dispatches_and_promises_and_a_second_does_nothing(scene: Scene) -> None:
    order_id = await drafted(scene.store, category=Category.COMPLAINT, matter="商家拒不退货，要求处理。")
    done = await click(scene, order_id)
    assert done.dispatched and done.unit == MARKET and not done.lacking
    row, order = await scene.row(order_id), await scene.order(order_id)
    assert (row.state, row.lead, row.promised, row.title) == (
        OrderState.DISPATCHED, "market", "no_expert", "商家拒不退货，要求处理。",
    )  # fmt: skip
    assert order.caller_promise and order.caller_promise.told and order.caller_promise.until
    assert order.dues["promise"].due == order.caller_promise.until
    before = await kinds(scene, order_id)
    assert {"accepted", "caller_promised", "dispatched"} <= set(before)
    scene.wait(seconds=30)
    assert (await click(scene, order_id)).applied.events == ()
    assert await kinds(scene, order_id) == before


async def test_what_the_order_lacks_is_told_and_the_promise_stands_meanwhile(scene: Scene) -> None:
    order_id = await drafted(scene.store, hotline_unit="")
    done = await click(scene, order_id)
    assert (done.lacking, done.dispatched, done.unit) == (("类别", "诉求内容"), False, None)
    assert (await scene.row(order_id)).promised == "no_expert"
    async with scene.store.session() as session:
        row = await session.get(WorkOrder, order_id)
        assert row and row.state is OrderState.DRAFT
    scene.wait(seconds=5)
    await scene.do(order_id, K.EDITED, SEAT, category="inquiry", matter="问补贴")
    done = await click(scene, order_id)
    assert not done.dispatched and (await scene.row(order_id)).state is OrderState.ACCEPTED, "nobody knows the unit"


async def test_a_rule_that_objects_does_not_take_the_promise_back(store: Store, scene: Scene) -> None:
    scene.rulebook.config = type(scene.config)(state_dir=scene.config.state_dir, profile="karamay")
    order_id = await drafted(store, category=Category.REPORT, matter="举报某商家")
    done = await click(scene, order_id)
    assert done.refused and done.refused.slug == "real-name-missing" and not done.dispatched
    row = await scene.row(order_id)
    assert (row.state, row.promised, row.proposed_unit) == (OrderState.DRAFT, "no_expert", "market")


async def test_without_the_seat_the_office_finds_the_draft_with_promise_and_unit(scene: Scene) -> None:
    order_id = await drafted(scene.store)
    await scene.file()
    assert await keep_promises(scene.store, scene.rulebook, scene.now, set()) == 1
    assert await keep_promises(scene.store, scene.rulebook, scene.now, set()) == 0
    row = await scene.row(order_id)
    assert (row.state, row.queue, row.promised, row.proposed_unit) == (
        OrderState.DRAFT, "intake", "no_expert", "market",
    )  # fmt: skip
    promise = (await scene.order(order_id)).caller_promise
    assert promise and not promise.told and promise.since == MONDAY - timedelta(minutes=2)
    async with scene.store.reading() as session:
        page = await lines_page(session, Scope(), Wanted(promised=True))
        assert [line.order_id for line in page.items] == [order_id]
        assert (await counts(session, Scope(), scene.now)).promised == 1


async def test_what_the_seat_has_promised_is_not_promised_again_and_a_running_call_is_left_to_it(scene: Scene) -> None:
    order_id = await drafted(scene.store, category=Category.COMPLAINT, matter="商家拒不退货")
    async with scene.store.session() as session:
        ended = (await session.get(Call, (await scene.row(order_id)).linkedid or "")).ended_at  # type: ignore[union-attr]
        await session.execute(update(Call).values(ended_at=None))
    assert await keep_promises(scene.store, scene.rulebook, scene.now, set()) == 0
    async with scene.store.session() as session:
        await session.execute(update(Call).values(ended_at=ended))
    await click(scene, order_id)
    assert await keep_promises(scene.store, scene.rulebook, scene.now, set()) == 0


@pytest.mark.parametrize(
    ("unit_name", "phone", "hotline", "found"),
    [
        ("市市场监管局", "", "12315", "market"),
        ("某不知名单位", "12315", "12315", "water"),
        ("某不知名单位", "", "12315", "market"),  # by the catalogue's subjects
        ("某不知名单位", "", "12345", None),
    ],
)
def test_the_hotlines_unit_is_found_by_name_line_or_subject_and_never_guessed(
    unit_name: str, phone: str, hotline: str, found: str | None
) -> None:
    units = {"market": MARKET, "water": Unit("water", "市水务局", phone=phone), "old": Unit("old", "x", active=False)}
    known = Catalogue(1, (Subject("市场/消费", hotline="12315"),), (Entry("市场/消费", "market"),))
    row = WorkOrder(hotline_unit=unit_name, hotline_number=hotline)
    unit = unit_of(row, UnitBook(1, units), known)
    assert (unit.id if unit else None) == found


async def test_who_talked_with_the_caller_later_is_a_hand_and_who_was_only_consulted_is_none(store: Store) -> None:
    joined = reduce_call(talk_events("consult_join_leave"), experts={"901"})
    async with store.session() as session:
        await put_calls(session, [joined])
        (row,) = await open_orders(session, [joined])
        await note_hands(session, [joined])
        assert (row.seat, row.hands) == ("801", ["901"])
    apart = reduce_call(talk_events("caller_gone_in_consult"), experts={"901", "902"})
    async with store.session() as session:
        await put_calls(session, [apart])
        rows = await open_orders(session, [apart])
        await note_hands(session, [apart])
        assert [row.hands or [] for row in rows] == [[]]
