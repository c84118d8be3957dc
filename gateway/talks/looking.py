"""Asks the PBX where everybody is, when it has not said so by itself, and after each (re)connect.

In: a talk that may be wrong, or a PBX of which nothing is known. Out: the talk as the PBX has it, and what is due then.
Never: a guess about a leg in passage (it looks again); an action that was sent before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from gateway.board import seat_of
from gateway.errors import CallerFaultError, HotlineError
from gateway.live import LiveCalls
from gateway.talks.doing import CHECK_S, Doing
from gateway.talks.held import Book, Held, Pbx
from gateway.talks.snapshot import Leg, Picture, pictures
from transfer import talk as machine
from transfer.talk import Gone, Place, Resynced, Seen

log = logging.getLogger(__name__)

CHECKS_MAX = 5
KEPT = ("HL_DIALLED", "HL_CALL")  # what a call carries of itself, see gateway.calls.visit
VERB_S = 8.0  # a verb waits so long for the one before it


class Looking:
    """`later` owns the tasks, `gone` ends a talk whose caller is no more, `begin` makes the talk of a pair."""

    def __init__(
        self,
        pbx: Pbx,
        book: Book,
        live: LiveCalls,
        doing: Doing,
        clock: Callable[[], float],
        later: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._pbx = pbx
        self._book = book
        self._live = live
        self._doing = doing
        self._clock = clock
        self._later = later
        self.gone: Callable[[Held], None] = lambda _held: None
        self.begin: Callable[[str, str, str, str], Held]
        # a call that another life of ours began: its caller's channel, and the variables KEPT of it
        self.take_up: Callable[[str, str, Mapping[str, str]], None] = lambda _call, _channel, _kept: None

    def check_soon(self, held: Held, after_s: float) -> None:
        held.rest()
        if not self._book.has(held):
            return
        loop = asyncio.get_running_loop()
        held.check = loop.call_later(after_s, lambda: self._later(self._check(held)))

    async def _check(self, held: Held) -> None:
        call = held.talk.call
        held.checks += 1
        try:
            async with asyncio.timeout(VERB_S), held.lock:
                channels = await self._pbx.action_list("CoreShowChannels")
                await self._believe(held, pictures(channels).get(call))
        except (HotlineError, TimeoutError) as error:
            log.warning("call %s not looked up: %s", call, error)
            if held.checks < CHECKS_MAX and self._book.has(held):
                self.check_soon(held, CHECK_S)
            return
        held.checks = 0

    async def _believe(self, held: Held, picture: Picture | None) -> None:
        if picture is None:
            self.gone(held)
        elif not picture.settled:
            self.check_soon(held, CHECK_S / 2)
        elif picture.place is None:  # the route has the caller again; it will say so, or has hung up
            return
        else:
            seen = [await self._seen(held, leg) for leg in picture.legs]
            caller = Seen(machine.CALLER, picture.place)
            now = self._clock()
            held.talk, effects = machine.next(held.talk, Resynced((caller, *(one for one in seen if one))), now)
            self._doing.show(held)
            await self._doing.do(held, effects, "")

    async def _seen(self, held: Held, leg: Leg) -> Seen | None:
        """The leg's party: known, or read from the leg itself."""
        party = next((party for party, name in held.channels.items() if name == leg.channel), "")
        if not party:
            party = await self._read(leg.channel, "HL_ME")
            if not party:
                return None  # not one of a talk: a supervisor beside a seat, or gone by now
            held.channels[party] = leg.channel
        return Seen(party, leg.place, leg.role, leg.who, leg.device)

    async def _read(self, channel: str, name: str) -> str:
        try:
            return str((await self._pbx.action("Getvar", Channel=channel, Variable=name)).get("Value") or "")
        except CallerFaultError:
            return ""  # the channel has gone

    async def resync(self) -> None:
        """After each (re)connect: every talk as the PBX has it, also of calls that another life of ours began."""
        now = pictures(await self._pbx.action_list("CoreShowChannels"))
        for held in [each for each in self._book if each.talk.call not in now]:
            self._book.forget(held)
            held.talk = machine.next(held.talk, Gone(machine.CALLER), self._clock())[0]
        for call, picture in now.items():
            if picture.place is not None:
                await self._take_up(call, picture)

    async def _take_up(self, call: str, picture: Picture) -> None:
        held = self._book.get(call)
        if held is None:
            await self._rebuild_view(call, picture)
            held = await self._remembered(call, picture)
        if held is None:
            return
        try:
            async with asyncio.timeout(VERB_S), held.lock:
                await self._believe(held, picture)
        except (HotlineError, TimeoutError) as error:
            log.warning("call %s not taken up: %s", call, error)
            self.check_soon(held, CHECK_S)

    async def _rebuild_view(self, call: str, picture: Picture) -> None:
        if self._live.get(call) is None:
            kept = {name: await self._read(picture.channel, name) for name in KEPT}
            self.take_up(call, picture.channel, kept)

    async def _remembered(self, call: str, picture: Picture) -> Held | None:
        if picture.place is Place.PAIR:
            leg = next((leg for leg in picture.legs if seat_of(leg.device) and leg.place is Place.PAIR), None)
            return None if leg is None else self.begin(call, picture.channel, leg.channel, leg.who)
        try:
            talk = machine.load(await self._read(picture.channel, "HL_TALK"))
        except machine.TalkError as error:
            log.warning("call %s: %s; taken up as the PBX shows it", call, error)
            talk = machine.alone(call, self._clock())
        held = Held(talk, {machine.CALLER: picture.channel})
        self._book.put(held)
        return held
