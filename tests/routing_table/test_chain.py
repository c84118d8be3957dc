"""A row's own chain, a share of calls, and a merge that is taken back."""

from __future__ import annotations

import pytest

from routing_table import CITY_ZONE, Arrival, Mode, Route, StepKind, Table, TableError, from_json, lookup, to_json
from routing_table.edits import Action, Edit, apply_edits
from routing_table.entities import Entity
from routing_table.share import bucket_of
from tests.routing_table.city import DEMO, NIGHT, OFFICE_HOURS, changed, codes, moment, path, route


def way(number: str, table: Table, at: str = OFFICE_HOURS) -> list[str]:
    return [step for step in path(route(number, at, table=table)) if not step.startswith(("prompt:", "menu:"))]


def test_a_row_without_a_chain_goes_the_way_of_its_mode() -> None:
    assert way("12348", DEMO) == ["unit_line:unit-12348", "shared_seats:shared"]


def test_a_chain_replaces_the_people_of_the_mode_and_keeps_its_greeting() -> None:
    table = changed("12315", chain="expert_seats shared_seats", expert_seat_allowed=True)
    found = route("12315", table=table)
    assert path(found) == ["prompt:greet-12315", "expert_seats:expert", "shared_seats:shared"]
    assert found.mode is Mode.MERGED


def test_a_chain_to_another_hotline_takes_its_people_and_skills_but_not_its_greeting() -> None:
    table = changed("12315", chain="hotline:12348")
    found = route("12315", table=table)
    assert path(found) == ["prompt:greet-12315", "unit_line:unit-12348", "shared_seats:shared"]
    assert found.number == "12315"
    assert found.skills == ("12348",)
    assert way("12315", table, NIGHT) == ["shared_seats:shared"]


def test_a_chain_that_goes_round_ends_at_shared_seats() -> None:
    table = changed("12348", chain="hotline:12315", table=changed("12315", chain="hotline:12348"))
    found = route("12315", table=table)
    assert found.steps[-1].kind is StepKind.SHARED_SEATS
    assert "chain-loop" in codes(found)
    assert "chain-rescued" in codes(found)


def test_a_chain_of_lines_only_gets_shared_seats_when_they_are_closed() -> None:
    table = changed("12348", chain="unit_line")
    assert way("12348", table) == ["unit_line:unit-12348", "shared_seats:shared"]
    assert way("12348", table, NIGHT) == ["shared_seats:shared"]


def test_a_line_behind_the_shared_seats_is_followed_by_them_again() -> None:
    table = changed("12348", chain="shared_seats unit_line")
    assert way("12348", table) == ["shared_seats:shared", "unit_line:unit-12348", "shared_seats:shared"]


def test_a_chain_may_end_with_an_announcement_or_a_message() -> None:
    told = changed("12315", chain="announcement:not-in-service")
    assert way("12315", told) == ["announcement:not-in-service", "hangup:not-in-service"]
    asked = changed("12315", chain="message")
    assert way("12315", asked) == ["message:leave-message", "hangup:leave-message"]


def test_an_announcement_before_a_closed_line_is_not_the_end() -> None:
    table = changed("12348", chain="announcement:please-hold unit_line")
    assert way("12348", table, NIGHT) == ["announcement:please-hold", "shared_seats:shared"]


def test_a_chain_rings_an_emergency_number_by_its_policy() -> None:
    table = changed("12350", rolled_back="2026-01-01", chain="emergency:119 shared_seats")
    assert way("12350", table) == ["emergency:emergency-119", "shared_seats:shared"]


def test_12328_reaches_no_expert_through_any_chain() -> None:
    table = changed("12328", chain="hotline:12333 expert_seats shared_seats")
    assert all(step.kind is not StepKind.EXPERT_SEATS for step in route("12328", table=table).steps)


def test_a_chain_to_a_cancelled_number_skips_it() -> None:
    found = route("12315", table=changed("12315", chain="hotline:12396 shared_seats"))
    assert path(found)[-1] == "shared_seats:shared"
    assert "chain-gone" in codes(found)


@pytest.mark.parametrize(
    "chain", ["somewhere", "shared_seats:x", "announcement", "hotline", "announcement:../x", "shared_seats " * 9]
)
def test_a_chain_that_cannot_be_read_is_refused_with_its_place(chain: str) -> None:
    with pytest.raises(TableError) as caught:
        changed("12315", chain=chain)
    assert caught.value.problems[0].place == "row/12315/chain"


