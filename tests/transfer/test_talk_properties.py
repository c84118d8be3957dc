"""Whatever people do, and however late, doubled or lost the news of it: nobody is alone in the end, none dropped."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.transfer.pbx_world import World
from transfer import talk as machine
from transfer.talk import (
    CALLER,
    Asked,
    CalledIn,
    DialFailed,
    Gone,
    Left,
    Moved,
    Place,
    Resynced,
    Talk,
    TalkEffect,
    TalkEvent,
    Verb,
)
from transfer.talk.facts import RINGS_AT_MOST_S
from transfer.target import PartyRole, Target, TargetKind

SEAT = Target(TargetKind.SEAT, "801", "seat-801", PartyRole.SEAT, "坐席801")
SUPERVISOR = Target(TargetKind.SEAT, "803", "seat-803", PartyRole.SEAT, "班长803")
PEOPLE = (
    Target(TargetKind.SEAT, "901", "seat-901", PartyRole.EXPERT, "专家901"),
    Target(TargetKind.SEAT, "802", "seat-802", PartyRole.SEAT, "坐席802"),
    Target(TargetKind.EMERGENCY, "110", "emergency-110", PartyRole.EMERGENCY, "110"),
    Target(TargetKind.UNIT, "12348", "unit-12348", PartyRole.UNIT, "司法局"),
)
STATUSES = ("NOANSWER", "BUSY", "CONGESTION", "")
STEPS = 80
seeds = st.integers(0, 2**32 - 1)


WEIGHTS = {
    "ask": 30,
    "answer": 24,
    "refuse": 3,
    "hang_up": 2,
    "caller_hangs_up": 0.4,
    "call_in": 1,
    "deliver": 30,
    "deliver some": 6,
    "lose": 2,
    "double": 4,
    "resync": 3,
}


@dataclass
class House:
    """World and machine together. `news` is what the PBX has sent and the gateway has not heard yet."""

    world: World = field(default_factory=World)
    talk: Talk = field(default_factory=lambda: machine.begin("hl1-1.1", SEAT, 0.0))
    news: list[TalkEvent] = field(default_factory=list)
    heard: list[TalkEvent] = field(default_factory=list)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.world.ask = self._visit

    def _visit(self, event: TalkEvent) -> tuple[TalkEffect, ...]:
        self.talk, effects = machine.next(self.talk, event, self.now)
        return effects

    def tell(self, event: TalkEvent) -> tuple[TalkEffect, ...]:
        self.now += 1.0
        self.heard.append(event)
        self.talk, effects = machine.next(self.talk, event, self.now)
        for effect in effects:
            self.world.do(effect)
        self.collect()
        return effects

    def collect(self) -> None:
        self.news += self.world.events
        self.world.events.clear()

    def step(self, dice: random.Random) -> str:
        """Something happens; its name. Verbs are mostly what the page offers, news mostly come before the next act."""
        name = dice.choices(tuple(WEIGHTS), tuple(WEIGHTS.values()))[0]
        world = self.world
        match name:
            case "ask":
                self._ask(dice)
            case "answer" if world.ringing():
                world.answer(world.ringing()[0])
            case "refuse" if world.ringing():
                world.refuse(world.ringing()[0], dice.choice(STATUSES), dice.random() < 0.7)
            case "hang_up" if world.legs:
                world.hang_up(dice.choice(list(world.legs)))
            case "caller_hangs_up":
                world.caller_hangs_up()
            case "call_in" if not self.talk.over:
                self.tell(CalledIn(SUPERVISOR, dice.choice(sorted(machine.CALLED_IN))))
                world.call_in(self.talk.parties[-1].id)
            case "deliver" | "deliver some":
                for _ in range(99 if name == "deliver" else dice.randint(1, 3)):
                    if self.news:
                        self.tell(self.news.pop(0))
            case "lose" if self.news:
                self.news.pop(dice.randrange(len(self.news)))
            case "double" if self.heard:
                again = dice.choice(self.heard[-7:])
                if isinstance(again, Moved | Gone):  # a verb is a person's, a resync is the truth of its moment
                    self.tell(again)
            case "resync":
                self.tell(world.snapshot())
        self.collect()
        return name

    def _ask(self, dice: random.Random) -> None:
        offered = machine.allowed(self.talk)
        if offered == (Verb.CANCEL,) and dice.random() < 0.8:
            return  # most people wait for the answer
        verb = dice.choice(offered if offered and dice.random() < 0.8 else tuple(Verb))
        new = verb in machine.REACHING and dice.random() < 0.8
        targets = tuple(dice.sample(PEOPLE, dice.randint(1, 2))) if new else ()
        party = dice.choice(self.talk.parties).id if not targets and dice.random() < 0.5 else ""
        seat = self.talk.seat
        self.tell(Asked(verb, seat.who if seat else "801", targets, party))

    def settle(self) -> None:
        """All news come, and the PBX is asked until nothing more is to be done."""
        for party in self.world.ringing():
            if not self.world.legs[party].bound:
                self.world.refuse(party, "NOANSWER", True)  # nobody rings for ever
        self.now += RINGS_AT_MOST_S
        self.collect()
        for _ in range(20):
            while self.news:
                self.tell(self.news.pop(0))
            if self.world.caller == "line":
                self.tell(Left())
            if not self.tell(self.world.snapshot()) and not self.news:
                return
        raise AssertionError("it never comes to rest")


def lived(seed: int, steps: int = STEPS) -> House:
    """A call in which all that has happened; at each step only people end it."""
    house, dice = House(), random.Random(seed)
    for _ in range(dice.randint(1, steps)):
        before = house.world.caller
        what = house.step(dice)
        after = house.world.caller
        assert after == before or after != "ended" or what == "hang_up", f"{what} ended the caller's call"
        assert after == before or after != "gone" or what == "caller_hangs_up"
    return house


@settings(max_examples=600, deadline=None)
@given(seeds)
def test_nobody_is_left_alone_and_no_caller_is_dropped(seed: int) -> None:
    house = lived(seed)
    house.settle()
    assert house.world.forsaken() == []


@settings(max_examples=300, deadline=None)
@given(seeds)
@example(1640)  # a phone that was called in, and the news of whose end was lost, rang for ever
def test_the_machines_picture_is_the_pbxs_in_the_end(seed: int) -> None:
    house = lived(seed)
    house.settle()
    if house.world.caller not in (Place.PAIR, Place.MAIN):
        assert house.talk.over
        return
    there = {party: leg.place for party, leg in house.world.legs.items()}
    assert {party.id: party.place for party in house.talk.parties[1:]} == there
    assert house.talk.parties[0].id == CALLER
    conductor = house.talk.seat
    able = [each for each in house.talk.parties if each.role in machine.SEATED and each.place is not Place.RINGING]
    assert conductor in able if able else conductor is None


@settings(max_examples=200, deadline=None)
@given(seeds)
def test_a_talk_survives_the_gateways_restart_at_any_moment(seed: int) -> None:
    house = lived(seed)
    house.talk = machine.load(machine.dump(house.talk))
    house.news.clear()  # what the PBX said meanwhile, nobody heard
    house.settle()
    assert house.world.forsaken() == []


@settings(max_examples=200, deadline=None)
@given(seeds)
def test_a_talk_whose_memory_is_lost_is_taken_up_as_the_pbx_shows_it(seed: int) -> None:
    house = lived(seed)
    if house.world.caller != Place.MAIN:
        return
    house.talk = machine.alone("hl1-1.1", house.now)
    house.news.clear()
    house.settle()
    assert house.world.forsaken() == []
    assert {party.id for party in house.talk.parties} >= house.world.legs.keys()


@settings(max_examples=300, deadline=None)
@given(seeds, st.data())
def test_every_event_is_answered_in_every_state(seed: int, data: st.DataObject) -> None:
    talk = lived(seed).talk
    ids = st.sampled_from(("c", "p1", "p2", "p9", ""))
    event = data.draw(
        st.one_of(
            st.builds(Moved, ids, st.sampled_from(Place)),
            st.builds(Gone, ids),
            st.builds(DialFailed, ids, st.sampled_from(STATUSES)),
            st.builds(Asked, st.sampled_from(Verb), st.sampled_from(("801", "901", "")), party=ids),
            st.builds(CalledIn, st.sampled_from(PEOPLE), st.sampled_from(sorted(machine.CALLED_IN))),
            st.just(Left()),
            st.just(Resynced(())),
        )
    )
    after, effects = machine.next(talk, event, 99.0)
    assert isinstance(after, Talk)
    if talk.over and not isinstance(event, Resynced | Asked):
        assert (after, effects) == (talk, ())
