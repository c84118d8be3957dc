"""That no expert answered: one line of the gateway's journal, folded into the call's record."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from gateway.journal import JournalEvent, SeatEventLine, parse_seat_line, reduce_call, roster_mark
from tests.journal.samples import events as base
from tests.journal.test_talks import events as talk_events


def mark(call: str, at: datetime) -> JournalEvent:
    value = {"at": at.timestamp(), "seat": "801", "event": "roster", "reason": "12333", "by": "801", "call": call}
    line = parse_seat_line(json.dumps({**value, "reference": "专家901,专家902"}).encode(), "seats", 40)
    assert isinstance(line, SeatEventLine)
    return roster_mark(line)


def test_a_call_that_no_expert_answered_says_so_and_since_when() -> None:
    events = base("answered")
    at = events[-1].at - timedelta(seconds=1)
    found = reduce_call([*events, mark(events[0].linkedid, at)])
    assert (found.no_expert_at, found.no_expert) == (at, "12333")
    assert reduce_call(events).no_expert_at is None


def test_the_mark_changes_nothing_else_of_the_call_and_read_twice_is_one() -> None:
    events = base("answered")
    line = mark(events[0].linkedid, events[-1].at - timedelta(seconds=1))
    with_mark, plain = reduce_call([line, *events, line]), reduce_call(events)
    for name in ("legs", "talking_s", "total_s", "seat", "outcome", "ended_by", "state"):
        assert getattr(with_mark, name) == getattr(plain, name), name


def test_an_expert_who_came_after_it_takes_the_mark_away() -> None:
    events = talk_events("no_answer_then_three_way")
    third = next(leg for leg in reduce_call(events).legs if leg.verb == "three_way")
    assert third.joined_at
    before, after = third.started_at - timedelta(seconds=0.1), third.joined_at + timedelta(seconds=0.1)
    call = events[0].linkedid
    assert reduce_call([*events, mark(call, before)]).no_expert_at is None
    assert reduce_call([*events, mark(call, after)]).no_expert_at == after
