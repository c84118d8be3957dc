"""Working hours: is a unit's line open at a moment, and why.

In: calendars as data and an aware moment. Out: open or closed with the reason. Never: asks the clock, or fails for a
year whose State Council notice is not known: such a year is provisional (weekdays and the fixed statutory days).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

CITY_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")  # one zone, no summer time since 1991
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Period:
    """Minutes from midnight, [start, end); an end beyond 1440 runs into the next day."""

    start: int
    end: int


WHOLE_DAY = (Period(0, DAY_MINUTES),)


@dataclass(frozen=True, slots=True)
class YearNotice:
    """The State Council's notice for one year: days off, and weekend days that are worked."""

    year: int
    off: frozenset[date]
    worked: frozenset[date]
    source: str = ""


@dataclass(frozen=True, slots=True)
class DayException:
    """The hours of one day, whatever the weekday and the notice say; no periods: closed."""

    day: date
    periods: tuple[Period, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """A manual switch from `since` until `until`, both aware. It always has an end: never for ever by accident."""

    is_open: bool
    since: datetime
    until: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """`weekly` has seven days, Monday first. `makeup` are the hours of a worked weekend day, `holiday` of a day off."""

    name: str
    weekly: tuple[tuple[Period, ...], ...]
    makeup: tuple[Period, ...] = ()
    holiday: tuple[Period, ...] = ()
    exceptions: tuple[DayException, ...] = ()
    overrides: tuple[Override, ...] = ()
    notices: tuple[YearNotice, ...] = ()


@dataclass(frozen=True, slots=True)
class CalendarState:
    """`why`: words of `reasons.WORDS`, separated by spaces. `provisional`: the year's notice is not known."""

    is_open: bool
    why: str
    provisional: bool


def city_time(at: datetime) -> datetime:
    """The moment in the city's zone; one without a zone is taken as city time. Never raises."""
    if at.tzinfo is None:
        return at.replace(tzinfo=CITY_ZONE)
    try:
        return at.astimezone(CITY_ZONE)
    except OverflowError:  # the first and the last hours of the calendar
        return at.replace(tzinfo=CITY_ZONE)


def is_open(calendar: Calendar, at: datetime) -> bool:
    return state(calendar, at).is_open


def state(calendar: Calendar, at: datetime) -> CalendarState:
    """Open or closed at `at`, and why. The last matching override wins over everything."""
    local = city_time(at)
    for override in reversed(calendar.overrides):
        if override.since <= local < override.until:
            return CalendarState(override.is_open, "override", provisional=False)
    today = local.date()
    minute = local.hour * 60 + local.minute
    periods, why, provisional = hours_of(calendar, today)
    is_now_open = _covers(periods, minute) or _runs_over(calendar, today, minute)
    words = (why, _hours_word(periods, is_now_open), "provisional" if provisional else "")
    return CalendarState(is_now_open, " ".join(word for word in words if word), provisional)


def _hours_word(periods: tuple[Period, ...], is_now_open: bool) -> str:
    if periods == WHOLE_DAY:
        return "always"
    if is_now_open:
        return "hours"
    return "off-hours" if periods else ""


def hours_of(calendar: Calendar, day: date) -> tuple[tuple[Period, ...], str, bool]:
    """The day's periods, the word for what is special about it ("" for nothing), and whether that is provisional."""
    for exception in calendar.exceptions:
        if exception.day == day:
            return exception.periods, "exception", False
    weekly = calendar.weekly[day.weekday()]
    notice = next((notice for notice in calendar.notices if notice.year == day.year), None)
    provisional = notice is None and not _is_always_open(calendar)
    off = day in notice.off if notice else is_fixed_holiday(day)
    if off:
        return calendar.holiday, "holiday", provisional
    if notice and day in notice.worked:
        return calendar.makeup, "make-up-day", False
    return weekly, "" if weekly else "weekend" if day.weekday() >= 5 else "day-off", provisional


def _is_always_open(calendar: Calendar) -> bool:
    """Open day and night, so that no notice can change it."""
    return all(day == WHOLE_DAY for day in (*calendar.weekly, calendar.holiday, calendar.makeup))


def is_working_day(notices: tuple[YearNotice, ...], day: date) -> bool:
    """By the year's notice; without one by weekday and the fixed statutory days (provisional)."""
    for notice in notices:
        if notice.year == day.year:
            return day in notice.worked or (day.weekday() < 5 and day not in notice.off)
    return day.weekday() < 5 and not is_fixed_holiday(day)


def is_fixed_holiday(day: date) -> bool:
    """Statutory days with a fixed date (State Council Order 795 of 2024; 2 May only since 2025)."""
    fixed = {(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)}
    return (day.month, day.day) in fixed or ((day.month, day.day) == (5, 2) and day.year >= 2025)


def _covers(periods: tuple[Period, ...], minute: int) -> bool:
    return any(period.start <= minute < period.end for period in periods)


def _runs_over(calendar: Calendar, today: date, minute: int) -> bool:
    """Yesterday's last period may reach into today."""
    if today == date.min:
        return False
    return _covers(hours_of(calendar, today - timedelta(days=1))[0], minute + DAY_MINUTES)
