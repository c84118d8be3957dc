"""Who is at work, told to the survival queue: logged-in seats ring first, all other phones only when none of those can.

In: the gateway's last `gateway/seats-live.json`, the directory `published/seats.json`, one call's AGI. Out: the penalty
of each seat's devices in the queue. Never: takes long (bounded in devices and in time), or raises anything but a
hang-up: what cannot be read or set leaves the queue as it is.

The devices stay static members of queues.conf and only their penalty changes: an interface is in a queue only once, so
AddQueueMember would be refused (MEMBERALREADY), and RemoveQueueMember does not touch static members.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agi_scripts.process_agi import AGIAppError, AGIHangup, AGIInvalidCommand, AGIUsageError, ProcessAgi

QUEUE = "survival"
FIRST, LAST = "0", "100"  # penalties; LAST is also what queues.conf gives everybody
DEVICES = {"phone": "seat-", "web": "web-"}
MAX_SEATS = 500
MAX_FILE_BYTES = 1_000_000
BUDGET_S = 0.8  # of the two seconds that the dialplan waits; a command takes about 0.1 ms
APPLIED = "GLOBAL(HL_SURVIVAL)"  # which files the penalties were last set from; gone with the PBX, as they are

_SEAT = re.compile(r"[A-Za-z0-9]{1,20}")


def at_work(live: object) -> tuple[str, ...]:
    """Endpoints of the seats that are logged in and not paused, as the gateway saved them. ValueError for rubbish."""
    if not isinstance(live, dict):
        raise ValueError("seats-live.json is no object")
    rows = [(seat, row) for seat, row in live.items() if isinstance(row, dict) and _SEAT.fullmatch(seat)]
    working = [(seat, row.get("device")) for seat, row in rows if row.get("state") == "working"]
    return tuple(DEVICES[device] + seat for seat, device in working if device in DEVICES)[:MAX_SEATS]


def seat_devices(directory: object) -> tuple[str, ...]:
    """All endpoints of the seats in the queue, as far as the file can be understood. The office's only call out."""
    rows = directory.get("seats") if isinstance(directory, dict) else None
    listed = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    found = [str(row.get("id")) for row in listed if row.get("pool") != "office"]
    known = [seat for seat in found if _SEAT.fullmatch(seat)][:MAX_SEATS]
    return tuple(prefix + seat for seat in known for prefix in DEVICES.values())


def tell_queue(agi: ProcessAgi, state: Path, clock: Callable[[], float] = time.monotonic) -> None:
    """Bring the queue's penalties up to date with the files in the state folder, unless an earlier call has done so."""
    live, directory = state / "gateway" / "seats-live.json", state / "published" / "seats.json"
    try:
        version = f"{_version(live)}-{_version(directory)}"
        members = seat_devices(_read(directory))
        working = tuple(device for device in at_work(_read(live)) if device in members or not members)
        others = [device for device in members if device not in working]
        if agi.get_variable(APPLIED) == version and all(_penalty(agi, device) == FIRST for device in working[:1]):
            return
        until = clock() + BUDGET_S
        wanted = [*((device, FIRST) for device in working), *((device, LAST) for device in others)]
        for device, penalty in wanted:  # those at work first: they count most when time runs out
            if clock() > until:
                return
            if _penalty(agi, device) not in ("", penalty):  # "": not a member (yet)
                agi.set_variable(_member(device), penalty)
        agi.set_variable(APPLIED, version)
    except AGIHangup:
        raise
    except (OSError, ValueError, RecursionError, AGIAppError, AGIUsageError, AGIInvalidCommand):
        return


def _member(device: str) -> str:
    return f"QUEUE_MEMBER({QUEUE},penalty,PJSIP/{device})"


def _penalty(agi: ProcessAgi, device: str) -> str:
    return agi.get_variable(_member(device))


def _version(path: Path) -> str:
    found = path.stat()
    return f"{found.st_mtime_ns}.{found.st_size}"


def _read(path: Path) -> Any:
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(f"{path.name} is larger than {MAX_FILE_BYTES} bytes")
    return json.loads(path.read_text("utf-8"))
