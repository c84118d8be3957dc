"""One visit of a call at the door: reading what it carries, playing to it, handing it back to the dialplan.

In: an AGI session and the desk. Out: channel variables, with `HL_NEXT` always the last command.
Never: decides where the call goes (that is `transfer` and `seats`), or keeps anything after the visit.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

import transfer
from agi_scripts.fastagi import Agi, AgiRefused, HungUp
from agi_scripts.phone import AgiPhone
from gateway.calls import memory
from gateway.calls.desk import Desk
from gateway.calls.memory import CallMemory
from gateway.errors import HotlineError
from gateway.live import CallView

log = logging.getLogger(__name__)

PROMPT_UNKNOWN_S = 20.0  # taken for a prompt whose length is not known; the deadman must not fire while one plays
ALIVE_SLACK_S = 1.5  # a busy machine is late; the deadman must not take that for a hung gateway
_ENDPOINT = re.compile(r"[a-z]+-[A-Za-z0-9]{1,20}")


class Label(StrEnum):
    """The extensions of `[call]` that the gateway may name in HL_NEXT."""

    WAIT = "wait"
    OFFER = "offer"
    UNIT = "unit"
    EMERGENCY = "emergency"
    HANGUP = "hangup"


class Visit:
    """One AGI session of one call. `linkedid` is the caller's channel's uniqueid: recording and Dial hang on it."""

    def __init__(self, agi: Agi, desk: Desk, view: CallView, prefix: str) -> None:
        self.agi = agi
        self.desk = desk
        self.view = view
        self.snapshot = desk.published.now  # what is published while this visit lasts is for later calls
        self.phone = AgiPhone(agi, prefix=prefix)
        self._prefix = prefix
        self._alive_until = desk.clock() + desk.config.agi_deadman_s  # the dialplan has set it just now

    @property
    def linkedid(self) -> str:
        return self.view.linkedid

    async def journal(self, event: str, fields: Mapping[str, str]) -> None:
        """Write a journal event. A refused one is logged: the call is worth more than its line."""
        try:
            await self.agi.journal(event, fields)
        except (AgiRefused, ValueError) as error:
            log.error("journal %s of %s not written: %s", event, self.linkedid, error)

    async def stay_alive(self, seconds: float) -> None:
        """While we live the call is ours: the deadman must not fire for `seconds`. Sends nothing where it would not."""
        now = self.desk.clock()
        if now + seconds + ALIVE_SLACK_S > self._alive_until:
            ahead_s = seconds + self.desk.config.agi_deadman_s
            await self.agi.set("TIMEOUT(absolute)", f"{ahead_s:.0f}")
            self._alive_until = now + ahead_s

    def seconds_of(self, prompt: str) -> float:
        """How long a prompt plays."""
        return self.desk.published.now.prompt_s.get(prompt, PROMPT_UNKNOWN_S)

    async def play(self, prompts: Sequence[str], stop: asyncio.Future[Any] | None = None) -> None:
        """Play prompts in order; `stop` being done cuts them short. A prompt that cannot be played is skipped."""
        for prompt in prompts:
            if stop is not None and stop.done():
                return
            await self.stay_alive(self.seconds_of(prompt))
            try:
                await self._play_one(prompt, stop)
            except AgiRefused as error:
                log.error("prompt %s not played: %s", prompt, error)

    async def _play_one(self, prompt: str, stop: asyncio.Future[Any] | None) -> None:
        if stop is None:
            await self.agi.stream(self._prefix + prompt)
            return
        playing = asyncio.create_task(self.agi.stream_stoppable(self._prefix + prompt))
        try:
            await asyncio.wait({playing, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not playing.done():
                await self._stop_playback()
            await playing
        finally:
            playing.cancel()

    async def _stop_playback(self) -> None:
        """A seat is free: cut the announcement. If AMI is away the prompt is heard to its end, a few seconds."""
        try:
            await self.desk.ami.action("ControlPlayback", Channel=self.view.channel, Control="stop")
        except HotlineError as error:
            log.info("announcement of %s not cut short: %s", self.linkedid, error)

    async def remember(self, state: transfer.State, call: CallMemory) -> None:
        await self.agi.set("HL_STATE", transfer.dump(state))
        await self.agi.set("HL_CALL", memory.dump(call))

    async def recall(self) -> tuple[transfer.State, CallMemory]:
        """What `remember` wrote. Raises ValueError when it is not ours: the handler fails, the fallback takes over."""
        state = transfer.load(await self.agi.get("HL_STATE"))
        return state, memory.load(await self.agi.get("HL_CALL"))

    async def hand_over(
        self, label: Label, state: transfer.State, call: CallMemory, device: str = "", ring_s: float = 0.0
    ) -> None:
        """Give the call back to the dialplan at `label`. Setting HL_NEXT is the last command: it proves we lived."""
        if device:
            if not _ENDPOINT.fullmatch(device):
                raise ValueError(f"{device!r} is no endpoint of ours")
            await self.agi.set("HL_DEVICE", device)
            await self.agi.set("HL_RING_S", f"{ring_s:.0f}")
            if not self.desk.ami.connected:
                await self.agi.set("HL_AFTER", "1")  # nobody else would tell the board that the talk is over
        if label is not Label.HANGUP:
            await self.remember(state, call)
        await self.agi.set("HL_NEXT", label.value)


def waiting_from(call: CallMemory, now: float) -> CallMemory:
    """The place in the line is kept: `since` is set the first time only."""
    return call if call.since else replace(call, since=now)


__all__ = ["HungUp", "Label", "Visit", "waiting_from"]
