"""transfer: one call moving between people. What happens to the caller after each leg's end.

In: the steps of the call's route, and what happened. Out: the next state and what the driver must do (`Effect`).
Never: a phone, a clock, a seat's choice (that is `seats`). No path ends but with a finished talk, a deliberate
announcement, or a caller who waits for a person.

`next` moves a call along its route between two parties; `roster` and `outside` say whom a seat may bring in,
`callout` whom it may have rung.
"""

from .callout import CallOutRules, may_ring
from .codec import StateError, dump, load
from .model import (
    Answered,
    CallerGone,
    DialEnded,
    DialStatus,
    Effect,
    Event,
    HangUp,
    HangUpReason,
    LeftAlone,
    MenuDone,
    NoSeats,
    Offered,
    OfferWithdrawn,
    Phase,
    Played,
    PlayPrompt,
    Resumed,
    RingSeat,
    Started,
    State,
    StepKind,
    StepRef,
    TryStep,
    Unreachable,
    WaitAgain,
)
from .next import begin, next, pending
from .outside import Allowed, OutsidePolicy, Placed, Refused, Rule, may_call, with_roster
from .roster import Entry, Roster, choose
from .shifts import Shift, Works, monday_to_friday
from .target import PartyRole, Target, TargetKind, emergency_line, unit_line

__all__ = [
    "Allowed",
    "Answered",
    "CallOutRules",
    "CallerGone",
    "DialEnded",
    "DialStatus",
    "Effect",
    "Entry",
    "Event",
    "HangUp",
    "HangUpReason",
    "LeftAlone",
    "MenuDone",
    "NoSeats",
    "OfferWithdrawn",
    "Offered",
    "OutsidePolicy",
    "PartyRole",
    "Phase",
    "Placed",
    "PlayPrompt",
    "Played",
    "Refused",
    "Resumed",
    "RingSeat",
    "Roster",
    "Rule",
    "Shift",
    "Started",
    "State",
    "StateError",
    "StepKind",
    "StepRef",
    "Target",
    "TargetKind",
    "TryStep",
    "Unreachable",
    "WaitAgain",
    "Works",
    "begin",
    "choose",
    "dump",
    "emergency_line",
    "load",
    "may_call",
    "may_ring",
    "monday_to_friday",
    "next",
    "pending",
    "unit_line",
    "with_roster",
]
