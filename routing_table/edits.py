"""Edits to a draft, all or none; a three-way merge of two drafts.

In: a table and edits as plain records. Out: the edited table (well formed; contradictions are the proof's matter), or
`TableError` with every problem and its place (`row/12333/greeting`). Never: half of the edits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .content import Content, read_table
from .entities import ENTITY_OF, SECTION_OF, Entity, Record, entities, key_of
from .fields import Problem
from .load import TableError, versioned
from .menus import changed
from .model import Table


class Action(StrEnum):
    ADD = "add"  # `value`: the whole record; the key must be free
    REPLACE = "replace"  # `value`: the whole record, for the entity under `key`
    CHANGE = "change"  # `value`: some fields; None or "" empties one (of a menu also options.<key>)
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Edit:
    """`key`: as `entities.key_of` gives it; a bare number will do for its only row; "" for ADD."""

    action: Action
    entity: Entity
    key: str = ""
    value: Mapping[str, object] = field(default_factory=dict)


_Kept = dict[Entity, dict[str, Record]]


def read_edit(record: object) -> Edit:
    """{"action","entity","key","value"} → Edit. Raises TableError."""
    if not isinstance(record, Mapping):
        raise TableError((Problem("edit", "must be a record"),))
    problems = [
        Problem(f"edit/{name}", f"one of {', '.join(kind)}")
        for name, kind in (("action", Action), ("entity", Entity))
        if record.get(name) not in list(kind)
    ]
    problems += [
        Problem(f"edit/{name}", "unknown field; known are action, entity, key, value")
        for name in record
        if name not in ("action", "entity", "key", "value")
    ]
    key, value = record.get("key", ""), record.get("value", {})
    if not isinstance(key, str):
        problems.append(Problem("edit/key", "must be text"))
    if not isinstance(value, Mapping):
        problems.append(Problem("edit/value", "must be a record"))
    if problems or not isinstance(value, Mapping):
        raise TableError(tuple(problems))
    return Edit(Action(str(record["action"])), Entity(str(record["entity"])), str(key), value)


def apply_edits(table: Table, edits: Iterable[Edit]) -> Table:
    """The table with all edits applied in order, under the number of its version and a new hash.

    Raises TableError with all problems when one cannot be applied or a record is not well formed.
    """
    return table_of(edit_entities(table, edits), table.version, own_menus=table.menus is not None)


def edit_entities(table: Table, edits: Iterable[Edit]) -> _Kept:
    """The records after all edits, not yet judged. Raises TableError when one does not fit what is there."""
    kept = entities(table)
    problems: list[Problem] = []
    for edit in edits:
        _apply(kept, edit, problems)
    if problems:
        raise TableError(tuple(problems))
    return kept


def _apply(kept: _Kept, edit: Edit, problems: list[Problem]) -> None:
    known = kept[edit.entity]
    key = edit.key or key_of(edit.entity, edit.value)
    place = f"{edit.entity.value}/{key}"
    if edit.action is Action.ADD:
        if key in known or key_of(edit.entity, edit.value) in known:
            problems.append(Problem(place, "is there already"))
        else:
            known[key_of(edit.entity, edit.value)] = dict(edit.value)
        return
    key = _row_of_number(known, key) if edit.entity is Entity.ROW and key not in known else key
    if key not in known:
        problems.append(Problem(place, "is not there"))
    elif edit.action is Action.REMOVE:
        if edit.entity is Entity.CITY:
            problems.append(Problem(place, "cannot be removed"))
        del known[key]
    else:
        old = known[key] if edit.action is Action.CHANGE else {}
        fresh = changed(old, edit.value) if edit.entity is Entity.MENU else {**old, **edit.value}
        record = {name: value for name, value in fresh.items() if value is not None}
        _put(kept, edit.entity, key, record, problems)


def _row_of_number(known: Mapping[str, Record], number: str) -> str:
    """The key of the number's only row; the number itself when it has none or several."""
    keys = [key for key in known if key.partition("@")[0] == number]
    return keys[0] if len(keys) == 1 else number


def _put(kept: _Kept, entity: Entity, key: str, record: Record, problems: list[Problem]) -> None:
    """In the old one's place, under its new key."""
    new = key_of(entity, record)
    new = key if key.partition("#")[0] == new else new
    if new != key and new in kept[entity]:
        problems.append(Problem(f"{entity.value}/{key}", f"{new} is there already"))
        return
    kept[entity] = {
        (new if name == key else name): (record if name == key else old) for name, old in kept[entity].items()
    }


def table_of(kept: Mapping[Entity, Mapping[str, Record]], version: str, *, own_menus: bool = False) -> Table:
    """Entities back into a table. Raises TableError with places such as `row/12333/greeting`.

    `own_menus`: it carries menus even when there are none; otherwise those of the house are played then.
    """
    sections = {SECTION_OF[entity]: list(records.values()) for entity, records in kept.items() if entity in SECTION_OF}
    if not own_menus and not kept.get(Entity.MENU):
        del sections[SECTION_OF[Entity.MENU]]
    keys = {SECTION_OF[entity]: list(records) for entity, records in kept.items() if entity in SECTION_OF}

    def place(section: str, index: int, name: str) -> str:
        if section == "city":
            return f"city/city/{name}"
        known = keys.get(section, [])
        return f"{ENTITY_OF[section].value}/{known[index] if index < len(known) else index}/{name}"

    content = Content(dict(kept[Entity.CITY].get("city", {})), sections, place)
    table = read_table(content, "")
    if table is None:
        raise TableError(tuple(content.problems))
    number = version.partition("-")[0]
    return versioned(table, int(number) if number.isdecimal() and int(number) else 1)
