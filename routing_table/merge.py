"""Two admins began at the same table: what both did, and where they disagree.

In: the common base, mine, theirs. Out: one table with everything that does not conflict, and the conflicts.
Never: loses an edit silently; where they conflict the table has theirs, and mine stands in the conflict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from .edits import table_of
from .entities import Entity, Record, entities
from .flat import flat
from .menus import ORDER, gather, merged_order, spread
from .model import Table
from .vocabulary import ENTITIES, say_field, say_value

_WHOLE = frozenset({Entity.CALENDAR, Entity.NOTICE})  # their lists are merged by no rule that one could explain


@dataclass(frozen=True, slots=True)
class Conflict:
    """Both sides changed the same field; or one removed what the other changed, or both added it: `field` is "".

    Texts as in `difference.Change`; "-" for an entity that is not there on that side.
    """

    entity: Entity
    key: str
    field: str
    base: str
    mine: str
    theirs: str

    @property
    def chinese(self) -> str:
        what = f"{ENTITIES[self.entity.value]}{self.key}" + (f"的{say_field(self.field)}" if self.field else "")
        mine, theirs = (say_value(self.field, text) or "空" for text in (self.mine, self.theirs))
        return f"{what}：您改为“{mine}”，对方改为“{theirs}”"


class Side(StrEnum):
    MINE = "mine"
    THEIRS = "theirs"


Decided = Mapping[Conflict, Side]  # by the whole conflict: a choice holds only for the texts that were looked at


@dataclass(frozen=True, slots=True)
class Merge:
    """`table` has every change of both; where they conflict, theirs. Empty `conflicts`: nothing to ask."""

    table: Table
    conflicts: tuple[Conflict, ...] = ()


def merge(base: Table, mine: Table, theirs: Table, decided: Decided = MappingProxyType({})) -> Merge:
    """Three-way, field by field (calendars and notices whole). Raises TableError when they do not fit together.

    `decided`: conflicts that somebody has settled; they are not among the answer's.

    Keys as in `entities`: a row whose first day one side changed is, for the other, a row that went and one that came.
    """
    before, ours, other = entities(base), entities(mine), entities(theirs)
    conflicts: list[Conflict] = []
    kept: dict[Entity, dict[str, Record]] = {}
    for entity in Entity:
        kept[entity] = {}
        for key in dict.fromkeys((*other[entity], *ours[entity])):
            sides = (before[entity].get(key), ours[entity].get(key), other[entity].get(key))
            record = _one(entity, key, *sides, _Judge(decided, conflicts))
            if record is not None:
                kept[entity][key] = record
    own_menus = mine.menus is not None or theirs.menus is not None
    return Merge(table_of(kept, theirs.version, own_menus=own_menus), tuple(conflicts))


@dataclass(frozen=True, slots=True)
class _Judge:
    """Settles a conflict as decided, else notes it and lets theirs stand."""

    decided: Decided
    found: list[Conflict]

    def takes_mine(self, conflict: Conflict) -> bool:
        side = self.decided.get(conflict)
        if side is None:
            self.found.append(conflict)
        return side is Side.MINE


def _one(
    entity: Entity, key: str, base: Record | None, mine: Record | None, theirs: Record | None, judge: _Judge
) -> Record | None:
    if mine in (theirs, base):
        return theirs
    if theirs == base:
        return mine
    if base is None or mine is None or theirs is None or entity in _WHOLE:
        conflict = Conflict(entity, key, "", *(_summary(entity, side) for side in (base, mine, theirs)))
        return mine if judge.takes_mine(conflict) else theirs
    if entity is Entity.MENU:
        return _menu(key, spread(base), spread(mine), spread(theirs), judge)
    return _fields(entity, key, base, mine, theirs, judge)


def _menu(key: str, base: Record, mine: Record, theirs: Record, judge: _Judge) -> Record:
    """Option by option; the order of the keys is nobody's loss, so it never conflicts."""
    order = merged_order(*(side.get(ORDER) for side in (base, mine, theirs)))
    sides = [{name: value for name, value in side.items() if name != ORDER} for side in (base, mine, theirs)]
    return gather({**_fields(Entity.MENU, key, sides[0], sides[1], sides[2], judge), ORDER: order})


def _fields(entity: Entity, key: str, base: Record, mine: Record, theirs: Record, judge: _Judge) -> Record:
    record = dict(theirs)
    texts = [flat(entity, side) for side in (base, mine, theirs)]
    for name in dict.fromkeys((*base, *mine, *theirs)):
        if mine.get(name) in (base.get(name), theirs.get(name)):
            continue
        conflict = Conflict(entity, key, name, *(text.get(name, "") for text in texts))
        if theirs.get(name) == base.get(name) or judge.takes_mine(conflict):
            record[name] = mine.get(name)
    return {name: value for name, value in record.items() if value is not None}


def _summary(entity: Entity, record: Mapping[str, object] | None) -> str:
    if record is None:
        return "-"
    return ", ".join(f"{name}: {text}" for name, text in flat(entity, record).items() if text)
