"""A seat and what can happen to it.

In: nothing. Out: frozen values. Never: a transition (that is `machine.next`).
"""

from dataclasses import dataclass
from enum import StrEnum


class SeatState(StrEnum):
    """The states of a seat, as pages and journal name them. `consulting`: in the call, but privately with a third."""

    OFFLINE = "offline"
    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"
    CONSULTING = "consulting"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    SET_ASIDE = "set_aside"


class Reason(StrEnum):
    """Reasons the machine itself gives; a pause carries the person's own words instead."""

    NEVER_LOGGED_IN = "never_logged_in"
    LOGGED_OUT = "logged_out"
    OFFER = "offer"
    CALL = "call"
    CONSULT = "consult"
    RESTORING = "restoring"  # its leg was lost; the caller waits a moment for it to come back
    AFTER_CALL = "after_call"
    UNSPECIFIED = "unspecified"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    DEVICE_LOST = "device_lost"
    BUSY_ELSEWHERE = "busy_elsewhere"


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat. `reason` is empty only when idle; `call` is set while ringing, talking, consulting and in wrap-up.

    `idle_since` survives an offer that came to nothing through no fault of the seat, so it keeps its turn.
    `pause_after` / `leave_after`: what happens once the call in hand is over. `device_gone` / `device_busy` are facts
    about the phone that hold in every state. `must_close`: this wrap-up ends by a result code only, never by time.
    """

    id: str
    state: SeatState
    reason: str
    since: float
    call: str | None = None
    device: str | None = None
    idle_since: float | None = None
    pause_after: str | None = None
    leave_after: bool = False
    device_gone: bool = False
    device_busy: bool = False
    must_close: bool = False


def new_seat(seat_id: str, now: float) -> Seat:
    """A seat nobody has logged in to."""
    return Seat(seat_id, SeatState.OFFLINE, Reason.NEVER_LOGGED_IN, now)


@dataclass(frozen=True, slots=True)
class Login:
    """A person sits down with `device` ('phone', 'web'); `device_gone`: it is not registered yet."""

    device: str
    device_gone: bool = False


@dataclass(frozen=True, slots=True)
class Logout:
    """The person leaves; a call in hand is finished first."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The seat's phone is being rung for `call`."""

    call: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The PBX says that this seat talks in `call` (also the way a restarted gateway learns it)."""

    call: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The ring time for `call` is over."""

    call: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The person or the phone (do not disturb) refused `call`."""

    call: str


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The phone could not be rung for `call` (not registered, congestion, wrong arguments)."""

    call: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The offer of `call` ended through no fault of the seat: the caller hung up, or the gateway took it back."""

    call: str


@dataclass(frozen=True, slots=True)
class ConsultBegan:
    """The seat has left the caller of `call` for a while, to talk privately with a third."""

    call: str


@dataclass(frozen=True, slots=True)
class ConsultEnded:
    """The seat is back with the caller of `call`."""

    call: str


@dataclass(frozen=True, slots=True)
class TalkLost:
    """The seat's leg of `call` is gone through nobody's will; the caller waits for the seat to come back."""

    call: str


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """The talk in `call` is over. `must_close`: the wrap-up wants a result code."""

    call: str
    must_close: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """The person has finished the wrap-up, with a result code where one is wanted; `anyhow`: a supervisor's word."""

    result: str = ""
    anyhow: bool = False


@dataclass(frozen=True, slots=True)
class WrapUpOver:
    """The wrap-up time of `call` is over; naming the call keeps a late timer from ending a later wrap-up."""

    call: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause with the person's reason; with a call in hand it begins after it, with `after_call` after wrap-up too."""

    reason: str
    after_call: bool = False


@dataclass(frozen=True, slots=True)
class Resume:
    """Back from a pause or from being set aside; with a call in hand: no pause and no leaving after it."""


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """The phone's registration is gone."""


@dataclass(frozen=True, slots=True)
class DeviceBack:
    """The phone is registered again."""


@dataclass(frozen=True, slots=True)
class BusyElsewhere:
    """The phone is in a call that is not ours."""


@dataclass(frozen=True, slots=True)
class FreeElsewhere:
    """That call is over."""


SeatEvent = (
    Login
    | Logout
    | Offered
    | Answered
    | NoAnswer
    | Rejected
    | Unreachable
    | Withdrawn
    | ConsultBegan
    | ConsultEnded
    | TalkLost
    | TalkEnded
    | Done
    | WrapUpOver
    | Pause
    | Resume
    | DeviceLost
    | DeviceBack
    | BusyElsewhere
    | FreeElsewhere
)
