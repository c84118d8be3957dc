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
from typing import Any

from gateway.ami import Ami
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


async def talks_again(city: City) -> bool:
    view = await city.seat_view(SEAT)
    return (view["state"], view["reason"]) == ("talking", "call")


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
        await wait_for(partial(talks_again, city), "the seat talks again", 3)
        assert back.established_at and back.established_at - broke_at < 6
        await asyncio.sleep(1.0)
        await hang_up(Talk(talk.caller, talk.call, back, talk.caller_hz, talk.other_hz))
        heard = talk.call.heard(since=back.established_at + 0.3, until=back.established_at + 0.9)
        assert talk.other_hz in tones.tones_in(heard, [talk.other_hz])
        assert tones.longest_silence_s(talk.call.heard(since=broke_at, until=back.established_at)) < 3.0
        detail = await city.record(talk.caller, verdict=True)
        assert (detail.call.seat, detail.call.outcome, detail.call.ended_by) == (SEAT, "answered", "caller")
        assert detail.recording and detail.recording.state == "verified"


async def test_a_caller_whose_seat_stays_away_goes_to_another_and_a_talk_that_is_only_not_registered_is_not_cut(
    city: City,
) -> None:
    """Two calls at once: one phone is dead, the other has lost its registration only."""
    async with talking(city) as (bank, talk):
        await city.seats["802"].habit(answer_s=0.2)
        await city.seat_verb("802", "login", device="phone")
        other = await reach_somebody(city, *await ring_in(city, "12315"))
        await bank.kill()
        await city.seats["802"].unregister()
        await wait_for(partial(restoring, city), "the gateway notices that the seat is gone", 10)
        assert await told(city, talk)
        before = len(city.seats["801"].calls)
        await city.seats["801"].habit(answer_s=0.2)
        await city.seat_verb("801", "login", device="phone")
        leg = await city.seats["801"].next_call(before, timeout_s=12)
        await leg.wait("established")
        assert not leg.headers.get("X-Hotline-Resume")
        await hang_up(Talk(talk.caller, talk.call, leg, talk.caller_hz, SEAT_HZ["801"]))
        view = await city.seat_view("802")
        assert (view["registered"]["phone"], view["state"], view["reason"]) == (False, "talking", "call")
        await city.seats["802"].register()
        await asyncio.sleep(0.3)
        await hang_up(other)
        heard = other.call.heard(since=other.began_at + 0.3, until=other.ended_at - 0.3)
        assert sum(each.seconds for each in tones.heard(heard, [other.other_hz])) > 5.0


async def test_a_leg_that_the_pbx_gives_up_for_want_of_sound_brings_its_caller_back_to_the_seat(city: City) -> None:
    """What `rtp_timeout` does after a minute, done at once: the leg's end has the cause 44, nobody has hung up."""
    async with city.on_duty(SEAT):
        talk = await reach_somebody(city, *await ring_in(city, "12315"))
        before = len(city.seats[SEAT].calls)
        call = await city.live(talk.caller)
        assert call
        await asyncio.sleep(0.5)
        await end_leg(city, cause="44")
        back = await city.seats[SEAT].next_call(before, timeout_s=5)
        await back.wait("established")
        assert back.headers.get("X-Hotline-Resume") == "1"
        await wait_for(partial(talks_again, city), "the seat talks again", 3)
        await end_leg(city, cause="16")
        await talk.call.wait("closed", 3)
        detail = await city.record(talk.caller)
        assert (detail.call.linkedid, detail.call.outcome) == (call["linkedid"], "answered")


async def end_leg(city: City, cause: str) -> None:
    """Have the PBX end the seat's leg with this cause."""
    names = [line.partition("!")[0] for line in await city.channels()]
    (leg,) = (name for name in names if name.startswith(f"PJSIP/seat-{SEAT}-"))
    secret = load_secrets(city.config.secrets_file).ami_gateway
    ami = Ami("127.0.0.1", city.config.ami_port, "gateway", secret, lambda _event: None)
    await ami.start()
    try:
        await ami.action("Hangup", Channel=leg, Cause=cause)
    finally:
        await ami.stop()


async def told(city: City, talk: Talk) -> list[str]:
    """The prompts that the caller has heard by now, once there is a first."""

    async def look() -> list[str]:
        return [name for name in city.prompts.names_told(talk.call.heard(since=talk.began_at)) if name == "restoring"]

    return await wait_for(look, "the caller is told", 8)


async def test_where_three_talk_the_others_talk_on_and_the_seat_is_called_back_in(city: City) -> None:
    async with talking(city) as (bank, talk), another_phone(city) as after:
        await city.seats["901"].habit(answer_s=0.1)
        await city.seat_verb("901", "login", device="phone")
        call = await city.live(talk.caller)
        assert call
        body: dict[str, Any] = {"verb": "three_way", "by": SEAT, "target": {"kind": "seat", "ref": "901"}}
        before = len(city.seats["901"].calls)
        status, answer = await city.control("POST", f"/v1/calls/{call['linkedid']}/talk", body)
        assert status == 200, answer
        expert = await city.seats["901"].next_call(before, timeout_s=5)
        await expert.wait("established")
        await asyncio.sleep(1.0)
        await bank.kill()
        city.seats[SEAT] = phone = await register(city, after)
        back = await phone.next_call(timeout_s=8)
        await back.wait("established")
        assert back.headers.get("X-Hotline-Resume") == "1"
        await wait_for(partial(talks_again, city), "the seat talks again", 3)
        await asyncio.sleep(0.5)
        since = time.time()
        await asyncio.sleep(1.5)  # longer than the gateway takes to look whether anybody is alone
        until = time.time()
        parties = {talk.caller_hz, talk.other_hz, SEAT_HZ["901"]}
        for leg, own in ((talk.call, talk.caller_hz), (back, talk.other_hz), (expert, SEAT_HZ["901"])):
            assert tones.tones_in(leg.heard(since=since, until=until), parties) == parties - {own}, leg
        view = await city.live(talk.caller)
        assert view and view["talk"]["conductor"] == SEAT
        await hang_up(Talk(talk.caller, talk.call, back, talk.caller_hz, talk.other_hz))
        await expert.wait("closed", 5)
        (whole,) = tones.heard(expert.heard(since=(expert.established_at or 0) + 0.5, until=until), [talk.caller_hz])
        assert whole.seconds > until - (expert.established_at or 0) - 1.2, "caller and expert talked on"
