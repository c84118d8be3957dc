"""Brings every sealed text under the current key, and seals what an older release has left in the clear.

In: an open store with keys. Out: how many were changed. Never: overwrites what somebody wrote meanwhile (the old token
is part of each statement's condition), or holds a transaction for longer than a batch. It may be run again at any time
and is finished when it finds nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.crypt import Keyring, is_sealed, key_of, reseal

from .engine import Store
from .models import Base
from .sealed import Clear, Held, Sealed, key_column, sealed_fields

BATCH = 200


@dataclass(frozen=True, slots=True)
class Usage:
    """How many texts are under each key's id; `clear` are not sealed at all."""

    by_key: Counter[str] = field(default_factory=Counter)
    clear: int = 0


def models_with_seals() -> list[type[Any]]:
    """Every model that has a sealed field."""
    return [mapper.class_ for mapper in Base.registry.mappers if sealed_fields(mapper.class_)]


async def usage(store: Store) -> Usage:
    """What the store holds under which key."""
    counts: Counter[str] = Counter()
    for model in models_with_seals():
        for name in sealed_fields(model):
            column, last = getattr(model, f"{name}_sealed"), ""
            key = getattr(model, key_column(model))
            while True:
                async with store.reading() as session:
                    query = select(key, column).where(key > last).order_by(key).limit(BATCH * 10)
                    rows = (await session.execute(query)).all()
                if not rows:
                    break
                last = rows[-1][0]
                counts.update(key_of(held.token) for _, held in rows if held is not None and held.token)
    clear = counts.pop("", 0)
    return Usage(counts, clear)


async def reseal_all(store: Store, keys: Keyring) -> int:
    """Number of texts that were sealed, or whose key was wrapped anew. Raises KeyMissingError, SealBrokenError."""
    changed = 0
    for model in models_with_seals():
        last = ""
        while True:
            async with store.session() as session:
                done, last = await _batch(session, keys, model, last)
            changed += done
            if not last:
                break
    return changed


async def _batch(session: AsyncSession, keys: Keyring, model: type[Any], after: str) -> tuple[int, str]:
    """Texts changed, and the last row's key; empty when there are no more rows."""
    fields, key = sealed_fields(model), getattr(model, key_column(model))
    columns = [getattr(model, f"{name}_sealed") for name in fields]
    rows = (await session.execute(select(key, *columns).where(key > after).order_by(key).limit(BATCH))).all()
    changed = 0
    for row in rows:
        for name, column, held in zip(fields, columns, row[1:], strict=True):
            fresh = _fresh(keys, model, row[0], name, held)
            if fresh is None:
                continue
            values: dict[str, Any] = {f"{name}_sealed": fresh}
            if fields[name].index and isinstance(fresh, Clear):
                values[fields[name].index] = fresh.text
            result = await session.execute(
                update(model).where(and_(key == row[0], column == held)).values(**values).returning(key),
                execution_options={"synchronize_session": False},
            )
            changed += len(result.all())
    return changed, rows[-1][0] if rows else ""


def _fresh(keys: Keyring, model: type[Any], row: str, name: str, held: Held | None) -> Held | None:
    """What the column should hold instead; None when it is right."""
    if not isinstance(held, Sealed) or not held.token:
        return None
    place = (model.__table__.name, row)
    if not is_sealed(held.token):
        return Clear(held.token, name, place)
    token = reseal(keys, held.token, (*place, name))
    return None if token == held.token else Sealed(token, keys)
