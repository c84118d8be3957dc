"""A seat's phone from which less sound comes than before: asked at once whether it is still there.

In: AMI's RTCPSent, what the PBX reports every few seconds to each seat's leg: how far the RTP from it has come. Out:
one AMI action (`PJSIPQualify`) for a seat in a talk whose RTP falls behind; a phone that does not answer it becomes
Unreachable, and `gateway.lost` hears of that. Never: cuts anything by itself (silence is no proof: a phone on hold, or
one that suppresses silence, sends nothing either), polls, or asks twice within `PAUSE_S`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from gateway.board import Board, seat_of
from gateway.errors import HotlineError
from gateway.pbx_events import endpoint_of
from gateway.supervise.spies import Pbx

log = logging.getLogger(__name__)

SHARE = 0.85  # of the usual rate; less is suspect: at 3 s between reports, half a second without a packet
USUAL_RATE = 50.0  # packets a second of most phones: what the first two reports of a leg are measured by
LEAST_RATE = 10.0  # packets a second; a phone that never sent as many is not measured by it
PAUSE_S, LONGEST_PAUSE_S = 6.0, 30.0  # doubled from question to question while the phone answers and stays quiet
JUMP = 10_000  # sequence numbers: more between two reports is a stream begun anew


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of one leg's sound. `sequence` counts on over its 16 bits; `best`: most packets a second so far;
    `since`: of the last report; `quiet_until`: not asked again before; times in the PBX's epoch seconds."""

    source: str
    sequence: int
    since: float
    best: float = 0.0
    pause_s: float = PAUSE_S
    quiet_until: float = 0.0

    def after(self, source: str, sequence: int, at: float) -> tuple[Heard, bool]:
        """With the next report; True when less came than usual, and it is time to ask."""
        seconds, came = at - self.since, (sequence - self.sequence) % 2**32
        if source != self.source or came > JUMP:
            return replace(self, source=source, sequence=sequence, since=at), False
        if seconds <= 0:
            return self, False
        rate = came / seconds
        now = replace(self, sequence=sequence, since=at, best=max(self.best, rate))
        usual = now.best if self.best else USUAL_RATE
        if usual < LEAST_RATE or rate >= SHARE * usual:
            return replace(now, pause_s=PAUSE_S), False
        if at < self.quiet_until:
            return now, False
        pause_s = min(2 * self.pause_s, LONGEST_PAUSE_S)
        return replace(now, pause_s=pause_s, quiet_until=at + self.pause_s), True


class Silence:
    """All seats' legs. `talks(seat)`: the call that it talks in, None for a seat that need not be asked after."""

    def __init__(self, board: Board, pbx: Pbx, talks: Callable[[str], str | None]) -> None:
        self._board = board
        self._pbx = pbx
        self._talks = talks
        self._heard: dict[str, Heard] = {}
        self._asking: set[asyncio.Task[None]] = set()

    def on_event(self, event: Mapping[str, str]) -> None:
        match event.get("Event"):
            case "RTCPSent":
                self._reported(event)
            case "Hangup":
                self._heard.pop(event.get("Channel", ""), None)

    async def stop(self) -> None:
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _reported(self, event: Mapping[str, str]) -> None:
        channel = event.get("Channel", "")
        endpoint = endpoint_of(channel)
        seat, report = seat_of(endpoint), _report(event)
        if seat is None or report is None:
            return
        if self._talks(seat) is None or self._board.endpoint(seat) != endpoint:
            self._heard.pop(channel, None)
            return
        known = self._heard.get(channel)
        if known is None:
            self._heard[channel] = Heard(*report)
            return
        self._heard[channel], suspect = known.after(*report)
        if suspect:
            log.info("seat %s: less sound than usual; its phone is asked", seat)
            task = asyncio.get_running_loop().create_task(ask(self._pbx, endpoint), name=f"ask-{endpoint}")
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)


async def ask(pbx: Pbx, endpoint: str) -> None:
    """Have the PBX send OPTIONS to the phone; the answer, or none, comes as its contact's status."""
    try:
        await pbx.action("PJSIPQualify", Endpoint=endpoint)
    except HotlineError as error:
        log.warning("%s cannot be asked whether it is there: %s", endpoint, error)


def _report(event: Mapping[str, str]) -> tuple[str, int, float] | None:
    """Source, sequence number with its cycles, time; None where the PBX has heard nothing yet."""
    try:
        cycles = int(event["Report0SequenceNumberCycles"]) & 0xFFFF
        sequence = (cycles << 16) + (int(event["Report0HighestSequence"]) & 0xFFFF)
        return event["Report0SourceSSRC"], sequence, float(event["SentNTP"])
    except (KeyError, ValueError):
        return None
