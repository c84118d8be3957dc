"""transfer: one call moving between people. What happens to the caller after each leg's end.

In: the steps of the call's route, and what happened. Out: the next state and what the driver must do (`Effect`).
Never: a phone, a clock, a seat's choice (that is `seats`). No path ends but with a finished talk, a deliberate
announcement, or a caller who waits for a person.

This slice moves a call along its route between two parties. Consult, join, swap and hand over add events and phases
to the same machine.
"""

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

__all__ = [
    "Answered",
    "StateError",
    "CallerGone",
    "DialEnded",
    "DialStatus",
    "Effect",
    "Event",
    "HangUp",
    "HangUpReason",
    "MenuDone",
    "NoSeats",
    "OfferWithdrawn",
    "Offered",
    "Phase",
    "PlayPrompt",
    "Played",
    "Resumed",
    "RingSeat",
    "Started",
    "State",
    "StepKind",
    "StepRef",
    "TryStep",
    "Unreachable",
    "WaitAgain",
    "begin",
    "dump",
    "load",
    "next",
    "pending",
]
