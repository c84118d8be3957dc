"""What has happened to orders is read on from where one was, once; PostgreSQL says at once that there is something."""

from __future__ import annotations

import asyncio

from gateway.store.listen import listen
from gateway.store.models import WorkOrderEvent
from gateway.store.order_news import CHANNEL, Place, here, read_on
from tests.orders.scene import Scene

WITHIN_S = 8


async def new(scene: Scene, place: Place) -> list[str]:
    async with scene.store.reading() as session:
        return await read_on(session, place)


async def test_each_order_is_told_of_once_in_the_order_of_its_events(scene: Scene) -> None:
    old = await scene.file()
    async with scene.store.reading() as session:
        place = await here(session)
    assert await new(scene, place) == []
    first, second = await scene.dispatched(), await scene.file()
    assert await new(scene, place) == [first, second]
    assert await new(scene, place) == [] and old not in (first, second)


async def test_an_event_whose_transaction_ends_late_is_read_all_the_same(scene: Scene) -> None:
    """Numbers are given before commits: a lower one may appear after a higher."""
    quick, late = await scene.file(), await scene.file()
    async with scene.store.reading() as session:
        place = await here(session)
    for number, order_id in ((place.last + 9, quick), (place.last + 4, late)):
        async with scene.store.session() as session:
            event = WorkOrderEvent(id=number, order_id=order_id, at=scene.now, by="x", what="noted", detail={})
            session.add(event)
        assert await new(scene, place) == [order_id]
    assert await new(scene, place) == []


async def test_postgresql_says_at_once_that_something_happened_and_sqlite_is_polled(scene: Scene) -> None:
    wake = asyncio.Event()
    if scene.store.engine.url.get_backend_name() == "sqlite":
        await asyncio.wait_for(listen(scene.store, wake, CHANNEL), WITHIN_S)
        assert not wake.is_set()
        return
    task = asyncio.create_task(listen(scene.store, wake, CHANNEL))
    try:
        await asyncio.wait_for(wake.wait(), WITHIN_S)  # set when it begins to listen
        wake.clear()
        await scene.file()
        await asyncio.wait_for(wake.wait(), WITHIN_S)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
