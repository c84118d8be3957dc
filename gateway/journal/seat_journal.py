"""Cuts and parses `seats.jsonl`, the lines the gateway writes when a seat logs in, pauses, resumes, rings.

In: bytes. Out: `SeatEventLine`s. Never: takes half a line.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from .cel import Cut
from .event import JournalError


@dataclass(frozen=True, slots=True)
class SeatEventLine:
    file_id: str
    offset: int
    at: datetime
    seat: str
    event: str
    reason: str
    by: str


def cut_lines(data: bytes) -> Cut:
    """Whole lines and where to go on."""
    records: list[tuple[int, bytes]] = []
    position = 0
    while (end := data.find(b"\n", position) + 1) > 0:
        records.append((position, data[position:end]))
        position = end
    return Cut(tuple(records), position)


def parse_seat_line(line: bytes, file_id: str, offset: int) -> SeatEventLine:
    """Raises JournalError when the line is no JSON object with a time (epoch seconds), a seat and an event."""
    try:
        value = json.loads(line)
        at = datetime.fromtimestamp(float(value["at"]), UTC)
        seat, event = str(value["seat"]), str(value["event"])
    except (ValueError, KeyError, TypeError, OverflowError, OSError) as error:
        raise JournalError(f"not a seat event at offset {offset}") from error
    return SeatEventLine(file_id, offset, at, seat, event, str(value.get("reason") or ""), str(value.get("by") or ""))
