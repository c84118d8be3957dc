"""What changed between two tables, field by field and in words.

In: two tables. Out: changes, none exactly when the contents are equal. Never: judges them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .entities import Entity
from .model import Table


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One field, or one entity that came or went (then `field` is "" and before/after are its summary or "").

    `before`, `after`: the value as the snapshot writes it, as text (yes/no, ISO dates, words with spaces).
    """

    kind: ChangeKind
    entity: Entity
    key: str
    field: str = ""
    before: str = ""
    after: str = ""
    name: str = ""  # a row's hotline name

    @property
    def chinese(self) -> str:
        raise NotImplementedError

    def __str__(self) -> str:
        raise NotImplementedError


def difference(old: Table, new: Table) -> tuple[Change, ...]:
    """Changes from `old` to `new`, entity by entity in the order of `Entity`. The version is no content."""
    raise NotImplementedError
