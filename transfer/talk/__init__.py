"""transfer.talk: one call with several people. Who is where, what a seat may ask, what follows from what happens.

In: a talk (caller, seat, thirds, each at one place), what was asked or has happened. Out: the talk then, and the moves.
Never: a channel, a clock, a choice of people (that is `transfer.roster`).

The caller is at one place at any time, with somebody or with music; only the caller's own hang-up or the end of the
talk ends the caller. The machine orders one move a leg; what legs do by themselves when the gateway is away is in
`asterisk_conf/extensions.conf`, [talk].
"""

from .asked import allowed
from .codec import TalkError, dump, load
from .model import (
    CALLED_IN,
    CALLER,
    MAX_PARTIES,
    PRIVATE,
    REACHING,
    SEATED,
    Asked,
    CalledIn,
    Check,
    DialFailed,
    Exhausted,
    Go,
    Gone,
    HangUp,
    Home,
    Left,
    Move,
    Moved,
    Notice,
    Party,
    Place,
    Refuse,
    Resynced,
    Ring,
    Seen,
    Talk,
    TalkEffect,
    TalkEvent,
    Trying,
    Unanswered,
    Verb,
)
from .next import next
from .people import alone, begin

__all__ = [
    "Asked",
    "CALLED_IN",
    "CALLER",
    "CalledIn",
    "Check",
    "DialFailed",
    "Exhausted",
    "Go",
    "Gone",
    "HangUp",
    "Home",
    "Left",
    "MAX_PARTIES",
    "Move",
    "Moved",
    "Notice",
    "PRIVATE",
    "Party",
    "Place",
    "REACHING",
    "Refuse",
    "Resynced",
    "Ring",
    "SEATED",
    "Seen",
    "Talk",
    "TalkEffect",
    "TalkError",
    "TalkEvent",
    "Trying",
    "Unanswered",
    "Verb",
    "allowed",
    "alone",
    "begin",
    "dump",
    "load",
    "next",
]
