"""Working hours, holidays and make-up days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from routing_table import (
    CITY_ZONE,
    Calendar,
    DayException,
    Override,
    Period,
    city_time,
    is_open,
    is_working_day,
    state,
)
from tests.routing_table.city import DEMO, moment

OFFICE = DEMO.calendar_named["unit-12348"]
DAY = DEMO.calendar_named["day"]
ALL_DAY = (Period(0, 1440),)


@pytest.mark.parametrize(
    ("at", "expected", "why"),
    [
        ("2026-11-20T08:29", False, "off-hours"),
        ("2026-11-20T08:30", True, "hours"),
        ("2026-11-20T11:59", True, "hours"),
        ("2026-11-20T12:00", False, "off-hours"),  # lunch
        ("2026-11-20T14:30", True, "hours"),
        ("2026-11-20T18:00", False, "off-hours"),
        ("2026-11-21T10:00", False, "weekend"),
        ("2026-10-01T10:00", False, "holiday"),  # a Thursday
        ("2026-10-10T10:00", True, "make-up-day hours"),  # a Saturday that is worked
        ("2026-10-10T20:00", False, "make-up-day off-hours"),
        ("2026-02-14T10:00", True, "make-up-day hours"),
        ("2026-02-16T10:00", False, "holiday"),  # a Monday
        ("2027-03-01T10:00", True, "hours provisional"),
        ("2027-05-02T10:00", False, "holiday provisional"),
        ("2027-10-04T10:00", True, "hours provisional"),  # a Monday; probably a holiday, but no notice says so yet
    ],
)
def test_office_hours_follow_weekday_notice_and_make_up_days(at: str, expected: bool, why: str) -> None:
    found = state(OFFICE, moment(at))
    assert (found.is_open, found.why, found.provisional) == (expected, why, "provisional" in why)
    assert is_open(OFFICE, moment(at)) is expected


def test_2026_has_248_working_days() -> None:
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert sum(is_working_day(DEMO.notices, day) for day in days) == 248


def test_a_year_without_notice_is_provisional_and_never_an_error() -> None:
    assert not is_working_day(DEMO.notices, date(2027, 10, 1))
    assert is_working_day(DEMO.notices, date(2027, 10, 8))
    assert not is_working_day((), date(2025, 5, 2))  # statutory since 2025
    assert is_working_day((), date(2024, 5, 2))


def test_the_day_menu_runs_on_holidays_too() -> None:
    assert is_open(DAY, moment("2026-10-01T10:00"))
    assert not is_open(DAY, moment("2026-10-01T21:00"))


def test_an_exception_replaces_the_hours_of_its_day() -> None:
    closed = DayException(date(2026, 11, 20), ())
    weekend = DayException(date(2026, 11, 21), (Period(600, 660),))
    calendar = replace(OFFICE, exceptions=(closed, weekend))
    assert not is_open(calendar, moment("2026-11-20T10:00"))
    assert state(calendar, moment("2026-11-21T10:30")).why == "exception hours"
    assert is_open(calendar, moment("2026-11-21T10:30"))


def test_an_override_wins_until_its_end_and_not_a_second_longer() -> None:
    until = moment("2026-11-20T11:00")
    calendar = replace(OFFICE, overrides=(Override(False, moment("2026-11-20T09:00"), until),))
    assert is_open(calendar, moment("2026-11-20T08:59"))
    assert state(calendar, moment("2026-11-20T10:00")).why == "override"
    assert not is_open(calendar, moment("2026-11-20T10:59"))
    assert is_open(calendar, until)


def test_the_later_override_wins() -> None:
    since, until = moment("2026-11-20T00:00"), moment("2026-11-21T00:00")
    calendar = replace(OFFICE, overrides=(Override(False, since, until), Override(True, since, until)))
    assert is_open(calendar, moment("2026-11-20T03:00"))


def test_a_night_shift_runs_into_the_next_day() -> None:
    friday_night = Calendar("night", ((), (), (), (), (Period(22 * 60, 30 * 60),), (), ()))
    assert is_open(friday_night, moment("2026-11-20T23:00"))
    assert is_open(friday_night, moment("2026-11-21T05:59"))
    assert not is_open(friday_night, moment("2026-11-21T06:00"))
    assert not is_open(friday_night, moment("2026-11-20T05:00"))


def test_day_and_night_needs_no_notice() -> None:
    always = Calendar("always", (ALL_DAY,) * 7, makeup=ALL_DAY, holiday=ALL_DAY)
    found = state(always, moment("2031-01-01T03:00"))
    assert (found.is_open, found.provisional) == (True, False)


def test_moments_are_read_in_the_citys_zone() -> None:
    assert is_open(OFFICE, datetime(2026, 11, 20, 2, 0, tzinfo=UTC))  # 10:00 in the city
    assert not is_open(OFFICE, datetime(2026, 11, 20, 10, 0, tzinfo=UTC))  # 18:00
    assert city_time(datetime(2026, 11, 20, 10)) == moment("2026-11-20T10:00")  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
def test_the_ends_of_time_do_not_raise(at: datetime) -> None:
    for aware in (at, at.replace(tzinfo=CITY_ZONE), at.replace(tzinfo=timezone(timedelta(hours=14)))):
        assert state(OFFICE, aware).provisional
