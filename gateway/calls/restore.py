"""The visit of a caller whose seat's leg was lost: told so, kept for the same seat, else back to the head of the line.

In: a visit, the call's way and memory. Out: the seat that is back, or nothing when it did not come in time.
Never: a second seat at the same time, or silence while the caller waits.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import ivr
import seats
from agi_scripts.fastagi import HungUp
from gateway.board import IN_TALK
from gateway.calls.memory import CallMemory
from gateway.calls.visit import Visit
from gateway.live import CallState

HEAD = 1000  # added to the priority: whoever has already talked waits behind nobody who has not


def at_the_head(call: CallMemory) -> CallMemory:
    """The call goes before all that have not been interrupted; once is enough."""
    return call if call.priority >= HEAD else replace(call, priority=call.priority + HEAD)


def lost_seat(visit: Visit) -> str | None:
    """Whose leg was lost: the seat that the board keeps for this call, else one that has just left it."""
    board = visit.desk.board
    kept = [seat for seat in board.in_call(visit.linkedid) if seat.state in (*IN_TALK, seats.SeatState.WRAP_UP)]
    kept.sort(key=lambda seat: seat.reason != seats.Reason.RESTORING)
    return kept[0].id if kept else None


async def wait_for_seat(visit: Visit, seat: str) -> bool:
    """Tell the caller, play music, until the seat's phone is back; False when it is not within `restore_s`.

    Raises HungUp when the caller leaves first; the seat is then done with the call.
    """
    desk = visit.desk
    desk.board.apply(seat, seats.TalkLost(visit.linkedid))
    desk.live.note(visit.view, "restore", seat, state=CallState.RESTORING, seat=seat)
    back = desk.board.back(desk.board.endpoint(seat))
    try:
        returned = await _pass_the_time(visit, back)
    except BaseException:
        desk.board.apply(seat, seats.TalkEnded(visit.linkedid))
        raise
    finally:
        back.cancel()
    await visit.journal("hl.restore", {"seat": seat, "back": "1" if returned else "0"})
    if returned:
        desk.live.note(visit.view, "restored", seat)
    else:
        desk.board.apply(seat, seats.TalkEnded(visit.linkedid))
    return returned


async def _pass_the_time(visit: Visit, back: asyncio.Future[None]) -> bool:
    loop, config = asyncio.get_running_loop(), visit.desk.config
    until = loop.time() + config.restore_s
    gone = asyncio.create_task(visit.agi.gone.wait())
    either: set[asyncio.Future[Any]] = {back, gone}
    try:
        await visit.play([ivr.Prompt.RESTORING], stop=back)
        if not back.done():
            await visit.phone.music(True)
            while not back.done() and loop.time() < until:
                if gone.done():
                    raise HungUp("the caller left while the line was being restored")
                await visit.stay_alive(config.agi_deadman_s / 2)
                wait_s = max(0.0, min(until - loop.time(), config.agi_deadman_s / 2))
                await asyncio.wait(either, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
            await visit.phone.music(False)
        return back.done()
    finally:
        gone.cancel()
