"""The things a table is made of, each with a key that stays when others come and go.

In: a table. Out: its entities by kind and key, as plain records (what JSON writes). Never: judges them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from .content import plain
from .model import Row, Table

Record = Mapping[str, object]


class Entity(StrEnum):
    """What can be edited; the key of each: see `key_of`."""

    CITY = "city"
    ROW = "row"
    UNIT_LINE = "unit_line"
    TRUNK = "trunk"
    EMERGENCY = "emergency"
    NEVER_OPENED = "never_opened"
    CALENDAR = "calendar"
    NOTICE = "notice"
    MENU = "menu"


SECTION_OF: Mapping[Entity, str] = {
    Entity.ROW: "hotlines",
    Entity.UNIT_LINE: "unit_lines",
    Entity.TRUNK: "trunks",
    Entity.EMERGENCY: "emergencies",
    Entity.NEVER_OPENED: "never_opened",
    Entity.CALENDAR: "calendars",
    Entity.NOTICE: "notices",
    Entity.MENU: "menus",
}
ENTITY_OF: Mapping[str, Entity] = {section: entity for entity, section in SECTION_OF.items()} | {"city": Entity.CITY}
_KEY_FIELD = {
    Entity.UNIT_LINE: "ref",
    Entity.TRUNK: "name",
    Entity.EMERGENCY: "number",
    Entity.NEVER_OPENED: "number",
    Entity.CALENDAR: "name",
    Entity.NOTICE: "year",
    Entity.MENU: "id",
}


def row_key(row: Row) -> str:
    """'12345', or '12356@2025-05-01' for a row that begins on a day."""
    return f"{row.number}@{row.valid_from.isoformat()}" if row.valid_from else row.number


def key_of(entity: Entity, record: Record) -> str:
    """The key of a plain record: a row's number and first day, a ref, a name, a number, a year, an id; 'city'."""
    if entity is Entity.CITY:
        return "city"
    if entity is Entity.ROW:
        number, since = str(record.get("number", "")).strip(), str(record.get("valid_from") or "").strip()
        return f"{number}@{since}" if since else number
    return str(record.get(_KEY_FIELD[entity], "")).strip()


def entities(table: Table) -> dict[Entity, dict[str, Record]]:
    """Every entity as a plain record, in the table's order. A key that is there twice gets '#2', '#3' …"""
    content = plain(table)
    found: dict[Entity, dict[str, Record]] = {Entity.CITY: {"city": _record(content["city"])}}
    for entity, section in SECTION_OF.items():
        kept: dict[str, Record] = {}
        records = content.get(section, [])
        assert isinstance(records, list)
        for item in records:
            record = _record(item)
            key = name = key_of(entity, record)
            nth = 1
            while key in kept:
                nth += 1
                key = f"{name}#{nth}"
            kept[key] = record
        found[entity] = kept
    return found


def entity(table: Table, kind: Entity, key: str) -> Record | None:
    """One entity's plain record, or None."""
    return entities(table)[kind].get(key)


def _record(value: object) -> Record:
    assert isinstance(value, dict)
    return value
