"""What must hold between the rows of one table before anybody may be routed by it.

In: a table whose fields are each well formed. Out: every contradiction, with its place. Never: stops at the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from .fields import Place, Problem
from .model import MergeMode, Row, Table
from .numbers import normalise_dialled


def check(table: Table, place: Place | None = None) -> list[Problem]:
    """All contradictions. `place(f"{section}/{index}/{field}")` says where that is written."""
    where = place or (lambda key: key)
    found = [*_city(table), *_rows(table), *_numbers(table), *_lines(table), *_trunks(table), *_names(table)]
    return [Problem(where(key), message) for key, message in found]


Finding = tuple[str, str]


def _city(table: Table) -> Iterator[Finding]:
    area = table.city.area_code
    if not (area.isascii() and area.isdigit() and area.startswith("0") and 3 <= len(area) <= 5):
        yield "city/0/area_code", f"{area!r}: digits with the leading 0"
    if not any(row.number == table.city.main for row in table.rows):
        yield "city/0/main", f"no row for the main number {table.city.main}"


def _rows(table: Table) -> Iterator[Finding]:
    calendars = table.calendar_named
    for i, row in enumerate(table.rows):
        at = f"hotlines/{i}"
        if row.valid_from and row.valid_until and row.valid_until <= row.valid_from:
            yield f"{at}/valid_until", f"{row.valid_until} is not after valid_from {row.valid_from}"
        if row.transition_from and row.cut_over and row.cut_over <= row.transition_from:
            yield f"{at}/cut_over", f"{row.cut_over} is not after transition_from {row.transition_from}"
        if row.number_kept and (row.cut_over or row.transition_from):
            yield f"{at}/cut_over", "a number that is kept has no transition and no cut-over"
        if row.expert_direct and not row.expert_seat_allowed:
            yield f"{at}/expert_direct", "an expert seat is not allowed for this hotline"
        if (row.menu_open or row.menu_closed) and row.menu_calendar not in calendars:
            yield f"{at}/menu_calendar", f"no calendar {row.menu_calendar!r}"
        if row.hotline.merge_mode is MergeMode.EMERGENCY:
            yield f"{at}/merge_mode", "emergency numbers have their own list"
        if row.number == table.city.main and not row.number_kept:
            yield f"{at}/number_kept", "the main number cannot be cancelled"


def _numbers(table: Table) -> Iterator[Finding]:
    """No number means two things on one day."""
    area = table.city.area_code
    seen: dict[str, list[Row]] = {}
    for i, row in enumerate(table.rows):
        for name, numbers in (("number", (row.number,)), ("aliases", row.aliases)):
            for number in dict.fromkeys(normalise_dialled(n, area) for n in numbers):
                for other in seen.get(number, ()):
                    if _overlap(row, other):
                        yield f"hotlines/{i}/{name}", f"{number} also means {other.hotline.name} on the same days"
                        break
                seen.setdefault(number, []).append(row)
    fixed = [("emergencies", i, item.number) for i, item in enumerate(table.emergencies)]
    fixed += [("never_opened", i, item.number) for i, item in enumerate(table.never_opened)]
    taken: set[str] = set()
    for section, i, written in fixed:
        number = normalise_dialled(written, area)
        if number in seen or number in taken:
            yield f"{section}/{i}/number", f"{number} is in the table already"
        taken.add(number)


def _overlap(one: Row, other: Row) -> bool:
    return (one.valid_from or date.min) < (other.valid_until or date.max) and (other.valid_from or date.min) < (
        one.valid_until or date.max
    )


def _lines(table: Table) -> Iterator[Finding]:
    numbers = {row.number for row in table.rows}
    for i, line in enumerate(table.unit_lines):
        if line.hotline not in numbers:
            yield f"unit_lines/{i}/hotline", f"no hotline {line.hotline}"
        if line.calendar not in table.calendar_named:
            yield f"unit_lines/{i}/calendar", f"no calendar {line.calendar!r}"


def _trunks(table: Table) -> Iterator[Finding]:
    numbers = {row.number for row in table.rows}
    for i, trunk in enumerate(table.trunks):
        for name, number in (("number", trunk.number), ("default", trunk.default)):
            if number and number not in numbers:
                yield f"trunks/{i}/{name}", f"no hotline {number}"


def _names(table: Table) -> Iterator[Finding]:
    named = {
        "calendars": ("name", [calendar.name for calendar in table.calendars]),
        "trunks": ("name", [trunk.name for trunk in table.trunks]),
        "unit_lines": ("ref", [line.ref for line in table.unit_lines]),
        "notices": ("year", [str(notice.year) for notice in table.notices]),
    }
    for section, (name, values) in named.items():
        seen: set[str] = set()
        for i, value in enumerate(values):
            if value in seen:
                yield f"{section}/{i}/{name}", f"{value} is there twice"
            seen.add(value)
    for i, calendar in enumerate(table.calendars):
        for override in calendar.overrides:
            if override.until <= override.since:
                yield f"calendars/{i}/overrides", "ends before it begins"
