"""Random tables, arrivals and moments for property tests: also ones that no loader would take."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import strategies as st

from routing_table import (
    AfterAnnouncement,
    Arrival,
    Calendar,
    City,
    DayException,
    EmergencyNumber,
    EmergencyPolicy,
    Hotline,
    Link,
    LinkKind,
    MergeMode,
    NeverOpened,
    Override,
    Period,
    Row,
    Seats,
    Table,
    Trunk,
    UnitLine,
    YearNotice,
)

NUMBERS = ["12345", "12315", "12333", "12348", "12356", "96301", "110", "12398", "08722312345", "2312345", "999"]

numbers = st.sampled_from(NUMBERS)
maybe_number = st.one_of(st.just(""), numbers)
days = st.dates(date(2020, 1, 1), date(2030, 12, 31))
some_days = st.frozensets(days, max_size=3)
maybe_day = st.one_of(st.none(), days)
moments = st.datetimes(
    datetime(1, 1, 1),  # noqa: DTZ001 - hypothesis adds the zones
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-12))]),
)
minutes = st.integers(0, 1439)
periods = st.builds(lambda start, length: Period(start, start + length), minutes, st.integers(1, 1440))
hours = st.lists(periods, max_size=2).map(tuple)
names = st.sampled_from(["day", "unit", "night", "lost"])
calendars = st.builds(
    Calendar,
    names,
    st.tuples(*[hours] * 7),
    hours,
    hours,
    st.lists(st.builds(DayException, days, hours), max_size=2).map(tuple),
    st.lists(st.builds(Override, st.booleans(), moments, moments), max_size=1).map(tuple),
    st.lists(
        st.builds(YearNotice, st.integers(2020, 2030), some_days, some_days),
        max_size=2,
    ).map(tuple),
)
hotlines = st.builds(Hotline, numbers, st.just("热线"), st.just("单位"), st.sampled_from(MergeMode))
links = st.one_of(
    st.sampled_from([Link(LinkKind.SHARED_SEATS), Link(LinkKind.EXPERT_SEATS), Link(LinkKind.MESSAGE)]),
    st.builds(Link, st.just(LinkKind.UNIT_LINE), st.sampled_from(["", "unit-1", "unit-2"])),
    st.builds(Link, st.just(LinkKind.HOTLINE), numbers),
    st.builds(Link, st.just(LinkKind.ANNOUNCEMENT), st.just("closed-today")),
    st.builds(Link, st.just(LinkKind.EMERGENCY), st.sampled_from(["110", "120"])),
)
rows = st.builds(
    Row,
    hotlines,
    st.booleans(),
    st.sampled_from(Seats),
    st.booleans(),
    st.booleans(),
    valid_from=maybe_day,
    valid_until=maybe_day,
    transition_from=maybe_day,
    cut_over=maybe_day,
    aliases=st.lists(numbers, max_size=2).map(tuple),
    expert_direct=st.booleans(),
    priority=st.integers(0, 99),
    after_announcement=st.sampled_from(AfterAnnouncement),
    menu_open=st.sampled_from(["", "menu-day"]),
    menu_closed=st.sampled_from(["", "menu-night"]),
    menu_calendar=st.one_of(st.just(""), names),
    chain=st.one_of(st.just(()), st.lists(links, max_size=4).map(tuple)),
    shared_percent=st.sampled_from([0, 0, 30, 100]),
    shared_calendar=st.one_of(st.just(""), names),
    rolled_back=st.one_of(st.none(), st.none(), days),
)
lines = st.builds(
    UnitLine,
    st.sampled_from(["unit-1", "unit-2"]),
    numbers,
    names,
    maybe_number,
    valid_from=maybe_day,
    valid_until=maybe_day,
)
trunks = st.builds(Trunk, st.sampled_from(["carrier", "other"]), st.booleans(), maybe_number, maybe_number)
emergencies = st.builds(
    EmergencyNumber, st.sampled_from(["110", "120"]), st.just("急"), st.just("单位"), st.sampled_from(EmergencyPolicy)
)
tables = st.builds(
    Table,
    st.just("1-0"),
    st.builds(City, st.just("市"), st.sampled_from(["0872", "010"])),
    st.lists(rows, max_size=6).map(tuple),
    st.lists(calendars, max_size=3).map(tuple),
    st.just(()),
    st.lists(lines, max_size=3).map(tuple),
    st.lists(trunks, max_size=2).map(tuple),
    st.lists(emergencies, max_size=2).map(tuple),
    st.lists(st.builds(NeverOpened, numbers, st.just("未开通")), max_size=1).map(tuple),
)
diversions = st.lists(
    st.one_of(
        st.text(max_size=40),
        numbers,
        st.builds("<sip:{}@h>;reason={}".format, numbers, st.sampled_from(["no-answer", "unconditional", ""])),
    ),
    max_size=4,
).map(tuple)
arrivals = st.builds(
    Arrival,
    st.one_of(st.text(max_size=40), numbers),
    st.one_of(st.none(), st.text(max_size=40)),
    diversions,
    st.sampled_from([None, "carrier", "other", "stranger"]),
)
