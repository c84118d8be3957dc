"""Scenes that several system tests play: a whole call, the audio checks of a conversation, the facts of its record.

In: a city. Out: what happened, as values a test can assert on. Never: asserts a policy by itself, except that a
conversation is one: each side hears the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from gateway.store import CallDetail
from tests.kit import tones
from tests.kit.city import City
from tests.kit.city_files import PARTY_HZ
from tests.kit.phone import Phone, PhoneCall

TIME_SLACK_S = 0.3  # between a phone's stopwatch and the record


@dataclass(frozen=True, slots=True)
class Talk:
    """A caller's call, the leg it was answered on, and the tones of both sides."""

    caller: Phone
    call: PhoneCall
    leg: PhoneCall
    caller_hz: int
    other_hz: int

    @property
    def began_at(self) -> float:
        assert self.leg.established_at
        return self.leg.established_at

    @property
    def ended_at(self) -> float:
        ends = [at for at in (self.call.closed_at, self.leg.closed_at) if at]
        return min(ends)


async def reach_somebody(city: City, caller: Phone, call: PhoneCall, timeout_s: float = 20.0) -> Talk:
    """Wait until somebody talks with this caller."""
    leg = await city.leg_for(caller, timeout_s)
    phones = (*city.seats.values(), *city.units.values(), *city.emergencies.values())
    other = next(phone for phone in phones if phone.name == leg.phone)
    return Talk(caller, call, leg, caller.tone_hz[0], other.tone_hz[0])


async def ring_in(city: City, dialled: str) -> tuple[Phone, PhoneCall]:
    """A new caller dials and is answered by the PBX."""
    caller = await city.caller()
    call = await city.dial(caller, dialled)
    await call.wait("established")
    return caller, call


async def hang_up(talk: Talk, *, seat: bool = False) -> None:
    """One side hangs up and both ends are seen."""
    await (talk.leg if seat else talk.call).hangup()
    await talk.leg.wait("closed", 5)
    await talk.call.wait("closed", 5)


def assert_both_hear(talk: Talk, *, seconds: float = 1.0) -> None:
    """Each side hears the other's tone for so long, and no third party's."""
    for name, side, wanted in (("caller", talk.call, talk.other_hz), ("other side", talk.leg, talk.caller_hz)):
        found = tones.heard(side.heard(since=talk.began_at), PARTY_HZ)
        assert {h.hz for h in found} == {wanted}, f"{name} wants {wanted} Hz, heard {found}"
        assert sum(h.seconds for h in found) >= seconds, f"{name} heard too little: {found}"


def assert_recorded(city: City, talk: Talk, detail: CallDetail) -> None:
    """The recording holds both voices in the time of the talk, and its verdict is `verified`."""
    recording = detail.recording
    assert recording
    assert recording.state == "verified", recording.reason
    samples = tones.read_wav(city.recording_path(detail))
    assert talk.call.established_at
    start = talk.began_at - talk.call.established_at
    end = talk.ended_at - talk.call.established_at
    assert tones.tones_in(samples, PARTY_HZ, start + 0.2, end - 0.2) == {talk.caller_hz, talk.other_hz}
    assert abs(len(samples) / tones.RATE - end) < 0.5


def assert_times(talk: Talk, detail: CallDetail) -> None:
    """Talking and total time agree with the phones' stopwatch."""
    call = detail.call
    assert talk.call.established_at
    assert abs(call.talking_s - (talk.ended_at - talk.began_at)) < TIME_SLACK_S, (call.talking_s, talk)
    assert abs(call.total_s - (talk.ended_at - talk.call.established_at)) < TIME_SLACK_S, (call.total_s, talk)


async def eventually(look: Callable[[], bool], timeout_s: float = 5.0) -> bool:
    """Poll a plain condition; False when it never held."""
    for _ in range(round(timeout_s / 0.05)):
        if look():
            return True
        await asyncio.sleep(0.05)
    return look()
