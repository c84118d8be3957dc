"""A supervisor beside a seat, by tones: who hears whom in each mode, and what the caller's recording holds."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import Any

from tests.kit import tones
from tests.kit.city import City, phone_number, wait_for
from tests.kit.city_files import SEAT_HZ
from tests.kit.phone import PhoneCall
from tests.system.scenes import Talk, hang_up, reach_somebody, ring_in

BOSS, SEAT = "806", "801"
SETTLE_S, LISTEN_S = 0.5, 0.9


async def spy(city: City, talk: Talk, mode: str) -> dict[str, Any]:
    call = await city.live(talk.caller)
    assert call
    body = {"supervisor": BOSS, "by": "班长 a&b=c", "call": call["linkedid"], "mode": mode}
    status, answer = await city.control("POST", "/v1/spy", body)
    assert status == 200, answer
    return answer


async def shown(city: City, talk: Talk) -> list[tuple[str, str]]:
    call = await city.live(talk.caller)
    return [(spy["mode"], spy["state"]) for spy in call["spies"]] if call else []


async def shows(city: City, talk: Talk, *wanted: tuple[str, str]) -> bool:
    return await shown(city, talk) == list(wanted)


async def heard_by(talk: Talk, boss: PhoneCall, seconds: float = LISTEN_S) -> dict[str, set[str]]:
    """Who hears whom from now on."""
    await asyncio.sleep(SETTLE_S)
    since = time.time()
    await asyncio.sleep(seconds)
    names: dict[float, str] = {talk.caller_hz: "caller", talk.other_hz: "seat", SEAT_HZ[BOSS]: "boss"}
    legs = {"caller": talk.call, "seat": talk.leg, "boss": boss}
    until = time.time()
    return {
        who: {names[hz] for hz in tones.tones_in(leg.heard(since=since, until=until), names)}
        for who, leg in legs.items()
    }


async def test_a_supervisor_listens_whispers_and_barges_in_and_is_in_the_recording_only_when_heard_by_all(
    city: City,
) -> None:
    async with city.on_duty(SEAT):
        await city.seats[BOSS].habit(answer_s=0.1)
        talk = await reach_somebody(city, *await ring_in(city, "12315"))
        before = len(city.seats[BOSS].calls)
        await spy(city, talk, "listen")
        await wait_for(partial(shows, city, talk, ("listen", "there")), "listening")
        boss = city.seats[BOSS].calls[before]
        assert boss.headers.get("X-Hotline-Listen") == "1"
        listening = await heard_by(talk, boss)
        whispers_at = time.time() - talk.began_at
        await spy(city, talk, "whisper")
        whispering = await heard_by(talk, boss)
        await spy(city, talk, "barge")
        barges_at = time.time() - talk.began_at
        barging = await heard_by(talk, boss)
        assert await shown(city, talk) == [("barge", "there")]
        await hang_up(talk)
        await boss.wait("closed", 5)
        assert len(city.seats[BOSS].calls) == before + 1, "the mode changes without another ring"
        both = {"caller": {"seat"}, "seat": {"caller"}}
        assert listening == {**both, "boss": {"caller", "seat"}}
        assert whispering == {"caller": {"seat"}, "seat": {"caller", "boss"}, "boss": {"caller", "seat"}}
        assert barging == {"caller": {"seat", "boss"}, "seat": {"caller", "boss"}, "boss": {"caller", "seat"}}
        detail = await city.record(talk.caller, verdict=True)
        samples = tones.read_wav(city.recording_path(detail))
        told = {h.hz: h for h in tones.heard(samples, [talk.caller_hz, talk.other_hz, SEAT_HZ[BOSS]])}
        assert detail.call.connected_at and detail.call.answered_at
        talk_from = (detail.call.connected_at - detail.call.answered_at).total_seconds()
        assert told[SEAT_HZ[BOSS]].start_s > talk_from + barges_at - 0.4 > talk_from + whispers_at
        assert told[talk.caller_hz].seconds > 4 and told[talk.other_hz].seconds > 4
        assert detail.call.seat == SEAT


async def test_a_supervisor_whose_phone_is_not_there_or_whose_call_is_over_is_told_so(city: City) -> None:
    async with city.on_duty(SEAT):
        status, answer = await city.control(
            "POST", "/v1/spy", {"supervisor": BOSS, "by": "b", "call": "hl1-1.1", "mode": "listen"}
        )
        assert (status, answer["detail"]) == (409, "no call hl1-1.1")
        caller, call = await ring_in(city, "12315")
        talk = await reach_somebody(city, caller, call)
        await city.seats[BOSS].habit()
        await spy(city, talk, "listen")
        await hang_up(talk)
        await wait_for(partial(_idle, city), "the supervisor's phone no longer rings", 8)
        assert (await city.record(phone_number(caller))).call.outcome == "answered"


async def _idle(city: City) -> bool:
    return all(call.closed_at for call in city.seats[BOSS].calls)


async def test_a_supervisor_takes_over_and_the_seat_is_let_go(city: City) -> None:
    async with city.on_duty(SEAT):
        await city.seats[BOSS].habit(answer_s=0.1)
        talk = await reach_somebody(city, *await ring_in(city, "12315"))
        call = await city.live(talk.caller)
        assert call
        before = len(city.seats[BOSS].calls)
        await spy(city, talk, "listen")
        await wait_for(partial(shows, city, talk, ("listen", "there")), "listening")
        path = f"/v1/calls/{call['linkedid']}/take_over"
        status, answer = await city.control("POST", path, {"supervisor": BOSS, "by": "b"})
        assert status == 200, answer
        await talk.leg.wait("closed", 5)
        boss = await city.seats[BOSS].next_call(before + 1, 5)
        heard = await heard_by(talk, boss)
        assert (heard["caller"], heard["boss"]) == ({"boss"}, {"caller"})
        assert (await city.seat_view(SEAT))["state"] in ("wrap_up", "idle")
        assert (await city.seat_view(BOSS))["call"] == call["linkedid"]
        await boss.hangup()
        await talk.call.wait("closed", 5)
        detail = await city.record(talk.caller)
        assert (detail.call.seat, detail.call.ended_by) == (SEAT, "seat")
