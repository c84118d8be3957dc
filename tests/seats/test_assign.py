"""Which seat takes which call: every rule as an example, and as a property against the plain reference."""

import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seats import DEFAULT, Pool, Rules, SeatView, Waiting, Why, assign, qualifies
from tests.seats.reference import naive_assign, tier

SKILLS = ("12315", "12333", "12348", "tax")
RULES = Rules(any_skill_after_s=20, any_seat_after_s=40, expert_after_s=30)

skill_sets = st.frozensets(st.sampled_from(SKILLS), max_size=3)
pools = st.sampled_from(Pool)
asked_pools = st.sampled_from((Pool.SHARED, Pool.EXPERT))
seat_ids = st.sampled_from([f"8{n:02}" for n in range(12)])
moments = st.integers(0, 60).map(float)


@st.composite
def lines(draw: st.DrawFn) -> list[Waiting]:
    ids = draw(st.lists(st.integers(0, 99), unique=True, max_size=10))
    return [
        Waiting(
            id=f"c{n:02}",
            since=draw(moments),
            priority=draw(st.integers(0, 2)),
            skills=draw(skill_sets),
            pool=draw(asked_pools),
            refused=draw(st.frozensets(seat_ids, max_size=3)),
            last_seat=draw(st.none() | seat_ids),
            expert_skills=draw(skill_sets),
        )
        for n in ids
    ]


@st.composite
def idle_seats(draw: st.DrawFn) -> list[SeatView]:
    ids = draw(st.lists(seat_ids, unique=True, max_size=10))
    return [SeatView(name, draw(pools), draw(skill_sets), draw(moments)) for name in ids]


def seat(name: str, *skills: str, pool: Pool = Pool.SHARED, idle_since: float = 0.0) -> SeatView:
    return SeatView(name, pool, frozenset(skills), idle_since)


def call(name: str, *skills: str, since: float = 100.0, priority: int = 0) -> Waiting:
    return Waiting(name, since, priority, frozenset(skills))


@settings(max_examples=400)
@given(lines(), idle_seats(), st.integers(60, 130).map(float))
def test_it_decides_exactly_as_the_plain_reference(line: list[Waiting], seats: list[SeatView], now: float) -> None:
    assert assign(line, seats, now, RULES) == naive_assign(line, seats, now, RULES)


@given(lines(), idle_seats(), st.integers(60, 130).map(float))
def test_the_offices_phones_are_offered_nothing(line: list[Waiting], seats: list[SeatView], now: float) -> None:
    office = {seat.id for seat in seats if seat.pool is Pool.OFFICE}
    assert not office & {offer.seat for offer in assign(line, seats, now, RULES)}


@given(lines(), idle_seats(), st.integers(60, 130).map(float))
def test_a_call_gets_one_offer_at_most_and_so_does_a_seat(
    line: list[Waiting], seats: list[SeatView], now: float
) -> None:
    offers = assign(line, seats, now, RULES)
    assert len({offer.call for offer in offers}) == len(offers) == len({offer.seat for offer in offers})


@given(lines(), idle_seats(), st.integers(60, 130).map(float))
def test_no_qualified_seat_stays_idle_while_a_call_waits(
    line: list[Waiting], seats: list[SeatView], now: float
) -> None:
    offers = assign(line, seats, now, RULES)
    left_calls = [each for each in line if each.id not in {offer.call for offer in offers}]
    left_seats = [each for each in seats if each.id not in {offer.seat for offer in offers}]
    assert not [
        (each.id, one.id) for each in left_calls for one in left_seats if tier(each, one, now, RULES) is not None
    ]


@given(lines(), idle_seats(), st.randoms(use_true_random=False))
def test_the_order_of_the_inputs_does_not_matter(line: list[Waiting], seats: list[SeatView], chance: object) -> None:
    before = assign(line, seats, 100.0, RULES)
    chance.shuffle(line)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    chance.shuffle(seats)  # type: ignore[attr-defined]
    assert assign(line, seats, 100.0, RULES) == before


@given(lines(), idle_seats())
def test_an_offer_is_never_made_to_a_seat_the_call_may_not_take(line: list[Waiting], seats: list[SeatView]) -> None:
    by_id = {each.id: each for each in seats}
    calls = {each.id: each for each in line}
    for offer in assign(line, seats, 100.0, RULES):
        assert qualifies(calls[offer.call], by_id[offer.seat], 100.0, RULES)


@given(lines(), idle_seats())
def test_waiting_longer_never_takes_a_seat_away(line: list[Waiting], seats: list[SeatView]) -> None:
    for each in line:
        for one in seats:
            if qualifies(each, one, 100.0, RULES):
                assert qualifies(each, one, 160.0, RULES)


def test_higher_priority_goes_before_longer_waiting() -> None:
    line = [call("old", since=10), call("urgent", since=99, priority=1)]
    assert [offer.call for offer in assign(line, [seat("801")], 100.0)] == ["urgent"]


