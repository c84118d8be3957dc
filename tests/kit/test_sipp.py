"""SIPp against a scripted phone, without a PBX: its sound, keys, headers and refusals arrive as asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kit import tones
from tests.kit.phone import PhoneBank, PhoneError
from tests.kit.ports import free_block
from tests.kit.sipp import Media, Sipp, alaw

pytestmark = pytest.mark.system


@dataclass
class Bench:
    bank: PhoneBank
    sipp: Sipp
    spare_port: int


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    first = free_block(102)
    async with PhoneBank(tmp_path / "bank", first, (first + 2, first + 40), ["Diversion"]) as bank:
        sipp = Sipp(tmp_path / "sipp", first, range(first + 42, first + 50), range(first + 50, first + 100))
        yield Bench(bank, sipp, first + 100)


async def test_a_sipp_callers_tone_and_headers_reach_the_phone(bench: Bench) -> None:
    line = await bench.bank.line("12345", [610])
    await line.habit(answer_s=0.2)
    result = await bench.sipp.call(
        "12345",
        '"张三" <sip:+8613800000001@127.0.0.1>',
        headers=["Diversion: <sip:12315@127.0.0.1>;reason=unconditional"],
        media=Media(tone_hz=(1010,)),
        hangup_s=2.0,
        strict=False,
    )
    assert result.ok, result.words
    leg = await line.next_call()
    assert leg.headers["Diversion"].startswith("<sip:12315@")
    (heard,) = tones.heard(leg.heard(), [930, 1010, 1090])
    assert heard.hz == 1010
    assert heard.level_db == pytest.approx(-12, abs=1)


async def test_a_sipp_callers_keys_reach_the_phone(bench: Bench) -> None:
    line = await bench.bank.line("12345", [610])
    await line.habit(answer_s=0.1)
    keys = Media(keys=((0.5, "5"),))
    result = await bench.sipp.call("12345", "<sip:138@127.0.0.1>", media=keys, hangup_s=1.0, strict=False)
    assert result.ok, result.words
    assert (await line.next_call()).digits == "5"


async def test_a_sipp_line_answers_with_its_tone_or_refuses(bench: Bench) -> None:
    caller = await bench.bank.caller("13800000001", [1010])
    uri = f"sip:12328@127.0.0.1:{bench.spare_port}"
    async with bench.sipp.line(bench.spare_port, media=Media(tone_hz=(650,))):
        call = await caller.dial(uri)
        at = await call.wait("established")
        await bench.bank.until(lambda: call.heard().size > 16000, 5, "two seconds of sound")
        await call.hangup()
        await call.wait("closed")
    assert tones.tones_in(call.heard(since=at), [570, 650, 730]) == {650}
    async with bench.sipp.refusing_line(bench.spare_port, "486 Busy Here"):
        refused = await caller.dial(uri)
        with pytest.raises(PhoneError, match="486"):
            await refused.wait("established")


async def test_a_call_that_does_not_go_as_written_is_not_ok(bench: Bench) -> None:
    line = await bench.bank.line("12345", [])
    await line.habit(reject=True)
    result = await bench.sipp.call("12345", "<sip:138@127.0.0.1>", hangup_s=0.2, timeout_s=10)
    assert not result.ok
    assert "486" in result.words


def test_alaw_matches_the_table_of_the_standard() -> None:
    """G.711 table 1a: zero, the smallest step, full scale on both sides."""
    values = [0, 16, -16, 32767, -32768, 1000, -1000]
    pcm = b"".join(value.to_bytes(2, "little", signed=True) for value in values)
    assert list(alaw(pcm)) == [0xD5, 0xD4, 0x55, 0xAA, 0x2A, 0xFA, 0x7A]
