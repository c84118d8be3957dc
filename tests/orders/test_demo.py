"""The demo city has units and subjects from its first `up`; a city's own are left alone."""

from __future__ import annotations

from gateway.orders.demo import ensure_directory
from gateway.orders.directory import catalogue, put_units, unit_book
from tests.orders.scene import MONDAY, Scene


async def test_the_first_up_fills_an_empty_directory_and_the_next_leaves_it(scene: Scene) -> None:
    for _ in range(2):
        async with scene.store.session() as session:
            await ensure_directory(session, MONDAY)
    async with scene.store.session() as session:
        book, known = await unit_book(session), await catalogue(session)
        await put_units(session, book.units.values(), number=1, why="改", by="admin", at=MONDAY)
        await ensure_directory(session, MONDAY)
        assert (await unit_book(session)).number == 2
    assert (book.number, known.number, book.name("water")) == (1, 1, "市水务局")
    assert {entry.unit for entry in known.entries} <= set(book.units)
