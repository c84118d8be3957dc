"""A caller in the line: music, place and expected wait, until a seat is found.

In: a visit, the call's memory, the step. Out: the offer.
Never: polls; the offer comes as a future, the hang-up as an event.
"""

from __future__ import annotations

import asyncio
from typing import Any

import ivr
import seats
import transfer
from agi_scripts.fastagi import HungUp
from gateway.calls.memory import CallMemory
from gateway.calls.visit import Visit
from seats import Offer, Pool, Waiting
from transfer import StepKind


def waiting_of(linkedid: str, call: CallMemory, kind: StepKind, last_seat: str | None) -> Waiting:
    """The call as the dispatch sees it. An expert hotline's call may go to experts too, later or (direct) at once."""
    return Waiting(
        id=linkedid,
        since=call.since,
        priority=call.priority,
        skills=frozenset(call.skills),
        pool=Pool.EXPERT if kind is StepKind.EXPERT_SEATS else Pool.SHARED,
        refused=frozenset(call.refused),
        last_seat=last_seat,
        expert_skills=frozenset(call.expert_skills),
    )


async def wait_for_offer(visit: Visit, state: transfer.State, call: CallMemory) -> Offer:
    """Stay in line until the dispatch offers a seat. Raises HungUp when the caller leaves first.

    If anything goes wrong after the offer, the seat is given back at once.
    """
    desk = visit.desk
    knows = desk.sticky(call.caller) or desk.last_seats.of(call.caller)
    waiting = waiting_of(visit.linkedid, call, state.step.kind, knows)
    ticket = desk.dispatch.enter(waiting)
    try:
        await asyncio.sleep(0)  # the dispatch looks once: with a seat idle nobody hears "please wait"
        if not ticket.offer.done():
            first_word = ivr.Prompt.SEAT_NO_ANSWER if call.offers else ivr.Prompt.PLEASE_HOLD
            await visit.remember(state, call)  # whoever takes over from us must find the place in the line
            await _pass_the_time(visit, ticket.offer, first_word)
        return ticket.offer.result()
    except BaseException:
        if ticket.offer.done() and not ticket.offer.cancelled():
            desk.board.apply(ticket.offer.result().seat, seats.Withdrawn(visit.linkedid))
        raise
    finally:
        desk.dispatch.leave(visit.linkedid)


async def _pass_the_time(visit: Visit, offer: asyncio.Future[Offer], first_word: str) -> None:
    config = visit.desk.config
    gone = asyncio.create_task(visit.agi.gone.wait())
    either: set[asyncio.Future[Any]] = {offer, gone}
    try:
        await visit.play([first_word], stop=offer)
        announce_at = visit.desk.clock() + config.announce_every_s
        await visit.phone.music(True)
        while not offer.done():
            if gone.done():
                raise HungUp("the caller left the line")
            await visit.stay_alive(config.agi_deadman_s / 2)
            due_s = max(0.0, min(announce_at - visit.desk.clock(), config.agi_deadman_s / 2))
            await asyncio.wait(either, timeout=due_s, return_when=asyncio.FIRST_COMPLETED)
            if not offer.done() and not gone.done() and visit.desk.clock() >= announce_at:
                await _announce_place(visit, offer)
                announce_at = visit.desk.clock() + config.announce_every_s
        await visit.phone.music(False)
    finally:
        gone.cancel()


async def _announce_place(visit: Visit, offer: asyncio.Future[Offer]) -> None:
    position, wait_s = visit.desk.dispatch.place(visit.linkedid)
    await visit.phone.music(False)
    await visit.play(ivr.announce_wait(position, wait_s), stop=offer)
    if not offer.done():
        await visit.phone.music(True)
