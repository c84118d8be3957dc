"""Edits to a draft, all or none; a three-way merge of two drafts.

In: a table and edits as plain records. Out: the edited table (well formed; contradictions are the proof's matter), or
`TableError` with every problem and its place (`row/12333/greeting`). Never: half of the edits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .entities import Entity
from .model import Table


class Action(StrEnum):
    ADD = "add"  # `value`: the whole record; the key must be free
    REPLACE = "replace"  # `value`: the whole record, for the entity under `key`
    CHANGE = "change"  # `value`: some fields; None empties one
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Edit:
    """`key`: as `entities.key_of` gives it; for ADD it may be "" (it follows from the value)."""

    action: Action
    entity: Entity
    key: str = ""
    value: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides changed the same field (or one removed what the other changed: `field` is "")."""

    entity: Entity
    key: str
    field: str
    base: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Merge:
    """`table` has every change of both; where they conflict, theirs. Empty `conflicts`: nothing to ask."""

    table: Table
    conflicts: tuple[Conflict, ...] = ()


def read_edit(record: object) -> Edit:
    """{"action","entity","key","value"} → Edit. Raises TableError."""
    raise NotImplementedError


def apply_edits(table: Table, edits: Iterable[Edit]) -> Table:
    """The table with all edits applied in order. Raises TableError with all problems when one cannot be."""
    raise NotImplementedError


def edits_between(old: Table, new: Table) -> tuple[Edit, ...]:
    """The edits that make `new` out of `old`."""
    raise NotImplementedError


def merge(base: Table, mine: Table, theirs: Table) -> Merge:
    """Three-way, field by field: two admins who began at `base`."""
    raise NotImplementedError
