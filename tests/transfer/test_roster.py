"""Whom to ring about a matter: by hotline, topic, shift and order; the next one when nobody answers."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfer import Entry, Roster, Shift, TargetKind, choose
from transfer.reading import ReadError, Row
from transfer.roster import read_roster, roster_json

CITY = timezone(timedelta(hours=8))
MONDAY_10 = datetime(2026, 11, 23, 10, 0, tzinfo=CITY)
OFFICE = Shift(frozenset(range(1, 6)), 8 * 60 + 30, 17 * 60 + 30)


def seat(ref: str, **rest: Any) -> Entry:
    return Entry(TargetKind.SEAT, ref, f"专家 {ref}", **rest)


def keys(found: tuple[Any, ...]) -> list[str]:
    return [target.key for target in found]


def test_the_order_of_the_roster_is_the_order_of_ringing() -> None:
    roster = Roster({"12333": (seat("903", order=3), seat("901", order=1), seat("902", order=2))})
    assert keys(choose(roster, "12333", "", (), MONDAY_10)) == ["seat:901", "seat:902", "seat:903"]
    assert choose(roster, "12348", "", (), MONDAY_10) == ()


def test_who_did_not_answer_is_not_rung_again_and_the_next_one_is() -> None:
    roster = Roster({"12333": (seat("901"), seat("902", order=2))})
    assert keys(choose(roster, "12333", "", (), MONDAY_10, tried={"seat:901"})) == ["seat:902"]
    assert choose(roster, "12333", "", (), MONDAY_10, tried={"seat:901"}, busy={"seat:902"}) == ()


def test_the_expert_of_the_topic_comes_before_who_takes_anything_and_others_are_left_out() -> None:
    roster = Roster({"12333": (seat("901"), seat("902", topic="工伤", order=9), seat("903", topic="社保", order=2))})
    assert keys(choose(roster, "12333", "工伤", (), MONDAY_10)) == ["seat:902", "seat:901"]
    assert keys(choose(roster, "12333", "", (), MONDAY_10)) == ["seat:901", "seat:903", "seat:902"]
    assert roster.topics("12333") == ("工伤", "社保")


def test_who_lacks_the_skill_asked_for_comes_last_but_comes() -> None:
    roster = Roster({"12333": (seat("901", skills=frozenset({"bai"})), seat("902", order=2, skills=frozenset({"yi"})))})
    assert keys(choose(roster, "12333", "", {"yi"}, MONDAY_10)) == ["seat:902", "seat:901"]


def test_nobody_is_rung_outside_the_shift() -> None:
    roster = Roster({"12333": (seat("901", shifts=(OFFICE,)),)})
    assert choose(roster, "12333", "", (), MONDAY_10.replace(hour=17, minute=30)) == ()
    assert choose(roster, "12333", "", (), MONDAY_10 - timedelta(days=1)) == ()
    assert keys(choose(roster, "12333", "", (), MONDAY_10)) == ["seat:901"]


def test_a_night_shift_belongs_to_the_day_on_which_it_began() -> None:
    night = Shift(frozenset({1}), 22 * 60, 6 * 60)
    roster = Roster({"12348": (seat("901", shifts=(night,)),)})
    tuesday_5 = datetime(2026, 11, 24, 5, tzinfo=CITY)
    assert choose(roster, "12348", "", (), tuesday_5)
    assert choose(roster, "12348", "", (), tuesday_5 + timedelta(hours=1)) == ()
    assert choose(roster, "12348", "", (), tuesday_5 - timedelta(days=1)) == ()


def test_a_holiday_is_no_workday_and_a_make_up_day_is_one() -> None:
    shift = Shift(begins=8 * 60, ends=18 * 60, workdays=True)
    roster = Roster({"12333": (seat("901", shifts=(shift,)),)})
    off, worked = date(2026, 11, 23), date(2026, 11, 22)

    def works(day: date) -> bool:
        return day == worked or (day.isoweekday() <= 5 and day != off)

    assert choose(roster, "12333", "", (), MONDAY_10, works=works) == ()
    assert choose(roster, "12333", "", (), MONDAY_10 - timedelta(days=1), works=works)


def test_an_expert_at_another_pbx_is_dialled_through_its_trunk() -> None:
    entry = Entry(TargetKind.OUTSIDE, "8001", "人社局科长", trunk="hrss")
    (found,) = choose(Roster({"12333": (entry,)}), "12333", "", (), MONDAY_10)
    assert (found.device, found.role.value, found.key) == ("8001@trunk-hrss", "outside", "outside:8001")


def test_a_unit_line_is_dialled_by_its_own_name() -> None:
    (found,) = choose(Roster({"12348": (Entry(TargetKind.UNIT, "12348", "法援"),)}), "12348", "", (), MONDAY_10)
    assert (found.device, found.role.value) == ("unit-12348", "unit")


# -- whatever the roster -------------------------------------------------------------------------------------------

minutes = st.integers(0, 1439)
shifts = st.builds(
    Shift,
    st.frozensets(st.integers(1, 7), min_size=1),
    minutes,
    minutes.map(lambda minute: minute + 1),
    st.booleans(),
).filter(lambda shift: shift.begins != shift.ends)
entries = st.builds(
    Entry,
    kind=st.sampled_from([TargetKind.SEAT, TargetKind.UNIT]),
    ref=st.sampled_from(["901", "902", "903", "12348"]),
    name=st.just("某"),
    topic=st.sampled_from(["", "工伤", "社保"]),
    order=st.integers(1, 9),
    shifts=st.lists(shifts, max_size=2).map(tuple),
    skills=st.frozensets(st.sampled_from(["yi", "bai"])),
)
rosters = st.dictionaries(
    st.sampled_from(["12333", "12348"]),
    st.lists(entries, min_size=1, max_size=8, unique_by=lambda e: (e.target.key, e.topic)).map(
        lambda found: tuple(sorted(found, key=lambda entry: entry.order))
    ),
).map(Roster)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(CITY))  # noqa: DTZ001  # Hypothesis wants them naive
some_keys = st.frozensets(st.sampled_from(["seat:901", "seat:902", "unit:12348", "seat:none"]))


@given(rosters, st.sampled_from(["12333", "12348", "1"]), st.sampled_from(["", "工伤", "其他"]), moments, some_keys)
def test_only_the_hotlines_own_on_shift_and_free_ones_are_rung_each_once(
    roster: Roster, hotline: str, topic: str, at: datetime, out: frozenset[str]
) -> None:
    found = choose(roster, hotline, topic, {"yi"}, at, busy=out)
    assert len(set(keys(found))) == len(found) and out.isdisjoint(keys(found))
    here = {entry.target.key for entry in roster.hotlines.get(hotline, ()) if not topic or entry.topic in ("", topic)}
    assert here >= set(keys(found))


@given(rosters, moments)
def test_trying_one_after_the_other_reaches_everybody_who_could_be_rung_and_ends(roster: Roster, at: datetime) -> None:
    everybody = choose(roster, "12333", "", (), at)
    tried: list[str] = []
    while left := choose(roster, "12333", "", (), at, tried=tried):
        tried.append(left[0].key)
    assert tried == keys(everybody)


@given(rosters)
def test_a_roster_survives_its_json(roster: Roster) -> None:
    row = Row(json.loads(json.dumps(roster_json(roster))))
    assert read_roster(row) == roster and row.problems == []


def test_all_errors_of_a_roster_are_told_at_once_with_their_place() -> None:
    wrong = {
        "12333": [
            {"kind": "robot", "ref": "901", "name": "", "order": 0},
            {"kind": "outside", "ref": "13800000000;x", "name": "某", "trunk": "", "color": 1},
            {"kind": "seat", "ref": "901", "name": "某\n某", "shifts": [{"days": [], "from": "25:00", "to": "24:00"}]},
        ],
        "abc": [],
    }
    row = Row(wrong, "roster")
    read_roster(row)
    places = {problem.place for problem in row.problems}
    assert {
        "roster.12333.0.kind",
        "roster.12333.0.name",
        "roster.12333.0.order",
        "roster.12333.1.ref",
        "roster.12333.1.trunk",
        "roster.12333.1.color",
        "roster.12333.2.name",
        "roster.12333.2.shifts.0.days",
        "roster.12333.2.shifts.0.from",
        "roster.abc",
    } <= places
    with pytest.raises(ReadError, match="12333"):
        row.stop()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["12333", "kind", "ref", "shifts", "days", "from"]), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(anything)
def test_no_json_makes_the_reader_fall_over(value: object) -> None:
    read_roster(Row(value))


def test_the_moment_is_city_time() -> None:
    """A shift is written in city time; the same instant in UTC is another hour, so the caller converts."""
    roster = Roster({"12333": (seat("901", shifts=(OFFICE,)),)})
    assert choose(roster, "12333", "", (), MONDAY_10.astimezone(UTC)) == ()
