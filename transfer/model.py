"""What a call's way is made of: steps, phases, events, effects.

In: nothing. Out: frozen values. Never: a transition (that is `next`).
"""

from dataclasses import dataclass
from enum import StrEnum


class StepKind(StrEnum):
    """The kinds of step a route has; the same words as the routing table's."""

    PROMPT = "prompt"
    MENU = "menu"
    SHARED_SEATS = "shared_seats"
    EXPERT_SEATS = "expert_seats"
    UNIT_LINE = "unit_line"
    EMERGENCY = "emergency"
    ANNOUNCEMENT = "announcement"
    HANGUP = "hangup"
    MESSAGE = "message"  # played, then the caller may speak: an end by design, like an announcement


SEAT_STEPS = frozenset({StepKind.SHARED_SEATS, StepKind.EXPERT_SEATS})
LINE_STEPS = frozenset({StepKind.UNIT_LINE, StepKind.EMERGENCY})
PLAYED_STEPS = frozenset({StepKind.PROMPT, StepKind.ANNOUNCEMENT, StepKind.MESSAGE})


@dataclass(frozen=True, slots=True)
class StepRef:
    """One step: what kind, and which prompt, menu, line or pool."""

    kind: StepKind
    ref: str = ""


class DialStatus(StrEnum):
    """Asterisk's DIALSTATUS (`main/app.c`, `apps/app_dial.c`), and UNKNOWN for empty or anything newer."""

    ANSWER = "ANSWER"
    BUSY = "BUSY"
    NOANSWER = "NOANSWER"
    CONGESTION = "CONGESTION"
    CHANUNAVAIL = "CHANUNAVAIL"
    CANCEL = "CANCEL"
    DONTCALL = "DONTCALL"
    TORTURE = "TORTURE"
    INVALIDARGS = "INVALIDARGS"
    UNKNOWN = ""

    @classmethod
    def of(cls, raw: str | None) -> "DialStatus":
        """The status for a channel variable's value; never an error."""
        try:
            return cls((raw or "").strip().upper())
        except ValueError:
            return cls.UNKNOWN


class Phase(StrEnum):
    """Where the caller is right now."""

    NEW = "new"  # not started
    PLAYING = "playing"  # hears a prompt or announcement
    CHOOSING = "choosing"  # in the menu
    WAITING = "waiting"  # in line for a seat
    RINGING = "ringing"  # a seat's phone rings
    CALLING = "calling"  # a unit's or emergency line rings
    TALKING = "talking"  # with a person
    DONE = "done"  # hung up, or told to


@dataclass(frozen=True, slots=True)
class State:
    """`steps[index]` is the step in work; `who` the seat that rings or talks, empty on a unit line or if not known."""

    steps: tuple[StepRef, ...]
    index: int = 0
    phase: Phase = Phase.NEW
    who: str = ""

    @property
    def step(self) -> StepRef:
        """The step in work."""
        return self.steps[self.index]


@dataclass(frozen=True, slots=True)
class Started:
    """The call is answered and the route is known."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The gateway came back and asks what is to be done; the machine says it again and changes nothing."""


@dataclass(frozen=True, slots=True)
class Played:
    """The prompt of this step is over, or could not be played: the call goes on either way."""


@dataclass(frozen=True, slots=True)
class MenuDone:
    """The menu is over, by a choice or by silence: the call goes on either way."""


@dataclass(frozen=True, slots=True)
class Offered:
    """The dispatch found this seat."""

    seat: str


@dataclass(frozen=True, slots=True)
class OfferWithdrawn:
    """The offer was taken back before the seat's phone rang."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody picked up; `who` is a seat id, or empty for a unit or emergency line."""

    who: str = ""


@dataclass(frozen=True, slots=True)
class DialEnded:
    """Dial came back: ANSWER when a talk is over, everything else when there was none."""

    status: DialStatus


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """The last person in the talk has gone while the caller was on hold, or was lost: the caller has not finished."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The line of this step cannot be rung at all: closed, not configured, no contact."""


@dataclass(frozen=True, slots=True)
class NoSeats:
    """No seat of this step's kind is staffed."""


@dataclass(frozen=True, slots=True)
class CallerGone:
    """The caller has hung up."""


Event = (
    Started
    | Resumed
    | Played
    | MenuDone
    | Offered
    | OfferWithdrawn
    | Answered
    | DialEnded
    | LeftAlone
    | Unreachable
    | NoSeats
    | CallerGone
)


class HangUpReason(StrEnum):
    """Why the house hangs up; it never does for another reason."""

    TALK_ENDED = "talk_ended"
    ANNOUNCED = "announced"
    ROUTE_ENDS = "route_ends"


@dataclass(frozen=True, slots=True)
class TryStep:
    """Begin step `index`: run the menu, ring the line, or put the caller in line for a seat."""

    index: int


@dataclass(frozen=True, slots=True)
class PlayPrompt:
    """Play prompt `id` of step `index`, then report `Played`."""

    id: str
    index: int


@dataclass(frozen=True, slots=True)
class RingSeat:
    """Ring this seat for the caller."""

    seat: str


@dataclass(frozen=True, slots=True)
class WaitAgain:
    """Back in line at step `index`, the waiting time and so the place kept; `refused` is the seat that missed it."""

    index: int
    refused: str = ""
    keep_place: bool = True


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call."""

    reason: HangUpReason


Effect = TryStep | PlayPrompt | RingSeat | WaitAgain | HangUp
