"""Shifts: when somebody can be asked.

In: a moment in city time, and which days the city works. Out: whether a shift covers it. Never: a calendar of its own.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .reading import Row

DAY_MIN = 24 * 60
WEEK = frozenset(range(1, 8))
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d"

Works = Callable[[date], bool]


def monday_to_friday(day: date) -> bool:
    """The working days of a city whose calendar is not known."""
    return day.isoweekday() <= 5


@dataclass(frozen=True, slots=True)
class Shift:
    """`days`: ISO weekdays on which it begins. Minutes after midnight; `ends` not after `begins`: it ends next day.

    `workdays`: only when that day is a working day of the city (make-up days count, holidays do not).
    """

    days: frozenset[int] = WEEK
    begins: int = 0
    ends: int = DAY_MIN
    workdays: bool = False

    def covers(self, at: datetime, works: Works) -> bool:
        minute = at.hour * 60 + at.minute
        if self.begins < self.ends:
            return self.begins <= minute < self.ends and self._on(at.date(), works)
        if minute >= self.begins:
            return self._on(at.date(), works)
        return minute < self.ends and self._on(at.date() - timedelta(days=1), works)

    def _on(self, day: date, works: Works) -> bool:
        return day.isoweekday() in self.days and (not self.workdays or works(day))


def on_shift(shifts: Iterable[Shift], at: datetime, works: Works) -> bool:
    """Whether one of the shifts covers the moment; no shifts: always."""
    known = tuple(shifts)
    return not known or any(shift.covers(at, works) for shift in known)


def read_shifts(row: Row, key: str = "shifts") -> tuple[Shift, ...]:
    """`[{"days": [1, 2, 3, 4, 5], "from": "08:30", "to": "17:30", "workdays": true}]`; problems into the row."""
    return tuple(_read(one) for one in row.rows(key, 20))


def shift_json(shift: Shift) -> dict[str, object]:
    return {
        "days": sorted(shift.days),
        "from": _clock(shift.begins),
        "to": _clock(shift.ends),
        "workdays": shift.workdays,
    }


def _read(row: Row) -> Shift:
    row.only("days", "from", "to", "workdays")
    given = row.list("days", 7)
    days = frozenset(day for day in given if isinstance(day, int) and not isinstance(day, bool) and day in WEEK)
    if not days or len(days) != len(given):
        row.note("days", "应为 1 到 7，至少一天，不重复")
    said = "应为时刻，如 08:30"
    begins, ends = row.text("from", _CLOCK, said=said), row.text("to", _CLOCK + "|24:00", said=said)
    if begins == ends:
        row.note("to", "结束时刻应不同于开始时刻")
    return Shift(
        days=days,
        begins=_minutes(begins),
        ends=_minutes(ends),
        workdays=row.flag("workdays"),
    )


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes) if hours.isdigit() and minutes.isdigit() else 0


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
