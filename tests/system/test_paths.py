"""A caller to each of five kinds of number gets the right path, both sides hear each other, and the record says so.

The five calls run at the same time and are looked at from every side afterwards.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from gateway.store import CallDetail
from tests.kit import tones
from tests.kit.city import City, phone_number
from tests.kit.city_files import CALLER_HZ, PARTY_HZ, SHARED
from tests.kit.sipp import Media
from tests.system.scenes import (
    TIME_SLACK_S,
    Talk,
    assert_both_hear,
    assert_recorded,
    assert_times,
    hang_up,
    reach_somebody,
    ring_in,
)

NUMBERS = ("12345", "12315", "12333", "12348", "12328")
SEATED = ("12345", "12315", "12333")  # a shared seat talks; the others' own line does
TALK_S = 2.0


@dataclass(frozen=True)
class Scene:
    talk: Talk
    detail: CallDetail
    order_while_talking: bool  # the draft was there before the talk was over
    linkedid_at_seat: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def scenes(whole_city: City) -> AsyncIterator[dict[str, Scene]]:
    async with whole_city.on_duty(*SHARED[:4]):
        for unit in whole_city.units.values():
            await unit.habit(answer_s=0.3)
        found = await asyncio.gather(*(_scene(whole_city, number) for number in NUMBERS))
        yield dict(zip(NUMBERS, found, strict=True))


async def _scene(city: City, dialled: str) -> Scene:
    caller, call = await ring_in(city, dialled)
    talk = await reach_somebody(city, caller, call)
    await asyncio.sleep(TALK_S)
    order = dialled in SEATED and any(d.order for d in await city.details(phone_number(caller)))
    await hang_up(talk, seat=dialled in ("12315", "12348"))
    return Scene(talk, await city.record(caller, verdict=True), order, talk.leg.headers.get("X-Hotline-Call", ""))


@pytest.mark.parametrize("number", NUMBERS)
async def test_caller_and_the_one_who_answers_hear_each_other(scenes: dict[str, Scene], number: str) -> None:
    assert_both_hear(scenes[number].talk, seconds=TALK_S - 0.5)


@pytest.mark.parametrize(
    ("number", "mode", "steps", "outcome"),
    [
        ("12345", "C", ["prompt:greet-12345", "menu:12345-day", "shared_seats:shared"], "answered"),
        ("12315", "C", ["prompt:greet-12315", "shared_seats:shared"], "answered"),
        ("12333", "E", ["prompt:greet-12333", "shared_seats:shared"], "answered"),
        ("12348", "D", ["prompt:greet-12348", "unit_line:unit-12348", "shared_seats:shared"], "unit_answered"),
        ("12328", "D", ["prompt:greet-12328", "unit_line:unit-12328", "shared_seats:shared"], "unit_answered"),
    ],
)
async def test_the_record_names_hotline_mode_and_path(
    scenes: dict[str, Scene], number: str, mode: str, steps: list[str], outcome: str
) -> None:
    call = scenes[number].detail.call
    assert (call.hotline_number, call.dialled, call.mode) == (number, number, mode)
    assert call.steps[: len(steps)] == steps
    assert call.outcome == outcome
    assert not call.fallback
    assert call.table_version


@pytest.mark.parametrize("number", NUMBERS)
async def test_the_records_times_agree_with_the_phones(scenes: dict[str, Scene], number: str) -> None:
    scene = scenes[number]
    assert_times(scene.talk, scene.detail)


@pytest.mark.parametrize("number", SEATED)
async def test_waiting_runs_from_looking_for_a_person_to_the_answer(scenes: dict[str, Scene], number: str) -> None:
    scene = scenes[number]
    looking = next(event.at.timestamp() for event in scene.detail.events if event.event == "hl.wait")
    assert abs(scene.detail.call.waiting_s - (scene.talk.began_at - looking)) < TIME_SLACK_S


@pytest.mark.parametrize("number", NUMBERS)
async def test_the_record_says_who_hung_up(scenes: dict[str, Scene], number: str) -> None:
    wanted = {"12315": "seat", "12348": "unit"}.get(number, "caller")
    assert scenes[number].detail.call.ended_by == wanted


@pytest.mark.parametrize("number", NUMBERS)
async def test_the_recording_holds_both_voices(city: City, scenes: dict[str, Scene], number: str) -> None:
    assert_recorded(city, scenes[number].talk, scenes[number].detail)


@pytest.mark.parametrize("number", NUMBERS)
async def test_every_caller_hears_the_notice_and_its_own_hotlines_greeting(
    city: City, scenes: dict[str, Scene], number: str
) -> None:
    told = city.prompts.names_told(scenes[number].talk.call.heard(until=scenes[number].talk.began_at))
    assert told[:2] == ["recording-notice", f"greet-{number}"], told


@pytest.mark.parametrize("number", SEATED)
async def test_a_work_order_draft_is_there_as_soon_as_the_seat_answers(scenes: dict[str, Scene], number: str) -> None:
    scene = scenes[number]
    assert scene.order_while_talking
    order = scene.detail.order
    assert order
    assert (order.hotline_number, order.caller_number) == (number, scene.detail.call.caller_number)
    assert order.seat == scene.talk.leg.phone.removeprefix("seat-")


@pytest.mark.parametrize("number", SEATED)
async def test_the_seats_phone_shows_which_call_and_hotline_it_is(scenes: dict[str, Scene], number: str) -> None:
    scene = scenes[number]
    assert scene.linkedid_at_seat == scene.detail.call.linkedid
    assert scene.talk.leg.headers["X-Hotline-Number"] == number


async def test_calls_on_the_command_line_shows_the_same_record(city: City, scenes: dict[str, Scene]) -> None:
    code, printed = await city.hotline("calls", "--last", "20", "--json")
    assert code == 0, printed
    for scene in scenes.values():
        assert scene.detail.call.linkedid in printed


async def test_sipp_callers_to_the_five_numbers_are_heard_and_recorded(city: City) -> None:
    """The same five with SIPp as the carrier, whose SDP, timing and RTP are none of baresip's."""
    numbers = {dialled: city.new_number() for dialled in NUMBERS}
    async with city.on_duty(*SHARED[:4]):
        for unit in city.units.values():
            await unit.habit(answer_s=0.3)
        results = await asyncio.gather(
            *(
                city.sipp.call(
                    dialled,
                    f"<sip:{number}@127.0.0.1>",
                    media=Media(tone_hz=(CALLER_HZ[index],)),
                    hangup_s=9.0 if dialled == "12345" else 5.0,
                )
                for index, (dialled, number) in enumerate(numbers.items())
            )
        )
        for index, (dialled, number) in enumerate(numbers.items()):
            assert results[index].ok, results[index].words
            (leg,) = [leg for leg in city.legs_for(number) if leg.established_at]
            assert tones.tones_in(leg.heard(), PARTY_HZ) == {CALLER_HZ[index]}, dialled
            detail = await city.record(number, verdict=True)
            assert detail.recording
            assert detail.recording.state == "verified", detail.recording.reason
            other = {**city.seats, **city.units}[leg.phone.removeprefix("seat-")].tone_hz[0]
            both = tones.tones_in(tones.read_wav(city.recording_path(detail)), PARTY_HZ)
            assert both == {CALLER_HZ[index], other}, dialled
            assert detail.call.hotline_number == dialled


async def test_a_caller_who_sends_no_sound_is_recorded_in_full(city: City) -> None:
    """A muted caller and a phone that rings in silence must not make a recording look cut."""
    number = city.new_number()
    async with city.on_duty("801", answer_s=2.0):
        result = await city.sipp.call("12315", f"<sip:{number}@127.0.0.1>", hangup_s=5.5)
        assert result.ok, result.words
    recording = (await city.record(number, verdict=True)).recording
    assert recording
    assert (recording.state, recording.reason) == ("verified", "")
