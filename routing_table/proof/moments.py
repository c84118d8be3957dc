"""The moments at which a row's way may change: enough to look at to know it at every moment from today on.

In: a table, a row, today. Out: aware moments. Never: the past.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta

from routing_table.calendar import CITY_ZONE, Calendar
from routing_table.model import LinkKind, Row, Table, UnitLine
from routing_table.numbers import normalise_dialled
from routing_table.slots import edges

WEEK = 7


def concerned(table: Table, row: Row) -> list[Row]:
    """The row and every row that its chain can lead to."""
    found, waiting = [row], [row]
    while waiting:
        for link in waiting.pop().chain:
            if link.kind is not LinkKind.HOTLINE:
                continue
            entry = table.by_number.get(normalise_dialled(link.ref, table.city.area_code))
            for target in entry.rows if entry else ():
                if not any(target is known for known in found):
                    found.append(target)
                    waiting.append(target)
    return found


def lines_of(table: Table, rows: Iterable[Row]) -> list[UnitLine]:
    """Lines that the rows may ring: those of the hotline, and those that a chain names."""
    refs = {link.ref for row in rows for link in row.chain if link.kind is LinkKind.UNIT_LINE}
    own = [line for row in rows for line in table.lines_of.get(row.number, ())]
    return own + [line for line in table.unit_lines if line.ref in refs and line not in own] if refs else own


def moments(table: Table, row: Row, today: date) -> Iterator[datetime]:
    """For each turn of the row: the turn; with calendars also the week behind it and every special day."""
    rows = concerned(table, row)
    lines = lines_of(table, rows)
    turns = _turns(row, rows, lines, today)
    names = {line.calendar for line in lines} | {
        name for one in rows for name in (one.menu_calendar, one.shared_calendar) if name
    }
    calendars = [table.calendar_named[name] for name in sorted(names) if name in table.calendar_named]
    if not calendars:
        yield from (_at(day, 0) for day in turns)
        return
    minutes = sorted({0}.union(*(edges(calendar) for calendar in calendars)))
    days = {_later(turn, n) for turn in turns for n in range(WEEK)} | _special(calendars, today)
    for day in sorted(day for day in days if row.valid_on(day)):
        yield from (_at(day, minute) for minute in minutes)
    for instant in _switches(calendars):
        if instant.date() >= today and row.valid_on(instant.date()):
            yield instant


def first_day(row: Row, today: date) -> date | None:
    """The first day from today on that the row is valid; None when it is over."""
    start = max(today, row.valid_from) if row.valid_from else today
    return start if row.valid_on(start) else None


def _turns(row: Row, rows: list[Row], lines: list[UnitLine], today: date) -> list[date]:
    start = first_day(row, today)
    if start is None:
        return []
    days = [
        day
        for one in rows
        for day in (one.valid_from, one.valid_until, one.transition_from, one.cut_over, one.rolled_back)
    ]
    days += [day for line in lines for day in (line.valid_from, line.valid_until)]
    return sorted({start} | {day for day in days if day and day > start and row.valid_on(day)})


def _special(calendars: list[Calendar], today: date) -> set[date]:
    """Every exception with the day behind it; of each notice the first day off, the first day worked, from today on."""
    days = {_later(item.day, n) for calendar in calendars for item in calendar.exceptions for n in (0, 1)}
    for notice in {notice.year: notice for calendar in calendars for notice in calendar.notices}.values():
        for kind in (notice.off, notice.worked):
            coming = sorted(day for day in kind if day >= today)
            days |= {_later(day, n) for day in coming[:1] for n in (0, 1)}
    return {day for day in days if day >= today}


def _switches(calendars: list[Calendar]) -> list[datetime]:
    return sorted(
        {moment for calendar in calendars for item in calendar.overrides for moment in (item.since, item.until)}
    )


def _at(day: date, minute: int) -> datetime:
    return datetime.combine(day, time(minute // 60, minute % 60), CITY_ZONE)


def _later(day: date, days: int) -> date:
    return day + timedelta(days=days) if day.toordinal() + days <= date.max.toordinal() else day
