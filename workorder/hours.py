"""Office hours: when a working day opens and closes, and working time counted in minutes.

In: the periods of each weekday (a lunch break is the gap between two) and the working days. Out: is it open, the next
opening, a moment so many working minutes later. Never: open on a day off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from .days import Days, city_time

_PERIOD = re.compile(r"([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])", re.ASCII)
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Period:
    """Minutes from midnight, [start, end), inside one day."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= DAY_MINUTES:
            raise ValueError(f"minutes {self.start} to {self.end} are not a period of a day")


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """`weekly`: the periods of Monday to Friday. A worked weekend day has `makeup`'s, Monday's when there are none.

    Every working day has at least one period, or the clock could not end; ValueError otherwise.
    """

    weekly: tuple[tuple[Period, ...], ...]
    makeup: tuple[Period, ...] = ()

    def __post_init__(self) -> None:
        if len(self.weekly) != 5 or not all(self.weekly):
            raise ValueError("office hours need at least one period for each of Monday to Friday")
        for periods in (*self.weekly, self.makeup):
            if any(one.end > other.start for one, other in zip(periods, periods[1:], strict=False)):
                raise ValueError("the periods of a day must follow each other")

    def periods(self, days: Days, day: date) -> tuple[Period, ...]:
        """The day's periods; none on a day off."""
        if not days.is_working_day(day):
            return ()
        return self.weekly[day.weekday()] if day.weekday() < 5 else self.makeup or self.weekly[0]

    def is_open(self, days: Days, at: datetime) -> bool:
        """Open at this moment; the lunch break is closed."""
        local = city_time(at)
        return any(start <= local < end for start, end in self.spans(days, local.date()))

    def spans(self, days: Days, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The day's periods as moments."""
        return tuple((_at(day, period.start), _at(day, period.end)) for period in self.periods(days, day))

    def in_office_day(self, days: Days, at: datetime) -> bool:
        """Between the first opening and the last closing of a working day, the lunch break among them."""
        local = city_time(at)
        spans = self.spans(days, local.date())
        return bool(spans) and spans[0][0] <= local < spans[-1][1]

    def next_opening(self, days: Days, at: datetime) -> datetime:
        """`at` itself while open, else the next moment that is. OverflowError at the end of the calendar."""
        local = city_time(at)
        day = local.date()
        while True:
            for start, end in self.spans(days, day):
                if local < end:
                    return max(local, start)
            day += timedelta(days=1)

    def closing(self, days: Days, day: date) -> datetime | None:
        """The last closing of a working day."""
        spans = self.spans(days, day)
        return spans[-1][1] if spans else None


def parse_hours(text: str) -> tuple[Period, ...]:
    """`08:30-12:00 14:30-18:00` → periods. ValueError for anything else."""
    periods = []
    for word in text.split():
        match = _PERIOD.fullmatch(word)
        if match is None:
            raise ValueError(f"{word!r} is not HH:MM-HH:MM")
        hours = [int(match[n]) for n in (1, 2, 3, 4)]
        periods.append(Period(hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]))
    return tuple(periods)


def _at(day: date, minute: int) -> datetime:
    """A minute of a day; minute 1440 is its last second, so that a day's end has the day's date."""
    if minute == DAY_MINUTES:
        return city_time(datetime.combine(day, time(23, 59, 59)))
    return city_time(datetime.combine(day, time(minute // 60, minute % 60)))
