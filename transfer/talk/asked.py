"""What a seat may ask for, and what is done about it.

In: a talk and a verb. Out: the talk and the moves, or a refusal with words for the page. Never: half of a verb.
"""

from dataclasses import replace

from .model import (
    CALLER,
    MAX_PARTIES,
    PRIVATE,
    REACHING,
    Asked,
    Exhausted,
    Go,
    Move,
    Party,
    Place,
    Refuse,
    Talk,
    TalkEffect,
    Unanswered,
    Verb,
)
from .people import put, ring_next

Outcome = tuple[Talk, tuple[TalkEffect, ...]]
_WITH_CALLER = frozenset({Place.PAIR, Place.MAIN})
_PRIVATELY = "正在与第三方单独通话，请先接入、搁置或结束。"


def allowed(talk: Talk) -> tuple[Verb, ...]:
    """What the conductor may do just now, in the order of the page's keys."""
    seat = talk.seat
    if seat is None or talk.over or seat.place is Place.LEAVE:
        return ()
    if talk.trying is not None:
        return (Verb.CANCEL,)
    if seat.place is Place.PAIR:
        return tuple(verb for verb in Verb if verb in REACHING)
    verbs: set[Verb] = set()
    if seat.place in _WITH_CALLER and len(talk.parties) < MAX_PARTIES:
        verbs |= REACHING
    places = {third.place for third in talk.thirds}
    if talk.confidant is not None:
        verbs |= {Verb.JOIN, Verb.SWAP, Verb.ASIDE, Verb.HAND_OVER, Verb.DROP, Verb.CANCEL}
    if Place.MAIN in places:
        verbs |= {Verb.ASIDE, Verb.HAND_OVER, Verb.DROP}
    if Place.ASIDE in places:
        verbs |= {Verb.JOIN, Verb.HAND_OVER, Verb.DROP}
    if seat.place is Place.MAIN and places & {Place.MAIN, Place.ASIDE}:
        verbs.add(Verb.SWAP)
    return tuple(verb for verb in Verb if verb in verbs)


def asked(talk: Talk, event: Asked, now: float) -> Outcome:
    """The verb done, or refused."""
    seat = talk.seat
    if talk.over or seat is None or seat.who != event.by:
        return _refused(talk, "not-yours", "这通电话不由您主持，不能操作。")
    if event.verb not in allowed(talk):
        return _refused(talk, "not-now", _why_not(talk, event.verb))
    if event.verb in REACHING and not _means_somebody_here(talk, event):
        return _reach(talk, seat, event, now)
    if event.verb is Verb.CANCEL and talk.trying is not None:
        return _stop_ringing(talk, seat, now)
    third = _meant(talk, event)
    if third is None:
        return _refused(talk, "which", "请指明是哪一方。")
    return _with_third(talk, seat, third, event.verb, now)


def _why_not(talk: Talk, verb: Verb) -> str:
    if talk.trying is not None:
        return "正在呼叫第三方，请先等待接听或取消。"
    if verb in REACHING and len(talk.parties) >= MAX_PARTIES:
        return f"一通电话最多{MAX_PARTIES}方。"
    return _PRIVATELY if verb in REACHING else "现在没有可操作的第三方。"


def _means_somebody_here(talk: Talk, event: Asked) -> bool:
    """A hand-over without new people is to one who is there already."""
    if event.verb is not Verb.HAND_OVER or event.targets or talk.caller.place is Place.PAIR:
        return False
    return bool(event.party) or bool(talk.thirds)


def _reach(talk: Talk, seat: Party, event: Asked, now: float) -> Outcome:
    if seat.place not in _WITH_CALLER or len(talk.parties) >= MAX_PARTIES:
        return _refused(talk, "not-now", _why_not(talk, event.verb))
    here = {(each.role, each.who) for each in talk.parties}
    fresh = tuple(each for each in event.targets if (each.role, each.ref) not in here)
    if not event.targets:
        return _nobody(talk, seat, event, now)
    if not fresh:
        return _refused(talk, "here", "对方已在通话中。")
    talk, ring = ring_next(talk, seat.id, event.verb, fresh, now, event.roster)
    dialling = put(talk, seat.id, Place.DIAL, now)
    if seat.place is Place.PAIR:
        moves = (Go(seat.id, Place.DIAL), Move(CALLER, Place.MAIN))
        return put(dialling, CALLER, Place.MAIN, now), (ring, *moves)
    return dialling, (ring, Move(seat.id, Place.DIAL))


