"""The line of waiting calls, kept against the board by `seats.assign`.

In: calls that enter and leave the line, changes of the board. Out: one offer per call, as a future.
Never: waits, polls, or asks anybody; a freed seat is offered in the same turn of the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

import seats
from gateway.board import Board
from seats import Offer, Rules, Waiting

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A place in the line. `offer` is done once a seat has been chosen and its phone is about to ring."""

    waiting: Waiting
    offer: asyncio.Future[Offer]


class Dispatch:
    """The line. Everything happens on the event loop's thread."""

    def __init__(self, board: Board, rules: Rules, clock: Callable[[], float]) -> None:
        self._board = board
        self._rules = rules
        self._clock = clock
        self._line: dict[str, Ticket] = {}
        self._soon: asyncio.Handle | None = None
        self._later: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._line)

    def enter(self, waiting: Waiting) -> Ticket:
        """Put a call in the line, at the place that its priority and `since` give it."""
        ticket = Ticket(waiting, asyncio.get_running_loop().create_future())
        self._line[waiting.id] = ticket
        self.look_again()
        return ticket

    def leave(self, call: str) -> None:
        """Take a call out of the line (the caller hung up, or the gateway is closing)."""
        ticket = self._line.pop(call, None)
        if ticket is not None:
            ticket.offer.cancel()

    def place(self, call: str) -> tuple[int, float]:
        """The caller's place (1 = next) and expected wait in seconds (inf: nobody is there)."""
        line = [ticket.waiting for ticket in self._line.values()]
        position = seats.place_in_line(line, call)
        return position, seats.expected_wait(position, self._board.staffed(), self._board.mean_talk_s)

    def look_again(self) -> None:
        """Something changed: assign at the end of this turn of the loop. Many changes in one turn cost one look."""
        if self._soon is None and self._line:
            self._soon = asyncio.get_running_loop().call_soon(self._assign)

    def _assign(self) -> None:
        self._soon = None
        line = [ticket.waiting for ticket in self._line.values()]
        for offer in seats.assign(line, self._board.idle(), self._clock(), self._rules):
            ticket = self._line.pop(offer.call)
            self._board.apply(offer.seat, seats.Offered(offer.call))
            if not ticket.offer.done():
                ticket.offer.set_result(offer)
        self._plan_relaxation()

    def _plan_relaxation(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        now = self._clock()
        moment = seats.next_relaxation((ticket.waiting for ticket in self._line.values()), now, self._rules)
        if moment is not None:
            loop = asyncio.get_running_loop()
            self._later = loop.call_later(max(0.0, moment - now) + 0.01, self.look_again)
