"""Less sound than usual from a seat's phone: asked after soon, seldom, and never more than asked after."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import seats
from gateway.board import Board, Timings
from gateway.errors import RetryableError
from gateway.seat_journal import SeatJournal
from gateway.silence import Heard, Silence
from tests.gateway.conftest import Clock, directory

LEG = "PJSIP/seat-801-0000000a"
EVERY_S = 3.0


def questions(*packets: int, start: int = 0) -> list[int]:
    """Which of the reports, 3 s apart with so many packets more each, raise the question; the first is number 1."""
    heard, sequence, found = Heard("ssrc", start, 0.0), start, []
    for number, came in enumerate(packets, 1):
        sequence = (sequence + came) % 2**32
        heard, suspect = heard.after("ssrc", sequence, number * EVERY_S)
        if suspect:
            found.append(number)
    return found


@pytest.mark.parametrize(
    ("packets", "asked"),
    [
        ((150, 150, 150, 150), []),
        ((150, 150, 148, 140, 130), []),  # a hiccup of the phone's clock
        ((150, 150, 100), [3]),  # lost one second before the report
        ((150, 150, 149, 0), [4]),  # lost just before it: the next one tells
        ((100, 100, 100, 100), [1]),  # a phone with packets of 30 ms: once too often
        ((100, 100, 100, 0), [1, 4]),
        ((100, 0), [1]),  # asked a moment ago
        ((60, 0, 0), [1, 3]),  # lost in the first seconds of a talk
        ((150, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), [2, 4, 8]),  # held and alive: less and less often
        ((150, 0, 150, 0, 150, 0), [2, 4, 6]),
        ((0, 0, 0, 0), [1, 3]),  # it never sent anything: the RTP timeout's matter
        ((20, 20, 0, 0, 0), [1]),  # silence suppressed from the beginning
    ],
)
def test_the_question_comes_with_the_first_report_that_is_short_and_then_less_often(
    packets: tuple[int, ...], asked: list[int]
) -> None:
    assert questions(*packets) == asked
    assert questions(*packets, start=2**32 - 160) == asked  # the number begins anew in between


def test_a_stream_that_begins_anew_is_measured_anew() -> None:
    heard, _ = Heard("a", 40_000, 0.0).after("a", 40_150, 3.0)
    heard, suspect = heard.after("b", 7, 6.0)
    assert (suspect, heard.sequence) == (False, 7)
    heard, suspect = heard.after("b", 157, 9.0)
    assert not suspect
    heard, suspect = heard.after("b", 30_000, 12.0)  # a jump within the same source
    assert (suspect, heard.sequence, heard.best) == (False, 30_000, 50.0)
    assert heard.after("b", 30_150, 12.0) == (heard, False)  # no time has passed


@dataclass
class FakePbx:
    asked: list[str] = field(default_factory=list)
    away: bool = False

    async def action(self, name: str, *, wait_s: float | None = None, **fields: Any) -> Mapping[str, str]:
        assert name == "PJSIPQualify"
        if self.away:
            raise RetryableError("no link")
        self.asked.append(fields["Endpoint"])
        return {}

    async def action_list(self, name: str, **fields: Any) -> Sequence[Mapping[str, str]]:
        raise AssertionError("nothing is listed")


def report(sequence: int, at: float, channel: str = LEG) -> dict[str, str]:
    """As Asterisk 22 sends it."""
    cycles = {"Report0SequenceNumberCycles": str(sequence >> 16), "Report0HighestSequence": str(sequence & 0xFFFF)}
    return {"Event": "RTCPSent", "Channel": channel, "Report0SourceSSRC": "0x1", "SentNTP": f"{at:.6f}", **cycles}


@pytest.fixture
def board(tmp_path: Path) -> Board:
    board = Board(Timings(60, 60, 60), SeatJournal(tmp_path / "s", tmp_path / "l"), Clock())
    board.take_directory(directory())
    return board


async def test_only_the_phone_that_a_seat_talks_on_is_asked_after(board: Board) -> None:
    board.log_in("801", "phone", "t")
    board.apply("801", seats.Answered("c"))
    pbx, talking = FakePbx(), {"801": "c"}
    silence = Silence(board, pbx, talking.get)
    for channel in (LEG, "PJSIP/web-801-0000000b", "PJSIP/seat-802-0000000c", "PJSIP/carrier-0000000d"):
        for at, sequence in ((0.0, 0), (3.0, 150), (6.0, 150)):
            silence.on_event(report(sequence, at, channel))
    await asyncio.sleep(0.01)
    assert pbx.asked == ["seat-801"]
    talking.clear()  # its caller is kept for it by now, or it is over
    silence.on_event(report(150, 60.0))
    silence.on_event({"Event": "Hangup", "Channel": LEG})
    silence.on_event({"Event": "RTCPSent", "Channel": LEG})  # before the first packet there is no report to send
    await asyncio.sleep(0.01)
    assert pbx.asked == ["seat-801"]
    await silence.stop()


async def test_a_link_that_is_away_stops_nothing(board: Board) -> None:
    board.log_in("801", "phone", "t")
    silence = Silence(board, FakePbx(away=True), lambda _seat: "c")
    for at, sequence in ((0.0, 0), (3.0, 150), (6.0, 150)):
        silence.on_event(report(sequence, at))
    await asyncio.sleep(0.01)
    await silence.stop()
