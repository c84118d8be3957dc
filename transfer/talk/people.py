"""Small changes of a talk that verbs and facts share.

In: a talk. Out: another one. Never: an effect for the PBX, except the ring that goes with a new party.
"""

from dataclasses import replace

from transfer.target import PartyRole, Target

from .model import CALLER, SEATED, Party, Place, Ring, Talk, Trying, Verb

_CHAIR = (Place.DIAL, Place.PAIR, Place.MAIN, Place.CONSULT, Place.ASIDE, Place.MET)  # who is likely to conduct


def begin(call: str, seat: Target, now: float, caller: str = "") -> Talk:
    """The talk that the dispatch brought about: the caller and one seat. `caller` is its number, if known."""
    first = Party(CALLER, PartyRole.CALLER, caller, "", "", Place.PAIR, Verb.OFFER, now)
    second = Party("p1", seat.role, seat.ref, seat.name, seat.device, Place.PAIR, Verb.OFFER, now)
    return Talk(call, (first, second), "p1" if seat.role in SEATED else "", None, 2)


def put(talk: Talk, party: str, place: Place, now: float) -> Talk:
    """The party is there; `since` changes with the place only."""
    parties = tuple(
        replace(each, place=place, since=now) if each.id == party and each.place is not place else each
        for each in talk.parties
    )
    return replace(talk, parties=parties)


def without(talk: Talk, party: str) -> Talk:
    return replace(talk, parties=tuple(each for each in talk.parties if each.id != party))


def add(talk: Talk, target: Target, verb: Verb, now: float) -> tuple[Talk, Party]:
    """A new party whose phone is about to ring."""
    party = Party(f"p{talk.made}", target.role, target.ref, target.name, target.device, Place.RINGING, verb, now)
    return replace(talk, parties=(*talk.parties, party), made=talk.made + 1), party


def ring_next(
    talk: Talk,
    by: str,
    verb: Verb,
    targets: tuple[Target, ...],
    now: float,
    roster: str = "",
    tried: tuple[str, ...] = (),
) -> tuple[Talk, Ring]:
    """Ring the first of `targets`; the others are remembered, and who was rung before it."""
    talk, party = add(talk, targets[0], verb, now)
    then = Place.DIAL if verb is Verb.CONSULT else Place.MAIN
    ring = Ring(by, party.id, targets[0], then, leaves=verb is Verb.HAND_OVER)
    return replace(talk, trying=Trying(by, verb, party.id, targets[1:], roster, tried)), ring


def heir(talk: Talk) -> str:
    """Who conducts when the conductor has gone, or is not known: somebody with a page."""
    there = (each for each in talk.parties if each.place not in (Place.RINGING, Place.LEAVE))
    able = sorted((each for each in there if each.role in SEATED), key=lambda each: _CHAIR.index(each.place))
    return able[0].id if able else ""


def alone(call: str, now: float) -> Talk:
    """A caller in the room of whom nothing else is known: the others are taken from what the PBX shows."""
    caller = Party(CALLER, PartyRole.CALLER, "", "", "", Place.MAIN, Verb.OFFER, now)
    return Talk(call, (caller,))
