"""The journal: Asterisk's CEL file and the gateway's seat journal, followed and folded into call records.

In: bytes of `journal.csv` and `seats.jsonl`. Out: `JournalEvent`, `CallRecord`, `SeatEventLine`. Never: a database; the
recorder carries what comes out here into the store.
"""

from __future__ import annotations

from .cel import cut_records, parse_record
from .event import JournalError, JournalEvent
from .keeping import close_to_others, drop_old, open_to_others, rotate
from .kinds import CallState, EndedBy, LegResult, LegRole, Outcome
from .record import CallRecord, ConsultRecording, LegRecord
from .reducer import LOST, lost_mark, reduce_call
from .seat_journal import PbxResync, SeatEventLine, cut_lines, parse_seat_line, roster_mark
from .tail import Batch, Tail, rotated_files

__all__ = [
    "Batch",
    "CallRecord",
    "CallState",
    "ConsultRecording",
    "EndedBy",
    "JournalError",
    "JournalEvent",
    "LegRecord",
    "LegResult",
    "LegRole",
    "LOST",
    "Outcome",
    "PbxResync",
    "SeatEventLine",
    "Tail",
    "cut_lines",
    "close_to_others",
    "drop_old",
    "lost_mark",
    "open_to_others",
    "rotate",
    "cut_records",
    "parse_record",
    "parse_seat_line",
    "roster_mark",
    "reduce_call",
    "rotated_files",
]
