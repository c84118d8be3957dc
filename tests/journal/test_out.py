"""The reducer on calls that the house placed for a seat, as the real PBX wrote them (seat 801 talks, 802: busy)."""

from __future__ import annotations

import pytest

from gateway.journal import CallRecord, EndedBy, JournalEvent, LegResult, LegRole, Outcome, reduce_call
from gateway.store.follow_up import wants_order, wants_task
from tests.journal.samples import FOLDER, events_in


def events(name: str) -> list[JournalEvent]:
    return events_in((FOLDER / "out" / f"{name}.csv").read_bytes(), name)


def record(name: str) -> CallRecord:
    return reduce_call(events(name))


def test_a_talk_is_the_seats_and_the_citizens_and_its_recording_begins_at_the_answer() -> None:
    found = record("talked")
    seat, citizen = found.legs
    assert (seat.role, seat.seat, citizen.role, citizen.verb) == (LegRole.SEAT, "801", LegRole.OUTSIDE, "call_back")
    assert (found.inbound, found.purpose, found.reference) == (False, "call_back", "task:t801")
    assert (found.outcome, found.ended_by, found.seat) == (Outcome.ANSWERED, EndedBy.CALLER, "801")
    assert found.caller_number == "13900000001" and found.dialled == found.hotline_number == "12315"
    assert found.recorded_s and found.recording_path and found.recorded_s > found.talking_s > 1
    assert found.answered_at and found.connected_at and found.answered_at < found.connected_at


def test_a_citizen_who_is_busy_was_not_reached_and_nothing_is_recorded() -> None:
    found = record("busy")
    assert (found.outcome, found.recording_path, found.recorded_s) == (Outcome.FAILED, None, None)
    assert found.legs[1].result is LegResult.BUSY and found.talking_s == 0


@pytest.mark.parametrize("name", ["talked", "busy"])
def test_it_opens_neither_order_nor_task_wherever_the_journal_is_cut(name: str) -> None:
    whole = events(name)
    for end in range(1, len(whole) + 1):
        part = reduce_call(whole[:end])
        assert not (part.inbound or wants_order(part) or wants_task(part))
