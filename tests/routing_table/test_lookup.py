"""The modes under other settings than the demo city's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from routing_table import (
    AfterAnnouncement,
    EmergencyPolicy,
    MergeMode,
    Mode,
    Reason,
    Row,
    Seats,
    Table,
    UnitLine,
    read_reason,
)
from tests.routing_table.city import DEMO, NIGHT, codes, moment, path, route


def with_row(number: str, **changes: object) -> Table:
    rows = tuple(
        replace(row, **changes) if row.number == number else row  # type: ignore[arg-type]  # field names are the test's
        for row in DEMO.rows
    )
    return replace(DEMO, rows=rows)


def row_of(number: str) -> Row:
    return next(row for row in DEMO.rows if row.number == number)


def test_12328_without_its_line_falls_to_shared_seats_and_never_to_experts() -> None:
    found = route("12328", table=replace(DEMO, unit_lines=()))
    assert found.mode is Mode.TRANSFER
    assert path(found) == ["prompt:greet-12328", "shared_seats:shared"]
    assert "no-expert" in codes(found)


def test_12348_without_its_line_goes_to_experts() -> None:
    found = route("12348", table=replace(DEMO, unit_lines=()))
    assert found.mode is Mode.EXPERT
    assert path(found)[-1] == "expert_seats:expert"


def test_a_unit_line_counts_only_while_it_is_valid() -> None:
    lines = (UnitLine("unit-12348", "12348", "day", valid_until=date(2026, 7, 1)),)
    table = replace(DEMO, unit_lines=lines)
    assert route("12348", "2026-06-30T10:00", table=table).mode is Mode.TRANSFER
    assert route("12348", "2026-07-01T10:00", table=table).mode is Mode.EXPERT


def test_a_second_line_is_tried_when_the_first_is_closed() -> None:
    lines = (*DEMO.unit_lines, UnitLine("unit-12348-night", "12348", "day"))
    found = route("12348", "2026-11-20T13:00", table=replace(DEMO, unit_lines=lines))
    assert path(found)[1:] == ["unit_line:unit-12348-night", "shared_seats:shared"]


def test_without_a_transfer_mechanism_the_line_is_not_rung() -> None:
    found = route("12348", table=with_row("12348", transfer_mechanism=False))
    assert path(found) == ["prompt:greet-12348", "shared_seats:shared"]
    assert "no-transfer" in codes(found)


def test_expert_direct_puts_the_expert_first_and_shared_seats_behind() -> None:
    found = route("12333", table=with_row("12333", expert_direct=True))
    assert path(found) == ["prompt:greet-12333", "expert_seats:expert", "shared_seats:shared"]


def test_a_cancelled_number_may_go_on_to_a_person() -> None:
    found = route("12396", table=with_row("12396", after_announcement=AfterAnnouncement.SHARED_SEATS))
    assert found.mode is Mode.CANCELLED
    assert path(found) == ["announcement:cancelled", "shared_seats:shared"]


def test_before_the_transition_prompt_is_due_the_caller_is_just_greeted() -> None:
    table = with_row("12396", transition_from=date(2021, 9, 1))
    assert path(route("12396", "2021-08-31T10:00", table=table))[0] == "prompt:greet-12396"
    assert path(route("12396", "2021-09-01T10:00", table=table))[0] == "prompt:transition"


def test_a_dropped_number_whose_unit_keeps_its_seats_is_transferred_until_the_cut_over() -> None:
    changed = with_row("12396", seats=Seats.KEPT_BY_UNIT)
    table = replace(changed, unit_lines=(*DEMO.unit_lines, UnitLine("unit-12396", "12396", "day")))
    found = route("12396", "2021-09-01T10:00", table=table)
    assert path(found)[2:] == ["unit_line:unit-12396", "shared_seats:shared"]


def test_a_sub_centre_is_rung_and_shared_seats_stand_behind() -> None:
    hotline = replace(row_of("12328").hotline, merge_mode=MergeMode.SUBCENTRE)
    found = route("12328", table=with_row("12328", hotline=hotline))
    assert found.mode is Mode.SUBCENTRE
    assert path(found)[1:] == ["unit_line:unit-12328", "shared_seats:shared"]
    assert path(route("12328", NIGHT, table=with_row("12328", hotline=hotline)))[1:] == ["shared_seats:shared"]


@pytest.mark.parametrize(
    ("policy", "first", "join"),
    [
        (EmergencyPolicy.HAND_OVER, "emergency:emergency-110", False),
        (EmergencyPolicy.THREE_WAY, "emergency:emergency-110", True),
        (EmergencyPolicy.TELL, "announcement:tell-emergency", False),
    ],
)
def test_the_linkage_policy_of_an_emergency_number(policy: EmergencyPolicy, first: str, join: bool) -> None:
    table = replace(DEMO, emergencies=tuple(replace(item, policy=policy) for item in DEMO.emergencies))
    found = route("110", table=table)
    assert path(found) == [first, "shared_seats:shared"]
    assert found.steps[0].join is join


def test_a_row_may_name_its_own_greeting_and_skills() -> None:
    found = route("12315", table=with_row("12315", greeting="greet-market", skills=("market", "12315")))
    assert (found.greeting, path(found)[0], found.skills) == (
        "greet-market",
        "prompt:greet-market",
        ("market", "12315"),
    )


def test_the_route_carries_table_version_caller_and_a_reason_per_decision() -> None:
    found = route("12348")
    assert found.table_version == DEMO.version
    assert [reason.code for reason in found.why] == ["dialled", "row", "unit", "line-open", "shared-last"]
    assert found.reasons[3] == "unit line unit-12348 is open: hours"
    assert found.why[3].chinese == "单位线路unit-12348开放：工作时间"


def test_pages_get_chinese_words_for_what_the_table_calls_otherwise() -> None:
    closed = next(reason for reason in route("12348", "2026-10-10T20:00").why if reason.code == "line-closed")
    assert closed.chinese == "单位线路unit-12348未开放：调休上班日、非工作时间；由共享坐席接听"
    assert route("110").why[1].chinese == "G：紧急号码110，联动方式立即移交"


def test_a_reason_survives_the_journal() -> None:
    for reason in route("12348", "2027-10-01T10:00").why:
        assert reason.coded.isascii()
        assert read_reason(reason.coded) == reason
        assert str(read_reason(reason.coded)) == str(reason)


def test_a_reason_cut_short_or_unknown_speaks_as_itself() -> None:
    assert str(read_reason("line-open")) == "line-open"
    assert read_reason("no-such/1").chinese == "no-such/1"
    assert str(Reason("no-such", ("a/b",))) == "no-such/a-b"


def test_the_same_number_means_another_hotline_from_the_first_minute_of_the_day() -> None:
    assert route("12356", "2025-04-30T23:59").priority == 0
    assert moment("2025-05-01T00:00").utcoffset() is not None
    assert route("12356", "2025-05-01T00:00").priority > 0
