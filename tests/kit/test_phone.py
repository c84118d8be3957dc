"""The scripted phones against each other, without a PBX: what a system test reads off them must be true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.kit import tones
from tests.kit.phone import PhoneBank, PhoneError
from tests.kit.ports import free_block

pytestmark = pytest.mark.system


@pytest.fixture
async def banks(tmp_path: Path) -> AsyncIterator[tuple[PhoneBank, PhoneBank]]:
    first = free_block(82)
    async with (
        PhoneBank(tmp_path / "a", first, (first + 2, first + 40)) as here,
        PhoneBank(tmp_path / "b", first + 42, (first + 44, first + 80), ["X-Test"]) as there,
    ):
        yield here, there


async def test_two_phones_hear_each_others_tone_keys_and_headers(banks: tuple[PhoneBank, PhoneBank]) -> None:
    here, there = banks
    line = await there.line("12328", [610])
    caller = await here.caller("13800000001", [1010])
    await line.habit(answer_s=0.3, hangup_s=2.5)
    call = await caller.dial(f"sip:12328@127.0.0.1:{there.sip_port}", [("X-Test", "one"), ("Diversion", "<tel:1>")])
    await call.wait("ringing")
    answered_at = await call.wait("established")
    leg = await line.next_call()
    assert (leg.peer, leg.headers["X-Test"]) == ("sip:13800000001@127.0.0.1", "one")
    assert 0.25 < answered_at - leg.began_at < 0.8
    await asyncio.sleep(0.5)
    await call.dtmf("1#")
    closed_at = await call.wait("closed")
    assert leg.digits == "1#"
    assert closed_at - answered_at == pytest.approx(2.5, abs=0.3)
    candidates = [530, 610, 690, 930, 1010, 1090]
    assert tones.tones_in(call.heard(), candidates) == {610}
    assert tones.tones_in(leg.heard(), candidates) == {1010}
    (heard,) = tones.heard(call.heard(), [610])
    assert heard.level_db == pytest.approx(-12, abs=1)
    assert heard.seconds == pytest.approx(2.5, abs=0.4)


async def test_a_refused_and_an_unanswered_call_say_so(banks: tuple[PhoneBank, PhoneBank]) -> None:
    here, there = banks
    line = await there.line("12348", [610])
    caller = await here.caller("13800000002", [1010])
    await line.habit(reject=True)
    refused = await caller.dial(f"sip:12348@127.0.0.1:{there.sip_port}")
    with pytest.raises(PhoneError, match="486"):
        await refused.wait("established")
    await line.habit()
    ringing = await caller.dial(f"sip:12348@127.0.0.1:{there.sip_port}")
    await ringing.wait("ringing")
    await ringing.hangup()
    leg = await line.next_call(after=1)
    await leg.wait("closed")
    assert leg.established_at is None


async def test_a_change_of_tone_is_heard_at_its_time(banks: tuple[PhoneBank, PhoneBank]) -> None:
    here, there = banks
    line = await there.line("12345", [])
    await line.habit(answer_s=0)
    caller = await here.caller("13800000003", [700])
    call = await caller.dial(f"sip:12345@127.0.0.1:{there.sip_port}")
    answered_at = await call.wait("established")
    leg = await line.next_call()
    await asyncio.sleep(1.0)
    await call.say(900)
    await asyncio.sleep(1.0)
    await call.hangup()
    await leg.wait("closed")
    assert tones.tones_in(leg.heard(until=answered_at + 0.9), [700, 900]) == {700}
    assert tones.tones_in(leg.heard(since=answered_at + 1.3), [700, 900]) == {900}
    assert tones.level_db(call.heard()) < tones.QUIET_DB