@pytest.mark.parametrize(
    "number, chain",
    [
        ("12315", "hotline:12315"),
        ("12315", "hotline:12999"),
        ("12315", "unit_line:unit-nowhere"),
        ("12315", "emergency:123"),
        ("12315", "message shared_seats"),
    ],
)
def test_a_published_table_has_no_chain_to_nothing(number: str, chain: str) -> None:
    text = to_json(changed(number, chain=chain))
    with pytest.raises(TableError):
        from_json(text)
    assert from_json(text, draft=True).by_number[number].rows[0].chain


def shared_of(table: Table, number: str = "12348", at: str = OFFICE_HOURS) -> int:
    """Of 1000 callers, how many do not ring the unit."""
    found = 0
    for n in range(1000):
        answer = lookup(table, Arrival(number, f"1380000{n:04}", (), "carrier"), moment(at))
        assert isinstance(answer, Route)
        assert answer.steps[-1].kind is StepKind.SHARED_SEATS
        found += all(step.kind is not StepKind.UNIT_LINE for step in answer.steps)
    return found


def test_a_share_of_the_callers_goes_to_shared_seats() -> None:
    assert shared_of(DEMO) == 0
    assert 250 < shared_of(changed("12348", shared_percent=30)) < 350
    assert shared_of(changed("12348", shared_percent=100)) == 1000


def test_a_caller_stays_on_the_same_side_and_a_larger_share_takes_nobody_back() -> None:
    grown = [changed("12348", shared_percent=percent) for percent in (0, 10, 50, 100)]
    for n in range(200):
        lengths = [len(way_of(table, f"1380000{n:04}")) for table in grown]
        assert lengths == sorted(lengths, reverse=True)


def way_of(table: Table, caller: str) -> tuple[object, ...]:
    answer = lookup(table, Arrival("12348", caller), moment(OFFICE_HOURS))
    assert isinstance(answer, Route)
    return answer.steps


def test_a_hidden_caller_is_decided_by_the_call() -> None:
    table = changed("12348", shared_percent=50)
    sides = set()
    for n in range(50):
        answer = lookup(table, Arrival("12348", "anonymous", key=f"176.{n}"), moment(OFFICE_HOURS))
        assert isinstance(answer, Route)
        sides.add(answer.steps[1].kind)
    assert sides == {StepKind.UNIT_LINE, StepKind.SHARED_SEATS}


def test_the_share_is_the_same_on_every_machine() -> None:
    assert [bucket_of(name) for name in ("", "13800000000", "1763.1")] == [85, 44, 45]


def test_a_share_by_hours_leaves_the_other_hours_to_the_unit() -> None:
    table = changed("12348", shared_percent=100, shared_calendar="unit-12328")  # until 18:00
    table = apply_edits(table, [Edit(Action.CHANGE, Entity.UNIT_LINE, "unit-12348", {"calendar": "day"})])  # 20:00
    assert way("12348", table) == ["shared_seats:shared"]
    assert way("12348", table, "2026-11-20T19:00") == ["unit_line:unit-12348", "shared_seats:shared"]
    assert "share-hours" in codes(route("12348", "2026-11-20T19:00", table=table))


def test_a_merge_taken_back_answers_as_the_unit_did() -> None:
    table = changed("12396", rolled_back="2026-11-01")
    assert route("12396", "2026-10-31T10:00", table=table).mode is Mode.CANCELLED
    found = route("12396", table=table)
    assert found.mode is Mode.TRANSFER
    assert path(found) == ["prompt:greet-12396", "shared_seats:shared"]
    assert "rolled-back" in codes(found)


def test_a_merge_taken_back_ends_the_share() -> None:
    table = changed("12348", shared_percent=100, rolled_back="2026-11-01")
    assert way("12348", table) == ["unit_line:unit-12348", "shared_seats:shared"]


def test_a_snapshot_of_before_reads_as_it_was() -> None:
    assert DEMO.version == "1-52e57aef870f"  # what issue 2 published
    assert from_json(to_json(DEMO)) == DEMO
    assert all(row.chain == () and row.shared_percent == 0 for row in DEMO.rows)
    assert moment(OFFICE_HOURS).tzinfo is CITY_ZONE
