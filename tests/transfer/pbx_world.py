"""A PBX of thought: what `[talk]` in extensions.conf does with the legs of one call, without a channel.

In: effects of the talk machine, and what people do (answer, refuse, hang up). Out: where everybody is, and the events
that the PBX would send, in order, for a test to deliver late, twice or not at all. Never: more than the dialplan does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from transfer.talk import (
    CALLER,
    Check,
    DialFailed,
    Go,
    Gone,
    HangUp,
    Home,
    Move,
    Moved,
    Notice,
    Place,
    Refuse,
    Resynced,
    Ring,
    Seen,
    TalkEffect,
    TalkEvent,
)

COUNTED = (Place.PAIR, Place.DIAL, Place.MET, Place.MAIN, Place.CONSULT, Place.ASIDE)


@dataclass
class Leg:
    """`bound`: the other side of a Dial (who rings, or talks by it); `dialled`: it is the one who was called."""

    place: Place
    go: Place | None = None
    bound: str = ""
    dialled: bool = False


@dataclass
class World:
    """One caller with one seat in a pair. `caller`: its place, or "line" (back in the route), "ended", "gone"."""

    caller: str = Place.PAIR
    legs: dict[str, Leg] = field(default_factory=lambda: {"p1": Leg(Place.PAIR)})
    events: list[TalkEvent] = field(default_factory=list)
    prepared: dict[str, Ring] = field(default_factory=dict)
    failed: bool = False  # an action had no channel to act on: the gateway asks what is
    ask: Callable[[DialFailed], tuple[TalkEffect, ...]] = lambda _event: ()  # the AGI visit `third`
    ended_by: str = ""

    # -- what the gateway does

    def do(self, effect: TalkEffect) -> None:
        match effect:
            case Ring():
                if self._there(effect.by):
                    self.prepared[effect.by] = effect
            case Go(party, place):
                if party in self.legs:
                    self.legs[party].go = place
            case Move(party, place):
                self._move(party, place)
            case HangUp(party):
                assert party != CALLER, "the house hangs up on a caller"
                if self._there(party):
                    self.hang_up(party)
            case Home():
                if self.caller == Place.MAIN:
                    self.caller = "line"
            case Check():
                self.failed = True
            case Notice() | Refuse():
                pass

    def _there(self, party: str) -> bool:
        self.failed |= party not in self.legs
        return party in self.legs

    def _move(self, party: str, place: Place) -> None:
        if party == CALLER:
            assert place is Place.MAIN, "a caller is moved elsewhere than into the room"
            if self.caller == Place.PAIR:
                self._part_the_pair()
            elif self.caller != Place.MAIN:
                self.failed = True
            return
        if not self._there(party):
            return
        leg = self.legs[party]
        assert not leg.dialled, "a leg without a dialplan of its own is redirected"
        if leg.place is Place.PAIR:
            raise AssertionError("the seat of a pair is redirected: its caller would be dropped")
        self._unbind(party)
        if party in self.legs:
            self._enter(party, place)

    def _part_the_pair(self) -> None:
        self.caller = Place.MAIN
        self.events.append(Moved(CALLER, Place.MAIN))
        for party, leg in list(self.legs.items()):
            if leg.place is Place.PAIR:
                place, leg.go = leg.go, None
                if place is None:
                    self._end(party)
                else:
                    self._enter(party, place)

    def _unbind(self, party: str) -> None:
        """Who dialled is taken out of its Dial: a ringing third is cancelled, one that talks goes its own way."""
        leg = self.legs[party]
        other, leg.bound = leg.bound, ""
        if not other:
            return
        third = self.legs[other]
        third.bound, third.dialled = "", False
        if third.place is Place.RINGING:
            self._end(other)
            return
        place, third.go = third.go or Place.MAIN, None
        self._enter(other, place)

    def _enter(self, party: str, place: Place) -> None:
        leg = self.legs[party]
        if place is Place.LEAVE:
            leg.place = Place.LEAVE
            self._end(party)
            return
        if place is Place.MAIN and self.caller not in (Place.MAIN, Place.PAIR):
            self._end(party)
            return
        leg.place = place
        self.events.append(Moved(party, place))
        if place is Place.DIAL:
            self._dial(party)

    def _dial(self, party: str) -> None:
        ring = self.prepared.get(party)
        if ring is None or ring.party in self.legs:
            self._enter(party, Place.MAIN)  # nobody to dial
            return
        self.legs[ring.party] = Leg(Place.RINGING, bound=party, dialled=True)
        self.legs[party].bound = ring.party
        self.events.append(Moved(ring.party, Place.RINGING))

    # -- what people do

    def ringing(self) -> list[str]:
        return [party for party, leg in self.legs.items() if leg.place is Place.RINGING]

    def call_in(self, party: str) -> None:
        """A supervisor's or a seat's phone is rung by Originate: no leg of this call yet."""
        self.legs[party] = Leg(Place.RINGING)

    def answer(self, party: str) -> None:
        leg = self.legs[party]
        by = leg.bound
        if not by:
            self._enter(party, Place.MAIN)
            return
        ring = self.prepared[by]
        if ring.then is Place.DIAL:
            leg.place = Place.MET
            self.events.append(Moved(party, Place.MET))
            return
        leg.bound = self.legs[by].bound = ""
        leg.dialled = False
        self._enter(party, Place.MAIN)
        self._enter(by, Place.LEAVE if ring.leaves else Place.MAIN)

    def refuse(self, party: str, status: str, gateway: bool) -> None:
        """Not taken; the dialplan asks the gateway, if there is one, who is next."""
        by = self.legs[party].bound
        if not by:
            self._end(party)
            return
        self.legs[by].bound = ""
        self._end(party)
        if gateway:
            for effect in self.ask(DialFailed(party, status)):
                self.do(effect)
            ring = self.prepared.get(by)
            if ring is not None and ring.party not in self.legs and ring.party != party:
                self._enter(by, Place.DIAL)
                return
        self._enter(by, Place.MAIN)

    def hang_up(self, party: str) -> None:
        """This person puts the phone down (or the line dies)."""
        leg = self.legs[party]
        if leg.place is Place.RINGING:
            self.refuse(party, "BUSY", True)
            return
        if leg.place is Place.PAIR:
            self.caller, self.ended_by = "ended", party
            self._end(party)
            return
        if leg.dialled:
            by = leg.bound
            self.legs[by].bound = ""
            self._end(party)
            self._enter(by, Place.MAIN)
            return
        self._unbind(party)
        if party in self.legs:
            self._end(party)

    def caller_hangs_up(self) -> None:
        if self.caller in ("gone", "ended"):
            return
        was, self.caller = self.caller, "gone"
        self.events.append(Gone(CALLER))
        for party, leg in list(self.legs.items()):
            if leg.place is Place.PAIR or (leg.place is Place.MAIN and was == Place.MAIN):
                self._end(party)

    def _end(self, party: str) -> None:
        """The leg is gone; extension h: who was in private with it goes to main, the last one sends the caller on."""
        leg = self.legs.pop(party)
        self.events.append(Gone(party))
        if leg.place is Place.RINGING or leg.dialled:
            return
        if leg.place is Place.CONSULT:
            for other in [name for name, each in self.legs.items() if each.place is Place.CONSULT]:
                self._enter(other, Place.MAIN)
        if self.caller == Place.MAIN and not any(each.place in COUNTED for each in self.legs.values()):
            self.caller = "ended" if leg.place is Place.MAIN else "line"
            self.ended_by = party

    # -- what can be seen

    def snapshot(self) -> Resynced:
        legs = {party: leg for party, leg in self.legs.items() if leg.place is not Place.RINGING or leg.bound}
        seen = [Seen(party, leg.place) for party, leg in legs.items()]
        if self.caller in (Place.PAIR, Place.MAIN):
            seen.insert(0, Seen(CALLER, Place(self.caller)))
        return Resynced(tuple(seen))

    def forsaken(self) -> list[str]:
        """Who is somewhere without anybody and without a way out."""
        places = [leg.place for leg in self.legs.values()]
        found = []
        private = any(place is Place.DIAL for place in places) or places.count(Place.CONSULT) > 1
        if self.caller == Place.MAIN and Place.MAIN not in places and not private:
            found.append(CALLER)
        for party, leg in self.legs.items():
            if leg.place is Place.RINGING:
                continue
            alone = leg.place is Place.CONSULT and places.count(Place.CONSULT) < 2
            if alone or self.caller not in (Place.PAIR, Place.MAIN):
                found.append(party)
        return found
