"""Orders that calls have left, tasks and call lists as people use them, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.config import Config
from gateway.errors import CallerFaultError
from gateway.journal import Outcome
from gateway.orders.driver import Applied, apply
from gateway.orders.errors import RefusedError
from gateway.orders.rulebook import Rulebook
from gateway.store import (
    CallFilter,
    Category,
    ConflictError,
    NotFoundError,
    OrderFilter,
    OrderState,
    Store,
    TaskState,
    WorkOrder,
    calls_page,
    close_task,
    next_number,
    open_tasks,
    order_detail,
    orders_page,
    outcome_counts,
    tasks_page,
)
from gateway.store.errors import StaleVersionError
from gateway.taking import Taker
from tests.journal.samples import NAMES, events
from tests.store.feed import config_in, feed
from tests.store.test_recorder import batches, now
from workorder.events import Actor, ActorRole, EventKind, OrderEvent

AT = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)


@pytest.fixture
async def filled(store: Store, tmp_path: Path) -> Store:
    config = config_in(tmp_path / "state")
    feed(config, *NAMES)
    for batch in batches(config, 1 << 20):
        await Taker(store, now).take(batch)
    return store


@pytest.fixture
async def order(filled: Store) -> WorkOrder:
    async with filled.reading() as session:
        return (await orders_page(session, OrderFilter(caller="13800000000"))).items[0]


@pytest.fixture
def rulebook(tmp_path: Path) -> Rulebook:
    return Rulebook(Config(state_dir=tmp_path / "state"))


async def act(
    filled: Store, rulebook: Rulebook, order: WorkOrder, kind: EventKind, version: int, **data: Any
) -> Applied:
    """What the order's own seat does."""
    by = Actor(order.seat or "", ActorRole.SEAT)
    async with filled.session() as session:
        event = OrderEvent(kind, AT, by, "", data)
        return await apply(session, rulebook, order.order_id, event, version=version)


async def test_a_seat_fills_in_the_draft_and_accepts_it(filled: Store, order: WorkOrder, rulebook: Rulebook) -> None:
    facts = {"title": "路灯不亮", "category": "help", "matter": "东街路灯不亮"}
    saved = (await act(filled, rulebook, order, EventKind.EDITED, 1, **facts)).row
    assert (saved.title, saved.version, saved.state) == ("路灯不亮", 2, OrderState.DRAFT)
    accepted = (await act(filled, rulebook, order, EventKind.ACCEPTED, 2)).row
    assert (accepted.state, accepted.version) == (OrderState.ACCEPTED, 3)
    with pytest.raises(RefusedError):
        await act(filled, rulebook, order, EventKind.ACCEPTED, 3)
    async with filled.reading() as session:
        found = await order_detail(session, order.order_id)
        listed = await orders_page(session, OrderFilter(state=OrderState.ACCEPTED))
    assert found is not None and found[0].category is Category.HELP and found[0].updated_at == AT
    assert (found[0].caller_number, found[0].contact) == ("13800000000", "13800000000")
    kinds = [event.what for event in found[1] if "schema" in event.detail]
    assert kinds[:2] == ["opened", "edited"] and "accepted" in kinds
    assert [row.order_id for row in listed.items] == [order.order_id]


async def test_of_two_writers_the_second_is_told_and_changes_nothing(
    filled: Store, order: WorkOrder, rulebook: Rulebook
) -> None:
    async def write(title: str) -> str:
        try:
            await act(filled, rulebook, order, EventKind.EDITED, 1, title=title)
        except StaleVersionError as error:
            assert error.current == 2
            return "stale"
        return title

    done = await asyncio.gather(write("甲"), write("乙"), write("丙"))
    assert done.count("stale") == 2
    async with filled.reading() as session:
        found = await order_detail(session, order.order_id)
    assert found is not None and found[0].title in done and found[0].version == 2
    assert [event.what for event in found[1] if "schema" in event.detail] == ["opened", "edited"]


