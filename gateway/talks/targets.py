"""Whom a seat may bring into its call just now: what the page's list of people shows.

In: the published roster, table and policy, the board, the call's hotline, the moment. Out: JSON in groups.
Never: a choice (that is `People.find` when the seat has asked), or a number that the policy does not name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import transfer
from gateway.board import Board
from gateway.errors import CallerFaultError
from gateway.published import Snapshot
from gateway.talks.people import EMERGENCIES
from routing_table import is_working_day
from seats import Pool, SeatState
from transfer import Target, TargetKind

Shown = dict[str, Any]
_EMERGENCY_NAMES = {"110": "公安报警", "119": "消防救援", "120": "医疗急救", "122": "交通事故"}


def targets_json(snapshot: Snapshot, board: Board, hotline: str, by: str, at: datetime) -> Shown:
    """`experts`: the roster of the call's hotline, in its order; `seats`: everybody at work but oneself and the office
    (its phones only call out)."""
    people = snapshot.people
    on_duty = transfer.choose(
        people.roster, hotline, "", (), at, works=lambda day: is_working_day(snapshot.table.notices, day)
    )
    named = {row.hotline.number: row.hotline for row in snapshot.table.rows}
    units = [line.hotline for line in snapshot.table.unit_lines if line.valid_on(at.date())]
    return {
        "hotline": hotline,
        "topics": list(people.roster.topics(hotline)),
        "experts": [_shown(target, board) for target in on_duty if target.ref != by],
        "seats": _seats(board, by),
        "units": [
            {"kind": "unit", "ref": number, "name": named[number].name if number in named else number, "state": ""}
            for number in dict.fromkeys(units)
        ],
        "emergencies": [
            {"kind": "emergency", "ref": number, "name": _EMERGENCY_NAMES[number], "state": ""}
            for number in EMERGENCIES
        ],
        "outside": [
            {"kind": "outside", "ref": rule.pattern, "name": rule.name, "exact": rule.pattern.isdigit()}
            for rule in people.outside.rules
        ],
    }


def _shown(target: Target, board: Board) -> Shown:
    state = _state(target.ref, board) if target.kind is TargetKind.SEAT else ""
    return {"kind": target.kind.value, "ref": target.ref, "name": target.name, "state": state}


def _state(seat: str, board: Board) -> str:
    found = board.get(seat)
    return found.state.value if found is not None else SeatState.OFFLINE.value


def _seats(board: Board, by: str) -> list[Shown]:
    rows = board.all_json()
    at_work = [
        row
        for row in rows
        if row["id"] != by and row["state"] != SeatState.OFFLINE.value and row["pool"] != Pool.OFFICE.value
    ]
    at_work.sort(key=lambda row: (row["state"] != SeatState.IDLE.value, row["pool"], row["id"]))
    names = ("id", "name", "pool", "state")
    return [{"kind": "seat", "ref": row["id"], **{name: row[name] for name in names[1:]}} for row in at_work]


def hotline_of(view_hotline: Mapping[str, str] | None) -> str:
    """Raises CallerFaultError for a call that is not there."""
    if view_hotline is None:
        raise CallerFaultError("no call")
    return view_hotline.get("number", "")
