"""Calls and what they are made of. Written by the recorder only, from the journal; everybody else reads.

`Call`, `Leg` and `Recording` can be rebuilt at any time from `CallEvent`, and that from the journal files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.journal.kinds import CallState, EndedBy, LegResult, LegRole, Outcome, OutPurpose, OutResult
from gateway.journal.private import joined, split
from gateway.store.kinds import RecordingState
from gateway.store.sealed import CALLER, BlindIndex, Encrypted, Held, OptionalSealedField, SealedField, clear_text
from gateway.store.types import one_of

from .base import Base

_CLEAR = clear_text(*CALLER)
_UNSEEN = text("private IS NULL")


class Call(Base):
    """One caller's visit, from arrival to hang-up, keyed by Asterisk's linkedid. Seconds are floats.

    Numbers of people (the caller's, those in Diversions) are sealed with the city's key, bound to this call.

    `started_at` arrival; `answered_at` the PBX answered (recording begins); `connected_at` first person joined.
    `menu_s`, `waiting_s`, `ring_s`, `talking_s`, `consult_s`, `three_way_s`, `hold_s`, `total_s`: see
    `gateway.journal.record.CallRecord`.
    """

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_started_at_linkedid", "started_at", "linkedid"),
        Index("ix_calls_caller_index_started_at", "caller_index", "started_at"),
        Index("ix_calls_clear", "caller_number", sqlite_where=_CLEAR, postgresql_where=_CLEAR),
        Index("ix_calls_hotline_number_started_at", "hotline_number", "started_at"),
        Index("ix_calls_seat_started_at", "seat", "started_at"),
        Index("ix_calls_outcome_started_at", "outcome", "started_at"),
        Index("ix_calls_no_expert_at", "no_expert_at"),
    )

    linkedid: Mapped[str] = mapped_column(primary_key=True)
    # of a call that the house placed for a seat: why, and `task:<id>` or `order:<id>`
    purpose: Mapped[str] = mapped_column(server_default="", default="")
    reference: Mapped[str] = mapped_column(server_default="", default="")
    inbound: Mapped[bool]  # came in from the carrier or the test phone; a seat's own outgoing call is not
    state: Mapped[CallState] = mapped_column(one_of(CallState))
    outcome: Mapped[Outcome] = mapped_column(one_of(Outcome))
    ended_by: Mapped[EndedBy | None] = mapped_column(one_of(EndedBy))
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    connected_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    last_event_at: Mapped[datetime]
    complete: Mapped[bool]  # LINKEDID_END seen: no channel of the call is left. Ended without: lost with the PBX
    dialled: Mapped[str]
    trunk: Mapped[str]
    diversions_clear: Mapped[list[str]] = mapped_column("diversions", default=list, server_default="[]")  # up to 0006
    diverted_sealed: Mapped[Held | None] = mapped_column("diverted", Encrypted, default=None)
    hotline_number: Mapped[str | None]
    hotline_name: Mapped[str]
    hotline_unit: Mapped[str]
    mode: Mapped[str]
    table_version: Mapped[str]
    greeting: Mapped[str]
    caller_raw_sealed: Mapped[Held] = mapped_column("caller_raw", Encrypted)
    caller_number_sealed: Mapped[Held | None] = mapped_column("caller_number", Encrypted)
    caller_index: Mapped[str | None] = mapped_column(BlindIndex, default=None)  # finds the calls of a number
    caller_withheld: Mapped[bool]
    skills: Mapped[list[str]]
    steps: Mapped[list[str]]
    reasons: Mapped[list[str]]
    menu: Mapped[str]
    choice: Mapped[str]
    menu_outcome: Mapped[str]
    menu_s: Mapped[float]
    waiting_s: Mapped[float]
    ring_s: Mapped[float]
    talking_s: Mapped[float]
    consult_s: Mapped[float] = mapped_column(server_default="0")
    three_way_s: Mapped[float] = mapped_column(server_default="0")
    hold_s: Mapped[float] = mapped_column(server_default="0")
    total_s: Mapped[float]
    seat: Mapped[str | None]  # the first seat that talked with the caller: the first receiver
    offers: Mapped[int]
    fallback: Mapped[bool]
    fallback_reason: Mapped[str]
    # nobody on the roster answered, and no third came later; `no_expert`: the hotline or topic that was asked for
    no_expert_at: Mapped[datetime | None] = mapped_column(default=None)
    no_expert: Mapped[str] = mapped_column(server_default="", default="")
    recording_path: Mapped[str | None]  # relative to the recordings folder

    caller_raw = SealedField()
    caller_number = OptionalSealedField("caller_index")
    diverted = OptionalSealedField()

    @property
    def diversions(self) -> list[str]:
        """What the lookup saw of each, newest first; a person's number may be among them: never shown."""
        return read_diversions(self.diverted, self.diversions_clear)

    @diversions.setter
    def diversions(self, found: Sequence[str]) -> None:
        self.diverted, self.diversions_clear = write_diversions(found), []


def write_diversions(found: Sequence[str]) -> str | None:
    return json.dumps(list(found)) if found else None


def read_diversions(diverted: str | None, clear: Sequence[str]) -> list[str]:
    """`clear`: of a row that an older release has left."""
    return [str(one) for one in json.loads(diverted)] if diverted else list(clear)


class CallEvent(Base):
    """One journal line. Keyed by where it stands in which file, so reading it twice stores it once.

    `shown`: the other columns of the line, empty ones left out (`journal.cel`), without what names a person; that is
    sealed in `private` (empty: there is none; null: written by an older release, not looked at yet).
    """

    __tablename__ = "call_events"
    __table_args__ = (
        Index("ix_call_events_linkedid_at", "linkedid", "at"),
        Index("ix_call_events_unseen", "file_id", sqlite_where=_UNSEEN, postgresql_where=_UNSEEN),
    )

    file_id: Mapped[str] = mapped_column(primary_key=True)
    offset: Mapped[int] = mapped_column(primary_key=True)
    linkedid: Mapped[str] = mapped_column(ForeignKey("calls.linkedid"))
    at: Mapped[datetime]
    event: Mapped[str]  # CEL type, or the name of a user event ("hl.offer")
    uniqueid: Mapped[str]
    channel: Mapped[str]
    shown: Mapped[dict[str, Any]] = mapped_column("detail")
    private_sealed: Mapped[Held | None] = mapped_column("private", Encrypted, default=None)

    private = OptionalSealedField()

    @property
    def detail(self) -> dict[str, Any]:
        """Both together, as the journal has them."""
        return joined(self.shown, json.loads(self.private or "{}"))

    @detail.setter
    def detail(self, found: Mapping[str, Any]) -> None:
        self.shown, self.private = split_detail(found)


def split_detail(found: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """What may lie in the clear, and the rest as a text to be sealed; empty when there is none."""
    shown, private = split(found)
    return shown, json.dumps(private, ensure_ascii=False) if private else ""


class Leg(Base):
    """One channel of a call; see `gateway.journal.record.LegRecord`. `talk_s` is this leg's own: who has left a call is
    not credited with what others talk after it."""

    __tablename__ = "legs"
    __table_args__ = (Index("ix_legs_seat_started_at", "seat", "started_at"),)

    linkedid: Mapped[str] = mapped_column(ForeignKey("calls.linkedid"), primary_key=True)
    uniqueid: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[LegRole] = mapped_column(one_of(LegRole))
    channel: Mapped[str]
    device: Mapped[str]
    seat: Mapped[str | None]
    name: Mapped[str] = mapped_column(server_default="")  # as the call knew it; empty: the seat directory's
    verb: Mapped[str] = mapped_column(server_default="")
    brought_by: Mapped[str] = mapped_column(server_default="")
    started_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ring_s: Mapped[float]
    talk_s: Mapped[float]
    consult_s: Mapped[float] = mapped_column(server_default="0")
    three_way_s: Mapped[float] = mapped_column(server_default="0")
    hold_s: Mapped[float] = mapped_column(server_default="0")
    result: Mapped[LegResult] = mapped_column(one_of(LegResult))
    hotline_number: Mapped[str | None]  # the origin hotline: an immutable tag on every leg


class Recording(Base):
    """A recording and the verdict on it. Part 0 is the call's own: the caller's channel from answer to hang-up. Parts
    from 1 are consults, private talks without the caller, each with the channel (`uniqueid`) it was made on."""

    __tablename__ = "recordings"
    __table_args__ = (Index("ix_recordings_state", "state"),)

    linkedid: Mapped[str] = mapped_column(ForeignKey("calls.linkedid"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default="0", default=0)
    uniqueid: Mapped[str] = mapped_column(server_default="", default="")
    started_at: Mapped[datetime | None]
    path: Mapped[str]
    state: Mapped[RecordingState] = mapped_column(one_of(RecordingState))
    reason: Mapped[str]
    seconds: Mapped[float | None]
    expected_s: Mapped[float | None]
    size: Mapped[int | None]
    sha256: Mapped[str | None]
    verified_at: Mapped[datetime | None]
    hotline_number: Mapped[str | None]


class CallAlias(Base):
    """A leg that the gateway placed itself began as a call of its own (`linkedid`) and belongs to `call`."""

    __tablename__ = "call_aliases"

    linkedid: Mapped[str] = mapped_column(primary_key=True)
    call: Mapped[str] = mapped_column(ForeignKey("calls.linkedid"))


class OutCall(Base):
    """One try to reach a citizen that the house made for a seat. `result` None: it runs, or the gateway died."""

    __tablename__ = "out_calls"
    __table_args__ = (Index("ix_out_calls_reference_asked_at", "reference", "asked_at"),)

    linkedid: Mapped[str] = mapped_column(primary_key=True)  # no foreign key, as in CallResult
    purpose: Mapped[OutPurpose] = mapped_column(one_of(OutPurpose))
    reference: Mapped[str]
    seat: Mapped[str]
    by: Mapped[str]
    asked_at: Mapped[datetime]
    result: Mapped[OutResult | None] = mapped_column(one_of(OutResult))
    ended_at: Mapped[datetime | None]
    talked_s: Mapped[float]


class CallResult(Base):
    """What a seat said came of a call. `settled`: on the line; None: not said. `result`: a code of `people.json`."""

    __tablename__ = "call_results"
    __table_args__ = (Index("ix_call_results_at", "at"),)

    linkedid: Mapped[str] = mapped_column(primary_key=True)  # no foreign key: the seat may be faster than the journal
    seat: Mapped[str] = mapped_column(primary_key=True)
    settled: Mapped[bool | None]
    result: Mapped[str]
    by: Mapped[str]
    at: Mapped[datetime]


class JournalOffset(Base):
    """How far a journal file has been taken into the store; moved in the same transaction as what was read."""

    __tablename__ = "journal_offsets"

    file_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    offset: Mapped[int]
    at: Mapped[datetime]
