"""The clock speaks by itself: near, late, lapsed, to be supervised; and reckons anew when a notice comes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta

from gateway.config import Config
from gateway.orders.calendar import load_days
from gateway.store import Category
from routing_table import to_json
from routing_table.calendar import YearNotice
from routing_table.load import versioned
from tests.orders.scene import WATER, K, Scene
from tests.routing_table.city import DEMO


async def test_a_deadline_is_called_near_then_late_once_each_and_the_unit_is_urged(scene: Scene) -> None:
    order_id = await scene.dispatched()
    await scene.do(order_id, K.SIGNED, WATER)
    due = (await scene.order(order_id)).dues["handle"].due
    scene.now = due - timedelta(hours=1)
    for _ in range(2):
        await scene.tick()
    assert (await scene.order(order_id)).dues["handle"].warned and not (await scene.row(order_id)).overdue
    scene.now = due + timedelta(minutes=1)
    for _ in range(2):
        await asyncio.gather(scene.tick(), scene.tick())  # two clerks
    order, row = await scene.order(order_id), await scene.row(order_id)
    assert (order.dues["handle"].overdue, order.urged, row.overdue) == (True, 1, True)
    scene.now = due + timedelta(days=6)
    await scene.tick()
    assert (await scene.row(order_id)).proposed == "joint_meeting"
    assert (await scene.row(order_id)).tick_at == due + timedelta(days=10)


async def test_a_return_that_comes_too_late_counts_as_taken(scene: Scene) -> None:
    order_id = await scene.file(profile="qingpu-water")
    await scene.do(order_id, K.EDITED, difficulty="simple")
    await scene.do(order_id, K.ACCEPTED)
    await scene.do(order_id, K.DISPATCHED, units=["water"])
    scene.now = (await scene.order(order_id)).dues["return"].due + timedelta(seconds=2)
    await scene.tick()
    order = await scene.order(order_id)
    assert "water" in order.return_closed and order.signed["water"] == scene.now


async def test_what_is_closed_has_no_clock(scene: Scene) -> None:
    order_id = await scene.file()
    await scene.do(order_id, K.WITHDRAWN)
    row = await scene.row(order_id)
    assert (row.tick_at, row.due_at, row.queue) == (None, None, "follow_up")


def _publish(config: Config, notice: YearNotice) -> None:
    table = versioned(replace(DEMO, notices=(*DEMO.notices, notice)), 2)
    config.published_dir.mkdir(parents=True, exist_ok=True)
    (config.published_dir / "table.json").write_text(to_json(table), "utf-8")


async def test_a_notice_that_comes_moves_the_provisional_deadlines_and_no_other(scene: Scene) -> None:
    scene.now = datetime.fromisoformat("2026-12-29T10:00:00+08:00")
    far = await scene.dispatched(category=Category.COMPLAINT)  # 15 working days, into a year without a notice
    near = await scene.dispatched(category=Category.INQUIRY)
    before = (await scene.order(far)).dues["handle"]
    assert before.provisional and (await scene.row(far)).provisional and not (await scene.row(near)).provisional
    off = frozenset(date(2027, 1, day) for day in (1, 2, 3, 4))
    _publish(scene.config, YearNotice(2027, off, frozenset(), "国务院办公厅关于2027年部分节假日安排的通知"))
    assert not load_days(scene.config).provisional(2027)
    for _ in range(2):
        await scene.recompute()
    after = (await scene.order(far)).dues["handle"]
    assert (after.provisional, after.due > before.due) == (False, True)
    assert after.why.startswith("放假安排有新通知") and any("2027" in line.why for line in after.explained)
    assert (await scene.row(near)).version == 3
