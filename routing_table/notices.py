"""The State Council's yearly notice: from its text or from lists of days to an edit of the table.

In: text or days. Out: the days off and the worked weekend days of one year. Never: guesses a day: where a weekday or a
count of days does not fit, the text is another year's or was mistyped.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta

from .calendar import Calendar, Period, YearNotice
from .edits import Action, Edit
from .entities import Entity, entity
from .fields import Problem
from .load import TableError
from .model import Table

_DAY = r"(?:(\d{1,2})月)?(\d{1,2})日(?:\(([^)]*)\))?"
_OFF = re.compile(rf"{_DAY}(?:至{_DAY})?[,、]?放假(?:调休)?(?:[,、]?共(\d{{1,2}})天)?")
_WORKED = re.compile(rf"((?:{_DAY}[、,和及]?)+)上班")
_ONE = re.compile(_DAY)
_WEEKDAYS = {"周一": 0, "周二": 1, "周三": 2, "周四": 3, "周五": 4, "周六": 5, "周日": 6, "周天": 6}
_Found = list[tuple[date, str]]  # a day and what stands in its brackets


def parse_notice(text: str, year: int, source: str = "") -> YearNotice:
    """The official text ('元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。') → the year's days.

    A day without a month has the month before it. Raises TableError with everything that does not fit.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).replace("星期", "周")
    problems: list[Problem] = []
    off: set[date] = set()
    worked: set[date] = set()
    for match in _OFF.finditer(plain):
        first = _day(year, match[1], match[2], match[3], match[0], problems)
        last = _day(year, match[4] or match[1], match[5], match[6], match[0], problems) if match[5] else first
        if first is None or last is None:
            continue
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        if not days or len(days) > 31 or (match[7] and int(match[7]) != len(days)):
            problems.append(Problem("notice", f"{match[0]}: these are {len(days)} days"))
        off |= set(days)
    for match in _WORKED.finditer(plain):
        month = None
        for one in _ONE.finditer(match[1]):
            month = one[1] or month
            day = _day(year, month, one[2], one[3], match[0], problems)
            worked |= {day} if day else set()
    return _checked(year, off, worked, source, problems)


def read_notice(year: int, off: Iterable[date], worked: Iterable[date], source: str = "") -> YearNotice:
    """The same from lists of days. Raises TableError for a day of another year, a make-up day on a weekday."""
    return _checked(year, set(off), set(worked), source, [])


def _checked(year: int, off: set[date], worked: set[date], source: str, problems: list[Problem]) -> YearNotice:
    problems += [Problem("notice", f"{day} is not of {year}") for day in sorted(off | worked) if day.year != year]
    wrong = sorted(day for day in worked if day.weekday() < 5 or day in off)
    problems += [Problem("notice/worked", f"{day}: a make-up day is a weekend day that is not off") for day in wrong]
    if not off:
        problems.append(Problem("notice/off", "no day off found"))
    if problems:
        raise TableError(tuple(problems))
    return YearNotice(year, frozenset(off), frozenset(worked), source)


def _day(
    year: int, month: str | None, day: str, brackets: str | None, where: str, problems: list[Problem]
) -> date | None:
    """The weekday in the brackets, if any, must be that day's."""
    try:
        found = date(year, int(month or 0), int(day))
    except ValueError:
        problems.append(Problem("notice", f"{where}: no such day"))
        return None
    said = [number for name, number in _WEEKDAYS.items() if name in (brackets or "")]
    if said and found.weekday() not in said:
        problems.append(Problem("notice", f"{where}: {found} is no {brackets}"))
    return found


def notice_edit(table: Table, notice: YearNotice) -> Edit:
    """Add the year's notice or replace the one there is; every calendar follows, for the notice is the table's."""
    key = str(notice.year)
    there = entity(table, Entity.NOTICE, key) is not None
    value: dict[str, object] = {
        "year": notice.year,
        "off": [day.isoformat() for day in sorted(notice.off)],
        "worked": [day.isoformat() for day in sorted(notice.worked)],
        "source": notice.source,
    }
    return Edit(Action.REPLACE if there else Action.ADD, Entity.NOTICE, key, value)


def provisional_years(table: Table, first: int, last: int) -> tuple[int, ...]:
    """Years from `first` to `last` without a notice."""
    known = {notice.year for notice in table.notices}
    return tuple(year for year in range(first, last + 1) if year not in known)


def heeds_notices(calendar: Calendar) -> bool:
    """Would a notice change this calendar's hours? Not if a day off and a make-up day are like every other day."""
    days: set[tuple[Period, ...]] = {*calendar.weekly, calendar.holiday, calendar.makeup}
    return len(days) > 1
