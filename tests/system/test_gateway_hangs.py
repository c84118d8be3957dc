"""The gateway is stopped, not dead: sockets accept and nothing comes back. The deadman finds the callers a person."""

from __future__ import annotations

import asyncio
import time

from tests.kit import tones
from tests.kit.city import City
from tests.kit.city_files import EXPERTS, SETTINGS, SHARED
from tests.system.scenes import assert_both_hear, assert_recorded, assert_times, hang_up, reach_somebody, ring_in

DEADMAN_S = float(SETTINGS["AGI_DEADMAN_S"])


async def test_waiting_and_new_callers_get_past_a_hung_gateway_to_a_person(city: City) -> None:
    async with city.on_duty("801"):
        busy = await reach_somebody(city, *await ring_in(city, "12315"))
        waiting = await ring_in(city, "12315")
        await city.live_is(waiting[0], "waiting")
        await asyncio.sleep(1.0)
        city.freeze("gateway")
        frozen_at = time.time()
        try:
            for seat in (*SHARED[1:], *EXPERTS):  # the survival queue knows no log-in: it rings every phone in turn
                await city.seats[seat].habit(answer_s=0.3)
            new = await ring_in(city, "12315")
            talks = await asyncio.gather(reach_somebody(city, *waiting), reach_somebody(city, *new))
            await asyncio.sleep(1.5)
            assert busy.call.closed_at is None
            for talk in talks:
                assert talk.began_at - frozen_at < DEADMAN_S + 12
                await hang_up(talk)
        finally:
            city.thaw("gateway")
        await hang_up(busy)
        for talk in talks:
            assert_both_hear(talk, seconds=1.0)
            detail = await city.record(talk.caller, verdict=True)
            assert (detail.call.fallback, detail.call.fallback_reason) == (True, "deadman")
            assert_times(talk, detail)
            assert_recorded(city, talk, detail)
        heard = tones.first_sound_s(new[1].heard(since=frozen_at + 0.2))
        assert heard is not None
        assert heard < DEADMAN_S + 3
        await _back_to_normal(city)


async def _back_to_normal(city: City) -> None:
    """A gateway that was hung serves the next caller by itself, without a restart."""
    await city.seat_is("801", "idle", 10)
    talk = await reach_somebody(city, *await ring_in(city, "12315"))
    await hang_up(talk)
    assert not (await city.record(talk.caller, verdict=True)).call.fallback
