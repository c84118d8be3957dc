"""A plain record as field → text: what differences compare and sheets write.

In: a record as JSON writes it. Out: one text per field, defaults filled in; days of a week, exceptions and overrides
as fields of their own (`mon`, `exceptions.2026-05-01`). Never: two different values as one text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date, timedelta
from enum import StrEnum

from .entities import Entity, Record
from .menus import OPTION, OPTIONS, Menu, spread
from .model import City, EmergencyNumber, Hotline, NeverOpened, Row, Trunk, UnitLine

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KINDS: Mapping[Entity, tuple[type, ...]] = {
    Entity.CITY: (City,),
    Entity.ROW: (Hotline, Row),
    Entity.UNIT_LINE: (UnitLine,),
    Entity.TRUNK: (Trunk,),
    Entity.EMERGENCY: (EmergencyNumber,),
    Entity.NEVER_OPENED: (NeverOpened,),
}
Flat = dict[str, str]


def field_names(entity: Entity) -> tuple[str, ...]:
    """The fields of an entity's record, in the order of the model."""
    found = [item.name for kind in _KINDS[entity] for item in fields(kind)]
    return tuple(name for name in found if (entity, name) != (Entity.ROW, "hotline"))


def flat(entity: Entity, record: Record) -> Flat:
    if entity is Entity.CALENDAR:
        return _calendar(record)
    if entity is Entity.MENU:
        return _menu(record)
    if entity is Entity.NOTICE:
        return {name: _text(record.get(name, "")) for name in ("year", "source")} | {
            name: say_days(_words(record.get(name))) for name in ("off", "worked")
        }
    defaults = {item.name: item.default for kind in _KINDS[entity] for item in fields(kind)}
    found = {}
    for name in field_names(entity):
        value = record.get(name)
        default = defaults[name]
        found[name] = _text(value if value is not None else None if default is MISSING else default)
    return found


def _menu(record: Record) -> Flat:
    """One text per option, in JSON: `options.3`. The order of the keys is no field: see `difference`."""
    given = spread(record)
    defaults = {item.name: "" if item.default is MISSING else item.default for item in fields(Menu)}
    found = {name: _text(given.get(name, default)) for name, default in defaults.items() if name != OPTIONS}
    for name, value in given.items():
        if name.startswith(OPTION) or name == OPTIONS:
            found[name] = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return found


def _calendar(record: Record) -> Flat:
    week = _words(record.get("weekly"))
    found = {"name": _text(record.get("name"))} | dict(zip(WEEK, week, strict=False))
    found |= {name: _text(record.get(name)) for name in ("makeup", "holiday")}
    for name, key in (("exceptions", "day"), ("overrides", "since")):
        for item in _records(record.get(name)):
            base = field = f"{name}.{item.get(key)}"
            nth = 1
            while field in found:
                nth += 1
                field = f"{base}#{nth}"
            found[field] = _exception(item) if name == "exceptions" else _override(item)
    return found


def _exception(item: Record) -> str:
    """'08:00-12:00', '-' for closed; a note behind ' · '."""
    return _noted(_text(item.get("periods")) or "-", item)


def _override(item: Record) -> str:
    return _noted(f"{'open' if item.get('is_open') else 'closed'} until {_text(item.get('until'))}", item)


def _noted(said: str, item: Record) -> str:
    note = _text(item.get("note"))
    return f"{said} · {note}" if note else said


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, (list, tuple)):
        return " ".join(str(item) for item in value)
    return str(value)


def _words(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


def _records(value: object) -> Sequence[Record]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, (list, tuple)) else []


def say_days(days: Sequence[str]) -> str:
    """['2026-01-01', '2026-01-02', '2026-01-04'] → '2026-01-01..2026-01-02 2026-01-04'. Ranges stay ranges."""
    runs: list[list[date]] = []
    for text in sorted(days):
        if ".." in text:
            return " ".join(sorted(days))
        day = date.fromisoformat(text)
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return " ".join(f"{run[0]}..{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
