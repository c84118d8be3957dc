"""The reducer on real calls of three and more: each leg's own time, checked against the stopwatch of the test."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.journal import CallRecord, CallState, JournalEvent, LegRecord, LegResult, LegRole, reduce_call
from tests.journal.samples import FOLDER, events_in
from tests.journal.samples import events as base

TALKS = FOLDER / "talks"
NAMES = sorted(path.stem for path in TALKS.glob("*.csv"))
STOPWATCH: dict[str, dict[str, float]] = json.loads((TALKS / "stopwatch.json").read_text("utf-8"))
OFF_S = 0.2  # what a figure may differ from a stopwatch


def events(name: str) -> list[JournalEvent]:
    """As the taker gives them: a leg that was placed by itself belongs to the call it names."""
    found = events_in((TALKS / f"{name}.csv").read_bytes(), name)
    call = found[0].linkedid
    own = [event for event in found if event.linkedid == call or event.event != "LINKEDID_END"]
    return [replace(event, linkedid=call) for event in own]


def record(name: str) -> CallRecord:
    return reduce_call(events(name), experts={"901", "902"})


def leg(found: CallRecord, device: str, verb: str = "") -> LegRecord:
    return next(one for one in found.legs if one.device == device and (not verb or one.verb == verb))


def near(seconds: float) -> Any:
    return pytest.approx(seconds, abs=OFF_S)


def test_consult_join_aside_and_leave_are_counted_apart_for_each_leg() -> None:
    at, found = STOPWATCH["consult_join_leave"], record("consult_join_leave")
    consult = (at["join"] - at["consult"]) + (at["join2"] - at["swap"])
    together = (at["aside"] - at["join"]) + (at["left"] - at["join2"])
    seat, expert = leg(found, "seat-801"), leg(found, "seat-901")
    assert (seat.consult_s, expert.consult_s, found.consult_s) == (near(consult),) * 3
    assert (seat.three_way_s, expert.three_way_s, found.three_way_s) == (near(together),) * 3
    before = at["ring"] - at["pair"] + at["swap"] - at["aside"]
    assert seat.talk_s == near(before + together)
    assert expert.talk_s == near(together + at["end"] - at["left"])
    assert found.hold_s == near((at["join"] - at["ring"]) + (at["join2"] - at["swap"]))
    assert expert.hold_s == near(at["swap"] - at["aside"])
    assert found.talking_s == near(found.total_s - found.hold_s - at["pair"])


def test_the_first_seat_is_not_credited_with_what_the_expert_talks_after_it() -> None:
    at, found = STOPWATCH["seat_gone_in_consult"], record("seat_gone_in_consult")
    seat, expert = leg(found, "seat-801"), leg(found, "seat-901")
    assert seat.talk_s == near(at["ring"] - at["pair"]) and expert.talk_s == near(at["end"] - at["left"])
    assert seat.consult_s == expert.consult_s == near(at["left"] - at["consult"])
    assert found.seat == "801"  # it stays the first receiver


def test_every_leg_says_who_it_is_and_which_verb_brought_it_in() -> None:
    found = record("consult_join_leave")
    assert [(one.role, one.verb, one.brought_by, one.name) for one in found.legs] == [
        (LegRole.CALLER, "", "", ""),
        (LegRole.SEAT, "offer", "", ""),
        (LegRole.EXPERT, "consult", "801", "张工"),
    ]


def test_a_seat_that_is_rung_again_after_its_line_was_lost_resumes() -> None:
    found = base("answered")
    offer = next(n for n, event in enumerate(found) if event.event == "hl.offer")
    fields = {"fields": {"seat": "801", "back": "1"}}
    back = replace(found[offer], event="hl.restore", offset=90_000, detail=fields)
    assert reduce_call(found).legs[1].verb == "offer"
    before = replace(back, at=found[offer].at - timedelta(microseconds=1))  # the gateway writes both, in this order
    for extra in (before, replace(back, at=found[offer].at + timedelta(microseconds=1))):
        assert [leg.verb for leg in reduce_call([*found, extra]).legs] == ["", "resume"]
    late = replace(before, detail={"fields": {"seat": "801", "back": "0"}})
    assert reduce_call([*found, late]).legs[1].verb == "offer"


def test_a_third_who_does_not_answer_has_the_verb_it_was_rung_by() -> None:
    found = record("no_answer_then_three_way")
    silent, second = leg(found, "seat-901"), leg(found, "seat-902")
    assert (silent.verb, silent.result, silent.talk_s) == ("consult", LegResult.NO_ANSWER, 0)
    assert (second.verb, second.result) == ("three_way", LegResult.ANSWERED)
    at = STOPWATCH["no_answer_then_three_way"]
    assert (second.talk_s, second.three_way_s) == (near(at["drop"] - at["three"]),) * 2
    assert found.consult_s == 0 and found.hold_s == near(2.0 + at["three"] - at["ring2"])  # it rang for 2 s


def test_a_call_handed_to_110_is_talk_of_both_one_after_the_other() -> None:
    at, found = STOPWATCH["handed_to_110"], record("handed_to_110")
    police = leg(found, "emergency-110")
    assert (police.role, police.verb) == (LegRole.EMERGENCY, "hand_over")
    assert police.talk_s == near(at["end"] - at["handed"]) and leg(found, "seat-801").talk_s == near(1.06)
    assert found.three_way_s == 0


def test_a_seat_called_back_by_a_call_of_its_own_is_a_leg_of_this_call() -> None:
    at, found = STOPWATCH["seat_called_back"], record("seat_called_back")
    back = leg(found, "seat-801", "resume")
    assert back.role is LegRole.SEAT and back.talk_s == back.three_way_s == near(at["end"] - at["back"])
    first = leg(found, "seat-801", "offer")
    assert first.talk_s + back.talk_s == near(
        at["ring"] - at["pair"] + at["left"] - at["three"] + at["end"] - at["back"]
    )
    assert found.complete and len(found.legs) == 4


def test_each_consult_has_its_own_recording_as_long_as_the_private_talk() -> None:
    at, found = STOPWATCH["consult_join_leave"], record("consult_join_leave")
    first, second = found.consults
    assert (first.part, second.part) == (1, 2) and first.path != second.path
    assert first.recorded_s == near(at["join"] - at["consult"]) and second.recorded_s == near(at["join2"] - at["swap"])
    assert first.path.startswith(found.recording_path.removesuffix(".wav"))  # type: ignore[union-attr]
    assert record("no_answer_then_three_way").consults == ()


def test_on_hold_the_call_is_still_being_talked() -> None:
    found = events("consult_join_leave")
    moments = [n for n, event in enumerate(found) if event.field("place") in ("dial", "consult", "aside")]
    assert {reduce_call(found[: n + 1]).state for n in moments} == {CallState.TALKING}


@pytest.mark.parametrize("name", NAMES)
def test_nobody_talks_longer_than_the_call_and_the_parts_fit_together(name: str) -> None:
    found = record(name)
    assert found.complete and found.state is CallState.ENDED
    for one in found.legs:
        assert one.three_way_s <= one.talk_s <= found.talking_s + 1e-6
    people = [one for one in found.legs if one.role is not LegRole.CALLER]
    assert found.talking_s <= sum(one.talk_s for one in people) + 1e-6
    assert sum(one.talk_s for one in people) >= found.talking_s + found.three_way_s - 1e-6
    assert found.talking_s + found.hold_s <= found.total_s


@given(name=st.sampled_from(NAMES), data=st.data())
def test_late_doubled_and_missing_events_never_break_the_record(name: str, data: Any) -> None:
    found = events(name)
    again = data.draw(st.lists(st.sampled_from(found), max_size=10))
    assert reduce_call(data.draw(st.permutations(found + again))) == reduce_call(found)
    some = data.draw(st.lists(st.sampled_from(found), min_size=1, unique_by=lambda event: event.offset))
    part = reduce_call(some)
    assert min(part.consult_s, part.three_way_s, part.hold_s) >= 0
    for one in part.legs:
        assert one.three_way_s <= one.talk_s <= part.talking_s + 1e-6
