"""What the call handlers work with, put together once by the composition root.

In: nothing. Out: one `Desk`. Never: a database, a file, an HTTP client: only what is in this process's memory, and AMI.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.ami import Ami
from gateway.board import Board
from gateway.config import Config
from gateway.dispatch import Dispatch
from gateway.live import LiveCalls
from gateway.published import Published

CALLERS_REMEMBERED = 20_000  # for last-seat affinity; about a busy day of the largest city seen


@dataclass(slots=True)
class LastSeats:
    """Which seat talked to a caller last, by normalised number. Bounded; lost on restart, which harms nobody."""

    seats: OrderedDict[str, str] = field(default_factory=OrderedDict)

    def talked(self, caller: str, seat: str) -> None:
        if caller:
            self.seats[caller] = seat
            self.seats.move_to_end(caller)
            if len(self.seats) > CALLERS_REMEMBERED:
                self.seats.popitem(last=False)

    def of(self, caller: str) -> str | None:
        return self.seats.get(caller)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything a handler may use. `clock` is epoch seconds."""

    config: Config
    published: Published
    dispatch: Dispatch
    board: Board
    live: LiveCalls
    ami: Ami
    clock: Callable[[], float]
    last_seats: LastSeats = field(default_factory=LastSeats)
    sticky: Callable[[str], str | None] = lambda _caller: None  # who took this caller's open order
    on_left: Callable[[str], None] = lambda _call: None  # a caller has come out of a talk, back into the route