@pytest.mark.parametrize("field", ["hotline", "linkedid", "caller_number", "order_id", "state", "nonsense"])
async def test_the_origin_of_an_order_cannot_be_changed(
    filled: Store, order: WorkOrder, rulebook: Rulebook, field: str
) -> None:
    with pytest.raises(RefusedError):
        await act(filled, rulebook, order, EventKind.EDITED, 1, **{field: "x"})


async def test_an_unknown_order_is_not_found(filled: Store, order: WorkOrder, rulebook: Rulebook) -> None:
    order.order_id = "20261121-999999"
    with pytest.raises(NotFoundError):
        await act(filled, rulebook, order, EventKind.EDITED, 1, title="x")
    async with filled.reading() as session:
        assert await order_detail(session, "20261121-999999") is None


async def test_a_missed_call_task_is_done_once(filled: Store) -> None:
    async with filled.session() as session:
        before = await open_tasks(session)
        task = (await tasks_page(session)).items[0]
        done = await close_task(session, task.task_id, by="li", note="已回拨", at=AT)
        assert (done.state, done.done_by, done.done_at) == (TaskState.DONE, "li", AT)
        assert await open_tasks(session) == before - 1
        with pytest.raises(ConflictError):
            await close_task(session, task.task_id, by="wang", note="", at=AT)
        with pytest.raises(NotFoundError):
            await close_task(session, "nope", by="wang", note="", at=AT)
        assert (await tasks_page(session, TaskState.DONE)).items == (done,)


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_pages_give_every_call_once_newest_first(filled: Store, limit: int) -> None:
    found, cursor = [], None
    async with filled.reading() as session:
        while True:
            page = await calls_page(session, cursor=cursor, limit=limit)
            found += [call.linkedid for call in page.items]
            if page.next is None:
                break
            cursor = page.next
    expected = sorted(((events(name)[0].at, events(name)[0].linkedid) for name in NAMES), reverse=True)
    assert found == [linkedid for _, linkedid in expected]


@pytest.mark.parametrize("cursor", ["x", "!!!!", "MjAyNg", "eHw", "é"])
async def test_a_cursor_that_is_none_is_the_caller_s_fault(filled: Store, cursor: str) -> None:
    with pytest.raises(CallerFaultError):
        async with filled.reading() as session:
            await calls_page(session, cursor=cursor)


async def test_calls_are_found_by_caller_hotline_seat_outcome_and_time(filled: Store) -> None:
    begun = events("answered")[0].at
    wanted = {
        "hotline": (CallFilter(hotline="12315"), 1),
        "seat": (CallFilter(seat="801"), 4),
        "seat that only rang": (CallFilter(seat="802"), 0),
        "outcome": (CallFilter(outcome=Outcome.ABANDONED), 5),
        "caller": (CallFilter(caller="13800000000"), 11),
        "other caller": (CallFilter(caller="13900000000"), 0),
        "since": (CallFilter(since=begun + timedelta(days=1)), 0),
        "one instant": (CallFilter(since=begun, until=begun + timedelta(microseconds=1)), 1),
        "all together": (CallFilter("13800000000", "12345", "801", Outcome.ANSWERED, begun), 2),
    }
    async with filled.reading() as session:
        found = {name: len((await calls_page(session, filter_)).items) for name, (filter_, _) in wanted.items()}
        counts = await outcome_counts(session, begun, begun + timedelta(days=1))
    assert found == {name: count for name, (_, count) in wanted.items()}
    assert counts[Outcome.ANSWERED] == 4 and sum(counts.values()) == len(NAMES)


async def test_running_numbers_have_no_doubles(store: Store) -> None:
    async def take() -> int:
        async with store.session() as session:
            return await next_number(session, "order:20261121")

    assert sorted(await asyncio.gather(*(take() for _ in range(8)))) == list(range(1, 9))
