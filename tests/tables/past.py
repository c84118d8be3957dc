"""Calls as the recorder leaves them, for replays and figures."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from gateway.journal.kinds import CallState, EndedBy, Outcome
from gateway.store import Call


def past_call(n: int, number: str, at: datetime, **changes: Any) -> Call:
    values: dict[str, Any] = {
        "linkedid": f"hl1-{n}",
        "inbound": True,
        "state": CallState.ENDED,
        "outcome": Outcome.ANSWERED,
        "ended_by": EndedBy.CALLER,
        "started_at": at,
        "answered_at": at,
        "connected_at": at + timedelta(seconds=9),
        "ended_at": at + timedelta(seconds=90),
        "last_event_at": at + timedelta(seconds=90),
        "complete": True,
        "dialled": number,
        "trunk": "carrier",
        "diversions": [],
        "hotline_number": number,
        "hotline_name": "",
        "hotline_unit": "",
        "mode": "C",
        "table_version": "1-0",
        "greeting": "",
        "caller_raw": f"139{n:08}",
        "caller_number": f"139{n:08}",
        "caller_withheld": False,
        "skills": [],
        "steps": [],
        "reasons": [],
        "menu": "",
        "choice": "",
        "menu_outcome": "",
        "menu_s": 0.0,
        "waiting_s": 9.0,
        "ring_s": 4.0,
        "talking_s": 80.0,
        "total_s": 90.0,
        "seat": "801",
        "offers": 1,
        "fallback": False,
        "fallback_reason": "",
        "recording_path": None,
    }
    return Call(**(values | changes))
