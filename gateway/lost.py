"""Seats whose leg is lost in mid talk: found, and the caller kept for them.

In: what AMI says about contacts (a page was reloaded, a network died, a phone asked by `gateway.silence` does not
answer). Out: a caller sent to `[call] restore`, or, where others talk on, the seat rung again for the same talk when it
is back. Never: cuts a talk whose sound still comes: a browser's SIP connection may flap while its media lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping

import seats
from gateway.board import IN_TALK, Board, seat_of
from gateway.errors import CallerFaultError, HotlineError
from gateway.live import CallState, LiveCalls
from gateway.pbx_events import call_of
from gateway.silence import ask
from gateway.supervise.spies import Pbx, is_leg_of

log = logging.getLogger(__name__)

LOOK_S = 1.0  # between two looks at how many packets have come
PACKETS = 5  # fewer in that time is silence: 50 a second are sent, a few may still be on their way
AGAIN_S = 2.0  # while a phone is not registered but heard
ASK_S = 2.5  # between two questions to a phone that its caller waits for
LOST_CAUSE = "44"  # as Asterisk's own RTP timeout has it: not 16, the end of a talk


class LostLegs:
    """`stays(call)`: whether others than this caller and this seat are in it. `call_back(call, seat)` rings the seat
    for such a talk; `stop` cancels what is being looked at."""

    def __init__(self, board: Board, live: LiveCalls, pbx: Pbx, restore_s: float) -> None:
        self._board = board
        self._live = live
        self._pbx = pbx
        self._restore_s = restore_s
        self._looking: dict[str, asyncio.Task[None]] = {}
        self.stays: Callable[[str], bool] = lambda _call: False
        self.call_back: Callable[[str, str], Awaitable[None]] = _nobody

    def on_event(self, event: Mapping[str, str]) -> None:
        """AMI's ContactStatus, after the board has heard of it."""
        if event.get("Event") != "ContactStatus" or event.get("ContactStatus") not in ("Removed", "Unreachable"):
            return
        seat = seat_of(event.get("EndpointName", ""))
        if seat is None or seat in self._looking or self.talks(seat) is None:
            return
        if self._board.endpoint(seat) != event["EndpointName"]:
            return
        task = asyncio.get_running_loop().create_task(self._look(seat, event["EndpointName"]), name=f"lost-{seat}")
        self._looking[seat] = task
        task.add_done_callback(lambda _done: self._looking.pop(seat, None))

    async def stop(self) -> None:
        tasks = list(self._looking.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def talks(self, seat: str) -> str | None:
        """The call that the seat talks in and whose caller can be kept for it."""
        call = self._call_of(seat)
        view = self._live.get(call) if call is not None else None
        return None if view is not None and view.out is not None else call  # its own channel is the call: nobody waits

    # -- inside -----------------------------------------------------------------------------------------------------

    def _call_of(self, seat_id: str) -> str | None:
        """The call that the seat talks in."""
        seat = self._board.get(seat_id)
        talks = seat is not None and seat.state in IN_TALK and seat.reason != seats.Reason.RESTORING
        return seat.call if seat is not None and talks else None

    async def _look(self, seat: str, endpoint: str) -> None:
        """Until the phone is registered again and heard, or is not heard any more."""
        call = self._call_of(seat)
        try:
            while call is not None and self._call_of(seat) == call:
                channel = await self._leg(seat, call)
                if channel is None:
                    return  # hung up in order
                if not await self._is_heard(channel):
                    if self._call_of(seat) == call:
                        await self._lost(seat, call, channel)
                    return
                if self._board.is_registered(endpoint):
                    return
                await asyncio.sleep(AGAIN_S)
        except HotlineError as error:
            log.warning("seat %s: cannot see whether it is still there: %s", seat, error)

    async def _leg(self, seat: str, call: str) -> str | None:
        for leg in await self._pbx.action_list("CoreShowChannels"):
            if is_leg_of(leg, seat) and call_of(leg.get("Linkedid", "")) == call:
                return leg["Channel"]
        return None

    async def _is_heard(self, channel: str) -> bool:
        before = await self._packets(channel)
        await asyncio.sleep(LOOK_S)
        return await self._packets(channel) - before >= PACKETS

    async def _packets(self, channel: str) -> int:
        """RTP packets that have come from the phone."""
        try:
            answer = await self._pbx.action("Getvar", Channel=channel, Variable="CHANNEL(rtcp,rxcount)")
        except CallerFaultError:
            return 0  # gone
        return int(answer["Value"]) if answer.get("Value", "").isdigit() else 0

    async def _lost(self, seat: str, call: str, channel: str) -> None:
        log.warning("call %s: the leg of seat %s is lost", call, seat)
        self._board.apply(seat, seats.TalkLost(call))
        view = self._live.get(call)
        if self.stays(call):
            await self._pbx.action("Hangup", Channel=channel, Cause=LOST_CAUSE)
            await self._fetch(seat, call)
            return
        if view is not None:
            self._live.note(view, "lost", seat, state=CallState.RESTORING)
        caller = await self._caller(call)
        if caller is not None:
            await self._pbx.action("Redirect", Channel=caller, Context="call", Exten="restore", Priority="1")
        with contextlib.suppress(CallerFaultError):  # the dead leg: of a plain talk it has ended by itself
            await self._pbx.action("Hangup", Channel=channel, Cause=LOST_CAUSE)
        await self._until_back(seat, call)

    async def _until_back(self, seat: str, call: str) -> None:
        """The phone is asked again and again, while its caller waits: the PBX itself would ask only once in a while."""
        endpoint = self._board.endpoint(seat)
        while not self._board.is_registered(endpoint) and self._is_kept(seat, call):
            await ask(self._pbx, endpoint)
            await asyncio.sleep(ASK_S)

    def _is_kept(self, seat: str, call: str) -> bool:
        now = self._board.get(seat)
        return now is not None and now.call == call and now.reason == seats.Reason.RESTORING

    async def _caller(self, call: str) -> str | None:
        legs = await self._pbx.action_list("CoreShowChannels")
        return next((leg["Channel"] for leg in legs if leg.get("Uniqueid") == call and leg.get("Channel")), None)

    async def _fetch(self, seat: str, call: str) -> None:
        """The others talk on: ring the seat for the same talk as soon as it is back."""
        back = self._board.back(self._board.endpoint(seat))
        try:
            async with asyncio.timeout(self._restore_s):
                await self._until_back(seat, call)
                await back
            if self.stays(call):
                await self.call_back(call, seat)
                await asyncio.sleep(self._restore_s)
        except TimeoutError:
            log.info("seat %s did not come back to call %s", seat, call)
        finally:
            back.cancel()
            if self._is_kept(seat, call):
                self._board.apply(seat, seats.TalkEnded(call))


async def _nobody(_call: str, _seat: str) -> None:
    raise CallerFaultError("this gateway rings nobody back into a talk")
