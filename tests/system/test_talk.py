"""Calls of several on the real PBX, each party with a tone of its own: who hears whom in every phase, on the phones and
in the caller's recording.

All scenes are played at once, one call each; the tests look at what came of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.kit import tones
from tests.kit.city import City, phone_number, wait_for
from tests.system.talk_scenes import Scene, talking

PRIVATE = {"caller": {"music"}, "seat": {"expert"}, "expert": {"seat"}}
TOGETHER = {"caller": {"seat", "expert"}, "seat": {"caller", "expert"}, "expert": {"caller", "seat"}}
ASIDE = {"caller": {"seat"}, "seat": {"caller"}, "expert": {"music"}}
STOPWATCH_S = 0.2
SILENCE_MAX_S = 3.0  # issue 4: the caller is never alone in silence for longer


async def all_verbs(city: City) -> Scene:
    """Consult, swap, swap back, join, aside, fetch, hand over: the expert finishes the call."""
    scene = await talking(city)
    expert = city.seats["901"]
    await expert.habit(answer_s=0.3)
    await scene.bring("expert", expert, "consult", "skill", "12333")
    for seat in (scene.seat, "901"):
        await city.seat_is(seat, "consulting", 2)
    for name, verb in (
        ("swapped", "swap"),
        ("back", "swap"),
        ("joined", "join"),
        ("aside", "aside"),
        ("again", "join"),
    ):
        if name == "swapped":
            await scene.phase("consult")
        await scene.ask(verb)
        await scene.phase(name)
    await scene.ask("hand_over")
    scene.seen["handed over at"] = time.time()
    await scene.phase("handed over")
    scene.seen["after"] = await scene.call()
    await scene.legs["expert"].hangup()
    await scene.talk.call.wait("closed", 5)
    return scene


async def nobody_takes_it(city: City) -> Scene:
    """The expert lets it ring, refuses, is called off; then comes, is dropped; in the end hangs up first."""
    scene = await talking(city)
    expert = city.seats["902"]
    await expert.habit(answer_s=None)
    scene.seen["asked at"] = time.time()
    await scene.ask("consult", "seat", "902")
    await scene.phase("ringing", 1.0)

    async def told() -> bool:
        return bool((await scene.call())["talk"]["notice"])

    await wait_for(told, "the seat is told that nobody answers", 6)
    scene.seen["notice"] = (await scene.call())["talk"]["notice"]
    scene.seen["missed"] = (await city.seat_view("902"))["state"]
    await scene.phase("after no answer")
    await city.seat_verb("902", "resume")
    await expert.habit(reject=True)
    await scene.ask("consult", "seat", "902")
    await wait_for(told, "the seat is told of the refusal", 4)
    scene.seen["refused"] = (await scene.places(), (await city.seat_view("902"))["state"])
    await city.seat_verb("902", "resume")
    await expert.habit(answer_s=None)
    await scene.ask("consult", "seat", "902")
    await city.seat_is("902", "ringing")
    await scene.ask("cancel")
    scene.seen["cancelled"] = (await scene.places(), (await city.seat_is("902", "idle", 3))["state"])
    await expert.habit(answer_s=0.2)
    await scene.bring("expert", expert, "consult", "seat", "902")
    await scene.ask("drop")
    await scene.legs["expert"].wait("closed", 5)
    await scene.phase("after drop")
    await city.seat_is("902", "idle", 4)
    await scene.bring("expert", expert, "three_way", "seat", "902")
    await scene.phase("three")
    await scene.legs["expert"].hangup()
    await scene.phase("after the third left")
    await scene.talk.leg.hangup()
    await scene.talk.call.wait("closed", 5)
    return scene


async def emergency(city: City) -> Scene:
    """What may not be done is refused in words; then one key: the caller is with 110, the seat is free again."""
    scene = await talking(city)
    other = "803" if scene.seat != "803" else "804"
    scene.seen["tries"] = {
        "not yours": await scene.try_to("consult", "seat", "901", by=other),
        "nobody to join": await scene.try_to("join"),
        "outside": await scene.try_to("consult", "outside", "0012125550123"),
        "no such seat": await scene.try_to("consult", "seat", "999"),
        "no emergency": await scene.try_to("hand_over", "emergency", "999"),
        "no verb": await scene.try_to("explode"),
    }
    await scene.phase("undisturbed")
    line = city.emergencies["110"]
    await line.habit(answer_s=0.3)
    await scene.bring("110", line, "hand_over", "emergency", "110")
    await scene.talk.leg.wait("closed", 4)
    await scene.phase("with 110")
    scene.seen["after"] = await scene.call()
    await scene.talk.call.hangup()
    await scene.legs["110"].wait("closed", 5)
    return scene


async def four(city: City) -> Scene:
    """Two thirds beside the seat; one of them is asked apart while the other stays with the caller."""
    scene = await talking(city)
    for number in ("12328", "12348"):
        await city.units[number].habit(answer_s=0.2)
        await scene.bring(number, city.units[number], "three_way", "unit", number)
    await scene.phase("four")
    await scene.ask("swap", who="12328")
    await scene.phase("one apart")
    await scene.talk.call.hangup()  # the caller drops while the seat is in private
    for leg in scene.legs.values():
        await leg.wait("closed", 5)
    return scene


async def six(city: City) -> Scene:
    """Caller, seat, two experts, two units; a seventh is asked for. Somebody in the middle leaves."""
    scene = await talking(city)
    thirds = {"901": "seat", "902": "seat", "12328": "unit", "12348": "unit"}
    for number, kind in thirds.items():
        phone = city.seats[number] if kind == "seat" else city.units[number]
        await phone.habit(answer_s=0.1)
        await scene.bring(number, phone, "three_way", kind, number)
    await scene.phase("six")
    scene.seen["seventh"] = await scene.try_to("three_way", "emergency", "110")
    scene.seen["verbs"] = (await scene.call())["talk"]["verbs"]
    await scene.ask("drop", who="902")
    await scene.phase("five", 1.0)
    await scene.talk.call.hangup()
    for leg in scene.legs.values():
        await leg.wait("closed", 5)
    return scene


async def seat_gone_on_hold(city: City) -> Scene:
    """The seat hangs up while the caller is on hold and the third only rings: the caller gets another seat."""
    scene = await talking(city)
    spare = city.seats["806"]
    await spare.habit(answer_s=None)
    await city.seat_verb("806", "login", device="phone")
    await scene.ask("consult", "seat", "806")
    await city.seat_is("806", "ringing")
    await spare.habit(answer_s=0.3)  # the next call that comes
    await scene.talk.leg.hangup()
    scene.seen["left at"] = time.time()

    async def again() -> bool:
        legs = [leg for leg in city.legs_for(scene.number) if leg.established_at and leg is not scene.talk.leg]
        if legs:
            scene.legs["next seat"] = legs[-1]
            scene.hz["next seat"] = city.seats[legs[-1].phone.removeprefix("seat-")].tone_hz[0]
        return bool(legs)

    await wait_for(again, "another seat takes the caller", 10)
    await scene.phase("with the next seat")
    scene.seen["talk"] = (await scene.call())["talk"]
    await scene.legs["next seat"].hangup()
    await scene.talk.call.wait("closed", 5)
    return scene


SCENES: dict[str, Callable[[City], Awaitable[Scene]]] = {
    "all verbs": all_verbs,
    "nobody takes it": nobody_takes_it,
    "emergency": emergency,
    "four": four,
    "seat gone": seat_gone_on_hold,
}


@dataclass(frozen=True)
class Watch:
    """A moment, or a time between two, known to lie between `low` and `high` (a verb takes a moment to be done)."""

    low: float
    high: float

    @classmethod
    def at(cls, moment: float) -> Watch:
        return cls(moment, moment)

    def __sub__(self, earlier: Watch) -> Watch:
        return Watch(self.low - earlier.high, self.high - earlier.low)

    def __add__(self, other: Watch) -> Watch:
        return Watch(self.low + other.low, self.high + other.high)

    def agrees(self, seconds: float, slack_s: float) -> bool:
        return self.low - slack_s < seconds < self.high + slack_s


@dataclass(frozen=True)
class Played:
    city: City
    scenes: dict[str, Scene | BaseException]

    def __getitem__(self, name: str) -> Scene:
        """Raises what broke the scene off, in the tests of that scene only."""
        scene = self.scenes[name]
        if isinstance(scene, BaseException):
            raise scene
        return scene


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(whole_city: City) -> AsyncIterator[Played]:
    city = whole_city
    await city.at_rest()
    async with city.on_duty("801", "802", "803", "804", "805", "901", "902", answer_s=0.2):
        scenes = await asyncio.gather(*(play(city) for play in SCENES.values()), return_exceptions=True)
        found = dict(zip(SCENES, scenes, strict=True))
        found["six"] = (await asyncio.gather(six(city), return_exceptions=True))[0]  # it needs everybody
        yield Played(city, found)


@pytest.mark.parametrize(
    ("phase", "wanted"),
    [
        ("consult", PRIVATE),
        ("swapped", ASIDE),
        ("back", PRIVATE),
        ("joined", TOGETHER),
        ("aside", ASIDE),
        ("again", TOGETHER),
        ("handed over", {"caller": {"expert"}, "expert": {"caller"}}),
    ],
)
async def test_each_verb_puts_everybody_where_they_belong(
    played: Played, phase: str, wanted: dict[str, set[str]]
) -> None:
    assert played["all verbs"].heard(phase) == wanted


async def test_the_recording_of_the_caller_goes_on_unbroken_through_every_verb(played: Played) -> None:
    scene = played["all verbs"]
    detail = await played.city.record(scene.talk.caller, verdict=True)
    assert detail.recording and detail.recording.state == "verified", detail.recording
    for phase in scene.phases:
        heard = scene.heard(phase)["caller"]
        # Alone with the music nobody hears the caller, and Asterisk drops what it says before the recording.
        assert scene.recorded(detail, phase) == (heard if heard == {"music"} else heard | {"caller"}), phase
    samples = tones.read_wav(played.city.recording_path(detail))
    assert tones.longest_silence_s(samples) < SILENCE_MAX_S


async def test_each_private_talk_is_a_recording_of_its_own_without_the_caller(played: Played) -> None:
    scene = played["all verbs"]
    detail = await played.city.record(scene.talk.caller)
    assert detail.call.recording_path
    folder = played.city.recording_path(detail)
    consults = sorted(folder.parent.glob(f"{folder.stem}-consult-*.wav"))
    assert len(consults) == 2
    first, second = (tones.tones_in(tones.read_wav(path), scene.hz.values()) for path in consults)
    assert first == second == {scene.hz["seat"], scene.hz["expert"]}
    answered = scene.legs["expert"].established_at
    assert answered
    assert scene.in_file(consults[0], "consult", answered) == {"seat", "expert"}


async def test_each_legs_times_agree_with_the_stopwatch(played: Played) -> None:
    """The seat is not credited with what the expert does after it, nor the call with the time on hold."""
    scene = played["all verbs"]
    expert, seat = scene.legs["expert"], scene.talk.leg
    asked, swapped, back, joined, aside, again, handed = (Watch(*times) for times in scene.asked)
    assert expert.established_at and expert.closed_at and seat.closed_at
    private = (swapped - Watch.at(expert.established_at)) + (joined - back)
    three = (aside - joined) + (handed - again)
    alone = Watch.at(expert.closed_at) - handed
    with_caller = (asked - Watch.at(scene.talk.began_at)) + (back - swapped) + (handed - joined)
    detail = await played.city.record(scene.talk.caller)
    legs = {leg.seat: leg for leg in detail.legs if leg.seat}
    by_expert = legs["901"]
    assert (by_expert.role, by_expert.verb, by_expert.brought_by) == ("expert", "consult", scene.seat)
    own = legs[scene.seat]
    figures = {
        "expert, consult": (by_expert.consult_s, private),
        "expert, three-way": (by_expert.three_way_s, three),
        "expert, talk": (by_expert.talk_s, three + alone),
        "seat, consult": (own.consult_s, private),
        "seat, talk": (own.talk_s, with_caller),
    }
    wrong = {name: pair for name, pair in figures.items() if not pair[1].agrees(pair[0], STOPWATCH_S)}
    assert wrong == {}


async def test_board_and_live_view_follow_the_talk(played: Played) -> None:
    scene = played["all verbs"]
    after = scene.seen["after"]
    assert after["seat"] == "901"
    assert after["talk"]["conductor"] == "901"
    assert [party["role"] for party in after["talk"]["parties"]] == ["caller", "expert"]
    closed = scene.talk.leg.closed_at
    assert closed
    assert closed - scene.seen["handed over at"] < 0.5, "the seat's leg ends with the hand-over"


async def test_who_does_not_answer_leaves_the_seat_with_the_caller_and_told_so(played: Played) -> None:
    scene = played["nobody takes it"]
    assert scene.heard("ringing")["caller"] == {"music"}
    assert scene.heard("after no answer") == {"caller": {"seat"}, "seat": {"caller"}}
    assert "无人应答" in scene.seen["notice"]["text"]
    assert scene.seen["missed"] == "set_aside"
    paired = {"caller": "main", scene.seat: "main"}
    assert scene.seen["refused"] == (paired, "set_aside")
    assert scene.seen["cancelled"][1] == "idle"
    assert {who: place for who, place in scene.seen["cancelled"][0].items() if who != "902"} == paired


async def test_a_third_that_is_dropped_or_hangs_up_leaves_the_two_talking(played: Played) -> None:
    scene = played["nobody takes it"]
    pair = {"caller": {"seat"}, "seat": {"caller"}}
    assert scene.heard("after drop") == pair
    assert scene.heard("three") == TOGETHER
    assert scene.heard("after the third left") == pair
    assert scene.talk.leg.closed_at and scene.talk.call.closed_at
    assert scene.talk.call.closed_at - scene.talk.leg.closed_at < 0.5, "the end of the talk ends the caller's call"


async def test_110_gets_the_caller_with_their_number_and_the_seat_is_out(played: Played) -> None:
    scene = played["emergency"]
    assert scene.heard("with 110") == {"caller": {"110"}, "110": {"caller"}}
    assert scene.legs["110"].peer.startswith(f"sip:{scene.number}@")
    assert scene.seen["after"]["talk"]["conductor"] is None
    assert scene.legs["110"].closed_at, "the caller's hang-up ends the line"


async def test_four_people_hear_each_other_and_one_can_be_asked_apart(played: Played) -> None:
    scene = played["four"]
    everybody = {"caller", "seat", "12328", "12348"}
    assert scene.heard("four") == {name: everybody - {name} for name in everybody}
    assert scene.heard("one apart") == {
        "caller": {"12348"},
        "12348": {"caller"},
        "seat": {"12328"},
        "12328": {"seat"},
    }


async def test_six_people_hear_each_other_and_the_recording_holds_all_of_them(played: Played) -> None:
    scene = played["six"]
    everybody = {"caller", "seat", "901", "902", "12328", "12348"}
    assert scene.heard("six", min_share=0.03) == {name: everybody - {name} for name in everybody}
    remaining = everybody - {"902"}
    assert scene.heard("five", min_share=0.03) == {name: remaining - {name} for name in remaining}
    detail = await played.city.record(scene.talk.caller, verdict=True)
    assert (scene.recorded(detail, "six"), scene.recorded(detail, "five")) == (everybody, remaining)
    assert detail.recording and detail.recording.state == "verified"
    with_caller = [leg for leg in detail.legs if leg.role != "caller" and leg.three_way_s > 0]
    assert len(with_caller) == 5


async def test_a_seventh_is_refused_in_words_before_any_phone_rings(played: Played) -> None:
    status, answer = played["six"].seen["seventh"]
    assert (status, "六" in answer["detail"] or "6" in answer["detail"]) == (409, True), answer
    assert not {"consult", "three_way"} & set(played["six"].seen["verbs"]), "nor does the page have a key for it"


async def test_a_caller_who_hangs_up_ends_every_leg_also_a_private_one(played: Played) -> None:
    scene = played["four"]
    closed = scene.talk.call.closed_at
    assert closed
    for name, leg in scene.legs.items():
        assert leg.closed_at and leg.closed_at - closed < 1.0, name


async def test_a_caller_on_hold_whose_seat_hangs_up_gets_another_one_at_once(played: Played) -> None:
    scene = played["seat gone"]
    assert scene.heard("with the next seat") == {"caller": {"next seat"}, "next seat": {"caller"}}
    leg = scene.legs["next seat"]
    assert leg.established_at
    assert leg.established_at - scene.seen["left at"] < 4
    assert [party["place"] for party in scene.seen["talk"]["parties"]] == ["pair", "pair"]
    heard = scene.talk.call.heard(scene.seen["left at"], leg.established_at)
    assert tones.longest_silence_s(heard) < SILENCE_MAX_S


async def test_what_may_not_be_done_is_refused_in_words(played: Played) -> None:
    tries = played["emergency"].seen["tries"]
    assert {name: status for name, (status, _) in tries.items()} == dict.fromkeys(tries, 409)
    assert "不由您主持" in tries["not yours"][1]["detail"]
    assert "国际" in tries["outside"][1]["detail"]
    assert played["emergency"].heard("undisturbed") == {"caller": {"seat"}, "seat": {"caller"}}


async def test_nothing_is_left_in_the_pbx(played: Played) -> None:
    assert await played.city.channels() == []
    states = {view["id"]: view["state"] for view in await played.city.seat_views()}
    assert set(states.values()) <= {"idle", "offline", "set_aside", "wrap_up"}, states


async def test_a_three_way_call_survives_the_gateways_death(city: City) -> None:
    """Killed in mid three-way: everybody talks on; a leg that ends then finds its way; the next life takes it up.

    The third came by the roster: who is first on it refused, and the next one was rung.
    """
    async with city.on_duty("801", "802", "901", "902", answer_s=0.2):
        one, two = await asyncio.gather(talking(city), talking(city))
        await city.seats["902"].habit(reject=True)  # first on the roster of 12315
        await one.bring("expert", city.seats["901"], "three_way", "skill", "12315")
        assert (await city.seat_view("902"))["state"] == "set_aside"
        await city.seat_verb("902", "resume")
        await city.seats["902"].habit(answer_s=0.2)
        await two.bring("expert", city.seats["902"], "consult", "seat", "902")
        number = phone_number(one.talk.caller)
        await city.kill("gateway")
        await asyncio.gather(one.phase("without"), two.phase("private without"))
        await two.talk.leg.hangup()  # in private: the expert goes to the caller by itself
        await two.phase("expert alone")
        await city.start("gateway")
        view = await one.call()
        assert (view["caller"]["number"], view["seat"], view["state"]) == (number, one.seat, "talking")
        assert await one.places() == {"caller": "main", one.seat: "main", "901": "main"}
        assert (await two.call())["seat"] == "902", "who is left conducts"
        await one.ask("aside")
        await one.phase("aside")
        await city.kill("gateway")
        await two.legs["expert"].hangup()
        await two.talk.call.wait("closed", 5)  # the end of a talk ends it without a gateway, too
        await one.talk.leg.hangup()
        await asyncio.sleep(5.0)  # a third put aside and forgotten comes to the caller by itself within 5 s
        await one.phase("fetched by nobody")
        await one.talk.call.hangup()
        await one.legs["expert"].wait("closed", 12)
        await city.start("gateway")
    assert one.heard("without") == TOGETHER
    assert two.heard("private without") == PRIVATE
    assert two.heard("expert alone") == {"caller": {"expert"}, "expert": {"caller"}}
    assert one.heard("aside") == ASIDE
    assert one.heard("fetched by nobody") == {"caller": {"expert"}, "expert": {"caller"}}


async def test_a_roster_that_nobody_answers_leaves_the_caller_a_promise_even_when_the_seat_does_nothing(
    city: City,
) -> None:
    """Both experts are rung and refuse; asked again nobody is free. The seat is with its caller, an answer is owed."""
    async with city.on_duty("801", "901", "902", answer_s=0.2):
        scene = await talking(city)
        for seat in ("901", "902"):
            await city.seats[seat].habit(reject=True)
        await scene.ask("consult", "skill", "12315")

        async def told() -> bool:
            return bool((await scene.call())["talk"]["unanswered"])

        await wait_for(told, "the seat is told that no expert answers", 8)
        talk = (await scene.call())["talk"]
        assert (talk["unanswered"]["by"], talk["unanswered"]["roster"]) == (scene.seat, "12315")
        assert len(talk["unanswered"]["tried"]) == 2 and "专家均未接听" in talk["notice"]["text"]
        await scene.phase("after it")
        status, refused = await scene.try_to("consult", "skill", "12315")
        assert status == 409 and "没有可呼叫的人员" in refused["detail"]
        again = (await scene.call())["talk"]["unanswered"]
        assert again["tried"] == [] and again["at"] > talk["unanswered"]["at"]
        await scene.talk.call.hangup()
        await scene.talk.leg.wait("closed", 5)
        assert scene.heard("after it") == {"caller": {"seat"}, "seat": {"caller"}}

        async def promised() -> bool:
            order = (await city.record(scene.talk.caller)).order
            return order is not None and order.promised == "no_expert"

        await wait_for(promised, "the order owes its caller an answer", 10)
    detail = await city.record(scene.talk.caller)
    assert detail.call.no_expert == "12315" and detail.call.no_expert_at
    marks = [event for event in detail.events if event.event == "hl.roster"]
    assert [event.detail["fields"]["tried"].count(",") for event in marks] == [1, 0]
    assert detail.order and detail.order.state == "accepted/draft"
    assert {leg.seat: leg.result for leg in detail.legs if leg.seat in ("901", "902")} == {"901": "busy", "902": "busy"}
