"""Units' own lines and the emergency numbers: taken, busy, unanswered, unreachable, closed; a person every time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway.store import CallDetail
from tests.kit import tones
from tests.kit.city import City, phone_number, wait_for
from tests.kit.city_files import EMERGENCY_HZ, SETTINGS, SHARED, UNREACHABLE
from tests.kit.sipp import Media
from tests.system.scenes import Talk, assert_both_hear, assert_recorded, eventually, hang_up, reach_somebody, ring_in

CASES = ("closed", "unreachable", "busy", "unanswered", "emergency", "emergency unreachable")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def talks(whole_city: City) -> AsyncIterator[dict[str, tuple[Talk, CallDetail]]]:
    """12348 is closed, 12320's line leads nowhere, 12328 first refuses and then lets it ring; 119 leads nowhere too."""
    city = whole_city
    await city.at_rest()
    await city.publish(closed=["12348"], unreachable=True)
    try:
        async with city.on_duty(*SHARED):
            await city.emergencies["110"].habit(answer_s=0.2)
            await city.units["12328"].habit(reject=True)
            others = [asyncio.create_task(_talk(city, number)) for number in ("12348", UNREACHABLE, "110", "119")]
            busy = asyncio.create_task(_talk(city, "12328"))
            before = len(city.units["12328"].calls)
            await city.units["12328"].next_call(before)
            await city.units["12328"].habit()
            unanswered = asyncio.create_task(_talk(city, "12328"))
            closed, unreachable, emergency, lost = await asyncio.gather(*others)
            found = (closed, unreachable, await busy, await unanswered, emergency, lost)
            yield dict(zip(CASES, found, strict=True))
    finally:
        await city.publish()


async def _talk(city: City, dialled: str) -> tuple[Talk, CallDetail]:
    caller, call = await ring_in(city, dialled)
    talk = await reach_somebody(city, caller, call)
    await asyncio.sleep(2.5)
    await hang_up(talk)
    return talk, await city.record(caller, verdict=True)


@pytest.mark.parametrize("case", CASES)
async def test_both_sides_hear_each_other_and_the_recording_has_both(
    city: City, talks: dict[str, tuple[Talk, CallDetail]], case: str
) -> None:
    talk, detail = talks[case]
    assert_both_hear(talk, seconds=1.0)
    assert_recorded(city, talk, detail)


@pytest.mark.parametrize("case", ["closed", "unreachable", "busy", "unanswered"])
async def test_a_unit_that_does_not_take_the_call_leaves_it_to_the_shared_seats(
    talks: dict[str, tuple[Talk, CallDetail]], case: str
) -> None:
    talk, detail = talks[case]
    assert talk.leg.phone.removeprefix("seat-") in SHARED
    assert detail.call.outcome == "answered"
    assert detail.order
    tried = [leg for leg in detail.legs if leg.role == "unit"]
    assert bool(tried) == (case in ("busy", "unanswered")), tried
    if case == "closed":
        assert not any(step.startswith("unit_line") for step in detail.call.steps)


async def test_a_busy_unit_costs_the_caller_no_waiting(city: City, talks: dict[str, tuple[Talk, CallDetail]]) -> None:
    talk, detail = talks["busy"]
    (unit,) = [leg for leg in city.legs_for(phone_number(talk.caller)) if leg.phone == "12328"]
    assert unit.closed_at
    assert talk.began_at - unit.closed_at < 2.0
    assert [leg.result for leg in detail.legs if leg.role == "unit"] == ["busy"]
    assert "unit-busy" in city.prompts.names_told(talk.call.heard(until=talk.began_at))


async def test_an_unanswered_unit_is_rung_for_the_set_time(
    city: City, talks: dict[str, tuple[Talk, CallDetail]]
) -> None:
    talk, detail = talks["unanswered"]
    (unit,) = [leg for leg in city.legs_for(phone_number(talk.caller)) if leg.phone == "12328"]
    assert unit.closed_at
    assert abs(unit.closed_at - unit.began_at - float(SETTINGS["UNIT_RING_S"])) < 0.7
    assert [leg.result for leg in detail.legs if leg.role == "unit"] == ["no_answer"]


async def test_an_unreachable_unit_is_given_up_by_the_set_time(talks: dict[str, tuple[Talk, CallDetail]]) -> None:
    talk, _ = talks["unreachable"]
    assert talk.call.established_at
    assert talk.began_at - talk.call.established_at < float(SETTINGS["UNIT_RING_S"]) + 6


async def test_an_emergency_is_handed_over_at_once_without_a_greeting(
    city: City, talks: dict[str, tuple[Talk, CallDetail]]
) -> None:
    talk, detail = talks["emergency"]
    assert talk.other_hz == EMERGENCY_HZ["110"]
    assert talk.call.established_at
    assert talk.began_at - talk.call.established_at < 1.0
    assert city.prompts.names_told(talk.call.heard()) == []
    assert (detail.call.mode, detail.call.outcome) == ("G", "emergency")


async def test_an_emergency_that_cannot_be_reached_goes_to_a_shared_seat(
    talks: dict[str, tuple[Talk, CallDetail]],
) -> None:
    talk, detail = talks["emergency unreachable"]
    assert talk.leg.phone.removeprefix("seat-") in SHARED
    assert talk.call.established_at
    assert talk.began_at - talk.call.established_at < float(SETTINGS["EMERGENCY_RING_S"]) + 3
    assert (detail.call.mode, detail.call.hotline_number) == ("G", "119")


async def test_a_call_finishes_on_the_table_it_began_with(city: City) -> None:
    """A new table while the unit's line rings: this call ends as it began, the next one follows the new table."""
    async with city.on_duty("801"):
        caller, call = await ring_in(city, "12328")
        rung = await city.units["12328"].next_call(len(city.units["12328"].calls))
        old = (await city.live_is(caller, "offered"))["linkedid"]
        version = await city.publish(closed=["12328"])
        try:
            assert rung.closed_at is None
            await rung.answer()
            talk = await reach_somebody(city, caller, call)
            assert talk.leg is rung
            await asyncio.sleep(0.5)
            assert tones.tones_in(call.heard(since=talk.began_at), [talk.other_hz]) == {talk.other_hz}
            await hang_up(talk)
            later = await reach_somebody(city, *await ring_in(city, "12328"))
            assert later.leg.phone == "seat-801"
            await hang_up(later)
        finally:
            await city.publish()
        before, after = await city.record(caller, verdict=True), await city.record(later.caller, verdict=True)
        assert before.call.linkedid == old
        assert before.call.table_version != version == after.call.table_version


async def test_a_unit_line_may_be_a_sipp_server(city: City) -> None:
    """The line of 119 is answered by SIPp: another SIP stack than the phones'."""
    async with city.on_duty("801"), city.sipp.line(city.dead_port, media=Media(tone_hz=(3260,))):

        async def alive() -> bool:
            contacts = await city.cli("pjsip show contacts")
            return any("emergency-119" in line and "Avail" in line for line in contacts.splitlines())

        await wait_for(alive, "the PBX's OPTIONS find the line alive again", 10)
        _, call = await ring_in(city, "119")
        assert await eventually(lambda: 3260 in tones.tones_in(call.heard(), [3260]), 8)
        await call.hangup()
