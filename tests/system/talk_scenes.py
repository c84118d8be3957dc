"""A call of several as a test sees it: verbs asked on the control socket, and who hears whom in each phase.

In: a city with seats on duty. Out: phases with the tones that each party heard in them, from the phones and from the
caller's recording. Never: asserts by itself, except that a verb is taken.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from gateway.store import CallDetail
from tests.kit import tones
from tests.kit.city import City, phone_number, wait_for
from tests.kit.city_files import PARTY_HZ
from tests.kit.phone import Phone, PhoneCall
from tests.kit.prompts import MUSIC_HZ
from tests.system.scenes import Talk, reach_somebody, ring_in

PHASE_S = 1.4
SETTLE_S = 0.35  # after a verb's answer, for the sound that is still under way
FILE_SLACK_S = 0.25  # a recording's time against the phones', on a busy machine
ALL_HZ = (*PARTY_HZ, MUSIC_HZ)


@dataclass(frozen=True)
class Phase:
    """Epoch times between which nothing was asked."""

    name: str
    since: float
    until: float


@dataclass
class Scene:
    """One call with its seat; `legs` of all parties by name: caller, seat and whoever came."""

    city: City
    talk: Talk
    legs: dict[str, PhoneCall]
    hz: dict[str, int]
    phases: dict[str, Phase] = field(default_factory=dict)
    asked: list[tuple[float, float]] = field(default_factory=list)  # each verb: between which times it was done
    seen: dict[str, Any] = field(default_factory=dict)  # what a scene wants to tell its tests

    @property
    def seat(self) -> str:
        return self.talk.leg.phone.removeprefix("seat-")

    @property
    def number(self) -> str:
        return phone_number(self.talk.caller)

    async def call(self) -> dict[str, Any]:
        """The call as the gateway shows it."""
        view = await self.city.live(self.talk.caller)
        assert view is not None
        return view

    async def places(self) -> dict[str, str]:
        """Who is where, by `who` (the caller: caller)."""
        talk = (await self.call())["talk"]
        return {party["who"] or "caller": party["place"] for party in talk["parties"]}

    async def ask(self, verb: str, kind: str = "", ref: str = "", *, who: str = "", by: str = "") -> dict[str, Any]:
        """A verb that must be taken; `who` names a party that is there."""
        before = time.time()
        status, answer = await self.try_to(verb, kind, ref, who=who, by=by)
        assert status == 200, f"{verb} {kind} {ref}: {status} {answer}"
        self.asked.append((before, time.time()))
        return answer

    async def try_to(
        self, verb: str, kind: str = "", ref: str = "", *, who: str = "", by: str = ""
    ) -> tuple[int, dict[str, Any]]:
        view = await self.call()
        party = next((each["id"] for each in view["talk"]["parties"] if who and each["who"] == who), None)
        body: dict[str, Any] = {"verb": verb, "by": by or self.seat, "party": party}
        body["target"] = {"kind": kind, "ref": ref} if kind else None
        return await self.city.control("POST", f"/v1/calls/{view['linkedid']}/talk", body)

    async def bring(self, name: str, phone: Phone, verb: str, kind: str, ref: str) -> PhoneCall:
        """Ask for somebody, and wait until that phone has been answered and the gateway has heard of it."""
        before = len(phone.calls)
        await self.ask(verb, kind, ref)
        leg = await phone.next_call(before)
        self.legs[name], self.hz[name] = leg, phone.tone_hz[0]
        await leg.wait("established", 8)

        async def heard() -> bool:
            return (await self.call())["talk"]["ringing"] is None

        await wait_for(heard, f"{name} is in the talk", 3)
        return leg

    async def phase(self, name: str, seconds: float = PHASE_S) -> None:
        """Let everybody talk for a while, undisturbed."""
        since = time.time() + SETTLE_S
        await asyncio.sleep(SETTLE_S + seconds)
        self.phases[name] = Phase(name, since, time.time() - 0.05)

    def heard(self, phase: str, min_share: float = 0.15) -> dict[str, set[str]]:
        """What each party heard: names of others, or "music"; parties that were not there are left out.

        `min_share`: of the power, for a tone to count; less where many sound at once.
        """
        part = self.phases[phase]
        names = {hz: name for name, hz in self.hz.items()} | {MUSIC_HZ: "music"}
        found = {}
        for name, leg in self.legs.items():
            if leg.established_at is None or leg.established_at > part.since:
                continue
            if leg.closed_at is not None and leg.closed_at < part.since:
                continue
            samples = leg.heard(part.since, part.until)
            sounds = tones.heard(samples, ALL_HZ, min_share=min_share)
            found[name] = {names.get(round(each.hz), str(each.hz)) for each in sounds}
        return found

    def recorded(self, detail: CallDetail, phase: str) -> set[str]:
        """Who is to be heard in the caller's recording in that time."""
        return self.in_file(self.city.recording_path(detail), phase, self.talk.call.established_at or 0.0)

    def in_file(self, path: Any, phase: str, began_at: float) -> set[str]:
        part = self.phases[phase]
        names = {hz: name for name, hz in self.hz.items()} | {MUSIC_HZ: "music"}
        since, until = part.since + FILE_SLACK_S, part.until - FILE_SLACK_S
        first, last = (round((at - began_at) * tones.RATE) for at in (since, until))
        found = tones.heard(tones.read_wav(path)[first:last], ALL_HZ, min_share=0.03)  # the music is loud
        return {names.get(round(each.hz), str(each.hz)) for each in found}


async def talking(city: City, dialled: str = "12315") -> Scene:
    """A new caller talks with a seat."""
    talk = await reach_somebody(city, *await ring_in(city, dialled))
    seat = city.seats[talk.leg.phone.removeprefix("seat-")]
    scene = Scene(city, talk, {"caller": talk.call, "seat": talk.leg}, {})
    scene.hz = {"caller": talk.caller_hz, "seat": seat.tone_hz[0]}

    async def shown() -> bool:
        view = await city.live(talk.caller)
        return bool(view and view.get("talk"))

    await wait_for(shown, "the talk is shown", 3)
    return scene
