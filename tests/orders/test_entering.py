"""A draft has its life from the start: what the row says is the fold of its events, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from gateway.config import Config
from gateway.orders.driver import apply, stored_events
from gateway.orders.entering import take_in_orders
from gateway.orders.rulebook import Rulebook
from gateway.orders.view import columns
from gateway.store import OrderState, Store, WorkOrder
from gateway.store.models import OrderText, Outbox, ProfileVersion, WorkOrderEvent
from gateway.taking import Taker
from tests.crypt.test_sealed_orders import order as row_of_old
from tests.journal.samples import NAMES
from tests.orders.scene import K, Scene, target
from tests.store.feed import config_in, feed
from tests.store.test_recorder import batches, now
from workorder.events import SYSTEM, OrderEvent
from workorder.evolve import fold

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


async def _recorded(store: Store, config: Config, rulebook: Rulebook | None) -> None:
    """Every sample call, as a recorder that has just been started takes it in from the beginning."""
    if not config.journal_file.exists():
        feed(config_in(config.state_dir), *NAMES)
    taker = Taker(store, now, rulebook=rulebook)
    for batch in batches(config, 1 << 20):
        await taker.take(batch)


async def _rows(store: Store) -> list[WorkOrder]:
    async with store.reading() as session:
        return list(await session.scalars(select(WorkOrder).order_by(WorkOrder.order_id)))


async def _is_fold(scene: Scene, row: WorkOrder) -> None:
    async with scene.store.reading() as session:
        events = await stored_events(session, row.order_id)
        order = fold(events, row.order_id)
        rules = await scene.rulebook.of(session, order.profile, order.profile_version)
        mark = (await scene.rulebook.calendar()).mark
    assert events and not order.unread
    assert {name: getattr(row, name) for name in columns(order, rules, mark)} == columns(order, rules, mark)


async def test_a_calls_draft_is_the_fold_of_its_events_from_the_first_moment(scene: Scene) -> None:
    await _recorded(scene.store, scene.config, scene.rulebook)
    rows = await _rows(scene.store)
    assert len(rows) > 3
    for row in rows:
        await _is_fold(scene, row)
        order = await scene.order(row.order_id)
        assert (order.state, order.channel, order.opened_at) == (OrderState.DRAFT, "call", row.created_at)
        assert (order.seat, order.hotline, row.profile, row.version) == (row.seat, row.hotline_number, "yunnan-2021", 1)
    async with scene.store.reading() as session:
        assert await session.scalar(select(func.count()).select_from(OrderText)) == len(rows)
        assert await session.scalar(select(func.count()).select_from(ProfileVersion)) == 1


async def test_the_same_journal_again_opens_nothing_twice(scene: Scene) -> None:
    for _ in range(2):
        await _recorded(scene.store, scene.config, scene.rulebook)
    async with scene.store.reading() as session:
        count = await session.scalar(select(func.count()).select_from(WorkOrderEvent))
    assert count == len(await _rows(scene.store))


async def test_without_readable_rules_the_call_is_recorded_and_the_draft_waits(
    scene: Scene, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    empty = Rulebook(replace(scene.config, profiles_dir=tmp_path / "none"))
    await _recorded(scene.store, scene.config, empty)
    rows = await _rows(scene.store)
    assert rows and {row.profile for row in rows} == {""} and "wait to be taken in" in caplog.text
    await take_in_orders(scene.store, scene.config, AT)  # the file is there again
    for row in await _rows(scene.store):
        await _is_fold(scene, row)


async def test_the_clerk_takes_in_what_nobody_touched_and_disturbs_nobody_at_work(scene: Scene) -> None:
    async with scene.store.session() as session:
        session.add(row_of_old("20261101-000001", state=OrderState.ACCEPTED, seat="801", title="路灯不亮"))
        session.add(row_of_old("20261101-000002"))
    await take_in_orders(scene.store, scene.config, AT)
    old, draft = await _rows(scene.store)
    assert (old.version, draft.version) == (1, 1) and (old.queue, draft.queue) == ("dispatch", "intake")
    await _is_fold(scene, old)
    assert [event.kind for event in await _events(scene, old.order_id)][:2] == [K.OPENED, K.ACCEPTED]
    async with scene.store.session() as session:
        event = OrderEvent(K.NOTED, AT, SYSTEM, "", {"text": "x"})
        await apply(session, scene.rulebook, draft.order_id, event, version=1)
    await take_in_orders(scene.store, scene.config, AT)
    assert len(await _events(scene, draft.order_id)) == 2


async def test_what_happened_long_ago_is_told_to_nobody(scene: Scene) -> None:
    async with scene.store.session() as session:
        session.add(target("province", "province", AT))
        session.add(row_of_old("20261101-000001", state=OrderState.ACCEPTED, seat="801", title="路灯不亮"))
        session.add(row_of_old("20261101-000002"))
    await take_in_orders(scene.store, scene.config, AT)
    async with scene.store.reading() as session:
        told = [(row.kind, row.subject) for row in await session.scalars(select(Outbox))]
    assert told == [("order.opened", "20261101-000002")]


async def test_a_new_draft_is_told_to_feeds_at_once(scene: Scene) -> None:
    async with scene.store.session() as session:
        session.add(target("province", "province", AT))
    await _recorded(scene.store, scene.config, scene.rulebook)
    async with scene.store.reading() as session:
        told = [row.subject for row in await session.scalars(select(Outbox)) if row.kind == "order.opened"]
    assert sorted(told) == [row.order_id for row in await _rows(scene.store)]


async def test_an_order_with_events_but_without_columns_gets_its_columns(scene: Scene) -> None:
    order_id = await scene.file()
    async with scene.store.session() as session:
        await session.execute(update(WorkOrder).where(WorkOrder.order_id == order_id).values(profile=""))
    await take_in_orders(scene.store, scene.config, AT)
    await _is_fold(scene, await scene.row(order_id))
    assert len(await _events(scene, order_id)) == 1


async def _events(scene: Scene, order_id: str) -> list[OrderEvent]:
    async with scene.store.reading() as session:
        return await stored_events(session, order_id)
