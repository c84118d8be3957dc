"""Brings every sealed text under the current key, and every lookup index; seals what is still in the clear before.

In: an open store with keys. Out: how many were changed. Never: overwrites what somebody wrote meanwhile (what was read
is part of each statement's condition), or holds a transaction for longer than a batch. It may be run again at any time
and is finished when it finds nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Text, literal, or_, select, tuple_, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from gateway.crypt import Keyring, blind, index_key_of, key_of, reseal

from .engine import Store
from .sealed import Indexed, Sealed, context_of, key_columns, sealed_fields
from .sealing import models_with_seals, rows_left, seal_clear

BATCH = 200


@dataclass(frozen=True, slots=True)
class Usage:
    """How many texts are under each key's id, indexes under each index key's; `clear`: rows that are not sealed."""

    by_key: Counter[str] = field(default_factory=Counter)
    by_index_key: Counter[str] = field(default_factory=Counter)
    clear: int = 0


async def usage(store: Store) -> Usage:
    """What the store holds under which key."""
    keys: Counter[str] = Counter()
    indexes: Counter[str] = Counter()
    for model in models_with_seals():
        last: tuple[Any, ...] = ()
        while True:
            async with store.reading() as session:
                rows = await _after(session, model, last, BATCH * 10)
            if not rows:
                break
            last = _primary(model, rows[-1])
            for row in rows:
                keys.update(key_of(held.token) for held in _held(model, row).values())
                indexes.update(index_key_of(index) for index in _indexes(model, row).values())
    keys.pop("", None)
    return Usage(keys, indexes, await rows_left(store))


async def reseal_all(store: Store, keys: Keyring) -> int:
    """Rows that were sealed, texts whose key was wrapped anew, indexes made anew. Raises KeyMissingError,
    SealBrokenError."""
    changed = await seal_clear(store)
    for model in models_with_seals():
        last: tuple[Any, ...] = ()
        while True:
            async with store.session() as session:
                rows = await _after(session, model, last, BATCH)
                if not rows:
                    break
                last = _primary(model, rows[-1])
                for row in rows:
                    changed += await _renew(session, keys, model, row)
    return changed


async def _renew(session: AsyncSession, keys: Keyring, model: type[Any], row: Any) -> int:
    """How many of its columns were changed: none, when somebody was faster."""
    values: dict[str, Any] = {}
    as_read = []
    for name, held in _held(model, row).items():
        token = reseal(keys, held.token, context_of(row, name)) if key_of(held.token) else held.token
        if token != held.token:
            values[f"{name}_sealed"] = Sealed(token, keys)
            as_read.append(getattr(model, f"{name}_sealed") == held)
    for name, index in _indexes(model, row).items():
        if index_key_of(index) != keys.index_keys()[0].id:
            column = sealed_fields(model)[name].index
            values[column] = Indexed(blind(keys, sealed_fields(model)[name].read(row) or ""))
            as_read.append(getattr(model, column) == Indexed(index))
    if not values:
        return 0
    mine = (column == value for column, value in zip(_keys(model), _primary(model, row), strict=True))
    written = await session.execute(
        update(model).where(*mine, *as_read).values(**values).returning(_keys(model)[0]),
        execution_options={"synchronize_session": False},
    )
    return len(values) if written.all() else 0


async def _after(session: AsyncSession, model: type[Any], last: tuple[Any, ...], limit: int) -> Sequence[Any]:
    """The next rows that have something sealed, by primary key."""
    columns, fields = _keys(model), sealed_fields(model)
    names = [
        *key_columns(model),
        *(f"{name}_sealed" for name in fields),
        *(f.index for f in fields.values() if f.index),
    ]
    query = select(model).options(load_only(*columns, *(getattr(model, name) for name in names), raiseload=True))
    query = query.where(or_(*(type_coerce(getattr(model, f"{name}_sealed"), Text) != "" for name in fields)))
    if last:
        pairs = zip(columns, last, strict=True)
        query = query.where(tuple_(*columns) > tuple_(*(literal(value, column.type) for column, value in pairs)))
    return (await session.scalars(query.order_by(*columns).limit(limit))).all()


def _keys(model: type[Any]) -> list[Any]:
    return [getattr(model, column.name) for column in model.__table__.primary_key]


def _primary(model: type[Any], row: Any) -> tuple[Any, ...]:
    return tuple(getattr(row, column.name) for column in model.__table__.primary_key)


def _held(model: type[Any], row: Any) -> dict[str, Sealed]:
    """Field → what the store holds of it, where there is something."""
    found = {name: getattr(row, f"{name}_sealed") for name in sealed_fields(model)}
    return {name: held for name, held in found.items() if isinstance(held, Sealed) and held.token}


def _indexes(model: type[Any], row: Any) -> dict[str, str]:
    """Field → its index, where there is one."""
    found = {name: getattr(row, one.index) for name, one in sealed_fields(model).items() if one.index}
    return {name: index for name, index in found.items() if index}
