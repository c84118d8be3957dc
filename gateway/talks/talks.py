"""The calls in which people talk: who is where, kept by the talk machine, moved over AMI, shown to pages.

In: what seats ask, what AMI says, the visit of a seat whose third did not answer. Out: channels moved one at a time,
seats told (ringing, consulting), each call's `talk` for pages, and the talk's memory on the caller's channel (HL_TALK).
Never: two changes of one call at once; an action twice: what was not answered is looked up in the PBX.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import seats
from gateway.board import Board, seat_of
from gateway.errors import CallerFaultError, HotlineError
from gateway.live import LiveCalls
from gateway.pbx_events import call_of, endpoint_of
from gateway.talks import moves
from gateway.talks.doing import CHECK_S, Doing
from gateway.talks.held import Book, Held, Pbx
from gateway.talks.looking import VERB_S, Looking
from gateway.talks.people import People
from transfer import talk as machine
from transfer.talk import (
    Asked,
    CalledIn,
    DialFailed,
    Exhausted,
    Go,
    Gone,
    Left,
    Move,
    Moved,
    Notice,
    Place,
    Refuse,
    Ring,
    Talk,
    TalkEffect,
    TalkEvent,
    Verb,
)

log = logging.getLogger(__name__)

CONFIRM_S = 1.5  # for the PBX to say that everybody is where the verb puts them
TRIED_CHARS = 300  # of the names of those who did not answer, in the journal
CALLED_IN_S = 30.0  # longer than any phone is rung by Originate
_MISSED: Mapping[str, Callable[[str], seats.SeatEvent]] = {
    "NOANSWER": seats.NoAnswer,
    "BUSY": seats.Rejected,
    "CANCEL": seats.Withdrawn,
}


class Talks:
    """All talks. `on_event` is synchronous and quick; what must be done then is done in tasks, one call at a time."""

    def __init__(
        self,
        pbx: Pbx,
        board: Board,
        live: LiveCalls,
        people: People,
        ring_s: Callable[[Ring], float],
        clock: Callable[[], float],
        note: Callable[[dict[str, Any]], None],
    ) -> None:
        """`note` takes a line for the seat journal."""
        self._board = board
        self._live = live
        self._people = people
        self._clock = clock
        self._note = note
        self._book = Book()
        self._tasks: set[asyncio.Task[None]] = set()
        self._doing = Doing(pbx, board, live, people, ring_s, clock)
        self.looking = Looking(pbx, self._book, live, self._doing, clock, self._later)
        self._doing.check_soon = self.looking.check_soon
        self.looking.gone, self.looking.begin = self._gone, self._begin

    # -- what seats and supervisors ask -------------------------------------------------------------------------------

    async def ask(self, call: str, verb: Verb, by: str, kind: str = "", ref: str = "", party: str = "") -> None:
        """Do `verb` for seat `by`; returns when everybody is where it puts them.

        Raises CallerFaultError (Chinese) when it cannot be; RetryableError, IndeterminateError of the link.
        """
        held = self._book.get(call)
        if held is None:
            raise CallerFaultError("这通电话不在通话中")
        async with asyncio.timeout(VERB_S + CONFIRM_S), held.lock:
            self._refuse_early(held, Asked(verb, by, (), party))
            targets = self._people.find(kind, ref, by, self._live.get(call)) if kind else ()
            roster = self._people.roster_asked(kind, ref, by, self._live.get(call)) if kind else ""
            await self._perform(held, Asked(verb, by, targets, party, roster))
        view = self._live.get(call)
        if view is not None:
            self._live.note(view, verb.value, ref or party)

    def _refuse_early(self, held: Held, asked: Asked) -> None:
        """What may not be done is not looked into: no outside number is judged for a seat that may not ask."""
        for effect in machine.next(held.talk, asked, self._clock())[1]:
            if isinstance(effect, Refuse) and effect.slug in ("not-yours", "not-now"):
                raise CallerFaultError(effect.text)

    def call_in(self, call: str, seat: str, verb: Verb) -> dict[str, str]:
        """`seat` is about to be rung from outside for this call (take_over, resume): the variables that its leg needs
        to go to [talk] main when it answers. Raises CallerFaultError when there is no such talk."""
        held = self._book.get(call)
        if held is None or held.talk.over:
            raise CallerFaultError("这通电话不在通话中")
        target = self._people.seat_target(seat)
        held.talk, _ = machine.next(held.talk, CalledIn(target, verb), self._clock())
        party = held.talk.parties[-1]
        asyncio.get_running_loop().call_later(CALLED_IN_S, self.call_off, call, party.id)
        self._doing.show(held)
        described = moves.described(party.role, party.who, party.name)
        return {"__HL_ROOM": call, "HL_ME": party.id, "HL_IS": f"{described}&{moves.spoken(verb, seat)}"}

    def call_off(self, call: str, party: str) -> None:
        """That phone was not answered, or could not be rung. Nothing happens to one that was."""
        held = self._book.get(call)
        rung = held.talk.find(party) if held is not None else None
        if held is not None and rung is not None and rung.place is Place.RINGING:
            self._apply(held, Gone(party))

    def get(self, call: str) -> Talk | None:
        held = self._book.get(call)
        return held.talk if held is not None and not held.talk.over else None

    async def _perform(self, held: Held, asked: Asked) -> None:
        talk, effects = machine.next(held.talk, asked, self._clock())
        refused = next((effect for effect in effects if isinstance(effect, Refuse)), None)
        if refused is not None:
            self._written_down(held, talk, effects)
            raise CallerFaultError(refused.text)
        held.talk, held.notice = talk, None
        held.awaited = _awaited(effects)
        held.arrived.clear()
        try:
            await self._doing.do(held, effects, moves.spoken(asked.verb, asked.by))
        except HotlineError:
            self.looking.check_soon(held, 0.0)
            raise
        finally:
            self._doing.show(held)
        if held.awaited:
            try:
                async with asyncio.timeout(CONFIRM_S):
                    await held.arrived.wait()
            except TimeoutError:
                log.warning("call %s: %s not confirmed by the PBX: %s", held.talk.call, asked.verb, held.awaited)
                self.looking.check_soon(held, 0.0)

    # -- what the PBX says --------------------------------------------------------------------------------------------

    def on_event(self, event: Mapping[str, str]) -> None:
        """Called for every event of the link, after board and live calls have heard it."""
        match event.get("Event"):
            case "UserEvent" if event.get("UserEvent") == "HotlineTalk":
                self._moved(event)
            case "DialEnd":
                self._dial_ended(event)
            case "Hangup":
                self._hung_up(event)

    def _moved(self, event: Mapping[str, str]) -> None:
        held = self._book.get(event.get("Room", ""))
        if held is None:
            return
        party, place = event.get("Party", ""), Place(event.get("Place", ""))
        held.channels[party] = event.get("Channel", "")
        if party in held.awaited and held.awaited[party] is place:
            self._has_arrived(held, party)
        self._apply(held, Moved(party, place))

    def _dial_ended(self, event: Mapping[str, str]) -> None:
        call, status = call_of(event.get("DestLinkedid", "")), event.get("DialStatus", "")
        seat = seat_of(endpoint_of(event.get("DestChannel", "")))
        if event.get("Uniqueid") != call:  # a leg has dialled: a third
            if seat is not None and status != "ANSWER":
                self._board.apply(seat, _MISSED.get(status, seats.Unreachable)(call))
            elif (held := self._book.get(call)) is not None:
                self._doing.show(held)  # it is talking now, so it can be consulting
        elif status == "ANSWER" and seat is not None and event.get("Context") == "call":
            self._begin(call, event.get("Channel", ""), event.get("DestChannel", ""), seat)

    def _begin(self, call: str, caller: str, channel: str, seat: str) -> Held:
        view = self._live.get(call)
        number = str(view.caller.get("number") or "") if view is not None else ""
        talk = machine.begin(call, self._people.seat_target(seat), self._clock(), number)
        held = Held(talk, {machine.CALLER: caller, "p1": channel})
        self._book.put(held)
        self._doing.show(held)
        return held

    def _hung_up(self, event: Mapping[str, str]) -> None:
        held = self._book.get(call_of(event.get("Linkedid", "")))
        if held is None:
            return
        channel = event.get("Channel", "")
        party = next((party for party, name in held.channels.items() if name == channel), None)
        if party is None:
            return
        held.channels.pop(party)
        if party in held.awaited:
            self._has_arrived(held, party)
        if party == machine.CALLER:
            self._gone(held)
        else:
            self._apply(held, Gone(party))

    def _gone(self, held: Held) -> None:
        """The caller is no more."""
        self._apply(held, Gone(machine.CALLER))
        self._book.forget(held)

    def _has_arrived(self, held: Held, party: str) -> None:
        held.awaited.pop(party)
        if not held.awaited:
            held.arrived.set()

    def left(self, call: str) -> None:
        """The caller has left the room and is in the route again."""
        held = self._book.get(call)
        if held is not None:
            self._apply(held, Left())
            self._book.forget(held)

    # -- the visit of a seat whose third did not take the call --------------------------------------------------------

    def not_taken(self, call: str, party: str, status: str) -> Ring | None:
        """The next one to be rung, its seat told; None: nobody is left, and the conductor is told."""
        held = self._book.get(call)
        while held is not None:
            held.talk, effects = machine.next(held.talk, DialFailed(party, status), self._clock())
            self._written_down(held, held.talk, effects)
            for notice in (effect for effect in effects if isinstance(effect, Notice)):
                self._doing.tell(held, notice)
            ring = next((effect for effect in effects if isinstance(effect, Ring)), None)
            if ring is None or self._doing.offer(held, ring):
                self._doing.show(held)
                return ring
            party, status = ring.party, "BUSY"
        return None

    def _written_down(self, held: Held, talk: Talk, effects: tuple[TalkEffect, ...]) -> None:
        """No expert has answered: the journal keeps it, so that the promise is kept even when nobody does anything."""
        for found in (effect.unanswered for effect in effects if isinstance(effect, Exhausted)):
            line = {"at": found.at, "seat": found.by, "event": "roster", "reason": found.roster, "by": found.by}
            self._note({**line, "call": talk.call, "reference": ",".join(found.tried)[:TRIED_CHARS]})
            held.talk = talk
            self._doing.show(held)

    def ring_variables(self, ring: Ring) -> dict[str, str]:
        return self._doing.ring_variables(ring)

    async def resync(self) -> None:
        """After each (re)connect."""
        await self.looking.resync()

    # -- what follows -------------------------------------------------------------------------------------------------

    def _apply(self, held: Held, event: TalkEvent) -> None:
        """Let it happen; what is due then follows in a task of its own."""
        talk, effects = machine.next(held.talk, event, self._clock())
        changed = talk is not held.talk
        held.talk = talk
        if effects or changed:
            self._doing.show(held)
            self._later(self._follow(held, effects))

    async def _follow(self, held: Held, effects: tuple[TalkEffect, ...]) -> None:
        try:
            async with asyncio.timeout(VERB_S), held.lock:
                await self._doing.do(held, effects, "")
        except (HotlineError, TimeoutError) as error:
            log.warning("call %s: %s", held.talk.call, error)
            self.looking.check_soon(held, CHECK_S)

    # -- tasks --------------------------------------------------------------------------------------------------------

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a talk's task failed", exc_info=error)

    async def close(self) -> None:
        """End what is under way; the calls stay as they are."""
        for held in self._book:
            held.rest()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _awaited(effects: tuple[TalkEffect, ...]) -> dict[str, Place | None]:
    """Where the verb's people are to turn up."""
    found: dict[str, Place | None] = {}
    for effect in effects:
        match effect:
            case Move(party, Place.LEAVE):
                found[party] = None
            case Go(party, Place.LEAVE):
                pass  # if it is there at all
            case Move(party, place) | Go(party, place):
                found[party] = place
            case _:
                pass
    return found
