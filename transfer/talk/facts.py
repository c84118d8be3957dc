"""What the PBX says has happened, and what is due then.

In: a talk and a fact, which may be late, doubled, or about somebody long gone. Out: the talk, and what is to be done.
Never: what the dialplan does by itself (a third without its seat goes to the caller, a seat without its third, too; the
last to leave sends the caller on): for that there is a `Check`, and `Resynced` mends what did not happen.
"""

from dataclasses import replace

from .model import (
    CALLED_IN,
    CALLER,
    PRIVATE,
    CalledIn,
    Check,
    DialFailed,
    Gone,
    HangUp,
    Home,
    Move,
    Moved,
    Notice,
    Party,
    Place,
    Resynced,
    Seen,
    Talk,
    TalkEffect,
    Trying,
    Verb,
)
from .people import add, heir, put, ring_next, without

Outcome = tuple[Talk, tuple[TalkEffect, ...]]
_NOT_TAKEN = {"NOANSWER": "无人应答", "BUSY": "正忙或未接"}


def called_in(talk: Talk, event: CalledIn, now: float) -> Outcome:
    """Somebody's phone rings for this talk without the conductor's doing."""
    return add(talk, event.target, event.verb, now)[0], ()


def moved(talk: Talk, event: Moved, now: float) -> Outcome:
    """The party is there. Who rings and is moved has answered."""
    party = talk.find(event.party)
    if party is None:
        return talk, (Check(),)
    if event.place is Place.RINGING:
        return talk, ()
    trying = talk.trying
    if trying is not None and party.id == trying.party:
        trying = None
    elif trying is not None and party.id == trying.by and event.place is Place.MAIN:
        trying = None  # back without a word from the dialplan: this gateway was away
    talk = put(replace(talk, trying=trying), party.id, event.place, now)
    if party.place is Place.RINGING and party.verb in CALLED_IN and event.place is Place.MAIN:
        return _takes_the_chair(talk, party, now)
    return talk, ()


def _takes_the_chair(talk: Talk, party: Party, now: float) -> Outcome:
    """A supervisor takes over: who conducted leaves. A seat that is back conducts again, and nobody leaves."""
    before = talk.seat
    talk = replace(talk, conductor=party.id)
    if talk.caller.place is Place.PAIR:  # the seat's leg ends by the caller's being moved
        return put(talk, CALLER, Place.MAIN, now), (Move(CALLER, Place.MAIN),)
    if party.verb is Verb.TAKE_OVER and before is not None:
        return talk, (HangUp(before.id),)
    return talk, ()


def dial_failed(talk: Talk, event: DialFailed, now: float) -> Outcome:
    """Nobody picked up: the next on the list, or the seat is told and goes back to the caller."""
    trying = talk.trying
    party = talk.find(event.party)
    if party is not None and party.place is Place.RINGING:
        talk = without(talk, party.id)
    if trying is None or trying.party != event.party:
        return talk, ()
    if trying.rest and talk.find(trying.by) is not None:
        talk, ring = ring_next(talk, trying.by, trying.verb, trying.rest, now)
        return talk, (ring,)
    name = (party.name or party.who) if party is not None else "对方"
    why = _NOT_TAKEN.get(event.status, "暂时无法接通")
    talk = put(replace(talk, trying=None), trying.by, Place.MAIN, now)
    return talk, (Notice("not-taken", f"{name}{why}。可另找他人，或登记工单并告知来电人答复期限。"),)


def gone(talk: Talk, event: Gone, now: float) -> Outcome:
    """A leg has ended. With the caller's everything ends; the others' places follow from the dialplan."""
    party = talk.find(event.party)
    if party is None:
        return talk, ()
    if party.id == CALLER:
        return _caller_gone(talk)
    partner = _partner(talk, party)
    rest = without(talk, party.id)
    if partner is not None:
        rest = put(rest, partner.id, Place.MAIN, now)
    if talk.trying is not None and talk.trying.by == party.id:
        rest = replace(rest, trying=None)
    if party.id == talk.conductor:
        rest = replace(rest, conductor=heir(rest))
    if len(rest.parties) == 1 and rest.caller.place is Place.PAIR:
        return replace(rest, over=True), ()
    rest, moves = _fetch_aside(rest, now)
    return rest, (*moves, Check())


def _caller_gone(talk: Talk) -> Outcome:
    ends = tuple(HangUp(each.id) for each in talk.parties[1:])
    return replace(talk, parties=talk.parties[:1], conductor="", trying=None, over=True), ends


def _partner(talk: Talk, party: Party) -> Party | None:
    """The other side of a private talk."""
    if party.place not in PRIVATE:
        return None
    return talk.confidant if party.id == talk.conductor else talk.seat


def _fetch_aside(talk: Talk, now: float) -> Outcome:
    """Who was put aside comes back to the caller when nobody is left who could fetch it."""
    seat = talk.seat
    if talk.caller.place is not Place.MAIN or (seat is not None and seat.place is not Place.ASIDE):
        return talk, ()
    aside = [each.id for each in talk.parties if each.place is Place.ASIDE]
    for each in aside:
        talk = put(talk, each, Place.MAIN, now)
    return talk, tuple(Move(each, Place.MAIN) for each in aside)


def left(talk: Talk) -> Outcome:
    """The caller has gone on."""
    return replace(talk, over=True, trying=None), ()


def resynced(talk: Talk, event: Resynced, now: float) -> Outcome:
    """The PBX's word against ours: who is there is there, and nobody is left in a place without a way out."""
    seen = {each.party: each for each in event.seen}
    if CALLER not in seen:
        return _caller_gone(talk)[0], tuple(HangUp(each) for each in seen)
    talk = replace(talk, parties=tuple(each for each in talk.parties if each.id in seen), over=False)
    for each in event.seen:
        talk = put(talk if talk.find(each.party) else _adopt(talk, each, now), each.party, each.place, now)
    talk = replace(talk, trying=_still_trying(talk))
    if talk.seat is None:
        talk = replace(talk, conductor=heir(talk))
    return _settle(talk, now)


def _adopt(talk: Talk, seen: Seen, now: float) -> Talk:
    """A leg that we know nothing of is what its device says."""
    party = Party(seen.party, seen.role, seen.who, seen.who, seen.device, seen.place, Verb.OFFER, now)
    number = int(seen.party[1:]) if seen.party[1:].isdecimal() else 0
    return replace(talk, parties=(*talk.parties, party), made=max(talk.made, number + 1))


def _still_trying(talk: Talk) -> Trying | None:
    trying = talk.trying
    rung = talk.find(trying.party) if trying is not None else None
    by = talk.find(trying.by) if trying is not None else None
    if rung is None or by is None or rung.place is not Place.RINGING or by.place is not Place.DIAL:
        return None
    return trying


def _settle(talk: Talk, now: float) -> Outcome:
    """Nobody alone for good: not the caller in the room, not somebody in a private room, not one aside."""
    if talk.caller.place is not Place.MAIN:
        return talk, ()
    if len(talk.parties) == 1:
        return talk, (Home(),)
    effects: list[TalkEffect] = []
    consulting = [each.id for each in talk.parties if each.place is Place.CONSULT]
    if len(consulting) == 1:
        talk = put(talk, consulting[0], Place.MAIN, now)
        effects.append(Move(consulting[0], Place.MAIN))
    talk, moves = _fetch_aside(talk, now)
    return talk, (*effects, *moves)
