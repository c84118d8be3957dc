"""The live board: what people, phones and the PBX do to seats."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import seats
from gateway.ami import Ami, Event
from gateway.board import Board, Timings, WrapUpTerms, seat_of
from gateway.calls.desk import LastSeats
from gateway.errors import CallerFaultError
from gateway.live import LiveCalls
from gateway.pbx_events import PbxEvents, endpoint_of
from gateway.seat_journal import SeatJournal
from seats import SeatState
from tests.gateway.conftest import Clock, directory


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return make_board(tmp_path, Clock())


def make_board(folder: Path, clock: Clock) -> Board:
    made = Board(Timings(0.05, 0.1, 0.2), SeatJournal(folder / "seats.jsonl", folder / "live.json"), clock)
    made.take_directory(directory())
    return made


def state(board: Board, seat: str) -> tuple[SeatState, str]:
    found = board.get(seat)
    assert found is not None
    return found.state, str(found.reason)


def test_login_with_auto_takes_the_device_that_is_there_the_browser_first(board: Board) -> None:
    board.device_state("seat-801", "NOT_INUSE")
    assert board.log_in("801", "auto", "t").device == "phone"
    board.device_state("web-802", "NOT_INUSE")
    board.device_state("seat-802", "NOT_INUSE")
    assert board.log_in("802", "auto", "t").device == "web"


def test_a_seat_whose_phone_is_not_registered_gets_no_calls_until_it_is(board: Board) -> None:
    board.log_in("801", "phone", "t")
    assert state(board, "801") == (SeatState.SET_ASIDE, "device_lost")
    board.device_state("seat-801", "NOT_INUSE")
    assert state(board, "801") == (SeatState.IDLE, "")
    board.device_state("seat-801", "UNAVAILABLE")
    assert state(board, "801") == (SeatState.SET_ASIDE, "device_lost")


def test_a_phone_busy_with_something_else_is_not_offered_calls(board: Board) -> None:
    board.device_state("seat-801", "NOT_INUSE")
    board.log_in("801", "phone", "t")
    board.device_state("seat-801", "INUSE")
    assert board.idle() == []
    board.device_state("seat-801", "NOT_INUSE")
    assert [seat.id for seat in board.idle()] == ["801"]


def test_the_other_device_of_a_seat_does_not_matter(board: Board) -> None:
    board.device_state("web-801", "NOT_INUSE")
    board.log_in("801", "web", "t")
    board.device_state("seat-801", "UNAVAILABLE")
    assert state(board, "801")[0] is SeatState.IDLE


def test_an_unknown_seat_is_the_callers_fault(board: Board) -> None:
    with pytest.raises(CallerFaultError, match="no seat 999"):
        board.log_in("999", "phone", "t")
    with pytest.raises(CallerFaultError, match="phone, web or auto"):
        board.log_in("801", "fax", "t")


async def test_wrap_up_and_set_aside_end_by_themselves(board: Board) -> None:
    board.device_state("seat-801", "NOT_INUSE")
    board.log_in("801", "phone", "t")
    board.apply("801", seats.Offered("c1"))
    board.apply("801", seats.NoAnswer("c1"))
    assert state(board, "801") == (SeatState.SET_ASIDE, "no_answer")
    await asyncio.sleep(0.2)
    assert state(board, "801")[0] is SeatState.IDLE
    board.apply("801", seats.Offered("c2"))
    board.apply("801", seats.Answered("c2"))
    board.apply("801", seats.TalkEnded("c2"))
    assert state(board, "801")[0] is SeatState.WRAP_UP
    await asyncio.sleep(0.15)
    assert state(board, "801")[0] is SeatState.IDLE


async def test_each_call_has_its_own_wrap_up_and_the_page_is_told_when_it_ends(board: Board) -> None:
    board.wrap_up_terms = lambda call: WrapUpTerms({"long": 60.0}.get(call, 0.0))
    board.device_state("seat-801", "NOT_INUSE")
    board.log_in("801", "phone", "t")
    for call in ("long", "short"):
        for event in (seats.Offered(call), seats.Answered(call), seats.TalkEnded(call)):
            board.apply("801", event)
        if call == "long":
            shown = board.all_json()[0]
            left = datetime.fromisoformat(shown["until"]) - datetime.fromisoformat(shown["since"])
            assert left.total_seconds() == 60.0
            board.close_wrap_up("801", "", None, "t")
    await asyncio.sleep(0.05)
    assert state(board, "801")[0] is SeatState.IDLE
    assert board.all_json()[0]["until"] is None


async def test_a_wrap_up_that_wants_a_result_waits_for_it_and_the_journal_keeps_it(tmp_path: Path) -> None:
    journal = SeatJournal(tmp_path / "seats.jsonl", tmp_path / "live.json")
    board = Board(Timings(0.01, 1, 1), journal, Clock())
    board.take_directory(directory())
    board.wrap_up_terms = lambda _call: WrapUpTerms(0.01, must_close=True)
    writing = asyncio.create_task(journal.run())
    board.device_state("seat-801", "NOT_INUSE")
    board.log_in("801", "phone", "t")
    for event in (seats.Offered("c1"), seats.Answered("c1"), seats.TalkEnded("c1")):
        board.apply("801", event)
    await asyncio.sleep(0.05)
    assert (board.all_json()[0]["must_close"], board.all_json()[0]["until"]) == (True, None)
    with pytest.raises(CallerFaultError, match="通话结果"):
        board.close_wrap_up("801", "", None, "anna")
    board.close_wrap_up("801", "told", True, "anna")
    assert state(board, "801")[0] is SeatState.IDLE
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    lines = [json.loads(line) for line in (tmp_path / "seats.jsonl").read_text("utf-8").splitlines()]
    assert [
        (line["reason"], line["call"], line["settled"], line["by"]) for line in lines if line["event"] == "result"
    ] == [("told", "c1", True, "anna")]


async def test_a_supervisor_may_end_a_wrap_up_without_a_result(board: Board) -> None:
    board.wrap_up_terms = lambda _call: WrapUpTerms(0.01, must_close=True)
    board.device_state("seat-801", "NOT_INUSE")
    board.log_in("801", "phone", "t")
    for event in (seats.Offered("c1"), seats.Answered("c1"), seats.TalkEnded("c1")):
        board.apply("801", event)
    assert board.close_wrap_up("801", "", None, "banzhang", anyhow=True).state is SeatState.IDLE


async def test_a_leg_that_is_to_come_back_is_not_taken_for_a_hang_up(board: Board) -> None:
    board.device_state("seat-801", "NOT_INUSE")
    board.log_in("801", "phone", "t")
    for event in (seats.Offered("c1"), seats.Answered("c1"), seats.TalkLost("c1")):
        board.apply("801", event)
    board.leg_gone("801", "c1")
    assert state(board, "801") == (SeatState.TALKING, "restoring")
    board.apply("801", seats.Answered("c1"))
    board.leg_gone("801", "c1")
    assert state(board, "801")[0] is SeatState.WRAP_UP


async def test_a_ring_that_was_lost_on_the_way_does_not_hold_the_seat(board: Board) -> None:
    board.device_state("seat-801", "NOT_INUSE")
    board.log_in("801", "phone", "t")
    board.apply("801", seats.Offered("c1"))
    await asyncio.sleep(0.3)
    assert state(board, "801")[0] is SeatState.IDLE


async def test_logins_and_pauses_survive_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    journal = SeatJournal(tmp_path / "seats.jsonl", tmp_path / "live.json")
    board = Board(Timings(1, 1, 1), journal, clock)
    board.take_directory(directory())
    writing = asyncio.create_task(journal.run())
    board.device_state("seat-801", "NOT_INUSE")
    board.log_in("801", "phone", "anna")
    board.log_in("802", "web", "ben")
    board.apply("802", seats.Pause("午餐"), "ben")
    async with asyncio.timeout(10):
        while not (tmp_path / "live.json").exists() or "午餐" not in (tmp_path / "live.json").read_text("utf-8"):
            await asyncio.sleep(0.01)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    lines = [json.loads(line) for line in (tmp_path / "seats.jsonl").read_text("utf-8").splitlines()]
    assert [(line["seat"], line["event"], line["reason"], line["by"]) for line in lines][-1] == (
        "802", "paused", "午餐", "ben",
    )  # fmt: skip

    again = make_board(tmp_path, clock)
    again.restore(SeatJournal(tmp_path / "seats.jsonl", tmp_path / "live.json").read_live())
    again.device_state("seat-801", "NOT_INUSE")
    assert state(again, "801")[0] is SeatState.IDLE
    assert state(again, "802") == (SeatState.PAUSED, "午餐")


async def test_a_wrap_up_that_must_be_closed_is_not_ended_by_a_restart_and_nothing_promised_is_forgotten(
    tmp_path: Path,
) -> None:
    clock = Clock()
    journal = SeatJournal(tmp_path / "seats.jsonl", tmp_path / "live.json")
    board = Board(Timings(1, 1, 1), journal, clock)
    board.take_directory(directory())
    board.wrap_up_terms = lambda _call: WrapUpTerms(1, must_close=True)
    for seat in ("801", "802"):
        board.device_state(f"seat-{seat}", "NOT_INUSE")
        board.log_in(seat, "phone", "t")
        board.apply(seat, seats.Answered(f"call-{seat}"))
        board.apply(seat, seats.TalkEnded(f"call-{seat}"))
    board.apply("801", seats.Pause("午餐"), "t")
    board.apply("802", seats.Logout(), "t")
    writing = asyncio.create_task(journal.run())
    async with asyncio.timeout(10):
        while not (tmp_path / "live.json").exists():
            await asyncio.sleep(0.01)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    began, clock.now = clock.now, clock.now + 30

    again = make_board(tmp_path, clock)
    again.restore(SeatJournal(tmp_path / "seats.jsonl", tmp_path / "live.json").read_live())
    for seat in ("801", "802"):
        again.device_state(f"seat-{seat}", "NOT_INUSE")
        found = again.get(seat)
        assert found and (found.state, found.must_close, found.since) == (SeatState.WRAP_UP, True, began)
    with pytest.raises(CallerFaultError, match="通话结果"):
        again.close_wrap_up("801", "", None, "t")
    assert again.close_wrap_up("801", "answered", True, "t").reason == "午餐"
    assert again.close_wrap_up("802", "answered", True, "t").state is SeatState.OFFLINE


def test_a_damaged_memory_of_logins_only_means_logging_in_again(tmp_path: Path) -> None:
    (tmp_path / "live.json").write_text('{"801": {"device": "ph', "utf-8")
    assert SeatJournal(tmp_path / "s", tmp_path / "live.json").read_live() == {}


async def test_a_seat_that_leaves_the_directory_finishes_its_call_first(board: Board) -> None:
    board.device_state("seat-801", "NOT_INUSE")
    board.log_in("801", "phone", "t")
    board.apply("801", seats.Offered("c1"))
    board.apply("801", seats.Answered("c1"))
    board.take_directory({})
    assert state(board, "801")[0] is SeatState.TALKING
    board.apply("801", seats.TalkEnded("c1"))
    board.apply("801", seats.WrapUpOver("c1"))
    assert state(board, "801")[0] is SeatState.OFFLINE


async def test_ami_events_move_a_seat_through_a_call(board: Board) -> None:
    live = LiveCalls(Clock())
    events = PbxEvents(board, live, remembered := LastSeats())
    events.on_event({"Event": "DeviceStateChange", "Device": "PJSIP/seat-801", "State": "NOT_INUSE"})
    board.log_in("801", "phone", "t")
    view = live.see("c1", "PJSIP/carrier-00000001", "12315")
    view.caller = {"number": "13800138000"}
    board.apply("801", seats.Offered("c1"))
    leg = "PJSIP/seat-801-0000000a"
    events.on_event(
        {"Event": "DialEnd", "DialStatus": "ANSWER", "DestChannel": leg, "DestLinkedid": "c1", "Uniqueid": "c1"}
    )
    assert state(board, "801")[0] is SeatState.TALKING
    assert view.state == "talking"
    assert remembered.of("13800138000") == "801"
    events.on_event({"Event": "Hangup", "Channel": leg, "Linkedid": "c1", "Uniqueid": "c2"})
    assert state(board, "801")[0] is SeatState.WRAP_UP
    assert len(live) == 1
    events.on_event({"Event": "Hangup", "Channel": "PJSIP/carrier-00000001", "Linkedid": "c1", "Uniqueid": "c1"})
    assert len(live) == 0


class AnsweringAmi(Ami):
    """Knows these channels; the lists of everything else are empty."""

    def __init__(self, *channels: Mapping[str, str]) -> None:
        super().__init__("127.0.0.1", 1, "nobody", "none", lambda _event: None)
        self._channels = channels

    async def action_list(self, name: str, *, wait_s: float | None = None, **fields: Any) -> list[Event]:
        return [Event(fields.items()) for fields in self._channels] if name == "CoreShowChannels" else []


async def test_after_each_link_it_is_written_down_which_calls_the_pbx_has(board: Board) -> None:
    """With the time before the question: a call that begins during it is not called dead."""
    lines: list[dict[str, Any]] = []
    clock = Clock()
    events = PbxEvents(board, LiveCalls(clock), LastSeats(), lines.append, clock)
    up = {"Channel": "PJSIP/carrier-00000001", "Linkedid": "hl1-1.1", "ChannelStateDesc": "Up"}
    await events.resync(AnsweringAmi(up, {**up, "Channel": "PJSIP/seat-801-00000002"}, {"Channel": "x"}))
    await events.resync(AnsweringAmi())
    assert [(line["event"], line["seat"], line["alive"]) for line in lines] == [
        ("pbx_resync", None, ["hl1-1.1"]),
        ("pbx_resync", None, []),
    ]
    assert lines[0]["at"] == clock()


async def test_a_caller_who_gives_up_while_it_rings_frees_the_seat_without_blame(board: Board) -> None:
    events = PbxEvents(board, LiveCalls(Clock()), LastSeats())
    board.device_state("seat-801", "NOT_INUSE")
    board.log_in("801", "phone", "t")
    board.apply("801", seats.Offered("c1"))
    events.on_event({"Event": "Hangup", "Channel": "PJSIP/carrier-00000001", "Linkedid": "c1", "Uniqueid": "c1"})
    assert state(board, "801")[0] is SeatState.IDLE


async def test_resync_takes_over_talks_and_ends_those_that_are_gone(board: Board) -> None:
    for seat in ("801", "802"):
        board.device_state(f"seat-{seat}", "NOT_INUSE")
        board.log_in(seat, "phone", "t")
    board.apply("802", seats.Offered("gone"))
    board.apply("802", seats.Answered("gone"))
    board.resync({"801": "c9"})
    assert state(board, "801")[0] is SeatState.TALKING
    assert state(board, "802")[0] is SeatState.WRAP_UP


@pytest.mark.parametrize(
    "channel, endpoint, seat",
    [
        ("PJSIP/seat-801-0000002a", "seat-801", "801"),
        ("PJSIP/web-801-0000002a", "web-801", "801"),
        ("PJSIP/carrier-0000002a", "carrier", None),
        ("Local/x@y-00000001;2", "", None),
    ],
)
def test_a_channel_name_tells_its_endpoint(channel: str, endpoint: str, seat: str | None) -> None:
    assert endpoint_of(channel) == endpoint
    assert seat_of(endpoint) == seat
