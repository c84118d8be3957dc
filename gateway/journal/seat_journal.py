"""Cuts and parses `seats.jsonl`: seats that log in, pause, resume, ring; what they say came of a call; outside calls
that were refused; and which calls there are, whenever the gateway has found the PBX again.

In: bytes. Out: `SeatEventLine`s and `PbxResync`s. Never: takes half a line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from .cel import Cut
from .event import JournalError, JournalEvent

RESYNC = "pbx_resync"
RESULT = "result"
OUTSIDE_REFUSED = "outside_refused"
ROSTER = "roster"  # no expert answered in this call; `reason` the roster asked, `reference` the names of those rung
OUT = "out"  # the house begins to place a call for the seat; `reason` its purpose
OUT_ENDED = "out_ended"  # and what became of it


@dataclass(frozen=True, slots=True)
class SeatEventLine:
    file_id: str
    offset: int
    at: datetime
    seat: str
    event: str
    reason: str
    by: str
    call: str = ""
    settled: bool | None = None  # of a `result`: on the line or not
    number: str = ""  # of an `outside_refused`: what was to be called
    reference: str = ""  # of a call that the house places: `task:…`, `order:…`
    talked_s: float = 0.0


@dataclass(frozen=True, slots=True)
class PbxResync:
    """The gateway has asked the PBX at `at`: these calls (linkedids) were alive, and no other that began before."""

    at: datetime
    alive: frozenset[str]


def cut_lines(data: bytes) -> Cut:
    """Whole lines and where to go on."""
    records: list[tuple[int, bytes]] = []
    position = 0
    while (end := data.find(b"\n", position) + 1) > 0:
        records.append((position, data[position:end]))
        position = end
    return Cut(tuple(records), position)


def parse_seat_line(line: bytes, file_id: str, offset: int) -> SeatEventLine | PbxResync:
    """Raises JournalError when the line is no JSON object with a time (epoch seconds), an event, and seat or calls."""
    try:
        value = json.loads(line)
        at = datetime.fromtimestamp(float(value["at"]), UTC)
        if value["event"] == RESYNC:
            return _resync(value["alive"], at)
        seat, event = str(value["seat"]), str(value["event"])
    except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise JournalError(f"not a seat event at offset {offset}") from error
    keys = ("reason", "by", "call", "number", "reference")
    reason, by, call, number, reference = (str(value.get(key) or "") for key in keys)
    settled, talked = value.get("settled"), value.get("talked_s")
    return SeatEventLine(
        *(file_id, offset, at, seat, event, reason, by, call),
        settled=settled if isinstance(settled, bool) else None,
        number=number,
        reference=reference,
        talked_s=float(talked) if isinstance(talked, int | float) else 0.0,
    )


def roster_mark(line: SeatEventLine) -> JournalEvent:
    """What a `roster` line says of its call, as an event of that call (`hl.roster`). One line, one event."""
    fields = {"roster": line.reason, "by": line.by or line.seat, "tried": line.reference}
    return JournalEvent(line.file_id, line.offset, line.at, "hl.roster", line.call, line.call, "", {"fields": fields})


def _resync(alive: object, at: datetime) -> PbxResync:
    if not isinstance(alive, list) or not all(isinstance(linkedid, str) for linkedid in alive):
        raise TypeError("alive is no list of names")  # half an answer would end calls that go on
    return PbxResync(at, frozenset(alive))
