"""Plain content (lists and mappings of plain values) ↔ the table. TOML, CSV and JSON all meet here.

In: content with the place of every record. Out: the parts of a table, or problems. Never: parses text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import TypeVar

from .calendar import Calendar, DayException, Override, Period, YearNotice
from .fields import Place, Problem, WrongError, read_day, read_label, read_list, read_periods, read_record, say_periods
from .menus import OPTIONS, Menu, MenuOption
from .model import City, EmergencyNumber, Hotline, MergeMode, NeverOpened, Row, Table, Trunk, UnitLine

Record = Mapping[str, object]
PlaceOf = Callable[[str, int, str], str]  # section, index, field -> place
T = TypeVar("T")

_CLOSED: tuple[Period, ...] = ()
SECTIONS = ("hotlines", "unit_lines", "trunks", "emergencies", "never_opened", "calendars", "notices", "menus")


@dataclass(slots=True)
class Content:
    """What was written, section by section, before it is judged."""

    city: Record
    sections: Mapping[str, object]
    place: PlaceOf
    problems: list[Problem] = field(default_factory=list)

    def records(self, section: str) -> list[tuple[Record, Place]]:
        listed = read_list(self.sections.get(section), section, self.problems)
        return [(record, partial(self.place, section, index)) for index, record in enumerate(listed)]

    def read(self, section: str, kind: type[T]) -> tuple[T, ...]:
        found = (read_record(kind, record, place, self.problems) for record, place in self.records(section))
        return tuple(record for record in found if record is not None)


def read_table(content: Content, version: str) -> Table | None:
    """The table, or None when `content.problems` says why not. Cross-checks are `checks.check`'s matter."""
    city = read_record(City, content.city, lambda name: content.place("city", 0, name), content.problems)
    notices = tuple(_notice(content, record, place) for record, place in content.records("notices"))
    known = tuple(notice for notice in notices if notice is not None)
    calendars = tuple(_calendar(content, record, place, known) for record, place in content.records("calendars"))
    rows = tuple(read_row(record, place, content.problems) for record, place in content.records("hotlines"))
    lines = content.read("unit_lines", UnitLine)
    trunks = content.read("trunks", Trunk)
    emergencies = content.read("emergencies", EmergencyNumber)
    never = content.read("never_opened", NeverOpened)
    menus = tuple(_menu(record, place, content.problems) for record, place in content.records("menus"))
    if content.problems or city is None:
        return None
    return Table(
        version,
        city,
        tuple(row for row in rows if row is not None),
        tuple(calendar for calendar in calendars if calendar is not None),
        known,
        lines,
        trunks,
        emergencies,
        never,
        tuple(menu for menu in menus if menu is not None) if content.sections.get("menus") is not None else None,
    )


def read_row(record: Record, place: Place, problems: list[Problem]) -> Row | None:
    """One row; its hotline's fields stand beside its own. None when `problems` says why not."""
    names = [item.name for item in fields(Hotline)]
    hotline = read_record(Hotline, {name: record.get(name) for name in names}, place, problems)
    rest = {name: value for name, value in record.items() if name not in names}
    row = read_record(Row, rest, place, problems, hotline=hotline or _NOBODY)
    return row if hotline else None


def _menu(record: Record, place: Place, problems: list[Problem]) -> Menu | None:
    rest = dict(record)
    options: list[MenuOption | None] = []
    for index, option in enumerate(read_list(rest.pop(OPTIONS, None), place(OPTIONS), problems)):
        at = partial(_inside, place, f"{OPTIONS}[{index}]")
        options.append(read_record(MenuOption, option, at, problems))
    return read_record(Menu, rest, place, problems, options=tuple(option for option in options if option is not None))


def _inside(place: Place, at: str, name: str) -> str:
    return place(f"{at}.{name}")


def _calendar(content: Content, record: Record, place: Place, notices: tuple[YearNotice, ...]) -> Calendar | None:
    problems = content.problems
    before = len(problems)
    rest = dict(record)
    weekly = rest.pop("weekly", None)
    days = weekly if isinstance(weekly, list) and len(weekly) == 7 else None
    if days is None:
        problems.append(Problem(place("weekly"), "seven days, Monday first"))
    week = [_guard(read_periods, day, place("weekly"), problems, _CLOSED) for day in days or ()]
    raw_exceptions = read_list(rest.pop("exceptions", None), place("exceptions"), problems)
    raw_overrides = read_list(rest.pop("overrides", None), place("overrides"), problems)
    exceptions = _nested(DayException, raw_exceptions, place, "exceptions", problems)
    overrides = _nested(Override, raw_overrides, place, "overrides", problems)
    calendar = read_record(
        Calendar, rest, place, problems, weekly=tuple(week), exceptions=exceptions, overrides=overrides, notices=notices
    )
    return calendar if len(problems) == before else None


