"""The driver of calls that the house places: reserves the seat, rings it, follows the call to its end.

In: what the console wants, AMI events. Out: AMI Originate into `[out]` of extensions.conf, board and live calls, two
lines of the seat journal. Never: dials what the rules refuse, or waits for a phone: the page watches the live call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import seats
import transfer
from gateway.board import IN_TALK, Board
from gateway.callouts.model import Out, Stage, Wanted, decoded, result_of
from gateway.errors import CallerFaultError, HotlineError, IndeterminateError
from gateway.journal.kinds import OutResult
from gateway.live import CITY_TIME, CallState, LiveCalls
from gateway.placed import PlacedCalls
from gateway.supervise.spies import Pbx
from seats import Pool, SeatState
from transfer import CallOutRules, Refused

log = logging.getLogger(__name__)

CONTEXT = "out"
# The page, or a desk phone that knows Call-Info, answers by itself
HEADERS = ("PJSIP_HEADER(add,X-Hotline-Out)=1", "PJSIP_HEADER(add,Call-Info)=<sip:hotline>;answer-after=0")
SLACK_S = 8.0  # how much longer than a ring the next word of the PBX may take
NOTICE_S = 20.0  # the announcement, with room
OPEN_MAX = 500
_NEXT = (Stage.CITIZEN, Stage.ANNOUNCING, Stage.TALKING)


class Terms(Protocol):
    """What the city allows (`gateway.config.Config`)."""

    @property
    def node(self) -> str: ...
    @property
    def seat_ring_s(self) -> float: ...
    @property
    def out_ring_s(self) -> float: ...
    @property
    def out_per_hour(self) -> int: ...


class CallOuts:
    """All of them. `ringer` may originate and nothing else; `note` takes the lines of the seat journal."""

    def __init__(
        self,
        board: Board,
        live: LiveCalls,
        pbx: Pbx,
        ringer: Pbx,
        terms: Terms,
        note: Callable[[dict[str, Any]], None],
        clock: Callable[[], float],
    ) -> None:
        self._board = board
        self._live = live
        self._pbx = pbx
        self._ringer = ringer
        self._terms = terms
        self._note = note
        self._clock = clock
        self._outs: dict[str, Out] = {}
        self._count = 0
        self.placed = PlacedCalls(clock)
        self._tasks: set[asyncio.Task[None]] = set()
        self.denied: Callable[[], tuple[str, ...]] = tuple  # patterns that the city's outside policy denies

    # -- what a seat wants ------------------------------------------------------------------------------------------

    async def place(self, wanted: Wanted) -> Out:
        """Reserve the seat and ring its phone; the rest follows by itself.

        Raises CallerFaultError (Chinese) where it cannot be, RetryableError and IndeterminateError of the link.
        """
        endpoint = self._phone_of(wanted.seat)
        self._refuse_double(wanted)
        digits = self._judge(wanted)
        now = self._clock()
        before = self._board.get(wanted.seat)
        self._count += 1
        wrapping_up = before is not None and before.state is SeatState.WRAP_UP
        out = Out(f"{self._terms.node}-{now:.3f}o{self._count}", wanted, now, wrapping_up)
        self.placed.add(digits, wanted.seat)
        self._begin(out, f"PJSIP/{endpoint}")
        line = {"seat": wanted.seat, "event": "out", "reason": wanted.purpose.value, "by": wanted.by, "call": out.id}
        self._note({"at": now, **line, "reference": wanted.reference})
        try:
            await self._ring(out, endpoint, digits)
        except IndeterminateError:
            raise  # the phone may ring: what becomes of it is told, or the timer asks
        except HotlineError:
            self._conclude(out, OutResult.FAILED)
            self._release(out)
            raise
        return out

    def get(self, call: str) -> Out | None:
        return self._outs.get(call)

    async def _ring(self, out: Out, endpoint: str, digits: str) -> None:
        wanted, ring_s = out.wanted, self._terms.out_ring_s
        variables = {"HL_OUT_IS": wanted.coded(), "HL_OUT_TO": digits, "HL_OUT_RING": f"{ring_s:.0f}"}
        await self._ringer.action(
            "Originate",
            Channel=f"PJSIP/{endpoint}",
            Context=CONTEXT,
            Exten="call",
            Priority="1",
            Timeout=f"{self._terms.seat_ring_s * 1000:.0f}",
            Async="true",
            ChannelId=out.id,
            CallerID=f"{wanted.hotline} <{wanted.hotline}>",
            Variable=[
                *HEADERS,
                f"PJSIP_HEADER(add,X-Hotline-Call)={out.id}",
                *(f"{name}={value}" for name, value in variables.items()),
            ],
        )

    def _phone_of(self, seat_id: str) -> str:
        """Where the seat is rung; refused while it has something in hand that comes first."""
        in_office = self._board.entry(seat_id).pool is Pool.OFFICE
        seat = self._board.get(seat_id)
        if seat is None or seat.state is SeatState.OFFLINE:
            raise CallerFaultError("请先打开电话，再拨打" if in_office else "请先在坐席页面签入，再拨打电话")
        if seat.state in IN_TALK or seat.state is SeatState.RINGING:
            raise CallerFaultError("请先结束当前的通话")
        if seat.must_close:
            raise CallerFaultError("请先选择上一通电话的通话结果")
        if seat.state is SeatState.SET_ASIDE:
            raise CallerFaultError("坐席现在不可用，请先恢复空闲")
        endpoint = self._board.reachable(seat_id)
        if endpoint is None:
            raise CallerFaultError("您的话机没有注册，请先在坐席页面打开浏览器电话，或接好桌面话机")
        return endpoint

    def _refuse_double(self, wanted: Wanted) -> None:
        for out in self._outs.values():
            if out.wanted.reference == wanted.reference or out.wanted.number == wanted.number:
                raise CallerFaultError(f"坐席 {out.wanted.seat} 正在拨打这位市民的电话")
        if len(self._outs) >= OPEN_MAX:
            raise CallerFaultError("同时外呼的电话太多，请稍后再试")

    def _judge(self, wanted: Wanted) -> str:
        rules = CallOutRules(self._terms.out_per_hour, denied=self.denied())
        verdict = transfer.may_ring(rules, wanted.number, self._now(), self.placed.recent(), by=wanted.seat)
        if isinstance(verdict, Refused):
            line = {"at": self._clock(), "seat": wanted.seat, "event": "outside_refused", "reason": verdict.slug}
            self._note({**line, "by": wanted.by, "call": wanted.reference, "number": wanted.number[:40]})
            raise CallerFaultError(verdict.chinese)
        return verdict

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), CITY_TIME)

    # -- what the PBX says ------------------------------------------------------------------------------------------

    def on_originated(self, event: Mapping[str, str]) -> None:
        """AMI's OriginateResponse: the seat's phone was not answered, or could not be rung at all."""
        out = self._outs.get(event.get("Uniqueid", ""))
        if out is None or event.get("Response") == "Success" or out.stage is not Stage.SEAT:
            return
        rejected = event.get("Reason") == "5"  # AST_CONTROL_BUSY
        self._conclude(out, OutResult.SEAT_REJECTED if rejected else OutResult.SEAT_NO_ANSWER)
        self._release(out)

    def on_event(self, event: Mapping[str, str]) -> None:
        """Called for every event of the link, after the board has heard it."""
        match event.get("Event"):
            case "UserEvent" if event.get("UserEvent") == "HotlineOut":
                self._told(event)
            case "Hangup" if (out := self._outs.get(event.get("Uniqueid", ""))) is not None:
                self._conclude(out, result_of(out.stage, event))
                self._release(out)

    def _told(self, event: Mapping[str, str]) -> None:
        out, stage = self._outs.get(event.get("Call", "")), event.get("Stage", "")
        if out is None or out.stage is Stage.OVER:
            return
        if stage == Stage.OVER:
            self._conclude(out, result_of(out.stage, event))
        elif stage in _NEXT:
            self._go_on(out, Stage(stage))

    def _go_on(self, out: Out, stage: Stage) -> None:
        out.stage = stage
        if stage is Stage.TALKING:
            out.talk_since = self._clock()
        limit_s = {Stage.CITIZEN: self._terms.out_ring_s, Stage.ANNOUNCING: NOTICE_S}.get(stage)
        self._limit(out, limit_s)
        self._show(out, stage.value)

    async def resync(self) -> None:
        """After a (re)connect: what is in the PBX now, also of an earlier life of this gateway."""
        channels = list(await self._pbx.action_list("CoreShowChannels"))
        there = {channel.get("Uniqueid", "") for channel in channels}
        for out in list(self._outs.values()):
            if out.id in there:
                self._board.apply(out.wanted.seat, seats.Answered(out.id))
            else:
                self._conclude(out, result_of(out.stage, {}))
                self._release(out)
        for channel in channels:
            uniqueid = channel.get("Uniqueid", "")
            ours = channel.get("Context") == CONTEXT and uniqueid == channel.get("Linkedid")
            if ours and uniqueid not in self._outs:
                await self._take_up(channel, channels)

    async def _take_up(self, channel: Mapping[str, str], channels: Sequence[Mapping[str, str]]) -> None:
        """A call that another life of ours began."""
        try:
            answer = await self._pbx.action("Getvar", Channel=channel["Channel"], Variable="HL_OUT_IS")
        except CallerFaultError:
            return  # gone meanwhile
        wanted = decoded(answer.get("Value", ""))
        if wanted is None or self._board.get(wanted.seat) is None:
            return
        out = Out(channel["Uniqueid"], wanted, self._clock(), wrapping_up=False)
        self._begin(out, channel["Channel"])
        others = [one for one in channels if one.get("Linkedid") == out.id and one is not channel]
        answered = any(one.get("ChannelStateDesc") == "Up" for one in others)
        self._go_on(out, Stage.TALKING if answered else Stage.CITIZEN)

    async def close(self) -> None:
        for out in self._outs.values():
            self._limit(out, None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _begin(self, out: Out, channel: str) -> None:
        wanted = out.wanted
        self._outs[out.id] = out
        self._board.apply(wanted.seat, seats.Answered(out.id), wanted.by)
        view = self._live.see(out.id, channel, wanted.hotline)
        view.hotline = {"number": wanted.hotline, "name": wanted.hotline_name, "unit": ""}
        view.caller = {"number": wanted.number, "raw": "", "withheld": False}
        view.seat = wanted.seat
        self._limit(out, self._terms.seat_ring_s)
        self._show(out, out.stage.value)

    def _show(self, out: Out, what: str) -> None:
        view = self._live.get(out.id)
        if view is not None:
            talking = out.stage in (Stage.ANNOUNCING, Stage.TALKING)
            state = CallState.TALKING if talking else CallState.OFFERED
            self._live.note(view, what, out=out.as_json(), state=state)

    def _conclude(self, out: Out, result: OutResult) -> None:
        """What became of it; said once, whoever brings the news first."""
        if out.stage is Stage.OVER:
            return
        now = self._clock()
        out.stage, out.result = Stage.OVER, result
        out.talked_s = round(now - out.talk_since, 1) if out.talk_since is not None else 0.0
        line = {"seat": out.wanted.seat, "event": "out_ended", "reason": result.value, "by": out.wanted.by}
        line |= {"call": out.id, "reference": out.wanted.reference}
        self._note({"at": now, **line, "talked_s": out.talked_s})
        self._limit(out, SLACK_S)  # the seat hears why, then its leg ends
        self._show(out, result.value)

    def _release(self, out: Out) -> None:
        """The seat's leg is gone. After a talk it wraps up (the office does not); a try that came to nothing leaves
        it as it was."""
        self._limit(out, None)
        self._outs.pop(out.id, None)
        seat, by = out.wanted.seat, out.wanted.by
        self._board.apply(seat, seats.TalkEnded(out.id), by)
        in_office = self._board.entry(seat).pool is Pool.OFFICE  # what came of it is entered in the order
        if in_office or (out.result is not OutResult.TALKED and not out.wrapping_up):
            now = self._board.get(seat)
            if now is not None and now.call == out.id:
                self._board.apply(seat, seats.Done(anyhow=True), by)
        self._live.gone(out.id)

    def _limit(self, out: Out, seconds: float | None) -> None:
        """Within this time (and some slack) the PBX must say how it goes on."""
        if out.timer is not None:
            out.timer.cancel()
            out.timer = None
        if seconds is not None:
            loop = asyncio.get_running_loop()
            out.timer = loop.call_later(seconds + SLACK_S, self._overdue, out)

    def _overdue(self, out: Out) -> None:
        task = asyncio.get_running_loop().create_task(self._cut(out), name=f"cut-{out.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _cut(self, out: Out) -> None:
        """No word in time: whatever is left of it is hung up, and the seat is free again."""
        log.warning("call %s: nothing heard of it in stage %s; cut", out.id, out.stage)
        try:
            for channel in await self._pbx.action_list("CoreShowChannels"):
                if channel.get("Uniqueid") == out.id:
                    await self._pbx.action("Hangup", Channel=channel["Channel"], Cause="16")
        except HotlineError as error:
            log.warning("call %s not hung up: %s", out.id, error)
        if out.id in self._outs:
            self._conclude(out, result_of(out.stage, {}))
            self._release(out)
