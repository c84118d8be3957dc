"""What changed between two tables, field by field and in words.

In: two tables. Out: changes, none exactly when the contents are equal. Never: judges them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .entities import Entity, Record, entities
from .flat import flat
from .model import Table
from .vocabulary import ENTITIES, say_field, say_value


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One field, or one entity that came or went (then `field` is "").

    `key` is the entity's new key where it has one; "*" with field "order": the entities stand in another order.
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
        what = ENTITIES[self.entity.value] + ("" if self.key in ("*", "city") else self.key)
        what += f"（{self.name}）" if self.name else ""
        if self.kind is not ChangeKind.CHANGED:
            return ("新增" if self.kind is ChangeKind.ADDED else "删除") + what
        if self.field == "order":
            return f"{what}的先后顺序有变"
        before, after = (say_value(self.field, text) or "空" for text in (self.before, self.after))
        return f"{what}的{say_field(self.field)}由“{before}”改为“{after}”"

    def __str__(self) -> str:
        what = f"{self.entity.value} {self.key}" + (f" ({self.name})" if self.name else "")
        if self.kind is not ChangeKind.CHANGED:
            return f"{what} {self.kind.value}"
        return f"{what}: {self.field} {self.before or 'empty'!r} -> {self.after or 'empty'!r}"


def difference(old: Table, new: Table) -> tuple[Change, ...]:
    """Changes from `old` to `new`, entity by entity in the order of `Entity`. The version is no content."""
    before, after = entities(old), entities(new)
    return tuple(change for entity in Entity for change in _entity(entity, before[entity], after[entity]))


def pairs(entity: Entity, before: Mapping[str, Record], after: Mapping[str, Record]) -> dict[str, str]:
    """New key → old key of the same thing; a row whose first day changed is found by its number."""
    found = {key: key for key in after if key in before}
    if entity is Entity.ROW:
        left: dict[object, list[str]] = {}
        for key, record in before.items():
            if key not in found:
                left.setdefault(record.get("number"), []).append(key)
        for key, record in after.items():
            if key not in found and left.get(record.get("number")):
                found[key] = left[record.get("number")].pop(0)
    return found


def changed_fields(entity: Entity, old: Record, new: Record) -> Iterator[tuple[str, str, str]]:
    """(field, before, after), text for text."""
    before, after = flat(entity, old), flat(entity, new)
    for field in dict.fromkeys((*before, *after)):
        if before.get(field, "") != after.get(field, ""):
            yield field, before.get(field, ""), after.get(field, "")


def _entity(entity: Entity, before: Mapping[str, Record], after: Mapping[str, Record]) -> Iterator[Change]:
    same = pairs(entity, before, after)
    stayed = set(same.values())
    for key in before:
        if key not in stayed:
            yield Change(ChangeKind.REMOVED, entity, key, name=_name(entity, before[key]))
    for key, record in after.items():
        name = _name(entity, record)
        if key not in same:
            yield Change(ChangeKind.ADDED, entity, key, name=name)
            continue
        old = before[same[key]]
        if old == record:
            continue
        fields = list(changed_fields(entity, old, record)) or [("order", "", "")]
        for field, one, other in fields:
            yield Change(ChangeKind.CHANGED, entity, key, field, one, other, name)
    order = [same[key] for key in after if key in same]
    if order != [key for key in before if key in stayed]:
        yield Change(ChangeKind.CHANGED, entity, "*", "order")


def _name(entity: Entity, record: Record) -> str:
    return str(record.get("name", "")) if entity in (Entity.ROW, Entity.EMERGENCY, Entity.NEVER_OPENED) else ""
