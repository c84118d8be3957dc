"""The closed vocabularies of a call record. Shared by the reducer, which gives them, and the store, which checks them.

In: nothing. Out: StrEnums whose values are what is stored and sent in JSON. Never: display text (the pages translate).
"""

from __future__ import annotations

from enum import StrEnum


class CallState(StrEnum):
    """Where a call stands now."""

    ARRIVING = "arriving"
    MENU = "menu"
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"


class Outcome(StrEnum):
    """What became of a call. `ANSWERED`: a shared or expert seat talked with the caller."""

    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    UNIT_ANSWERED = "unit_answered"
    EMERGENCY = "emergency"
    ANNOUNCED = "announced"
    ABANDONED = "abandoned"
    FAILED = "failed"


class EndedBy(StrEnum):
    """Who hung up. `SEAT` includes experts, `UNIT` a unit's own line and the emergency services."""

    CALLER = "caller"
    SEAT = "seat"
    UNIT = "unit"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class OutPurpose(StrEnum):
    """Why the house rings a citizen for a seat: a missed call, what came of an order, its handler's first contact."""

    CALL_BACK = "call_back"
    FOLLOW_UP = "follow_up"
    FIRST_CONTACT = "first_contact"


class OutResult(StrEnum):
    """What became of a call that the house placed. `HUNG_UP`: answered, and gone before a word was spoken."""

    TALKED = "talked"
    HUNG_UP = "hung_up"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    INVALID = "invalid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SEAT_NO_ANSWER = "seat_no_answer"
    SEAT_REJECTED = "seat_rejected"


class LegRole(StrEnum):
    CALLER = "caller"
    SEAT = "seat"
    EXPERT = "expert"
    UNIT = "unit"
    EMERGENCY = "emergency"
    OUTSIDE = "outside"
    SUPERVISOR = "supervisor"


class LegResult(StrEnum):
    """What became of one leg; `CANCELLED`: the caller was gone before it answered."""

    RINGING = "ringing"
    TALKING = "talking"
    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"