def test_longer_waiting_goes_first_and_equal_waiting_goes_by_id() -> None:
    line = [call("c3", since=50), call("c2", since=40), call("c1", since=50)]
    seats = [seat("801"), seat("802"), seat("803")]
    assert [offer.call for offer in assign(line, seats, 100.0)] == ["c2", "c1", "c3"]


def test_the_longest_idle_seat_is_taken_first() -> None:
    seats = [seat("801", idle_since=30), seat("802", idle_since=10), seat("803", idle_since=20)]
    assert [offer.seat for offer in assign([call("c1")], seats, 100.0)] == ["802"]


def test_a_caller_reaches_the_seat_they_talked_to_before() -> None:
    seats = [seat("801", idle_since=1), seat("802", idle_since=50)]
    offers = assign([replace(call("c1"), last_seat="802")], seats, 100.0)
    assert [(offer.seat, offer.why) for offer in offers] == [("802", Why.LAST_SEAT)]


def test_the_seat_from_before_does_not_get_the_call_without_the_skill() -> None:
    offers = assign([replace(call("c1", "tax"), last_seat="802")], [seat("801", "tax"), seat("802")], 100.0)
    assert [offer.seat for offer in offers] == ["801"]


def test_all_skills_then_one_of_them_then_any_shared_seat() -> None:
    wants = call("c1", "tax", "12315", since=100)
    half, none = seat("801", "tax"), seat("802")
    assert [qualifies(wants, half, now, RULES) for now in (119.9, 120.0)] == [False, True]
    assert [qualifies(wants, none, now, RULES) for now in (139.9, 140.0)] == [False, True]


def test_a_relaxed_call_still_prefers_the_seat_that_knows_the_matter() -> None:
    seats = [seat("801", idle_since=1), seat("802", "tax", idle_since=50)]
    offers = assign([call("c1", "tax", since=0)], seats, 100.0, RULES)
    assert [(offer.seat, offer.why) for offer in offers] == [("802", Why.SKILLS)]


def test_an_expert_hotline_reaches_the_expert_pool_only_after_its_time() -> None:
    wants = replace(call("c1", "12333"), expert_skills=frozenset({"12333"}))
    expert = seat("901", "12333", pool=Pool.EXPERT)
    assert [qualifies(wants, expert, now, RULES) for now in (129.9, 130.0)] == [False, True]
    other = seat("902", "12348", pool=Pool.EXPERT)
    assert not qualifies(wants, other, 10_000.0, RULES)


def test_a_call_without_expert_skills_never_goes_to_an_expert() -> None:
    assert not qualifies(call("c1", "tax"), seat("901", "tax", pool=Pool.EXPERT), 10_000.0, RULES)


def test_a_call_for_the_expert_directly_comes_back_to_shared_seats_in_the_end() -> None:
    wants = replace(call("c1"), pool=Pool.EXPERT, expert_skills=frozenset({"12333"}))
    assert qualifies(wants, seat("901", "12333", pool=Pool.EXPERT), 100.0, RULES)
    assert [qualifies(wants, seat("801"), now, RULES) for now in (139.9, 140.0)] == [False, True]


def test_a_seat_that_let_the_call_ring_is_not_offered_it_while_another_is_there() -> None:
    again = replace(call("c1"), refused=frozenset({"801"}))
    seats = [seat("801", idle_since=1), seat("802", idle_since=50)]
    assert [offer.seat for offer in assign([again], seats, 100.0)] == ["802"]


def test_a_seat_that_let_the_call_ring_is_better_than_nobody() -> None:
    again = replace(call("c1"), refused=frozenset({"801"}))
    assert [(o.seat, o.why) for o in assign([again], [seat("801")], 100.0)] == [("801", Why.AGAIN)]


def test_nobody_waits_or_nobody_is_idle_gives_no_offers() -> None:
    assert assign([], [seat("801")], 0.0) == assign([call("c1")], [], 0.0) == ()


def test_rules_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="any_skill_after_s"):
        Rules(any_skill_after_s=50, any_seat_after_s=40)


def test_a_full_house_is_decided_within_a_tenth_of_the_allowed_time() -> None:
    """500 calls x 1000 seats x 30 skills; 100 ms are allowed for a freed seat, 10 ms is what the design aims at."""
    names = [f"s{n}" for n in range(30)]
    seats = [seat(f"{n:04}", *names[n % 30 :], idle_since=float(n * 37 % 1000)) for n in range(1000)]
    line = [call(f"c{n}", names[n * 7 % 30], names[n * 11 % 30], since=float(n % 60)) for n in range(500)]
    best = min(_seconds(line, seats) for _ in range(5))
    assert len(assign(line, seats, 100.0)) == 500
    assert best < 0.050  # generous for a busy machine; `./hotline bench seats` measures
    assert min(_seconds(line, seats[:1]) for _ in range(5)) < 0.010


def _seconds(line: list[Waiting], seats: list[SeatView]) -> float:
    begin = time.perf_counter()
    assign(line, seats, 100.0, DEFAULT)
    return time.perf_counter() - begin
