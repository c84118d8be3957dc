"""Who gets a waiting caller, when seats do not answer, refuse, are busy or pause, and callers wait or give up."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable

from tests.kit import tones
from tests.kit.city import City, phone_number, wait_for
from tests.kit.city_files import SETTINGS
from tests.kit.phone import Phone
from tests.kit.prompts import MUSIC_HZ
from tests.system.scenes import assert_both_hear, eventually, hang_up, reach_somebody, ring_in

RING_S = float(SETTINGS["SEAT_RING_S"])
SET_ASIDE_S = float(SETTINGS["SET_ASIDE_S"])
WRAP_UP_S = float(SETTINGS["WRAP_UP_S"])


async def test_a_seat_that_lets_it_ring_is_set_aside_and_the_next_one_gets_the_caller(city: City) -> None:
    async with city.on_duty("801", answer_s=None):
        caller, call = await ring_in(city, "12315")
        await city.seat_is("801", "ringing")
        await city.seats["802"].habit(answer_s=0.3)
        await city.seat_verb("802", "login", device="phone")
        aside = await city.seat_is("801", "set_aside")
        assert aside["reason"]
        talk = await reach_somebody(city, caller, call)
        assert talk.leg.phone == "seat-802"
        (rung,) = [leg for leg in city.legs_for(phone_number(caller)) if leg.phone == "seat-801"]
        assert rung.closed_at
        assert abs(rung.closed_at - rung.began_at - RING_S) < 0.7
        assert talk.leg.began_at - rung.closed_at < 1.0
        await asyncio.sleep(1.2)
        await hang_up(talk)
        assert_both_hear(talk, seconds=0.8)
        detail = await city.record(caller)
        assert (detail.call.seat, detail.call.offers) == ("802", 2)
        assert sorted((leg.seat or "", leg.result) for leg in detail.legs if leg.seat) == [
            ("801", "no_answer"),
            ("802", "answered"),
        ]
        await city.seat_is("801", "idle", SET_ASIDE_S + 3)  # it comes back by itself


async def test_a_caller_keeps_the_place_after_a_seat_did_not_answer(city: City) -> None:
    async with city.on_duty("801", answer_s=None):
        first, first_call = await ring_in(city, "12315")
        await city.seat_is("801", "ringing")
        second, second_call = await ring_in(city, "12315")
        await city.live_is(second, "waiting")
        await city.seat_is("801", "set_aside")
        await city.live_is(first, "waiting")
        await city.seats["802"].habit(answer_s=0.2)
        await city.seat_verb("802", "login", device="phone")
        talk = await reach_somebody(city, first, first_call)
        assert talk.leg.phone == "seat-802"
        assert not [leg for leg in city.legs_for(phone_number(second)) if leg.established_at]
        await hang_up(talk)
        later = await reach_somebody(city, second, second_call)
        await hang_up(later)
        assert later.began_at > talk.ended_at


async def test_a_seat_that_refuses_is_passed_over_for_this_caller(city: City) -> None:
    async with city.on_duty("801", "802") as (one, two):
        await one.habit(reject=True)
        await two.habit(reject=True)
        caller, call = await ring_in(city, "12315")
        await wait_for(_rung(city, caller, 1), "the first seat was rung")
        refused = city.legs_for(phone_number(caller))[0].phone
        other = two if refused == one.name else one
        await other.habit(answer_s=0.2)
        talk = await reach_somebody(city, caller, call)
        assert talk.leg.phone == other.name
        await hang_up(talk)


async def test_music_while_all_are_busy_and_the_freed_seat_takes_the_caller(city: City) -> None:
    async with city.on_duty("801"):
        busy = await reach_somebody(city, *await ring_in(city, "12315"))
        caller, call = await ring_in(city, "12315")
        await city.live_is(caller, "waiting")
        assert (await city.seat_view("801"))["state"] == "talking"
        await asyncio.sleep(2.5)
        heard = tones.heard(call.heard(), [MUSIC_HZ])
        assert sum(h.seconds for h in heard) > 1.0, heard
        assert "please-hold" in city.prompts.names_told(call.heard())
        await hang_up(busy)
        talk = await reach_somebody(city, caller, call)
        freed_after = talk.leg.began_at - busy.ended_at
        assert WRAP_UP_S - 0.1 < freed_after < WRAP_UP_S + 1.0
        await asyncio.sleep(1.0)
        assert tones.heard(call.heard(since=talk.began_at + 0.2), [MUSIC_HZ]) == ()
        await hang_up(talk)


async def test_a_waiting_caller_is_told_the_place_in_the_line(city: City) -> None:
    async with city.on_duty("801"):
        busy = await reach_somebody(city, *await ring_in(city, "12315"))
        _, call = await ring_in(city, "12315")
        waiting_from = time.time()
        assert await eventually(lambda: "queue-next" in city.prompts.names_told(call.heard()), 12)
        assert time.time() - waiting_from > float(SETTINGS["ANNOUNCE_EVERY_S"])
        assert await eventually(lambda: city.prompts.names_told(call.heard())[-1].startswith("wait-"), 3)
        told = city.prompts.told(call.heard())
        names = [each.prompt for each in told]
        assert names[names.index("please-hold") + 1] == "queue-next", names
        assert names[-1].startswith("wait-"), names  # how long depends on the talks that came before
        assert await eventually(
            lambda: any(h.start_s > told[-1].start_s for h in tones.heard(call.heard(), [MUSIC_HZ])), 5
        ), "no music after the announcement"
        await call.hangup()
        await hang_up(busy)


async def test_a_paused_seat_gets_nothing_until_it_resumes(city: City) -> None:
    async with city.on_duty("801"):
        await city.seat_verb("801", "pause", reason="喝水")
        assert (await city.seat_is("801", "paused"))["reason"] == "喝水"
        caller, call = await ring_in(city, "12315")
        await city.live_is(caller, "waiting")
        await asyncio.sleep(1.0)
        assert city.legs_for(phone_number(caller)) == []
        resumed_at = time.time()
        await city.seat_verb("801", "resume")
        talk = await reach_somebody(city, caller, call)
        assert talk.leg.began_at - resumed_at < 0.5
        await hang_up(talk)


async def test_after_a_talk_the_seat_wraps_up_and_may_end_that_itself(city: City) -> None:
    async with city.on_duty("801"):
        talk = await reach_somebody(city, *await ring_in(city, "12315"))
        await city.seat_is("801", "talking")
        await hang_up(talk, seat=True)
        await city.seat_is("801", "wrap_up", 2)
        await city.seat_is("801", "idle", WRAP_UP_S + 1)


async def test_a_caller_who_gives_up_leaves_a_missed_call_task(city: City) -> None:
    caller, call = await ring_in(city, "12315")
    await city.live_is(caller, "waiting")
    waiting_since = time.time()
    await asyncio.sleep(1.5)
    await call.hangup()
    gave_up_after = time.time() - waiting_since
    detail = await city.record(caller)
    assert (detail.call.outcome, detail.call.ended_by) == ("abandoned", "caller")
    assert abs(detail.call.waiting_s - gave_up_after) < 0.5
    assert detail.order is None
    task = detail.task
    assert task
    assert (task.state, task.hotline_number, task.caller_number) == ("open", "12315", phone_number(caller))


async def test_an_expert_gets_an_expert_hotlines_caller_when_no_shared_seat_is_free(city: City) -> None:
    async with city.on_duty("801", "901"):
        busy = await reach_somebody(city, *await ring_in(city, "12315"))
        assert busy.leg.phone == "seat-801"
        caller, call = await ring_in(city, "12333")
        talk = await reach_somebody(city, caller, call)
        assert talk.leg.phone == "seat-901"
        await hang_up(talk)
        await hang_up(busy)
        assert (await city.record(caller)).call.seat == "901"


async def test_a_caller_goes_to_the_seat_that_knows_them(city: City) -> None:
    async with city.on_duty("801", "802", "803"):
        caller, call = await ring_in(city, "12315")
        first = await reach_somebody(city, caller, call)
        await hang_up(first)
        await asyncio.sleep(WRAP_UP_S + 0.5)
        again = await city.dial(caller, "12315")
        await wait_for(_rung(city, caller, 2), "rung again")
        leg = city.legs_for(phone_number(caller))[-1]
        assert leg.phone == first.leg.phone
        await again.hangup()


async def test_a_rush_is_served_one_by_one_in_the_order_of_arrival(city: City) -> None:
    """Ten callers, three seats: nobody is lost, no seat has two at once, nobody is served before an earlier caller."""
    async with city.on_duty("801", "802", "803") as seats:
        for seat in seats:
            await seat.habit(answer_s=0.1, hangup_s=0.6)
        callers = []
        for _ in range(10):
            callers.append(await city.caller())
            call = await city.dial(callers[-1], "12315")
            await call.wait("established")
            await asyncio.sleep(0.15)
        legs = [await city.leg_for(caller, 25) for caller in callers]
        for leg in legs:
            await leg.wait("closed")
        for seat in seats:
            own = sorted((leg for leg in legs if leg.phone == seat.name), key=lambda leg: leg.began_at)
            assert len(own) >= 2
            for earlier, later in itertools.pairwise(own):
                assert earlier.closed_at
                assert later.began_at > earlier.closed_at
        for earlier, later in itertools.pairwise(legs):
            assert later.began_at > earlier.began_at - 0.1, "served out of turn"
        details = [await city.record(caller) for caller in callers]
        assert {(d.call.outcome, d.call.offers) for d in details} == {("answered", 1)}
        assert len({d.order.order_id for d in details if d.order}) == len(callers)


def _rung(city: City, caller: Phone, times: int) -> Callable[[], Awaitable[bool]]:
    async def look() -> bool:
        return len(city.legs_for(phone_number(caller))) >= times

    return look
