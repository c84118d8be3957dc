"""Working days and office hours: notices, make-up days, provisional years, lunch breaks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.workorder.government import DAYS, with_notice
from workorder.days import CITY_ZONE, DayKind, Days, YearDays, city_time, is_fixed_holiday
from workorder.hours import OfficeHours, Period, parse_hours

USUAL = parse_hours("08:30-12:00 14:30-18:00")
OFFICE = OfficeHours((USUAL,) * 5)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CITY_ZONE)


def year_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


@pytest.mark.parametrize(("year", "working"), [(2026, 248), (2025, 248), (2024, 251), (2023, 249)])
def test_a_known_year_has_the_working_days_of_its_notice(year: int, working: int) -> None:
    assert sum(DAYS.is_working_day(day) for day in year_of(year)) == working


def test_a_make_up_day_is_worked_and_a_day_off_is_not() -> None:
    assert DAYS.kind(date(2026, 10, 10)) is DayKind.MAKE_UP
    assert DAYS.kind(date(2026, 10, 8)) is DayKind.WORKING
    assert DAYS.kind(date(2026, 10, 7)) is DayKind.HOLIDAY
    assert DAYS.kind(date(2026, 10, 11)) is DayKind.WEEKEND


def test_a_year_without_a_notice_is_provisional_never_an_error() -> None:
    assert DAYS.provisional(2027)
    assert not DAYS.provisional(2026)
    assert DAYS.kind(date(2027, 1, 1)) is DayKind.HOLIDAY
    assert DAYS.kind(date(2027, 10, 4)) is DayKind.WORKING  # which the notice will surely call off
    # 1 January and 1 October are Fridays, the other fixed days fall on weekends
    assert sum(Days().is_working_day(day) for day in year_of(2027)) == 261 - 2
    assert "2027年放假安排未公布" in DAYS.source(date(2027, 1, 4))


def test_the_second_of_may_is_statutory_since_2025() -> None:
    assert [is_fixed_holiday(date(year, 5, 2)) for year in (2024, 2025, 2030)] == [False, True, True]


def test_a_notice_may_name_days_of_the_december_before() -> None:
    days = with_notice(DAYS, 2027, {date(2026, 12, 31), date(2027, 1, 1)}, {date(2026, 12, 27)})
    assert days.kind(date(2026, 12, 31)) is DayKind.HOLIDAY
    assert days.kind(date(2026, 12, 27)) is DayKind.MAKE_UP
    assert DAYS.kind(date(2026, 12, 31)) is DayKind.WORKING


def test_a_day_both_off_and_worked_is_off() -> None:
    day = date(2026, 10, 10)
    assert not Days({2026: YearDays(frozenset({day}), frozenset({day}))}).is_working_day(day)


def test_city_time_takes_a_moment_without_a_zone_and_never_raises() -> None:
    assert city_time(datetime(2026, 1, 1, 1, tzinfo=UTC)).isoformat() == "2026-01-01T09:00:00+08:00"
    assert city_time(datetime(2026, 1, 1, 1)).isoformat() == "2026-01-01T01:00:00+08:00"  # noqa: DTZ001
    assert city_time(datetime.max.replace(tzinfo=UTC)).year == 9999
    assert city_time(datetime.min.replace(tzinfo=CITY_ZONE)).year == 1


@pytest.mark.parametrize(
    ("at", "is_open", "in_day"),
    [
        ("2026-11-20T08:29", False, False),
        ("2026-11-20T08:30", True, True),
        ("2026-11-20T11:59", True, True),
        ("2026-11-20T12:00", False, True),
        ("2026-11-20T14:30", True, True),
        ("2026-11-20T17:59", True, True),
        ("2026-11-20T18:00", False, False),
        ("2026-11-21T10:00", False, False),
        ("2026-10-10T10:00", True, True),
        ("2026-10-05T10:00", False, False),
    ],
)
def test_the_lunch_break_is_closed_but_in_the_office_day(at: str, is_open: bool, in_day: bool) -> None:
    assert (OFFICE.is_open(DAYS, moment(at)), OFFICE.in_office_day(DAYS, moment(at))) == (is_open, in_day)


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-11-20T09:00", "2026-11-20T09:00"),
        ("2026-11-20T00:00", "2026-11-20T08:30"),
        ("2026-11-20T12:10", "2026-11-20T14:30"),
        ("2026-11-20T18:00", "2026-11-23T08:30"),
        ("2026-09-30T18:00", "2026-10-08T08:30"),
        ("2026-10-09T20:00", "2026-10-10T08:30"),
    ],
)
def test_the_next_opening(at: str, opening: str) -> None:
    assert OFFICE.next_opening(DAYS, moment(at)) == moment(opening)


def test_a_worked_weekend_day_has_its_own_hours_where_they_are_given() -> None:
    short = OfficeHours((USUAL,) * 5, parse_hours("09:00-12:00"))
    assert short.closing(DAYS, date(2026, 10, 10)) == moment("2026-10-10T12:00")
    assert OFFICE.closing(DAYS, date(2026, 10, 10)) == moment("2026-10-10T18:00")
    assert OFFICE.closing(DAYS, date(2026, 10, 11)) is None


def test_an_office_open_till_midnight_closes_on_its_own_day() -> None:
    late = OfficeHours((parse_hours("08:00-24:00"),) * 5)
    assert late.closing(DAYS, date(2026, 11, 20)) == moment("2026-11-20T23:59:59")


@pytest.mark.parametrize("text", ["8:30-12:00", "12:00-08:30", "08:30", "08:30-25:00", "08:30-12:60", "all"])
def test_hours_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not"):
        parse_hours(text)


def test_an_office_without_hours_or_with_crossing_ones_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one period"):
        OfficeHours((USUAL,) * 4 + ((),))
    with pytest.raises(ValueError, match="follow each other"):
        OfficeHours(((Period(600, 720), Period(700, 800)),) * 5)


def test_a_notice_decides_alone_on_its_year() -> None:
    days = with_notice(DAYS, 2027, {date(2027, 1, 1)})
    assert days.kind(date(2027, 10, 1)) is DayKind.WORKING
