"""An act is one transaction: taken in whole or not at all, once, in turn; what it makes of the row and tells others."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.orders.driver import apply, stored_events
from gateway.orders.errors import KeyReusedError, RefusedError
from gateway.orders.rulebook import Rulebook
from gateway.orders.telling import code_hash
from gateway.store import OrderState, StaleVersionError, WorkOrder
from gateway.store.models import Delivery, Outbox, ProfileVersion, WorkOrderEvent
from gateway.store.outbox import event_of
from tests.crypt.test_sealed_orders import order as row_of_old
from tests.orders.scene import OFFICE, WATER, K, Scene, target
from workorder.events import OrderEvent
from workorder.evolve import fold


async def test_the_row_is_the_fold_of_the_events(scene: Scene) -> None:
    order_id = await scene.dispatched()
    row, order = await scene.row(order_id), await scene.order(order_id)
    assert (row.state, row.queue, row.lead, row.units) == (OrderState.DISPATCHED, "sign", "water", ["water"])
    assert (row.due_step, row.due_at) == ("sign_for", order.dues["sign_for"].due)
    assert row.profile_version == order.profile_version and row.version == 3
    async with scene.store.reading() as session:
        assert fold(await stored_events(session, order_id), order_id) == order


async def test_a_refused_act_changes_nothing(scene: Scene) -> None:
    order_id = await scene.dispatched()
    before = await scene.order(order_id)
    with pytest.raises(RefusedError) as refused:
        await scene.do(order_id, K.ANSWERED, WATER, ground="solved", report={})
    assert (refused.value.slug, refused.value.rule) == ("not-now", "")
    assert await scene.order(order_id) == before and (await scene.row(order_id)).version == 3


async def test_who_the_caller_is_stands_in_no_event(scene: Scene) -> None:
    order_id = await scene.dispatched()
    async with scene.store.reading() as session:
        details = str(list(await session.scalars(select(WorkOrderEvent.detail))))
    assert "张三" not in details and "13987654321" not in details
    assert (await scene.order(order_id)).identity == {"name", "contact"}


async def test_one_key_is_one_act_and_another_content_is_refused(scene: Scene) -> None:
    order_id = await scene.file()
    event = OrderEvent(K.NOTED, scene.now, OFFICE, "", {"text": "一"})
    for _ in range(2):
        async with scene.store.session() as session:
            await apply(session, scene.rulebook, order_id, event, key="k")
    assert len((await scene.order(order_id)).notes) == 1
    with pytest.raises(KeyReusedError):
        async with scene.store.session() as session:
            await apply(session, scene.rulebook, order_id, replace(event, data={"text": "二"}), key="k")


async def test_of_many_at_once_each_is_taken_in_and_none_is_lost(scene: Scene) -> None:
    order_id = await scene.file()
    await asyncio.gather(*(scene.do(order_id, K.NOTED, text=f"第{n}条") for n in range(6)))
    order = await scene.order(order_id)
    assert sorted(text for _at, _by, text in order.notes) == [f"第{n}条" for n in range(6)]
    assert order.count == 7 and (await scene.row(order_id)).version == 7


async def test_two_that_dispatch_at_once_one_wins(scene: Scene) -> None:
    order_id = await scene.file()
    await scene.do(order_id, K.ACCEPTED)

    async def dispatch(unit: str) -> str:
        try:
            await scene.do(order_id, K.DISPATCHED, units=[unit])
        except RefusedError as error:
            return error.slug
        return unit

    done = await asyncio.gather(dispatch("water"), dispatch("roads"))
    assert done.count("not-now") == 1 and (await scene.row(order_id)).lead in done


async def test_a_version_that_has_moved_on_is_refused(scene: Scene) -> None:
    order_id = await scene.file()
    with pytest.raises(StaleVersionError):
        async with scene.store.session() as session:
            event = OrderEvent(K.ACCEPTED, scene.now, OFFICE)
            await apply(session, scene.rulebook, order_id, event, version=0)


async def test_an_order_of_the_first_release_is_taken_in_with_what_is_known(scene: Scene) -> None:
    async with scene.store.session() as session:
        session.add(row_of_old("20261101-000001", state=OrderState.ACCEPTED, seat="801", title="路灯不亮"))
    scene.now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    applied = await scene.do("20261101-000001", K.DISPATCHED, units=["water"])
    assert [event.kind for event in applied.events][:4] == [K.OPENED, K.ACCEPTED, K.DEADLINE_SET, K.DISPATCHED]
    order = await scene.order("20261101-000001")
    assert (order.title, order.seat, order.identity) == ("路灯不亮", "801", frozenset({"name", "contact", "address"}))
    assert order.dues["dispatch"].met_at is not None


async def test_the_caller_is_told_a_code_by_short_message_and_nothing_of_the_matter(scene: Scene) -> None:
    async with scene.store.session() as session:
        session.add(row_of_old("20261121-000009", title="路灯不亮"))
    await scene.do("20261121-000009", K.ACCEPTED)
    async with scene.store.reading() as session:
        rows = list(await session.scalars(select(Outbox).where(Outbox.kind == "sms.message")))
        data = event_of(rows[0]).data
    code = str(data["text"]).split("查询码")[1][:8]
    assert (await scene.row("20261121-000009")).code_hash == code_hash("20261121-000009", code)
    assert len(rows) == 1 and "路灯" not in str(data) and data["number"] == "13800000000"


def _profiles(scene: Scene, tmp_path: Path) -> tuple[Path, Scene]:
    folder = tmp_path / "profiles"
    shutil.copytree(scene.config.profiles_dir, folder)
    config = replace(scene.config, profiles_dir=folder)
    return folder, Scene(scene.store, Rulebook(config), config)


async def test_an_order_keeps_the_version_of_the_profile_it_was_opened_with(scene: Scene, tmp_path: Path) -> None:
    folder, city = _profiles(scene, tmp_path)
    old = await city.dispatched()
    text = (folder / "yunnan-2021.toml").read_text("utf-8")
    (folder / "yunnan-2021.toml").write_text(text.replace('limit = "3 WD"', 'limit = "4 WD"'), "utf-8")
    new = await city.dispatched()
    city = Scene(city.store, Rulebook(city.config), city.config)  # a process that has never seen the old file
    await city.do(old, K.RECLASSIFIED, OFFICE, "误选", category="suggestion")
    await city.do(new, K.RECLASSIFIED, OFFICE, "误选", category="suggestion")
    limits = [(await city.order(order_id)).dues["handle"].limit for order_id in (old, new)]
    assert limits == ["3 WD", "4 WD"]
    async with scene.store.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ProfileVersion)) == 2


async def test_a_broken_profile_file_stops_neither_old_orders_nor_new_ones(scene: Scene, tmp_path: Path) -> None:
    folder, city = _profiles(scene, tmp_path)
    old = await city.file()
    (folder / "yunnan-2021.toml").write_text("name = broken", "utf-8")
    (folder / "karamay.toml").write_text("", "utf-8")
    city = Scene(city.store, Rulebook(city.config), city.config)
    await city.do(old, K.ACCEPTED)
    assert (await city.order(await city.dispatched())).dues["handle"].limit == "3 WD"


async def test_a_draft_that_was_never_touched_has_no_events_and_reads_all_the_same(scene: Scene) -> None:
    async with scene.store.session() as session:
        session.add(row_of_old("20261121-000001"))
    order = await scene.order("20261121-000001")
    assert (order.state, order.channel) == (OrderState.DRAFT, "call")
    async with scene.store.reading() as session:
        assert await session.scalar(select(func.count()).select_from(WorkOrderEvent)) == 0
        assert await session.scalar(select(func.count()).select_from(WorkOrder)) == 1


async def test_002_article_16_the_discipline_body_is_told_by_its_feed_and_nobody_else(scene: Scene) -> None:
    async with scene.store.session() as session:
        session.add_all(target(name, role) for name, role in (("jw", "discipline"), ("sheng", "province")))
        session.add(target("shui", "unit", unit="water"))
    order_id = await scene.dispatched(profile="liaoning")
    for level in ("sheet", "joint_meeting"):
        await scene.do(order_id, K.SUPERVISED, OFFICE, "未按要求办理", level=level)
    async with scene.store.reading() as session:
        query = select(Outbox, Delivery.target_id).join(Delivery, Delivery.outbox_id == Outbox.id)
        told = [(row, to) for row, to in await session.execute(query) if row.kind == "order.discipline_told"]
        assert [to for _row, to in told] == ["jw"]
        event = event_of(told[0][0])
    assert event.data["reasons"] == ["often_supervised"] and "第十六条" in event.data["why"]
    assert "张三" not in str(event.data) and "13987654321" not in str(event.data)
    assert (await scene.order(order_id)).discipline == {"often_supervised"}
