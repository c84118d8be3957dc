"""Columns whose texts are sealed (`gateway.crypt`), and the index columns to find them by.

In: texts set on a row through a `SealedField`, or `Clear` values in a bulk statement. Out: tokens in the database,
texts from the row's field. Never: seals without the row's own context; works when the store was opened without keys.

    class WorkOrder(Base):
        contact_sealed: Mapped[Held | None] = mapped_column("contact", Encrypted)
        contact_index: Mapped[str | None] = mapped_column(BlindIndex)
        contact = OptionalSealedField("contact_index")

The keys hang on the engine's dialect: of one process's two stores each has its own. A text that is no token (a row of
an older release) is given as it is; `reseal_all` seals it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, overload

from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

from gateway.crypt import Context, KeyMissingError, Keyring, blind, is_sealed, seal, unseal

from .types import plain

KEYS = "hl_keys"  # the attribute of the dialect


@dataclass(frozen=True, slots=True)
class Clear:
    """A text on its way into the store. `row`: the mapped object, or the row's key for a bulk statement."""

    text: str = field(repr=False)
    column: str
    row: Any

    def context(self) -> Context:
        return context_of(self.row, self.column)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A text as the store has it, with the keys to open it."""

    token: str
    keys: Keyring | None

    def text(self, context: Context) -> str:
        if not is_sealed(self.token):
            return self.token
        if self.keys is None:
            raise KeyMissingError("the store was opened without the city's keys")
        return unseal(self.keys, self.token, context)


Held = Clear | Sealed


def context_of(row: Any, column: str) -> Context:
    """(table, row's key, column). The key must be set when the row is written."""
    if isinstance(row, tuple):
        return (str(row[0]), str(row[1]), column)
    return (row.__table__.name, str(getattr(row, key_column(type(row)))), column)


def key_column(model: type[Any]) -> str:
    """What binds a row's sealed texts to it: `__sealed_key__`, else the primary key. Known before it is written."""
    named: str = getattr(model, "__sealed_key__", "") or next(iter(model.__table__.primary_key)).name
    return named


def keys_of(dialect: Dialect) -> Keyring:
    keys: Keyring | None = getattr(dialect, KEYS, None)
    if keys is None:
        raise KeyMissingError("the store was opened without the city's keys: nothing about people can be written")
    return keys


class Encrypted(TypeDecorator[Held]):
    """Takes `Clear`, gives `Sealed`. An empty text stays empty: it says nothing."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Held | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        if isinstance(value, Sealed):
            return value.token
        text = plain(value.text)
        return seal(keys_of(dialect), text, value.context()) if text else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> Held | None:
        return None if value is None else Sealed(value, getattr(dialect, KEYS, None))


class BlindIndex(TypeDecorator[str]):
    """Takes the clear text, stores and compares its index: `WorkOrder.contact_index == "13800000000"`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return blind(keys_of(dialect), value) if value else None


class SealedField:
    """The text of the column `<name>_sealed`, as an attribute of a row. `index`: the column that finds it again."""

    def __init__(self, index: str = "") -> None:
        self.index = index
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, row: None, owner: type) -> SealedField: ...
    @overload
    def __get__(self, row: object, owner: type) -> str: ...
    def __get__(self, row: object | None, owner: type) -> SealedField | str:
        if row is None:
            return self
        return self.read(row) or ""

    def __set__(self, row: object, value: str) -> None:
        self.write(row, value)

    def read(self, row: object) -> str | None:
        held: Held | None = getattr(row, f"{self.name}_sealed")
        if held is None:
            return None
        return held.text if isinstance(held, Clear) else held.text(context_of(row, self.name))

    def write(self, row: object, value: str | None) -> None:
        setattr(row, f"{self.name}_sealed", None if value is None else Clear(value, self.name, row))
        if self.index:
            setattr(row, self.index, value)


class OptionalSealedField(SealedField):
    """The same for a column that may be null."""

    @overload  # type: ignore[override]  # a text or none
    def __get__(self, row: None, owner: type) -> OptionalSealedField: ...
    @overload
    def __get__(self, row: object, owner: type) -> str | None: ...
    def __get__(self, row: object | None, owner: type) -> OptionalSealedField | str | None:
        return self if row is None else self.read(row)

    def __set__(self, row: object, value: str | None) -> None:
        self.write(row, value)


def sealed_fields(model: type[Any]) -> dict[str, SealedField]:
    """The sealed fields of a model by name."""
    return {name: value for name, value in vars(model).items() if isinstance(value, SealedField)}


def sealed_values(model: type[Any], key: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a bulk statement on one row, with sealed fields in the form that their columns take."""
    fields, found = sealed_fields(model), {}
    for name, value in values.items():
        if name not in fields:
            found[name] = value
            continue
        row = (model.__table__.name, key)
        found[f"{name}_sealed"] = None if value is None else Clear(value, name, row)
        if fields[name].index:
            found[fields[name].index] = value
    return found
