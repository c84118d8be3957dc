"""Calls that the house places for a seat, on the real PBX: the citizen is a phone behind the carrier's trunk.

All scenes are played at once, one seat each; the tests look at what came of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio

from gateway.store import CallDetail, call_detail
from gateway.store.callouts import tries_of
from tests.kit import tones
from tests.kit.city import City, wait_for
from tests.kit.city_files import SEAT_HZ, SHARED
from tests.kit.phone import Phone

CITIZEN_HZ = 3300
SPEAK_S = 1.6


@dataclass
class Try:
    """One call of a seat to a citizen; `stages` as a page saw them, `from_header` what the citizen was shown."""

    seat: str
    number: str
    call: str = ""
    stages: list[str] = field(default_factory=list)
    result: str | None = None
    states: list[str] = field(default_factory=list)
    seen: dict[str, Any] = field(default_factory=dict)
    detail: CallDetail | None = None


WRAPS_UP_S = 15


async def place(city: City, one: Try) -> None:
    body = {"seat": one.seat, "by": "测试 a&b", "purpose": "call_back", "reference": f"task:t{one.seat}"}
    words = {**body, "number": one.number, "hotline": "12315", "hotline_name": "市场监管热线"}
    status, answer = await city.control("POST", "/v1/out", words)
    for _ in range(WRAPS_UP_S * 5):  # a seat of a test before this one may still be wrapping up
        if status != 409:
            break
        await asyncio.sleep(0.2)
        status, answer = await city.control("POST", "/v1/out", words)
    assert status == 202, answer
    one.call = answer["call"]


async def follow(city: City, one: Try, until: str) -> None:
    """Watch the live call up to a stage, or to its end."""

    async def look() -> bool:
        _, answer = await city.control("GET", "/v1/calls")
        view = next((call for call in answer["calls"] if call["linkedid"] == one.call), None)
        if view is None:
            return True
        if not one.stages or one.stages[-1] != view["out"]["stage"]:
            one.stages.append(view["out"]["stage"])
            one.states.append((await city.seat_view(one.seat))["state"])
        one.result = view["out"]["result"]
        return bool(view["out"]["stage"] == until)

    await wait_for(look, f"{one} {until}", 12)


async def talks(city: City, one: Try, citizen: Phone) -> None:
    await place(city, one)
    await follow(city, one, "talking")
    since = time.time()
    await asyncio.sleep(SPEAK_S)
    until = time.time()
    seat, other = city.seats[one.seat].calls[-1], citizen.calls[-1]
    one.seen = {"seat": seat.heard(since + 0.3, until), "citizen": other.heard(since + 0.3, until)}
    one.seen |= {"headers": seat.headers, "peer": other.peer, "announced": other.heard(None, since - 0.1)}
    await other.hangup()
    await seat.wait("closed", 5)
    one.seen["after"] = (await city.seat_is(one.seat, "wrap_up", 3))["state"]


async def fails(city: City, one: Try) -> None:
    await place(city, one)
    await follow(city, one, "gone")
    one.seen["after"] = (await city.seat_is(one.seat, "idle", 3))["state"]


@dataclass(frozen=True)
class Played:
    city: City
    tries: dict[str, Try]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(whole_city: City) -> AsyncIterator[Played]:
    city = whole_city
    tries = {
        name: Try(seat, city.new_number())
        for name, seat in zip(("talked", "busy", "no_answer", "seat_no_answer", "cancelled"), SHARED, strict=False)
    }
    citizens = {name: await city.bank.line(one.number, [CITIZEN_HZ]) for name, one in tries.items()}
    async with city.on_duty(*(one.seat for one in tries.values()), answer_s=0.1):
        await citizens["talked"].habit(answer_s=0.3)
        await citizens["busy"].habit(reject=True)
        await city.seats[tries["seat_no_answer"].seat].habit()
        await asyncio.gather(
            talks(city, tries["talked"], citizens["talked"]),
            *(fails(city, tries[name]) for name in ("busy", "no_answer", "seat_no_answer")),
            seat_gives_up(city, tries["cancelled"]),
        )
        for one in tries.values():
            one.detail = await kept(city, one)
        yield Played(city, tries)


async def seat_gives_up(city: City, one: Try) -> None:
    await place(city, one)
    await follow(city, one, "ringing_citizen")
    await city.seats[one.seat].calls[-1].hangup()
    await follow(city, one, "gone")


async def kept(city: City, one: Try) -> CallDetail:
    async def look() -> CallDetail | None:
        async with city.store.reading() as session:
            found = await call_detail(session, one.call)
        judged = found and (found.recording is None or found.recording.verified_at)
        return found if found and found.call.complete and judged else None

    return await wait_for(look, f"record of {one.call}", 15)


async def test_seat_and_citizen_hear_each_other_and_nobody_else(played: Played) -> None:
    one = played.tries["talked"]
    heard = {who: tones.tones_in(one.seen[who], [*SEAT_HZ.values(), CITIZEN_HZ]) for who in ("seat", "citizen")}
    assert heard == {"seat": {CITIZEN_HZ}, "citizen": {SEAT_HZ[one.seat]}}
    assert one.stages[-3:] == ["ringing_citizen", "announcing", "talking"]
    assert set(one.states) == {"talking"} and one.seen["after"] == "wrap_up"


async def test_the_citizen_sees_the_citys_number_and_hears_first_that_the_call_is_recorded(played: Played) -> None:
    one = played.tries["talked"]
    assert one.seen["peer"].startswith("sip:12345@"), one.seen["peer"]
    assert played.city.prompts.names_told(one.seen["announced"]) == ["recording-notice"]
    assert one.seen["headers"]["X-Hotline-Out"] == "1" and one.seen["headers"]["X-Hotline-Call"] == one.call


async def test_the_record_names_the_citizen_the_seat_and_why_and_its_recording_is_verified(played: Played) -> None:
    one = played.tries["talked"]
    assert one.detail
    call, recording = one.detail.call, one.detail.recording
    assert (call.inbound, call.purpose, call.reference) == (False, "call_back", f"task:t{one.seat}")
    assert (call.caller_number, call.seat, call.hotline_number, call.dialled) == (
        one.number,
        one.seat,
        "12315",
        "12315",
    )
    assert (call.outcome, call.ended_by) == ("answered", "caller")
    assert [(leg.role, leg.verb) for leg in one.detail.legs] == [("seat", "call_back"), ("outside", "call_back")]
    assert SPEAK_S - 0.2 < call.talking_s < SPEAK_S + 2
    assert recording and recording.state == "verified", recording
    assert call.recording_path
    samples = tones.read_wav(played.city.config.recordings_dir / call.recording_path)
    assert tones.tones_in(samples, [*SEAT_HZ.values(), CITIZEN_HZ]) == {SEAT_HZ[one.seat], CITIZEN_HZ}


async def test_each_try_is_kept_with_its_cause_and_the_seat_is_free_again(played: Played) -> None:
    references = {name: f"task:t{one.seat}" for name, one in played.tries.items()}

    async def look() -> dict[str, str] | None:
        async with played.city.store.reading() as session:
            found = await tries_of(session, list(references.values()))
        results = {name: found[ref][0].result for name, ref in references.items() if found.get(ref)}
        return results if len(results) == len(references) and all(results.values()) else None  # type: ignore[return-value]  # str values of a StrEnum

    assert await wait_for(look, "every try has its result", 5) == {name: name for name in references}
    for name in ("busy", "no_answer", "cancelled"):
        one = played.tries[name]
        assert one.detail and (one.detail.call.outcome, one.detail.recording) == ("failed", None)
        assert set(one.states[:-1]) == {"talking"}
    assert played.tries["busy"].result == "busy" and played.tries["no_answer"].result == "no_answer"
    assert [played.tries[name].seen["after"] for name in ("busy", "no_answer", "seat_no_answer")] == ["idle"] * 3
