"""Properties of the proof: it judges any table, and a table without errors always ends well."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from routing_table import (
    CITY_ZONE,
    Arrival,
    Calendar,
    City,
    EmergencyNumber,
    Hotline,
    Link,
    LinkKind,
    MergeMode,
    NotRouted,
    Override,
    Period,
    Row,
    Seats,
    Table,
    Trunk,
    UnitLine,
    YearNotice,
    from_json,
    lookup,
    to_json,
    versioned,
)
from routing_table.calendar import WHOLE_DAY
from routing_table.menus import Menu, MenuOption
from routing_table.proof import EMERGENCIES, Facts, prove
from tests.routing_table.random_tables import tables
from tests.routing_table.test_properties import ends_well

TODAY = date(2026, 11, 20)
NUMBERS = ("12345", "12315", "12333", "12348", "12356", "96301")
NAMES = ("day", "unit")
RESCUES = {"chain-rescued", "chain-gone", "chain-long", "chain-no-expert"}

near = st.dates(date(2026, 10, 1), date(2027, 2, 28))
maybe_near = st.one_of(st.none(), st.none(), near)
moments_near = st.datetimes(
    datetime(2026, 11, 20),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2027, 4, 1),  # noqa: DTZ001
    timezones=st.just(CITY_ZONE),
)
overrides = st.builds(
    lambda is_open, since, hours: Override(is_open, since, since + timedelta(hours=hours)),
    st.booleans(),
    moments_near,
    st.integers(1, 200),
)


@st.composite
def calendars(draw: st.DrawFn, name: str) -> Calendar:
    some = st.sampled_from([(), WHOLE_DAY, (Period(510, 720), Period(870, 1080)), (Period(1320, 1800),)])
    return Calendar(
        name,
        (draw(some),) * 5 + (draw(some),) * 2,
        draw(some),
        draw(some),
        overrides=tuple(draw(st.lists(overrides, max_size=1))),
        notices=(YearNotice(2026, frozenset({date(2026, 12, 31)}), frozenset({date(2026, 12, 26)})),),
    )


links = st.one_of(
    st.sampled_from([Link(LinkKind.SHARED_SEATS), Link(LinkKind.UNIT_LINE), Link(LinkKind.EXPERT_SEATS)]),
    st.builds(Link, st.just(LinkKind.HOTLINE), st.sampled_from(NUMBERS)),
    st.sampled_from([Link(LinkKind.ANNOUNCEMENT, "closed-today"), Link(LinkKind.UNIT_LINE, "unit-12348")]),
    st.sampled_from([Link(LinkKind.EMERGENCY, "110"), Link(LinkKind.MESSAGE)]),
)
chains = st.one_of(
    st.just(()),
    st.just(()),
    st.lists(links, min_size=1, max_size=2).map(tuple),
    st.lists(links, max_size=2).map(lambda chain: (*chain, Link(LinkKind.SHARED_SEATS))),
)


@st.composite
def likely_rows(draw: st.DrawFn, number: str) -> Row:
    """A row with at most a mistake or two."""
    kept = number == "12345" or draw(st.booleans())
    begins = draw(near)
    back = draw(st.sampled_from([None, None, begins + timedelta(days=60)]))
    return Row(
        Hotline(number, "热线", "单位", MergeMode.PARALLEL if kept else MergeMode.ABSORBED),
        kept,
        draw(st.sampled_from(Seats)),
        draw(st.booleans()),
        draw(st.booleans()),
        transition_from=None if kept else begins,
        cut_over=None if kept else draw(st.sampled_from([None, begins + timedelta(days=30)])),
        rolled_back=back,
        chain=draw(chains) if number != "12345" else (),
        shared_percent=draw(st.sampled_from([0, 30, 100])),
        shared_calendar=draw(st.sampled_from(["", "day"])),
        menu_open=draw(st.sampled_from(["", "menu-day"] if number == "12345" else [*[""] * 9, "menu-day"])),
        menu_calendar="day",
    )


@st.composite
def likely_tables(draw: st.DrawFn) -> Table:
    known = [draw(calendars(name)) for name in NAMES]
    lines = (
        UnitLine("unit-12348", "12348", draw(st.sampled_from(NAMES)), valid_until=draw(maybe_near)),
        UnitLine("unit-12333", "12333", draw(st.sampled_from(NAMES)), valid_from=draw(maybe_near)),
    )
    return Table(
        "1-0",
        City("市", "0872"),
        tuple(draw(likely_rows(number)) for number in NUMBERS),
        tuple(known),
        known[0].notices,
        lines[: draw(st.integers(0, 2))],
        (Trunk("carrier", believe_diversion=True, default="12345"),),
        tuple(EmergencyNumber(number, "急", "单位") for number in sorted(EMERGENCIES)),
        menus=(Menu("menu-day", "menu-day", (MenuOption("1", "advice", "menu-advice"),)),),
    )


@settings(max_examples=100, deadline=None)
@given(tables, st.dates(date(2019, 1, 1), date(2031, 1, 1)))
def test_any_table_is_judged(table: Table, today: date) -> None:
    nobody: Mapping[str, frozenset[str]] = {}
    found = prove(table, Facts(today, frozenset(), {}, nobody, frozenset(), published=table))
    for finding in found.all:
        assert finding.place.count("/") == 2
        assert "{" not in str(finding) + finding.chinese
    assert len(set(found.all)) == len(found.all)


said_diversions = st.lists(
    st.builds(
        "<sip:{}@h>;reason={}".format,
        st.sampled_from(NUMBERS),
        st.sampled_from(["no-answer", "unconditional"]),
    ),
    max_size=2,
).map(tuple)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(likely_tables(), st.sampled_from(NUMBERS), st.lists(moments_near, min_size=5, max_size=15), said_diversions)
def test_a_table_without_errors_always_ends_at_a_person_or_a_deliberate_announcement_and_is_a_snapshot_that_loads(
    table: Table, number: str, moments: list[datetime], diversions: tuple[str, ...]
) -> None:
    assume(not prove(table, Facts(TODAY)).errors)
    for n, at in enumerate(moments):
        for said in ((), diversions):
            answer = lookup(table, Arrival(number, f"1380000{n:04}", said, "carrier"), at)
            assert not isinstance(answer, NotRouted)
            ends_well(answer)
            rescued = RESCUES & {reason.code for reason in answer.why}
            assert not rescued, (answer.why, at)  # the chain itself ends well: lookup had nothing to add
    numbered = versioned(table, 3)
    assert from_json(to_json(numbered)) == numbered
