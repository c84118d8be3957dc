"""Times of calls as Asterisk itself wrote them into the journal (CEL), microseconds, one clock for every flow.

In: the journal file and where a run began in it. Out: decision times, talk times. Never: the whole file twice.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TYPE, TIME, UNIQUEID, LINKEDID, USER_EVENT = 0, 1, 2, 3, 14  # columns of asterisk_conf/cel_custom.conf


@dataclass(slots=True)
class Times:
    """One call, epoch seconds, None for what did not happen.

    `offered`: the seat's channel was made. `routed`, `greeted`: the journal events hl.route and hl.wait.
    """

    linkedid: str
    began: float | None = None
    answered: float | None = None
    ended: float | None = None
    offered: float | None = None
    seat_answered: float | None = None
    routed: float | None = None
    greeted: float | None = None

    @property
    def decision_s(self) -> float | None:
        """From the caller's channel to the seat's."""
        return None if self.began is None or self.offered is None else self.offered - self.began

    @property
    def greeting_s(self) -> float | None:
        """From the route to the line: notice and greeting."""
        return None if self.routed is None or self.greeted is None else self.greeted - self.routed

    @property
    def open_s(self) -> float | None:
        """From the answer to the hang-up: what the recording must hold."""
        return None if self.answered is None or self.ended is None else self.ended - self.answered


def calls_since(path: Path, offset: int) -> list[Times]:
    """The calls written after `offset` (bytes)."""
    if not path.exists():
        return []
    with path.open("r", encoding="utf-8", errors="replace", newline="") as lines:
        lines.seek(offset)
        return list(gather(csv.reader(lines)).values())


def size(path: Path) -> int:
    """Where the next run will begin."""
    return path.stat().st_size if path.exists() else 0


def gather(rows: Iterable[list[str]]) -> dict[str, Times]:
    """Calls by linkedid from journal rows; a row that is cut or not ours is passed over."""
    found: dict[str, Times] = {}
    for row in rows:
        if len(row) <= LINKEDID:
            continue
        try:
            at = float(row[TIME])
        except ValueError:
            continue
        call = found.setdefault(row[LINKEDID], Times(row[LINKEDID]))
        event = row[USER_EVENT] if row[TYPE] == "USER_DEFINED" and len(row) > USER_EVENT else row[TYPE]
        _note(call, event, row[UNIQUEID] == row[LINKEDID], at)
    return found


def _note(call: Times, event: str, caller: bool, at: float) -> None:
    if event == "CHAN_START":
        if caller:
            call.began = at
        elif call.offered is None:
            call.offered = at
    elif event == "ANSWER":
        if caller:
            call.answered = at
        elif call.seat_answered is None:
            call.seat_answered = at
    elif event == "HANGUP" and caller:
        call.ended = at
    elif event == "hl.route":
        call.routed = at
    elif event == "hl.wait" and call.greeted is None:
        call.greeted = at
