"""The talk machine: `next(talk, event, now) -> (talk, effects)`, defined for every talk and event.

In: who is where, what a seat asks or the PBX says, when (epoch seconds). Out: who is where then, and what to do, in
order. Never: an error; a caller hung up by us; anything after the talk is over, unless the PBX says that it is not.
"""

from typing import assert_never

from .asked import asked
from .facts import called_in, dial_failed, gone, left, moved, resynced
from .model import Asked, CalledIn, DialFailed, Gone, Left, Moved, Resynced, Talk, TalkEffect, TalkEvent


def next(talk: Talk, event: TalkEvent, now: float) -> tuple[Talk, tuple[TalkEffect, ...]]:
    """The talk after the event, and the effects. An event that means nothing here changes nothing."""
    if isinstance(event, Resynced):
        return resynced(talk, event, now)
    if isinstance(event, Asked):
        return asked(talk, event, now)
    if talk.over:
        return talk, ()
    match event:
        case CalledIn():
            return called_in(talk, event, now)
        case Moved():
            return moved(talk, event, now)
        case DialFailed():
            return dial_failed(talk, event, now)
        case Gone():
            return gone(talk, event, now)
        case Left():
            return left(talk)
        case _:
            assert_never(event)
