"""What several consoles count and remember together."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from gateway.crypt import is_sealed
from gateway.store import Store
from gateway.store.marks import (
    UNDER_WAY,
    Claim,
    allow_try,
    answered,
    claim,
    count_try,
    drop_marks,
    forget_tries,
    tries_of_late,
    unclaim,
)
from gateway.store.models import KeyedReply, Try

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SPAN = timedelta(minutes=1)


async def test_tries_are_counted_within_their_span_and_end(store: Store) -> None:
    async def again(key: str = "k", after_s: float = 0.0) -> bool:
        async with store.session() as session:
            return await allow_try(session, key, AT + timedelta(seconds=after_s), most=2, within=SPAN)

    assert [await again(), await again(after_s=30), await again(after_s=31)] == [True, True, False]
    assert await again("other")
    assert await again(after_s=61)
    async with store.session() as session:
        await forget_tries(session, "k")
    assert await again(after_s=62)
    async with store.session() as session:
        assert [await count_try(session, "c", AT, within=SPAN) for _ in range(3)] == [1, 2, 3]
        assert await tries_of_late(session, "c", AT + 2 * SPAN, within=SPAN) == 0
        assert "k" not in set(await session.scalars(select(Try.key)))  # nothing can be read from a row
    await drop_marks(store, None, AT + timedelta(hours=1))
    async with store.reading() as session:
        assert list(await session.scalars(select(Try))) == []


async def test_of_many_at_once_no_more_are_allowed_than_one_after_another(store: Store) -> None:
    async def once() -> bool:
        async with store.session() as session:
            return await allow_try(session, "k", AT, most=3, within=SPAN)

    assert sum(await asyncio.gather(*(once() for _ in range(8)))) == 3


async def test_a_keyed_request_is_in_one_hand_only_and_its_answer_is_sealed(store: Store) -> None:
    async def take(content: str = "a", at: datetime = AT) -> Claim:
        async with store.session() as session:
            return await claim(session, "anna", "k", content, at)

    taken = await asyncio.gather(*(take() for _ in range(6)))
    assert sorted(one.ours for one in taken) == [False] * 5 + [True]
    assert await take() == Claim(ours=False)
    assert not (await take("other")).same
    async with store.session() as session:
        await answered(session, "anna", "k", 201, '{"name":"张三"}', AT)
    assert await take() == Claim(ours=False, status=201, reply='{"name":"张三"}')
    async with store.reading() as session:
        held = await session.scalar(text("SELECT reply FROM keyed_replies"))
    assert held is not None and is_sealed(held)
    assert (await take(at=AT + timedelta(hours=25))).ours
    async with store.session() as session:
        await unclaim(session, "anna", "k")
    assert (await take("other")).ours
    assert (await take(at=AT + 2 * UNDER_WAY)).ours  # its console has died in it
    await drop_marks(store, None, AT + timedelta(days=3))
    async with store.reading() as session:
        assert list(await session.scalars(select(KeyedReply))) == []
