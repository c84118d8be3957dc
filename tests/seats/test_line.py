"""Places in line, expected waits, and when the line must be looked at again."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seats import Pool, Rules, SeatView, Waiting, expected_wait, next_relaxation, place_in_line, qualifies
from tests.seats.test_assign import idle_seats, lines

RULES = Rules(any_skill_after_s=20, any_seat_after_s=40, expert_after_s=30)


@given(lines())
def test_every_place_in_line_is_taken_once(line: list[Waiting]) -> None:
    assert sorted(place_in_line(line, call.id) for call in line) == list(range(1, len(line) + 1))


def test_a_call_that_does_not_wait_has_no_place() -> None:
    with pytest.raises(ValueError, match="does not wait"):
        place_in_line([], "c1")


def test_the_head_of_the_line_waits_for_the_next_seat_to_come_free() -> None:
    assert expected_wait(1, 6, 150.0) == 25.0
    assert expected_wait(12, 6, 150.0) == 300.0


def test_without_staff_no_time_is_promised() -> None:
    assert expected_wait(1, 0, 150.0) == math.inf


@given(st.integers(1, 500), st.integers(1, 1000), st.floats(1, 5000))
def test_a_later_place_waits_longer_and_more_seats_shorten_it(place: int, staffed: int, talk_s: float) -> None:
    assert expected_wait(place + 1, staffed, talk_s) > expected_wait(place, staffed, talk_s)
    assert expected_wait(place, staffed + 1, talk_s) < expected_wait(place, staffed, talk_s)


@given(lines(), idle_seats(), st.integers(60, 130).map(float))
def test_between_two_relaxations_nothing_becomes_possible(
    line: list[Waiting], seats: list[SeatView], now: float
) -> None:
    moment = next_relaxation(line, now, RULES)
    just_before = 10_000.0 if moment is None else moment - 0.001
    for call in line:
        for seat in seats:
            assert qualifies(call, seat, now, RULES) == qualifies(call, seat, just_before, RULES)


def test_a_call_that_asks_for_nothing_never_needs_another_look() -> None:
    plain = Waiting("c1", 0.0)
    assert next_relaxation([plain], 1.0, RULES) is None
    assert next_relaxation([replace(plain, skills=frozenset({"tax"}))], 1.0, RULES) == 20.0
    assert next_relaxation([replace(plain, skills=frozenset({"tax"}))], 20.0, RULES) == 40.0
    assert next_relaxation([replace(plain, expert_skills=frozenset({"tax"}))], 1.0, RULES) == 30.0
    assert next_relaxation([replace(plain, pool=Pool.EXPERT)], 25.0, RULES) == 40.0
