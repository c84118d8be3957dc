"""Working days: the State Council's yearly notices as values.

In: the days off and the make-up days of the years whose notice is known. Out: is a day worked, and why, for an official
to read. Never: an error for a year without a notice: it is provisional (weekdays and the statutory days with a fixed
date), and its deadlines are computed again when the notice comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from types import MappingProxyType

CITY_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")  # one zone, no summer time since 1991
WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
DEFAULT_SOURCE = "国务院办公厅放假安排"


class DayKind(StrEnum):
    """What a day is for the clock. The first two are worked."""

    WORKING = "working"
    MAKE_UP = "make_up"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


WORKED = frozenset({DayKind.WORKING, DayKind.MAKE_UP})


@dataclass(frozen=True, slots=True)
class YearDays:
    """One year's notice. It may name days of the December before (as the one for 2019 did)."""

    off: frozenset[date]
    worked: frozenset[date]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Days:
    """`official`: year → its notice. A day that a notice calls both off and worked is off."""

    official: Mapping[int, YearDays] = field(default_factory=lambda: MappingProxyType({}))

    def kind(self, day: date) -> DayKind:
        for year in (day.year + 1, day.year):
            notice = self.official.get(year)
            if notice and day in notice.off:
                return DayKind.HOLIDAY
            if notice and day in notice.worked:
                return DayKind.MAKE_UP if day.weekday() >= 5 else DayKind.WORKING
        if self.provisional(day.year) and is_fixed_holiday(day):
            return DayKind.HOLIDAY
        return DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKING

    def is_working_day(self, day: date) -> bool:
        return self.kind(day) in WORKED

    def provisional(self, year: int) -> bool:
        """Is the notice of this year not known?"""
        return year not in self.official

    def source(self, day: date) -> str:
        """The notice that decides on a day, in Chinese."""
        if self.provisional(day.year):
            return f"{day.year}年放假安排未公布，暂按周末和法定固定节日推算"
        return self.official[day.year].source or f"{DEFAULT_SOURCE}（{day.year}年）"


def is_fixed_holiday(day: date) -> bool:
    """Statutory days with a fixed date (State Council Order 795 of 2024; 2 May only since 2025)."""
    fixed = {(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)}
    return (day.month, day.day) in fixed or ((day.month, day.day) == (5, 2) and day.year >= 2025)


def city_time(at: datetime) -> datetime:
    """The moment in the city's zone; one without a zone is taken as city time. Never raises."""
    if at.tzinfo is None:
        return at.replace(tzinfo=CITY_ZONE)
    try:
        return at.astimezone(CITY_ZONE)
    except OverflowError:  # the first and the last hours of the calendar
        return at.replace(tzinfo=CITY_ZONE)


def say_day(day: date) -> str:
    """`10月8日（周四）`."""
    return f"{day.month}月{day.day}日（{WEEKDAYS[day.weekday()]}）"
