"""What a talk of several is made of: parties, places, verbs, events, effects.

In: nothing. Out: frozen values. Never: a transition (that is `next`), a channel's name (that is the driver's).
"""

from dataclasses import dataclass
from enum import StrEnum

from transfer.target import PartyRole, Target

CALLER = "c"  # the caller's party id; others are p1, p2 … in the order in which they came
MAX_PARTIES = 6


class Place(StrEnum):
    """Where a party is. The dialplan's [talk] has an extension for each but pair, ringing and met."""

    PAIR = "pair"  # caller and seat, as the dispatch brought them together
    RINGING = "ringing"  # its phone rings
    MAIN = "main"  # the caller's room
    DIAL = "dial"  # rings a third, or talks with it privately
    MET = "met"  # that third; it cannot be moved, it goes its way (`Go`) when who dialled it is moved
    CONSULT = "consult"  # privately with the conductor, again
    ASIDE = "aside"  # music
    LEAVE = "leave"  # on its way out; the caller is not taken for one whose talk has ended


class Verb(StrEnum):
    """What a seat may ask for; `take_over` and `resume` come from a supervisor and from a seat that is back."""

    CONSULT = "consult"
    THREE_WAY = "three_way"
    HAND_OVER = "hand_over"
    JOIN = "join"
    SWAP = "swap"
    ASIDE = "aside"
    DROP = "drop"
    CANCEL = "cancel"
    TAKE_OVER = "take_over"
    RESUME = "resume"
    OFFER = "offer"  # nobody asked: the dispatch brought this seat


REACHING = frozenset({Verb.CONSULT, Verb.THREE_WAY, Verb.HAND_OVER})  # may name somebody who is not there yet
CALLED_IN = frozenset({Verb.TAKE_OVER, Verb.RESUME})
SEATED = frozenset({PartyRole.SEAT, PartyRole.EXPERT, PartyRole.SUPERVISOR})  # who may conduct: they have a page
PRIVATE = frozenset({Place.DIAL, Place.MET, Place.CONSULT})


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody in the call. `who`: seat id or number; `device`: what was dialled; `verb` brought it in; `since` (epoch
    seconds) it is at `place`."""

    id: str
    role: PartyRole
    who: str
    name: str
    device: str
    place: Place
    verb: Verb
    since: float


@dataclass(frozen=True, slots=True)
class Trying:
    """`by` rings `party` for `verb`; `rest` are those to be tried after it."""

    by: str
    verb: Verb
    party: str
    rest: tuple[Target, ...] = ()
    roster: str = ""  # the hotline or topic whose experts are asked; empty: somebody else
    tried: tuple[str, ...] = ()  # names of those who did not answer


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nobody of `roster` was there to answer seat `by`; `tried`: names of those who were rung."""

    at: float
    by: str
    roster: str
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """One call's people. `parties[0]` is the caller. `conductor` is a party id, empty when nobody has a page.

    Places are what was last ordered or heard of. `made` counts the parties that ever were, for new ids.
    """

    call: str
    parties: tuple[Party, ...]
    conductor: str = ""
    trying: Trying | None = None
    made: int = 1
    over: bool = False
    unanswered: Unanswered | None = None  # until a third is there after all

    def find(self, party: str) -> Party | None:
        return next((each for each in self.parties if each.id == party), None)

    @property
    def caller(self) -> Party:
        return self.parties[0]

    @property
    def seat(self) -> Party | None:
        """The conductor."""
        return self.find(self.conductor)

    @property
    def thirds(self) -> tuple[Party, ...]:
        """Everybody but caller and conductor."""
        return tuple(each for each in self.parties if each.id not in (CALLER, self.conductor))

    @property
    def confidant(self) -> Party | None:
        """The third with whom the conductor talks privately."""
        seat = self.seat
        place = {Place.DIAL: Place.MET, Place.CONSULT: Place.CONSULT}.get(seat.place) if seat is not None else None
        return next((each for each in self.thirds if each.place is place), None)


# --- what happens


@dataclass(frozen=True, slots=True)
class Asked:
    """Seat `by` wants `verb`: with new people (`targets`, tried in order) or with `party` (empty: the only one).

    `roster`: these are all experts of that hotline or topic who could be asked now."""

    verb: Verb
    by: str
    targets: tuple[Target, ...] = ()
    party: str = ""
    roster: str = ""


@dataclass(frozen=True, slots=True)
class CalledIn:
    """A seat's phone is being rung from outside the talk, to take it over or to come back into it."""

    target: Target
    verb: Verb


@dataclass(frozen=True, slots=True)
class Moved:
    """The PBX says that `party` is at `place` now."""

    party: str
    place: Place


@dataclass(frozen=True, slots=True)
class DialFailed:
    """The third did not take the call; `status` is Asterisk's DIALSTATUS."""

    party: str
    status: str


@dataclass(frozen=True, slots=True)
class Gone:
    """The party's leg has ended."""

    party: str


@dataclass(frozen=True, slots=True)
class Left:
    """The caller has gone back into the route, and everybody else is out: this talk is history."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One leg as the PBX shows it."""

    party: str
    place: Place
    role: PartyRole = PartyRole.SEAT
    who: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Resynced:
    """Everybody that the PBX holds for this call, now: it is believed."""

    seen: tuple[Seen, ...]


TalkEvent = Asked | CalledIn | Moved | DialFailed | Gone | Left | Resynced


# --- what is to be done


@dataclass(frozen=True, slots=True)
class Ring:
    """Make ready that `by` dials `party`. On the answer both go to `then` (DIAL: they talk privately; MAIN: everybody
    is together), or, when `by` `leaves`, the third alone."""

    by: str
    party: str
    target: Target
    then: Place
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Go:
    """Where `party` is to go when the other side of its two-party talk is moved away."""

    party: str
    place: Place


@dataclass(frozen=True, slots=True)
class Move:
    """Put `party` there now. `recorded`: a private talk, kept as a recording of its own."""

    party: str
    place: Place
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the party's leg, of a call whose caller has gone."""

    party: str


@dataclass(frozen=True, slots=True)
class Home:
    """The caller is alone in the room: back to the head of the line."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something is due to happen by itself: look in a second whether it did (`Resynced`)."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Words for the conductor's page."""

    slug: str
    text: str


@dataclass(frozen=True, slots=True)
class Exhausted:
    """To be written down: no expert has answered, the caller is to be promised an answer."""

    unanswered: Unanswered


@dataclass(frozen=True, slots=True)
class Refuse:
    """The verb is not possible now; nobody was moved."""

    slug: str
    text: str


TalkEffect = Ring | Go | Move | HangUp | Home | Check | Notice | Exhausted | Refuse
