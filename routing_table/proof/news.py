"""What is new against the published table and needs a reason: numbers, names and uses are not changed in principle.

In: the draft, the table in force, today. Out: findings. Never: finds anything when both are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from routing_table.difference import changed_fields, pairs
from routing_table.entities import Entity, Record, entities
from routing_table.model import Table

from .model import Finding, finding

_USE = ("merge_mode", "number_kept", "seats", "transfer_mechanism", "expert_seat_allowed")
Found = Iterator[Finding]
_Records = Mapping[str, Record]


def news(table: Table, published: Table, today: date) -> Found:
    """New, renamed, used otherwise, gone; emergency numbers and numbers never opened that were touched."""
    old, new = entities(published), entities(table)
    yield from _rows(old[Entity.ROW], new[Entity.ROW])
    numbers = {row.number for row in table.rows}
    answered = {row.number for row in published.rows if row.valid_on(today)}
    stay = {row.number for row in table.rows if row.valid_until is None or row.valid_until > today}
    for number in sorted(answered - stay):
        yield finding("number-dropped", f"row/{number}/number", number)
    yield from _emergencies(old[Entity.EMERGENCY], new[Entity.EMERGENCY])
    for key in old[Entity.NEVER_OPENED]:
        if key in numbers:
            yield finding("never-opened", f"row/{key}/number", key)
        elif key not in new[Entity.NEVER_OPENED]:
            yield finding("never-opened-dropped", f"never_opened/{key}/number", key)


def _rows(old: _Records, new: _Records) -> Found:
    same = pairs(Entity.ROW, old, new)
    names: dict[object, str] = {record["number"]: str(record["name"]) for record in old.values()}
    for key, record in new.items():
        number, name = record["number"], str(record["name"])
        before = old[same[key]] if key in same else None
        was = str(before["name"]) if before else names.get(number)
        if was is None:
            yield finding("new-number", f"row/{key}/number")
        elif was != name:
            yield finding("renamed", f"row/{key}/name", was, name)
        if before:
            for field, one, other in changed_fields(Entity.ROW, before, record):
                if field in _USE:
                    yield finding("changed-use", f"row/{key}/{field}", field, one, other)


def _emergencies(old: _Records, new: _Records) -> Found:
    for key, record in old.items():
        if key not in new:
            yield finding("emergency-dropped", f"emergency/{key}/number", key)
            continue
        for field, one, other in changed_fields(Entity.EMERGENCY, record, new[key]):
            if field == "policy":
                yield finding("emergency-changed", f"emergency/{key}/policy", one, other)
