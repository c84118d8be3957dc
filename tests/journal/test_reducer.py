"""The reducer: what became of real calls; and that only the set of events matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.journal import (
    CallState,
    EndedBy,
    LegResult,
    LegRole,
    Outcome,
    lost_mark,
    reduce_call,
)
from tests.journal.samples import NAMES, events

EXPECTED: dict[str, tuple[Outcome, EndedBy, str | None]] = {
    "answered": (Outcome.ANSWERED, EndedBy.CALLER, "801"),
    "seat_hangs_up": (Outcome.ANSWERED, EndedBy.SEAT, "801"),
    "no_answer_then_second_seat": (Outcome.ANSWERED, EndedBy.CALLER, "801"),
    "abandoned_waiting": (Outcome.ABANDONED, EndedBy.CALLER, None),
    "abandoned_ringing": (Outcome.ABANDONED, EndedBy.CALLER, None),
    "announcement": (Outcome.ANNOUNCED, EndedBy.SYSTEM, None),
    "unit_line": (Outcome.UNIT_ANSWERED, EndedBy.CALLER, None),
    "unit_busy": (Outcome.FAILED, EndedBy.SYSTEM, None),
    "emergency": (Outcome.EMERGENCY, EndedBy.UNIT, None),
    "fallback": (Outcome.ANSWERED, EndedBy.CALLER, "801"),
    "cut_route": (Outcome.ABANDONED, EndedBy.CALLER, None),
    "hostile_name": (Outcome.ABANDONED, EndedBy.CALLER, None),
    "diverted": (Outcome.ABANDONED, EndedBy.CALLER, None),
}


@pytest.mark.parametrize("name", NAMES)
def test_what_became_of_a_real_call(name: str) -> None:
    record = reduce_call(events(name))
    assert (record.outcome, record.ended_by, record.seat) == EXPECTED[name]
    assert record.complete and record.state is CallState.ENDED and record.inbound
    assert record.legs[0].role is LegRole.CALLER
    assert record.total_s == pytest.approx((record.legs[0].ended_at - record.started_at).total_seconds())  # type: ignore[operator]


def test_the_record_of_an_answered_call_says_everything() -> None:
    record = reduce_call(events("answered"))
    assert (record.dialled, record.hotline_number, record.hotline_unit) == ("12345", "12345", "市政府")
    assert (record.mode, record.table_version, record.greeting) == ("C", "t1", "greet-12345")
    assert (record.caller_raw, record.caller_number, record.caller_withheld) == ("13800000000", "13800000000", False)
    assert (record.menu, record.choice, record.menu_outcome) == ("menu-12345-day", "social", "chosen")
    assert record.steps == ("menu:menu-12345-day", "shared_seats:all")
    assert record.recording_path == f"2026/11/21/{record.linkedid}.wav"
    assert record.menu_s == pytest.approx(1.0, abs=0.1)
    assert record.waiting_s == pytest.approx(2.5, abs=0.1)  # 1.5 s in line, 1 s of ringing
    assert record.ring_s == pytest.approx(1.0, abs=0.1)
    assert record.talking_s == pytest.approx(2.5, abs=0.1)
    assert record.recorded_s == pytest.approx(6.0, abs=0.1)


def test_diversions_are_as_the_door_kept_them_newest_first() -> None:
    diverted = reduce_call(events("diverted"))
    assert len(diverted.diversions) == 5 and diverted.diversions[4] == "087212317;reason=unconditional"
    assert diverted.hotline_number == "12317" and "diversion-main/12317" in diverted.reasons
    assert reduce_call(events("answered")).diversions == ()


def test_the_skills_are_those_the_call_waited_with_and_the_routes_until_then() -> None:
    found = events("answered")
    waited = next(n for n, event in enumerate(found) if event.event == "hl.wait")
    assert reduce_call(found[:waited]).skills == ("general",)
    assert reduce_call(found).skills == ("social",)  # what hl.wait says; the gateway writes the route's ones there too


def test_each_leg_has_its_part_and_its_times() -> None:
    record = reduce_call(events("no_answer_then_second_seat"))
    caller, first, second = record.legs
    assert (first.device, first.result, first.joined_at) == ("seat-802", LegResult.NO_ANSWER, None)
    assert (second.seat, second.result) == ("801", LegResult.ANSWERED)
    assert second.talk_s == caller.talk_s == record.talking_s > 1
    assert second.joined_at == record.connected_at and second.left_at == caller.left_at
    assert record.offers == 2


def test_a_phone_that_stops_ringing_because_the_caller_left_is_cancelled_not_unanswered() -> None:
    assert reduce_call(events("abandoned_ringing")).legs[1].result is LegResult.CANCELLED


def test_a_busy_phone_is_busy() -> None:
    assert reduce_call(events("unit_busy")).legs[1].result is LegResult.BUSY


def test_the_fallback_is_marked_with_its_reason() -> None:
    record = reduce_call(events("fallback"))
    assert record.fallback and record.fallback_reason == "gateway-away"
    assert record.hotline_number is None and record.dialled == "99999"


def test_the_states_of_a_call_follow_each_other() -> None:
    found = events("answered")
    states = [reduce_call(found[: n + 1]).state for n in range(len(found))]
    changes = [state.value for n, state in enumerate(states) if n == 0 or states[n - 1] != state]
    assert changes == ["arriving", "menu", "arriving", "waiting", "ringing", "talking", "ended"]


def test_the_seat_counts_from_the_conversation_not_from_its_answer() -> None:
    found = events("answered")
    answer = next(n for n, event in enumerate(found) if event.event == "ANSWER" and "seat-801" in event.channel)
    assert reduce_call(found[: answer + 1]).seat is None
    enters = [n for n, event in enumerate(found) if event.event == "BRIDGE_ENTER"]
    assert reduce_call(found[: enters[-1] + 1]).seat == "801"


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_order_of_arrival_and_duplicates_change_nothing(name: str, data: Any) -> None:
    found = events(name)
    again = data.draw(st.lists(st.sampled_from(found), max_size=10))
    shuffled = data.draw(st.permutations(found + again))
    assert reduce_call(shuffled) == reduce_call(found)


@given(name=st.sampled_from(NAMES), data=st.data())
def test_missing_events_never_break_the_record(name: str, data: Any) -> None:
    found = events(name)
    some = data.draw(st.lists(st.sampled_from(found), min_size=1, unique_by=lambda event: event.offset))
    record = reduce_call(some)
    assert min(record.menu_s, record.waiting_s, record.ring_s, record.talking_s, record.total_s) >= 0
    assert all(leg.talk_s <= record.talking_s for leg in record.legs)
    assert record.outcome is Outcome.IN_PROGRESS or record.ended_at is not None


def test_lost_hang_ups_still_end_the_call_when_its_last_channel_is_gone() -> None:
    found = [event for event in events("answered") if event.event not in {"HANGUP", "CHAN_END", "BRIDGE_EXIT"}]
    record = reduce_call(found)
    assert record.complete and record.outcome is Outcome.ANSWERED and record.ended_by is EndedBy.UNKNOWN


def test_a_call_whose_pbx_died_is_ended_by_its_mark() -> None:
    found = events("answered")[:-5]
    running = reduce_call(found)
    assert running.outcome is Outcome.IN_PROGRESS
    record = reduce_call([*found, lost_mark(running.linkedid, running.last_event_at, "silent")])
    assert record.lost and not record.complete and record.recorded_s is None
    assert (
        record.state is CallState.ENDED
        and record.outcome is Outcome.ANSWERED
        and record.ended_at == running.last_event_at
    )


def test_a_call_that_goes_on_after_all_is_not_bound_by_the_mark() -> None:
    found = events("answered")
    for at in (found[5].at, found[-1].at):  # also one that was made up while the last line was being written
        mark = lost_mark(found[0].linkedid, at, "silent")
        assert reduce_call([*found, mark]) == reduce_call(found)


def test_three_people_in_a_conference_talk_each_their_own_time() -> None:
    """Caller and seat are moved into one conference bridge; an expert joins for its last second."""
    found = events("answered")
    exit_at = next(event.at for event in found if event.event == "BRIDGE_EXIT")
    seat = next(event for event in found if event.event == "BRIDGE_ENTER" and "seat-801" in event.channel)
    expert = replace(seat, uniqueid="hl1-9.9", channel="PJSIP/web-901-000000ff", at=exit_at - timedelta(seconds=1))
    joined = [
        replace(expert, event="CHAN_START", at=expert.at - timedelta(seconds=0.5), offset=90_001, detail={}),
        replace(expert, offset=90_002),
        replace(expert, event="BRIDGE_EXIT", at=exit_at, offset=90_003),
        replace(expert, event="HANGUP", at=exit_at, offset=90_004, detail={}),
    ]
    record = reduce_call([*found, *joined], experts={"901"})
    legs = {leg.device: leg for leg in record.legs}
    assert legs["web-901"].role is LegRole.EXPERT and legs["seat-801"].role is LegRole.SEAT
    assert legs["web-901"].talk_s == pytest.approx(1.0, abs=0.01)
    assert legs["seat-801"].talk_s == pytest.approx(record.talking_s, abs=0.01)
    assert record.seat == "801"


def test_bridge_helpers_are_not_people() -> None:
    found = events("answered")
    enter = next(event for event in found if event.event == "BRIDGE_ENTER")
    helper = replace(enter, uniqueid="hl1-8.8", channel="CBAnn/hl1-0000;2", offset=90_000)
    assert len(reduce_call([*found, helper]).legs) == 2


def test_events_of_two_calls_are_refused() -> None:
    with pytest.raises(ValueError, match="two calls"):
        reduce_call([*events("answered"), *events("fallback")])
    with pytest.raises(ValueError, match="no events"):
        reduce_call([])
