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
    Exhausted,
    Go,
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
    Unanswered,
    Verb,
)
from .people import add, heir, put, ring_next, without

Outcome = tuple[Talk, tuple[TalkEffect, ...]]
RINGS_AT_MOST_S = 30.0  # twice as long as a phone that is called in rings
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
        talk = _answered(talk, trying, now)
    elif trying is not None and party.id == trying.by and event.place is Place.MAIN:
        talk = replace(talk, trying=None)  # back without a word from the dialplan: this gateway was away
    talk = put(talk, party.id, event.place, now)
    return _takes_the_chair(talk, party, now) if _comes_in(party, event.place) else (talk, ())


def _answered(talk: Talk, trying: Trying, now: float) -> Talk:
    """What the dialplan does with who rang for it, by the verb: stays with the third, joins, or leaves."""
    to = {Verb.THREE_WAY: Place.MAIN, Verb.HAND_OVER: Place.LEAVE}.get(trying.verb)
    talk = replace(talk, trying=None, unanswered=None)
    return talk if to is None else put(talk, trying.by, to, now)


def _comes_in(party: Party, place: Place) -> bool:
    return party.place is Place.RINGING and party.verb in CALLED_IN and place is Place.MAIN


def _takes_the_chair(talk: Talk, party: Party, now: float) -> Outcome:
    """A supervisor takes over: who conducted leaves. A seat that is back conducts again, and nobody leaves."""
    before, confidant = talk.seat, talk.confidant
    leaves = party.verb is Verb.TAKE_OVER
    if before is not None and before.place in PRIVATE and not leaves:
        return talk, ()  # somebody else conducts by now, and is busy with it
    talk = replace(talk, conductor=party.id, trying=None)
    if before is not None and before.place is Place.PAIR and talk.caller.place is Place.PAIR:
        to = Place.LEAVE if leaves else Place.MAIN
        talk = put(put(talk, CALLER, Place.MAIN, now), before.id, to, now)
        return talk, (Go(before.id, to), Move(CALLER, Place.MAIN))
    if not leaves or before is None:
        return talk, ()
    effects: tuple[TalkEffect, ...] = (Move(before.id, Place.LEAVE),)
    if confidant is not None:
        talk = put(talk, confidant.id, Place.MAIN, now)
        stays = Go if confidant.place is Place.MET else Move
        effects = (stays(confidant.id, Place.MAIN), *effects)
    return put(talk, before.id, Place.LEAVE, now), effects


def dial_failed(talk: Talk, event: DialFailed, now: float) -> Outcome:
    """Nobody picked up: the next on the list, or the seat is told and goes back to the caller."""
    trying = talk.trying
    party = talk.find(event.party)
    if party is not None and party.place is Place.RINGING:
        talk = without(talk, party.id)
    if trying is None or trying.party != event.party:
        return talk, ()
    name = (party.name or party.who) if party is not None else "对方"
    tried = (*trying.tried, name)
    by = talk.find(trying.by)
    if trying.rest and by is not None:
        talk, ring = ring_next(talk, trying.by, trying.verb, trying.rest, now, trying.roster, tried)
        return talk, (ring,)
    why = _NOT_TAKEN.get(event.status, "暂时无法接通")
    talk = put(replace(talk, trying=None), trying.by, Place.MAIN, now)
    if trying.roster and by is not None:
        unanswered = Unanswered(now, by.who, trying.roster, tried)
        told = Notice("roster-exhausted", f"{name}{why}，专家均未接听。请告知来电人答复期限，转承办单位办理。")
        return replace(talk, unanswered=unanswered), (told, Exhausted(unanswered))
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
    """The other side of a private talk; None where there are two such talks, and the PBX will say."""
    place = {Place.DIAL: Place.MET, Place.MET: Place.DIAL, Place.CONSULT: Place.CONSULT}.get(party.place)
    others = [each for each in talk.parties if each.place is place and each.id != party.id]
    return others[0] if len(others) == 1 else None


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
    before = talk
    kept = tuple(each for each in talk.parties if each.id in seen or _may_still_ring(each, now))
    talk = replace(talk, parties=kept, over=False)
    for each in event.seen:
        talk = put(talk if talk.find(each.party) else _adopt(talk, each, now), each.party, each.place, now)
    talk = replace(talk, trying=_still_trying(talk))
    if talk.seat is None:
        talk = replace(talk, conductor=heir(talk))
    effects: tuple[TalkEffect, ...] = ()
    for party in before.parties:
        if party.id in seen and _comes_in(party, seen[party.id].place):
            talk, more = _takes_the_chair(talk, party, now)
            effects += more
    talk, more = _settle(talk, now)
    return talk, (*effects, *more)


def _may_still_ring(party: Party, now: float) -> bool:
    """Rung from outside: until it answers, its leg is in no call that the PBX could show. Its end may go unheard."""
    return party.place is Place.RINGING and party.verb in CALLED_IN and now - party.since < RINGS_AT_MOST_S


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
