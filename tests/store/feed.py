"""Writes recorded journals where a recorder looks for them, and asks the store what came of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from gateway.config import Config
from gateway.recorder import Recorder
from gateway.store import Call, CallEvent, JournalOffset, Leg, Recording, Store, Task, WorkOrder
from tests.journal.samples import raw

TABLES = (Call, Leg, CallEvent, Recording, WorkOrder, Task, JournalOffset)
VOLATILE = {"verified_at", "at", "created_at"}


def config_in(folder: Path) -> Config:
    config = Config(state_dir=folder)
    config.journal_file.parent.mkdir(parents=True)
    config.seat_journal_file.parent.mkdir(parents=True)
    config.recordings_dir.mkdir(parents=True)
    return config


def feed(config: Config, *names: str) -> None:
    with config.journal_file.open("ab") as file:
        for name in names:
            file.write(raw(name))


async def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    """All rows of the recorder's tables, without the times that say when it worked."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with store.reading() as session:
        for model in TABLES:
            names = [column.name for column in model.__table__.columns if column.name not in VOLATILE]
            keys = list(model.__table__.primary_key)
            rows = await session.scalars(select(model).order_by(*keys))
            found[model.__tablename__] = [{name: getattr(row, name) for name in names} for row in rows]
    return found


@asynccontextmanager
async def recording(config: Config, store: Store) -> AsyncIterator[Recorder]:
    """A recorder at work."""
    recorder = Recorder(config, store)
    task = asyncio.create_task(recorder.run())
    try:
        yield recorder
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task  # a recorder that has died says why


async def until(true: Callable[[], Awaitable[object]], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.02)


async def count(store: Store, model: type[Any], *conditions: Any) -> int:
    async with store.reading() as session:
        return len((await session.scalars(select(model).where(*conditions))).all())
