"""Small helpers over SQL that both databases speak: insert-or-ignore, insert-or-update, cursors for paging.

In: models and plain dicts. Out: statements. Never: executes one.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Table, literal, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from gateway.errors import CallerFaultError

from .models import Base

T = TypeVar("T")
Rows = Sequence[Mapping[str, Any]]
PAGE_MAX = 200


def _insert(session: AsyncSession, model: type[Base]) -> Any:
    table = model.__table__
    assert isinstance(table, Table)
    return postgresql.insert(table) if session.get_bind().dialect.name == "postgresql" else sqlite.insert(table)


async def insert_new(session: AsyncSession, model: type[Base], rows: Rows) -> None:
    """Insert the rows whose key is not there yet; leave the others as they are."""
    if rows:
        await session.execute(_insert(session, model).on_conflict_do_nothing(), rows)


async def insert_if_new(session: AsyncSession, model: type[Base], row: Mapping[str, Any]) -> bool:
    """Insert the row; False when its key is there already."""
    statement = _insert(session, model).values(**row).on_conflict_do_nothing()
    keys = list(model.__table__.primary_key)
    return (await session.execute(statement.returning(*keys))).first() is not None


async def put(session: AsyncSession, model: type[Base], rows: Rows, *, keep: Collection[str] = ()) -> None:
    """Insert the rows or overwrite those with the same key, except the columns named in `keep`."""
    if not rows:
        return
    statement = _insert(session, model)
    keys = [column.name for column in model.__table__.primary_key]
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys and name not in keep}
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, newest first; `next` goes into the next request, None at the end."""

    items: tuple[T, ...]
    next: str | None


def encode_cursor(at: datetime, key: str) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{key}".encode()).decode().rstrip("=")


def after_cursor(
    cursor: str | None, at: InstrumentedAttribute[datetime], key: InstrumentedAttribute[str]
) -> list[ColumnElement[bool]]:
    """The condition "older than the cursor" for lists sorted by (at, key) descending. Raises CallerFaultError."""
    if not cursor:
        return []
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        stamp, _, last = text.partition("|")
        moment = datetime.fromisoformat(stamp)
    except (ValueError, binascii.Error) as error:
        raise CallerFaultError("翻页标记无效", place="cursor", remedy="请从第一页重新开始") from error
    if moment.tzinfo is None or not last:
        raise CallerFaultError("翻页标记无效", place="cursor", remedy="请从第一页重新开始")
    return [tuple_(at, key) < tuple_(literal(moment, at.type), literal(last, key.type))]


def page_of(rows: Sequence[T], limit: int, mark: Any) -> Page[T]:
    """Cut limit+1 fetched rows to a page; `mark(row)` gives (at, key)."""
    items = tuple(rows[:limit])
    return Page(items, encode_cursor(*mark(items[-1])) if len(rows) > limit else None)
