"""What the reducer makes of a call: one `CallRecord` with its legs.

In: nothing. Out: frozen values; times are aware and in UTC, durations seconds. Never: a row of a database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .kinds import CallState, EndedBy, LegResult, LegRole, Outcome


@dataclass(frozen=True, slots=True)
class LegRecord:
    """One channel. `joined_at`/`left_at`: first into and last out of a conversation with the caller.

    `talk_s`: with the caller, `three_way_s`: the part of it with others besides; `consult_s`: with others, without the
    caller; `hold_s`: on the line with nobody. Of the caller's leg: the call's own sums. `verb`: what brought it in
    (`offer`, `route`, `consult`, `three_way`…), `brought_by` the seat that asked.
    """

    uniqueid: str
    role: LegRole
    channel: str
    device: str
    seat: str | None
    name: str
    verb: str
    brought_by: str
    started_at: datetime
    answered_at: datetime | None
    joined_at: datetime | None
    left_at: datetime | None
    ended_at: datetime | None
    ring_s: float
    talk_s: float
    consult_s: float
    three_way_s: float
    hold_s: float
    result: LegResult


@dataclass(frozen=True, slots=True)
class ConsultRecording:
    """A private talk's own recording. `part`: 1, 2… by time; `recorded_s` None while it runs or when it was lost."""

    part: int
    path: str
    uniqueid: str
    started_at: datetime
    recorded_s: float | None


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A call as far as its events tell.

    `menu_s`: in the menu, up to the choice. `waiting_s`: from when the call first looked for a person until the
    first one was connected, or the caller was gone; ringing is part of it. `ring_s`: all legs' ringing. `talking_s`:
    the caller together with at least one person; `three_way_s`: with two or more; `consult_s`: people of the call among
    themselves, without the caller; `hold_s`: the caller, after a talk, with nobody while people are on the line.
    `total_s`: arrival to hang-up of the caller. `recorded_s`: how long the recording ran, from its start to the
    caller's hang-up; None while the call runs, was lost, or has none.
    `complete`: its end is in the journal. `lost`: it ended with the PBX, nobody knows when: ended at its last event.
    A call that the house placed for a seat is not `inbound`: `purpose` and `reference` say why, `caller_number` is the
    citizen who was rung, `answered_at` when they answered, and the first leg is the seat's.
    `no_expert_at`: nobody on the roster (`no_expert`: hotline or topic) answered, and no third came later.
    `seat`: the first one that talked (first receiver). `wanted_person`: the call got as far as looking for one.
    """

    linkedid: str
    inbound: bool
    purpose: str
    reference: str
    state: CallState
    outcome: Outcome
    ended_by: EndedBy | None
    started_at: datetime
    answered_at: datetime | None
    connected_at: datetime | None
    ended_at: datetime | None
    last_event_at: datetime
    complete: bool
    lost: bool
    dialled: str
    trunk: str
    diversions: tuple[str, ...]
    hotline_number: str | None
    hotline_name: str
    hotline_unit: str
    mode: str
    table_version: str
    greeting: str
    caller_raw: str
    caller_number: str | None
    caller_withheld: bool
    skills: tuple[str, ...]
    steps: tuple[str, ...]
    reasons: tuple[str, ...]
    menu: str
    choice: str
    menu_outcome: str
    menu_s: float
    waiting_s: float
    ring_s: float
    talking_s: float
    consult_s: float
    three_way_s: float
    hold_s: float
    total_s: float
    seat: str | None
    seat_at: datetime | None
    offers: int
    fallback: bool
    fallback_reason: str
    recording_path: str | None
    recorded_s: float | None
    consults: tuple[ConsultRecording, ...]
    wanted_person: bool
    no_expert_at: datetime | None
    no_expert: str
    legs: tuple[LegRecord, ...]
