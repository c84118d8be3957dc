"""Counts and keyed requests that all consoles on one store share, each with an end.

In: a session, keys in the clear, the time. Out: whether once more is allowed; what a keyed request was answered. Never:
a key in the clear in a row, or a row that stays.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from .engine import Store
from .models import KeyedReply, Try
from .rows import insert_if_new, insert_new

REPLY_KEPT = timedelta(hours=24)
UNDER_WAY = timedelta(minutes=10)  # longest that a request may take; a console that died in it leaves no more than this


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


async def allow_try(session: AsyncSession, key: str, at: datetime, *, most: int, within: timedelta) -> bool:
    """Count one more, unless there were `most` of them `within` this time."""
    row = await _locked(session, key, at, within)
    times = _since(row, at, within)
    allowed = len(times) < most
    row.times = [*times, at.timestamp()] if allowed else times
    if allowed:
        row.expires_at = max(row.expires_at, at + within)
    return allowed


async def count_try(session: AsyncSession, key: str, at: datetime, *, within: timedelta, most: int = 1000) -> int:
    """Count one more, always (the last `most` are kept); how many there are now within this time."""
    row = await _locked(session, key, at, within)
    row.times = [*_since(row, at, within), at.timestamp()][-most:]
    row.expires_at = max(row.expires_at, at + within)
    return len(row.times)


async def tries_of_late(session: AsyncSession, key: str, at: datetime, *, within: timedelta) -> int:
    row = await session.get(Try, _digest(key))
    return len(_since(row, at, within)) if row is not None else 0


async def forget_tries(session: AsyncSession, *keys: str) -> None:
    await session.execute(delete(Try).where(Try.key.in_([_digest(key) for key in keys])))


async def _locked(session: AsyncSession, key: str, at: datetime, within: timedelta) -> Try:
    """The row, and nobody else has it until the transaction ends."""
    digest = _digest(key)
    await insert_new(session, Try, [{"key": digest, "times": [], "expires_at": at + within}])
    row = await session.get(Try, digest, with_for_update=True, populate_existing=True)
    assert row is not None
    return row


def _since(row: Try, at: datetime, within: timedelta) -> list[float]:
    return [time for time in row.times if time > (at - within).timestamp()]


@dataclass(frozen=True, slots=True)
class Claim:
    """`ours`: run it. Else what another did: `status` None while it is not answered; `same`: with the same content."""

    ours: bool
    same: bool = True
    status: int | None = None
    reply: str = ""


async def claim(session: AsyncSession, user: str, key: str, content: str, at: datetime) -> Claim:
    """Take a keyed request in hand, unless somebody has."""
    digest = _digest(content)
    row = await session.get(KeyedReply, (user, key), with_for_update=True)
    if row is not None and row.expires_at <= at:
        await session.delete(row)
        await session.flush()
        row = None
    if row is None:
        values: dict[str, Any] = {"content": digest, "status": None, "reply": None, "began_at": at}
        if await insert_if_new(
            session, KeyedReply, {"user_name": user, "key": key, **values, "expires_at": at + UNDER_WAY}
        ):
            return Claim(ours=True)
        row = await session.get(KeyedReply, (user, key), with_for_update=True, populate_existing=True)
    assert row is not None
    return Claim(ours=False, same=row.content == digest, status=row.status, reply=row.reply or "")


async def answered(session: AsyncSession, user: str, key: str, status: int, reply: str, at: datetime) -> None:
    row = await session.get(KeyedReply, (user, key), with_for_update=True)
    if row is not None:
        row.status, row.reply, row.expires_at = status, reply, at + REPLY_KEPT


async def unclaim(session: AsyncSession, user: str, key: str) -> None:
    """It failed: it may be tried again."""
    await session.execute(delete(KeyedReply).where(KeyedReply.user_name == user, KeyedReply.key == key))


async def drop_marks(store: Store, _config: object, at: datetime) -> None:
    """A tick of the clerk: what has come to its end."""
    async with store.session() as session:
        for model in (Try, KeyedReply):
            await session.execute(delete(model).where(model.expires_at < at))
