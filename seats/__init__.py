"""seats: which seat takes which waiting call, and what state a seat is in.

In: the line (`Waiting`), the idle seats (`SeatView`), the seat events, and the time. Out: offers and next states.
Never: a clock, a phone, a socket; it does not know what a hotline is.
"""

from .assign import assign, qualifies
from .line import expected_wait, next_relaxation, place_in_line
from .machine import is_offerable, next
from .model import DEFAULT, Offer, Pool, Rules, SeatView, Waiting, Why
from .seat import (
    Answered,
    BusyElsewhere,
    ConsultBegan,
    ConsultEnded,
    DeviceBack,
    DeviceLost,
    Done,
    FreeElsewhere,
    Login,
    Logout,
    NoAnswer,
    Offered,
    Pause,
    Reason,
    Rejected,
    Resume,
    Seat,
    SeatEvent,
    SeatState,
    TalkEnded,
    TalkLost,
    Unreachable,
    Withdrawn,
    WrapUpOver,
    new_seat,
)

__all__ = [
    "DEFAULT",
    "Answered",
    "BusyElsewhere",
    "ConsultBegan",
    "ConsultEnded",
    "DeviceBack",
    "DeviceLost",
    "Done",
    "FreeElsewhere",
    "Login",
    "Logout",
    "NoAnswer",
    "Offer",
    "Offered",
    "Pause",
    "Pool",
    "Reason",
    "Rejected",
    "Resume",
    "Rules",
    "Seat",
    "SeatEvent",
    "SeatState",
    "SeatView",
    "TalkEnded",
    "TalkLost",
    "Unreachable",
    "Waiting",
    "Why",
    "Withdrawn",
    "WrapUpOver",
    "assign",
    "expected_wait",
    "is_offerable",
    "new_seat",
    "next",
    "next_relaxation",
    "place_in_line",
    "qualifies",
]
