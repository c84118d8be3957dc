"""A seat's line breaks in mid talk: the caller is told so, and gets the same seat back, or the next one soon.

The seat's phone is a process of its own here, and the process is killed: no BYE, no more sound, as when a page is
reloaded or a network dies.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncIterator
from functools import partial

from gateway.secrets import load_secrets
from tests.kit import tones
from tests.kit.city import HEADERS, City, wait_for
from tests.kit.city_files import SEAT_HZ
from tests.kit.phone import Phone, PhoneBank
from tests.kit.ports import free_block
from tests.system.scenes import Talk, hang_up, reach_somebody, ring_in

SEAT = "805"
_folders = itertools.count(1)


@contextlib.asynccontextmanager
async def another_phone(city: City) -> AsyncIterator[PhoneBank]:
    """The seat's person sits down at another phone; in the end the city's own is registered again."""
    first = free_block(12)
    async with PhoneBank(city.bank.folder / f"other-{next(_folders)}", first, (first + 2, first + 11), HEADERS) as bank:
        yield bank


async def register(city: City, bank: PhoneBank) -> Phone:
    password = load_secrets(city.config.secrets_file).sip[f"seat-{SEAT}"]
    registrar = f"127.0.0.1:{city.config.sip_port}"
    phone = await bank.seat(f"seat-{SEAT}", password, registrar, [SEAT_HZ[SEAT]])
    await phone.habit(answer_s=0.2)
    return phone


@contextlib.asynccontextmanager
async def talking(city: City) -> AsyncIterator[tuple[PhoneBank, Talk]]:
    """A caller talks with the seat on a phone of its own."""
    own = city.seats[SEAT]
    async with city.on_duty(SEAT), another_phone(city) as bank:
        city.seats[SEAT] = await register(city, bank)
        try:
            await city.seat_is(SEAT, "idle")
            yield bank, await reach_somebody(city, *await ring_in(city, "12315"))
        finally:
            city.seats[SEAT] = own
            await own.register()


async def restoring(city: City) -> bool:
    return str((await city.seat_view(SEAT))["reason"]) == "restoring"


async def test_a_seat_whose_line_broke_gets_its_caller_back_on_the_phone_it_comes_back_with(city: City) -> None:
    async with talking(city) as (bank, talk), another_phone(city) as after:
        await asyncio.sleep(1.0)
        await bank.kill()
        broke_at = time.time()
        city.seats[SEAT] = phone = await register(city, after)
        back = await phone.next_call(timeout_s=8)
        await back.wait("established")
        assert back.headers.get("X-Hotline-Resume") == "1"
        assert back.headers.get("X-Hotline-Call") == talk.leg.headers.get("X-Hotline-Call")
        view = await city.seat_is(SEAT, "talking", 3)
        assert view["reason"] == "call"
        assert back.established_at and back.established_at - broke_at < 6
        await asyncio.sleep(1.0)
        await hang_up(Talk(talk.caller, talk.call, back, talk.caller_hz, talk.other_hz))
        heard = talk.call.heard(since=back.established_at + 0.3, until=back.established_at + 0.9)
        assert talk.other_hz in tones.tones_in(heard, [talk.other_hz])
        assert tones.longest_silence_s(talk.call.heard(since=broke_at, until=back.established_at)) < 3.0
        detail = await city.record(talk.caller, verdict=True)
        assert (detail.call.seat, detail.call.outcome, detail.call.ended_by) == (SEAT, "answered", "caller")
        assert detail.recording and detail.recording.state == "verified"


async def test_a_caller_whose_seat_does_not_come_back_goes_to_another_before_all_others(city: City) -> None:
    async with talking(city) as (bank, talk):
        await bank.kill()
        await wait_for(partial(restoring, city), "the gateway notices that the seat is gone", 30)
        assert await told(city, talk)
        before = len(city.seats["801"].calls)
        await city.seats["801"].habit(answer_s=0.2)
        await city.seat_verb("801", "login", device="phone")
        leg = await city.seats["801"].next_call(before, timeout_s=12)
        await leg.wait("established")
        assert not leg.headers.get("X-Hotline-Resume")
        await hang_up(Talk(talk.caller, talk.call, leg, talk.caller_hz, SEAT_HZ["801"]))


async def told(city: City, talk: Talk) -> list[str]:
    """The prompts that the caller has heard by now, once there is a first."""

    async def look() -> list[str]:
        return [name for name in city.prompts.names_told(talk.call.heard(since=talk.began_at)) if name == "restoring"]

    return await wait_for(look, "the caller is told", 8)


async def test_a_talk_whose_registration_flaps_is_not_cut(city: City) -> None:
    async with city.on_duty("801"):
        talk = await reach_somebody(city, *await ring_in(city, "12315"))
        await city.seats["801"].unregister()
        await asyncio.sleep(2.6)
        assert (await city.seat_view("801"))["registered"]["phone"] is False
        assert (await city.seat_view("801"))["state"] == "talking"
        assert talk.call.closed_at is None
        await city.seats["801"].register()
        await asyncio.sleep(0.3)
        await hang_up(talk)
        (whole,) = tones.heard(talk.call.heard(since=talk.began_at + 0.3, until=talk.ended_at - 0.3), [talk.other_hz])
        assert whole.seconds > 2.0
