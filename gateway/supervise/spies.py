"""A supervisor beside a seat in its call: listening, whispering to the seat, or heard by all.

In: who wants to hear which call and how; AMI's answers. Out: the supervisor's own phone, rung by AMI Originate into
`[listen]` of extensions.conf, and who is beside whom, for all who see the call. Never: touches a leg of the call: the
caller's recording and the talk are the same with and without.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import quote, unquote

import seats
from gateway.board import IN_TALK, Board
from gateway.errors import CallerFaultError, HotlineError, IndeterminateError
from gateway.live import LiveCalls, iso

log = logging.getLogger(__name__)

RESTORING = seats.Reason.RESTORING
RING_MS = 15_000
CONTEXT = "listen"
# The page, or a desk phone that knows Call-Info, answers by itself. (Originate's PreDialGoSub did nothing in 22.10.)
HEADERS = ("PJSIP_HEADER(add,X-Hotline-Listen)=1", "PJSIP_HEADER(add,Call-Info)=<sip:hotline>;answer-after=0")
_CHANNEL = re.compile(r"PJSIP/[-0-9A-Za-z]{1,60}")
_CALL = re.compile(r"[-0-9A-Za-z._]{1,80}")


Answer = Mapping[str, str]


class Pbx(Protocol):
    """What is used of a link to the PBX (`gateway.ami.Ami`)."""

    async def action(self, name: str, *, wait_s: float | None = None, **fields: Any) -> Mapping[str, str]: ...
    async def action_list(
        self, name: str, *, wait_s: float | None = None, **fields: Any
    ) -> Sequence[Mapping[str, str]]: ...


class Mode(StrEnum):
    """How a supervisor is in a call; also the extensions of `[listen]`."""

    LISTEN = "listen"  # hears all, is heard by nobody
    WHISPER = "whisper"  # is heard by the seat
    BARGE = "barge"  # is heard by everybody


@dataclass(frozen=True, slots=True)
class Spy:
    """One supervisor's leg. `id` is its channel's uniqueid, `channel` its name once the phone is answered."""

    id: str
    supervisor: str
    by: str
    call: str
    seat: str
    mode: Mode
    since: float
    channel: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "supervisor": self.supervisor,
            "by": self.by,
            "seat": self.seat,
            "mode": self.mode.value,
            "since": iso(self.since),
            "call": self.call,
            "state": "there" if self.channel else "ringing",
        }


class Spies:
    """Who is beside whom. `pbx` moves and hangs up; `ringer` may originate and nothing else."""

    def __init__(
        self, board: Board, live: LiveCalls, pbx: Pbx, ringer: Pbx, node: str, clock: Callable[[], float]
    ) -> None:
        self._board = board
        self._live = live
        self._pbx = pbx
        self._ringer = ringer
        self._node = node
        self._clock = clock
        self._spies: dict[str, Spy] = {}  # by supervisor: one phone, one call
        self._ending: set[asyncio.Task[None]] = set()

    # -- what a supervisor does -------------------------------------------------------------------------------------

    async def listen(self, supervisor: str, by: str, call: str, mode: Mode) -> Spy:
        """Beside the seat of `call`; the same supervisor again changes mode or call without hanging up.

        Raises CallerFaultError (Chinese) where it cannot be, RetryableError and IndeterminateError of the link.
        """
        there = self._spies.get(supervisor)
        if there is not None and not there.channel:
            raise CallerFaultError("您的话机正在振铃，请先接听")
        endpoint = self._phone_of(supervisor) if there is None else ""
        seat, channel = await self._whom(call, to_room=mode is Mode.BARGE)
        if there is not None:
            return await self._move(there, call, seat, channel, mode)
        spy = Spy(f"{self._node}-{self._clock():.3f}s", supervisor, by, call, seat, mode, self._clock())
        self._keep(spy)
        try:
            await self._ringer.action(
                "Originate",
                Channel=f"PJSIP/{endpoint}",
                Context=CONTEXT,
                Exten=mode.value,
                Priority="1",
                Timeout=str(RING_MS),
                Async="true",
                ChannelId=spy.id,
                CallerID=f"listen <{seat}>",
                Variable=[*HEADERS, *(f"{name}={value}" for name, value in _variables(spy, channel).items())],
            )
        except IndeterminateError:
            raise  # the phone may ring: its end will be told
        except HotlineError:
            self._drop(spy)
            raise
        return spy

    async def end(self, supervisor: str) -> bool:
        """Leave the call; whether there was one."""
        spy = self._spies.get(supervisor)
        if spy is None:
            return False
        if spy.channel:
            await self._pbx.action("Hangup", Channel=spy.channel, Cause="16")
        else:
            await self._hang_up_by_id(spy)
        self._drop(spy)
        return True

    async def make_ready(self, supervisor: str) -> None:
        """Before the supervisor's phone is rung for a talk of its own: who listens leaves, who is busy is told so."""
        await self.end(supervisor)
        self._phone_of(supervisor)

    def of_call(self, call: str) -> list[dict[str, Any]]:
        return [spy.as_json() for spy in self._spies.values() if spy.call == call]

    def is_spy(self, uniqueid: str) -> bool:
        """Whether a channel of this id is a supervisor's leg and no party of a call."""
        return any(spy.id == uniqueid for spy in self._spies.values())

    # -- what the PBX says ------------------------------------------------------------------------------------------

    def on_originated(self, event: Mapping[str, str]) -> None:
        """AMI's OriginateResponse: the supervisor's phone was answered, or was not."""
        spy = next((spy for spy in self._spies.values() if spy.id == event.get("Uniqueid")), None)
        if spy is None or event.get("Event") != "OriginateResponse":
            return
        channel = event.get("Channel", "")
        if event.get("Response") == "Success" and _CHANNEL.fullmatch(channel):
            self._keep(replace(spy, channel=channel))
        else:
            log.info("the phone of supervisor %s was not answered (%s)", spy.supervisor, event.get("Reason", "?"))
            self._drop(spy)

    def on_event(self, event: Mapping[str, str]) -> None:
        """AMI's Hangup of a supervisor's leg, or of the whole call."""
        if event.get("Event") != "Hangup":
            return
        for spy in list(self._spies.values()):
            if spy.id == event.get("Uniqueid"):
                self._drop(spy)
            elif spy.call == event.get("Uniqueid"):
                self._end_soon(spy)

    async def resync(self) -> None:
        """After a (re)connect: supervisors' legs that are in the PBX now, and no others."""
        found: dict[str, Spy] = {}
        for channel in await self._pbx.action_list("CoreShowChannels"):
            if channel.get("Context") == CONTEXT and _CHANNEL.fullmatch(channel.get("Channel", "")):
                spy = await self._read(channel)
                if spy is not None:
                    found[spy.supervisor] = spy
        gone = [spy for spy in self._spies.values() if spy.supervisor not in found]
        self._spies = found
        for spy in (*gone, *found.values()):
            self._tell(spy)

    async def close(self) -> None:
        for task in self._ending:
            task.cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)

    # -- inside -----------------------------------------------------------------------------------------------------

    async def _whom(self, call: str, *, to_room: bool) -> tuple[str, str]:
        """The seat in the call and its channel; with `to_room` caller and seat are in the call's conference then."""
        view = self._live.get(call)
        talking = [seat.id for seat in self._board.in_call(call) if seat.state in IN_TALK and seat.reason != RESTORING]
        if view is None and not talking:
            raise CallerFaultError(f"no call {call}")
        if not talking:
            raise CallerFaultError("坐席尚未与来电人通话，暂时不能监听")
        seat = view.seat if view is not None and view.seat in talking else talking[0]
        legs = await self._pbx.action_list("CoreShowChannels")
        leg = next((leg for leg in legs if is_leg_of(leg, seat)), None)
        if leg is None:
            raise CallerFaultError("坐席的通话线路刚刚断开，请稍后再试")
        if to_room and leg.get("Application") != "ConfBridge":
            await self._to_room(call, leg, legs)
        return seat, leg["Channel"]

    async def _to_room(self, call: str, leg: Mapping[str, str], legs: Sequence[Mapping[str, str]]) -> None:
        """Two in a plain talk go into the room, as for a third: what the supervisor says is in the recording, too."""
        caller = next((each["Channel"] for each in legs if each.get("Uniqueid") == call and each.get("Channel")), None)
        if caller is None or leg.get("Application") != "AppDial" or leg.get("Linkedid") != call:
            raise CallerFaultError("坐席正在与第三方单独通话，暂时不能插话")
        await self._pbx.action("Setvar", Channel=leg["Channel"], Variable="HL_GO", Value="main")
        await self._pbx.action("Redirect", Channel=caller, Context="talk", Exten="main", Priority="1")

    def _phone_of(self, supervisor: str) -> str:
        endpoint = self._board.reachable(supervisor)
        if endpoint is None:
            raise CallerFaultError("您的话机没有注册，请先在坐席页面打开浏览器电话，或接好桌面话机")
        seat = self._board.get(supervisor)
        if seat is not None and (seat.state in IN_TALK or seat.state is seats.SeatState.RINGING):
            raise CallerFaultError("请先结束您自己的通话")
        return endpoint

    async def _move(self, there: Spy, call: str, seat: str, channel: str, mode: Mode) -> Spy:
        """The leg that is there goes beside another call, or hears in another way."""
        now = replace(there, call=call, seat=seat, mode=mode, since=self._clock())
        for name, value in _variables(now, channel).items():
            await self._pbx.action("Setvar", Channel=there.channel, Variable=name, Value=value)
        await self._pbx.action("Redirect", Channel=there.channel, Context=CONTEXT, Exten=mode.value, Priority="1")
        self._spies[there.supervisor] = now
        self._tell(there)
        self._tell(now)
        return now

    async def _hang_up_by_id(self, spy: Spy) -> None:
        """A phone that still rings has a channel whose name we have not been told."""
        for channel in await self._pbx.action_list("CoreShowChannels"):
            if channel.get("Uniqueid") == spy.id:
                await self._pbx.action("Hangup", Channel=channel["Channel"], Cause="16")

    def _end_soon(self, spy: Spy) -> None:
        """ChanSpy ends with the seat's leg; who has barged into a room, or still rings, is ended here."""

        async def end() -> None:
            try:
                await self.end(spy.supervisor)
            except CallerFaultError:
                return  # it has gone by itself
            except HotlineError as error:
                log.warning("supervisor %s not hung up: %s", spy.supervisor, error)

        task = asyncio.get_running_loop().create_task(end(), name=f"end-listening-{spy.supervisor}")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _read(self, channel: Mapping[str, str]) -> Spy | None:
        """A leg that an earlier gateway made; its variables say whose it is."""
        values: dict[str, str] = {}
        for name in ("HL_SPY_CALL", "HL_SPY_SEAT", "HL_SPY_ME", "HL_SPY_BY"):
            try:
                answer = await self._pbx.action("Getvar", Channel=channel["Channel"], Variable=name)
            except CallerFaultError:
                return None  # gone meanwhile
            values[name] = answer.get("Value", "")
        mode = channel.get("Extension", "")
        if mode not in {one.value for one in Mode} or not values["HL_SPY_ME"]:
            return None
        by, uniqueid = unquote(values["HL_SPY_BY"]), channel.get("Uniqueid", "")
        me, call, seat = values["HL_SPY_ME"], values["HL_SPY_CALL"], values["HL_SPY_SEAT"]
        return Spy(uniqueid, me, by, call, seat, Mode(mode), self._clock(), channel["Channel"])

    def _keep(self, spy: Spy) -> None:
        self._spies[spy.supervisor] = spy
        self._tell(spy)

    def _drop(self, spy: Spy) -> None:
        there = self._spies.get(spy.supervisor)
        if there is not None and there.id == spy.id:
            del self._spies[spy.supervisor]
            self._tell(there)

    def _tell(self, spy: Spy) -> None:
        """The call's view says who is beside it."""
        view = self._live.get(spy.call)
        if view is not None:
            view.spies = self.of_call(spy.call)
            self._live.on_change(view)


def is_leg_of(leg: Mapping[str, str], seat: str) -> bool:
    """Whether this is the seat's own leg in a call: up, and no leg that listens to another."""
    name = leg.get("Channel", "")
    ours = name.startswith((f"PJSIP/seat-{seat}-", f"PJSIP/web-{seat}-")) and _CHANNEL.fullmatch(name) is not None
    return ours and leg.get("ChannelStateDesc") == "Up" and leg.get("Context") != CONTEXT


def _variables(spy: Spy, channel: str) -> dict[str, str]:
    """What `[listen]` reads. All of them names of ours, checked; the user's name percent-encoded."""
    if not (_CHANNEL.fullmatch(channel) and _CALL.fullmatch(spy.call)):
        raise CallerFaultError(f"no call {spy.call}")
    return {
        "HL_SPY": channel,
        "HL_SPY_CALL": spy.call,
        "HL_SPY_SEAT": spy.seat,
        "HL_SPY_ME": spy.supervisor,
        "HL_SPY_BY": quote(spy.by, safe=""),
    }
