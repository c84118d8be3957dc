"""Seals what an older release has left in the clear: callers' numbers, journal lines, the audit, positions.

In: an open store with keys. Out: how many rows were sealed. Never: takes a row that somebody is writing (it comes
again), holds a transaction for longer than a batch, or keeps writers waiting between two.

Which rows are left is asked of the database, by partial indexes that are empty once all is done: it may be killed and
run again at any time, by several at once, and costs nothing when there is nothing to do. Until a row is sealed it is
read, and found by its number, as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from .engine import Store
from .models import AuditEntry, Base, Call, CallEvent, Open311Request, Task
from .sealed import is_clear, sealed_fields

BATCH = 200


@dataclass(frozen=True, slots=True)
class Left:
    """Rows of a table that are in the clear, and what seals one."""

    model: type[Any]
    rows: ColumnElement[bool]
    seal: Callable[[Any], None]


def lefts() -> list[Left]:
    """Every table that may hold something in the clear."""
    return [
        *(Left(model, is_clear(model), _fields) for model in models_with_seals() if model not in _OWN),
        Left(Call, is_clear(Call, "caller_raw", "caller_number"), _call),
        Left(Task, is_clear(Task), _task),
        Left(CallEvent, CallEvent.private_sealed.is_(None), _detail),
        Left(AuditEntry, AuditEntry.private_sealed.is_(None), _detail),
        Left(Open311Request, Open311Request.lat.is_not(None), _place),
    ]


_OWN = (Call, Task, CallEvent, AuditEntry, Open311Request)


def models_with_seals() -> list[type[Any]]:
    """Every model that has a sealed field."""
    return [mapper.class_ for mapper in Base.registry.mappers if sealed_fields(mapper.class_)]


async def seal_clear(store: Store, *, pause_s: float = 0.0) -> int:
    """Rows sealed. `pause_s`: between two batches, for those who write. Raises KeyMissingError, DatabaseAwayError."""
    sealed = 0
    for left in lefts():
        while True:
            async with store.session() as session:
                done = await _batch(session, left)
            sealed += done
            if not done:
                break
            await asyncio.sleep(pause_s)
    return sealed


async def rows_left(store: Store) -> int:
    """How many rows are in the clear."""
    async with store.reading() as session:
        counts = [
            await session.scalar(select(func.count()).select_from(left.model).where(left.rows)) for left in lefts()
        ]
    return sum(count or 0 for count in counts)


async def _batch(session: AsyncSession, left: Left) -> int:
    # A locked row is passed over: waiting for it with others locked could meet a writer that waits the other way round
    query = select(left.model).where(left.rows).limit(BATCH).with_for_update(skip_locked=True)
    rows = (await session.scalars(query)).all()
    for row in rows:
        left.seal(row)
    await session.flush()
    return len(rows)


def _fields(row: Any) -> None:
    """Each field of its own accord: set anew, it is sealed."""
    for field in sealed_fields(type(row)).values():
        field.write(row, field.read(row))


def _call(row: Call) -> None:
    row.diversions = row.diversions
    _fields(row)


def _task(row: Task) -> None:
    """Up to 0006 its words quoted the number."""
    row.text = row.text.replace(f" {row.caller_number}", "")
    _fields(row)


def _detail(row: CallEvent | AuditEntry) -> None:
    row.detail = row.detail


def _place(row: Open311Request) -> None:
    row.place = row.place