def _nested(kind: type[T], records: list[Record], place: Place, name: str, problems: list[Problem]) -> tuple[T, ...]:
    empty: dict[str, object] = {"periods": _CLOSED} if kind is DayException else {}
    found = []
    for record in records:
        given = dict(empty)
        rest = dict(record)
        if kind is DayException and "periods" in rest:  # "" is a value here: closed
            given["periods"] = _guard(read_periods, rest.pop("periods"), place(f"{name}.periods"), problems, _CLOSED)
        found.append(read_record(kind, rest, lambda inner: place(f"{name}.{inner}"), problems, **given))
    return tuple(record for record in found if record is not None)


def _guard(read: Callable[[object], T], value: object, place: str, problems: list[Problem], otherwise: T) -> T:
    try:
        return read(value)
    except WrongError as wrong:
        problems.append(Problem(place, f"{str(value)[:40]!r}: {wrong}"))
        return otherwise


def _notice(content: Content, record: Record, place: Place) -> YearNotice | None:
    problems = content.problems
    before = len(problems)
    year = record.get("year")
    if isinstance(year, bool) or not isinstance(year, int) or not 1949 <= year <= 2999:
        problems.append(Problem(place("year"), "a year"))
        return None
    days: dict[str, frozenset[date]] = {}
    for name in ("off", "worked"):
        none: list[date] = []
        read = partial(_days, year=year)
        days[name] = frozenset(_guard(read, record.get(name, []), place(name), problems, none))
    for name in record.keys() - {"year", "off", "worked", "source"}:
        problems.append(Problem(place(name), "unknown field; known are year, off, worked, source"))
    source = _guard(lambda value: read_label(value, "source"), record.get("source", ""), place("source"), problems, "")
    for day in sorted(day for day in days["worked"] if day.weekday() < 5 or day in days["off"]):
        problems.append(Problem(place("worked"), f"{day}: a make-up day is a weekend day that is not off"))
    return YearNotice(year, days["off"], days["worked"], source) if len(problems) == before else None


def _days(value: object, year: int) -> list[date]:
    """['2026-01-01..2026-01-03', '2026-02-14'] → the days, all of that year."""
    if not isinstance(value, list) or len(value) > 366:
        raise WrongError("a list of days, or of first..last")
    found: list[date] = []
    for item in value:
        first, _, last = item.partition("..") if isinstance(item, str) else (item, "", "")
        start = read_day(first)
        end = read_day(last) if last else start
        if not (start <= end and start.year == end.year == year):
            raise WrongError(f"days of {year}, first..last")
        found += [start + timedelta(days=n) for n in range((end - start).days + 1)]
    return found


def plain(table: Table) -> dict[str, object]:
    """The content as JSON writes it, without defaults. `read_table` reads it back to an equal table."""
    found: dict[str, object] = {
        "city": _plain(table.city),
        "hotlines": [plain_row(row) for row in table.rows],
        "unit_lines": [_plain(line) for line in table.unit_lines],
        "trunks": [_plain(trunk) for trunk in table.trunks],
        "emergencies": [_plain(emergency) for emergency in table.emergencies],
        "never_opened": [_plain(never) for never in table.never_opened],
        "calendars": [_plain_calendar(calendar) for calendar in table.calendars],
        "notices": [_plain_notice(notice) for notice in table.notices],
    }
    if table.menus is not None:  # a table without keeps its hash
        found["menus"] = [plain_menu(menu) for menu in table.menus]
    return found


def plain_menu(menu: Menu) -> dict[str, object]:
    """One menu's record, without defaults; what ivr reads as well."""
    return _plain(replace(menu, options=())) | {OPTIONS: [_plain(option) for option in menu.options]}


_NOBODY = Hotline("", "", "", MergeMode.ABSORBED)


def plain_row(row: Row) -> dict[str, object]:
    """One row's record, without defaults; `read_row` reads it back."""
    return _plain(row.hotline) | _plain(replace(row, hotline=_NOBODY))


def _plain(record: object) -> dict[str, object]:
    found = {}
    for item in fields(record):  # type: ignore[arg-type]
        value = getattr(record, item.name)
        if value != item.default and not isinstance(value, Hotline):
            found[item.name] = _plain_value(value)
    return found


def _plain_value(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, tuple):
        return [str(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value


def _plain_calendar(calendar: Calendar) -> dict[str, object]:
    return {
        "name": calendar.name,
        "weekly": [say_periods(day) for day in calendar.weekly],
        "makeup": say_periods(calendar.makeup),
        "holiday": say_periods(calendar.holiday),
        "exceptions": [
            {"day": day.day.isoformat(), "periods": say_periods(day.periods), "note": day.note}
            for day in calendar.exceptions
        ],
        "overrides": [_plain(override) for override in calendar.overrides],
    }


def _plain_notice(notice: YearNotice) -> dict[str, object]:
    return {
        "year": notice.year,
        "off": [day.isoformat() for day in sorted(notice.off)],
        "worked": [day.isoformat() for day in sorted(notice.worked)],
        "source": notice.source,
    }
