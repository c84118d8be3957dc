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
from typing import Any, Literal, overload

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Integer,
    Text,
    TextClause,
    and_,
    func,
    literal_column,
    or_,
    text,
    type_coerce,
)
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator

from gateway.crypt import MARK, Context, KeyMissingError, Keyring, blind, blind_all, is_sealed, seal, unseal

from .types import plain

KEYS = "hl_keys"  # the attribute of the dialect
CALLER = ("caller_raw", "caller_number")  # fields of a call, and of what came of it


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

    def index(self) -> str:
        """The index of a text that is still in the clear."""
        if self.keys is None:
            raise KeyMissingError("the store was opened without the city's keys")
        return blind(self.keys, self.token)


Held = Clear | Sealed


@dataclass(frozen=True, slots=True)
class Indexed:
    """An index as it stands in the store."""

    index: str


@dataclass(frozen=True, slots=True)
class _Tried:
    """A text to be looked up under the newest index key (0) or the one before it (1)."""

    text: str = field(repr=False)
    key: int


def context_of(row: Any, column: str) -> Context:
    """(table, row's key, column). The key must be set when the row is written."""
    if isinstance(row, tuple):
        return (str(row[0]), str(row[1]), column)
    return (row.__table__.name, ":".join(str(getattr(row, name)) for name in key_columns(type(row))), column)


def key_columns(model: type[Any]) -> tuple[str, ...]:
    """What binds a row's sealed texts to it: `__sealed_key__`, else the primary key. Known before it is written."""
    named: str = getattr(model, "__sealed_key__", "")
    return (named,) if named else tuple(column.name for column in model.__table__.primary_key)


def keys_of(dialect: Dialect) -> Keyring:
    keys: Keyring | None = getattr(dialect, KEYS, None)
    if keys is None:
        raise KeyMissingError("the store was opened without the city's keys: nothing about people can be written")
    return keys


class Encrypted(TypeDecorator[Held]):
    """Takes `Clear`, or an empty text, which stays so: it says nothing. Gives `Sealed`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Held | Literal[""] | None, dialect: Dialect) -> str | None:
        if value is None or value == "":
            return value
        if isinstance(value, Sealed):
            return value.token
        text = plain(value.text)
        return seal(keys_of(dialect), text, value.context()) if text else ""

    def process_result_value(self, value: str | None, dialect: Dialect) -> Held | None:
        return None if value is None else Sealed(value, getattr(dialect, KEYS, None))


class BlindIndex(TypeDecorator[Any]):
    """Takes the clear text, stores and compares its index: `WorkOrder.contact_index == "13800000000"`.

    While a rotation of the index's key is under way, rows stand under the old key or the new one: both are looked up.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | Indexed | _Tried | None, dialect: Dialect) -> str | None:
        if isinstance(value, Indexed):
            return value.index
        if isinstance(value, _Tried):
            known = blind_all(keys_of(dialect), value.text)
            return known[min(value.key, len(known) - 1)]
        return blind(keys_of(dialect), value) if value else None

    class Comparator(TypeDecorator.Comparator[Any]):
        def operate(self, op: Any, *other: Any, **options: Any) -> Any:
            if op is operators.eq and len(other) == 1 and isinstance(other[0], str):
                return super().operate(operators.in_op, [_Tried(other[0], 0), _Tried(other[0], 1)], **options)
            return super().operate(op, *other, **options)

    comparator_factory = Comparator


def clear_text(*columns: str) -> TextClause:
    """SQL for rows that an older release has left: one of these columns is in the clear. For a partial index, which is
    empty once everything is sealed."""
    return text(" OR ".join(f"({name} <> '' AND substr({name}, 1, {len(MARK)}) <> '{MARK}')" for name in columns))


def is_clear(model: type[Any], *names: str) -> ColumnElement[bool]:
    """The same as a condition, of sealed fields; all of the model's, when none is named."""
    columns = [_as_text(model, name) for name in names or sealed_fields(model)]
    mark, empty = literal_column(f"'{MARK}'", Text), literal_column("''", Text)
    begin = (literal_column("1", Integer), literal_column(str(len(MARK)), Integer))  # written out, as in the index
    return or_(*(and_(column != empty, func.substr(column, *begin) != mark) for column in columns))


def is_caller(model: type[Any], number: str) -> ColumnElement[bool]:
    """The caller has this number: found by its index; in a row that is still in the clear, by itself."""
    clear = and_(is_clear(model, *CALLER), _as_text(model, "caller_number") == plain(number))
    return or_(model.caller_index == number, clear)


def _as_text(model: type[Any], name: str) -> ColumnElement[str]:
    return type_coerce(getattr(model, f"{name}_sealed"), Text)


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


def bulk_row(model: type[Any], key: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The same for a statement on the table itself, whose columns bear the fields' names."""
    attributes = {f"{name}_sealed": name for name in sealed_fields(model)}
    return {attributes.get(name, name): value for name, value in sealed_values(model, key, columns).items()}
