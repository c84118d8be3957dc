"""Slots of time within which a table gives every call the same answer.

In: tables. Out: for a moment, its slot: two moments of one slot are looked up alike. Never: a lookup itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from .calendar import DAY_MINUTES, Calendar, city_time
from .model import Table

Slot = tuple[int, int, int]


class Slots:
    """The day, the part of the day between two times at which some calendar opens or closes, the overrides in force."""

    def __init__(self, tables: Iterable[Table]) -> None:
        calendars = [calendar for table in tables for calendar in table.calendars]
        self.minutes = sorted({minute for calendar in calendars for minute in edges(calendar)})
        self.instants = sorted(
            {moment for calendar in calendars for over in calendar.overrides for moment in (over.since, over.until)}
        )

    def of(self, at: datetime) -> Slot:
        local = city_time(at)
        part = bisect_right(self.minutes, local.hour * 60 + local.minute)
        return local.toordinal(), part, bisect_right(self.instants, local) if self.instants else 0


def edges(calendar: Calendar) -> set[int]:
    """Minutes of a day, 0 … 1439, at which a period of the calendar begins or ends on some day."""
    days = (*calendar.weekly, calendar.makeup, calendar.holiday, *(item.periods for item in calendar.exceptions))
    return {minute % DAY_MINUTES for day in days for period in day for minute in (period.start, period.end)}
