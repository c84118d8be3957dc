"""Real calls against a draft."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from routing_table import CITY_ZONE, Arrival, Table, lookup
from routing_table.edits import Action, Edit, apply_edits
from routing_table.entities import Entity
from routing_table.replay import Moved, PastCall, prompts, replay, say_way, way
from tests.routing_table.city import DEMO, NIGHT, OFFICE_HOURS, ask, changed, moment
from tests.routing_table.random_tables import arrivals, tables

BEGINS = datetime(2026, 11, 14, tzinfo=CITY_ZONE)
NUMBERS = [row.number for row in DEMO.rows]


def calls(number: str, count: int = 3, at: str = OFFICE_HOURS) -> list[PastCall]:
    return [PastCall(number, moment(at), f"1380000{n:04}", (), "carrier", f"{number}-{n}") for n in range(count)]


def test_an_equal_table_moves_nobody() -> None:
    found = replay(DEMO, DEMO, [*calls("12348"), *calls("12315")])
    assert (found.calls, found.moved, found.heard) == (6, (), ())


def test_calls_that_would_go_elsewhere_are_counted_by_number_and_way() -> None:
    table = changed("12348", seats="merged")
    found = replay(DEMO, table, [*calls("087212348", 7), *calls("12348", 2, NIGHT), *calls("12315")])
    assert found.calls == 12
    assert found.moved == (
        Moved(
            "12348",
            "unit_line:unit-12348>shared_seats[12348]",
            "shared_seats[12348]",
            7,
            tuple(f"087212348-{n}" for n in range(5)),
        ),
    )
    assert say_way(found.moved[0].from_) == "单位线路unit-12348 → 共享坐席（技能12348）"


def test_another_greeting_moves_nobody_but_is_told() -> None:
    found = replay(DEMO, changed("12315", greeting="greet-12345"), calls("12315"))
    assert found.moved == ()
    assert [(item.from_, item.to, item.count) for item in found.heard] == [
        ("prompt:greet-12315", "prompt:greet-12345", 3)
    ]


def test_a_number_that_is_no_longer_answered() -> None:
    table = changed("12315", valid_until="2026-01-01")
    arrival = [PastCall("12315", moment(OFFICE_HOURS), "13800000000")]
    assert [(item.number, item.to) for item in replay(DEMO, table, arrival).moved] == [("12315", "none")]
    assert say_way("none") == "不接入"


def test_a_share_moves_its_share_of_the_callers() -> None:
    found = replay(DEMO, changed("12348", shared_percent=30), calls("12348", 1000))
    assert 250 < sum(item.count for item in found.moved) < 350


def test_hours_and_overrides_of_one_day_are_told_apart() -> None:
    table = changed("12348", seats="merged")
    day = [PastCall("12348", moment(f"2026-11-20T{hour:02}:10")) for hour in range(24)]
    assert sum(item.count for item in replay(DEMO, table, day).moved) == 6  # 08:30-12:00 14:30-18:00
    shut = {"is_open": False, "since": "2026-11-20T09:05", "until": "2026-11-20T11:05"}
    closed = apply_edits(DEMO, [Edit(Action.CHANGE, Entity.CALENDAR, "unit-12348", {"overrides": [shut]})])
    moved = replay(DEMO, closed, day).moved
    assert sum(item.count for item in moved) == 2


def test_ways_are_said_in_chinese() -> None:
    assert say_way(way(ask("110"))) == "紧急号码emergency-110 → 共享坐席（技能综合，优先级100）"
    assert say_way(prompts(ask("12345"))) == "提示音greet-12345 → 菜单12345-day"
    assert say_way(way(ask("12396"))) == "播报cancelled"
    assert say_way(way(ask("12396")), {"cancelled": "“该号码已取消”"}) == "播报“该号码已取消”"


def test_a_hundred_thousand_calls_of_a_week_are_replayed_in_two_seconds() -> None:
    """CPU time: the machine is shared. Distinct callers and a share, so that the caller counts."""
    table = changed("12315", chain="hotline:12348 shared_seats", table=changed("12348", shared_percent=30))
    past = [
        PastCall(
            "0872" + NUMBERS[n % len(NUMBERS)],
            BEGINS + timedelta(seconds=n * 7919 % 604_800),
            f"0138{n:08}",
            ("<sip:12315@h>",) if n % 7 == 0 else (),
            "carrier",
        )
        for n in range(100_000)
    ]
    began = time.process_time()
    found = replay(DEMO, table, past)
    assert time.process_time() - began <= 2.0
    assert found.calls == 100_000
    assert sum(item.count for item in found.moved) > 3_000


@settings(max_examples=100, deadline=None)
@given(
    tables,
    tables,
    arrivals,
    st.lists(st.integers(0, 3 * 1440), min_size=1, max_size=30),
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - city time
)
def test_the_cache_never_says_anything_but_what_lookup_says(
    old: Table, new: Table, arrival: Arrival, minutes: list[int], begins: datetime
) -> None:
    past = [
        PastCall(
            arrival.dialled,
            begins.replace(tzinfo=CITY_ZONE) + timedelta(minutes=minute),
            f"138000{minute:05}",
            arrival.diversions,
            arrival.trunk,
        )
        for minute in minutes
    ]
    moved = heard = 0
    for call in past:
        asked = Arrival(call.dialled, call.caller, call.diversions, call.trunk)
        one, other = lookup(old, asked, call.at), lookup(new, asked, call.at)
        moved += way(one) != way(other)
        heard += way(one) == way(other) and prompts(one) != prompts(other)
    found = replay(old, new, past)
    assert sum(item.count for item in found.moved) == moved
    assert sum(item.count for item in found.heard) == heard
    for item in (*found.moved, *found.heard):
        assert say_way(item.from_)
        assert say_way(item.to)