def _nobody(talk: Talk, seat: Party, event: Asked, now: float) -> Outcome:
    text = "现在没有可呼叫的人员，请登记工单并告知来电人答复期限。"
    if not event.roster:
        return _refused(talk, "nobody", text)
    unanswered = Unanswered(now, seat.who, event.roster)
    return replace(talk, unanswered=unanswered), (Exhausted(unanswered), Refuse("nobody", text))


def _stop_ringing(talk: Talk, seat: Party, now: float) -> Outcome:
    """Back to the caller. Should the third pick up at this very moment, it is put down again."""
    rung = talk.trying.party if talk.trying is not None else ""
    talk = put(replace(talk, trying=None), seat.id, Place.MAIN, now)
    return talk, (Go(rung, Place.LEAVE), Move(seat.id, Place.MAIN))


def _meant(talk: Talk, event: Asked) -> Party | None:
    """The third that is named; unnamed, the one in private, else the only one that it can mean."""
    there = [third for third in talk.thirds if third.place not in (Place.RINGING, Place.LEAVE)]
    if event.party:
        return next((third for third in there if third.id == event.party), None)
    if talk.confidant is not None:
        return talk.confidant
    if event.verb is Verb.JOIN:
        there = [third for third in there if third.place is Place.ASIDE]
    elif event.verb is Verb.ASIDE:
        there = [third for third in there if third.place is Place.MAIN]
    elif event.verb is Verb.HAND_OVER:  # whoever speaks with the caller already
        there = [third for third in there if third.place is Place.MAIN][:1] or there
    return there[0] if len(there) == 1 else None


def _with_third(talk: Talk, seat: Party, third: Party, verb: Verb, now: float) -> Outcome:
    if third.place in PRIVATE:
        return _with_confidant(talk, seat, third, verb, now)
    match verb:
        case Verb.JOIN if third.place is Place.ASIDE:
            return put(talk, third.id, Place.MAIN, now), (Move(third.id, Place.MAIN),)
        case Verb.ASIDE if third.place is Place.MAIN:
            return put(talk, third.id, Place.ASIDE, now), (Move(third.id, Place.ASIDE),)
        case Verb.SWAP if seat.place is Place.MAIN:
            apart = put(put(talk, third.id, Place.CONSULT, now), seat.id, Place.CONSULT, now)
            return apart, (Move(third.id, Place.CONSULT, recorded=True), Move(seat.id, Place.CONSULT))
        case Verb.HAND_OVER:
            return _hand_over(talk, seat, third, now)
        case Verb.DROP | Verb.CANCEL:
            return put(talk, third.id, Place.LEAVE, now), (Move(third.id, Place.LEAVE),)
        case _:
            return _refused(talk, "not-now", "这一方现在不能这样操作。")


def _with_confidant(talk: Talk, seat: Party, third: Party, verb: Verb, now: float) -> Outcome:
    if talk.confidant is not third:
        return _refused(talk, "not-now", "这一方正在与他人单独通话。")
    match verb:
        case Verb.JOIN:
            return _both(talk, seat, third, Place.MAIN, now)
        case Verb.SWAP | Verb.ASIDE:
            return _both(talk, seat, third, Place.ASIDE, now)
        case Verb.DROP | Verb.CANCEL:
            return _both(talk, seat, third, Place.LEAVE, now)
        case _:
            return _hand_over(talk, seat, third, now)


def _both(talk: Talk, seat: Party, third: Party, place: Place, now: float) -> Outcome:
    """Out of the private talk: the seat to the caller, the third to `place`. A Dial's third goes when the seat does."""
    first = Go(third.id, place) if third.place is Place.MET else Move(third.id, place)
    apart = put(put(talk, third.id, place, now), seat.id, Place.MAIN, now)
    return apart, (first, Move(seat.id, Place.MAIN))


def _hand_over(talk: Talk, seat: Party, third: Party, now: float) -> Outcome:
    """The seat leaves, it is not hung up: should the third be gone by then, the caller goes back into the line."""
    there = put(put(talk, third.id, Place.MAIN, now), seat.id, Place.LEAVE, now)
    if third.place is Place.MET:
        return there, (Go(third.id, Place.MAIN), Move(seat.id, Place.LEAVE))
    if third.place is Place.MAIN:
        return there, (Move(seat.id, Place.LEAVE),)
    return there, (Move(third.id, Place.MAIN), Move(seat.id, Place.LEAVE))


def _refused(talk: Talk, slug: str, text: str) -> Outcome:
    return talk, (Refuse(slug, text),)
