"""What the talk machine wants done, done: one effect after another, over AMI, with the board told.

In: a talk and effects. Out: actions in their order, the talk's memory on the caller's channel (HL_TALK), the talk as
pages and board see it. Never: an action twice; a transition (`talks`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import seats
from gateway.board import Board, seat_of
from gateway.errors import CallerFaultError, HotlineError
from gateway.live import LiveCalls
from gateway.talks import moves
from gateway.talks.held import Held, Pbx
from gateway.talks.people import People
from gateway.talks.view import as_json
from transfer import talk as machine
from transfer.talk import Check, Exhausted, Go, HangUp, Home, Move, Notice, Place, Refuse, Ring, TalkEffect

CHECK_S = 1.0  # after which a leg that finds its way by itself has found it


class Doing:
    """`check_soon(held, seconds)` is asked for a look at the PBX (`looking`)."""

    def __init__(
        self,
        pbx: Pbx,
        board: Board,
        live: LiveCalls,
        people: People,
        ring_s: Callable[[Ring], float],
        clock: Callable[[], float],
    ) -> None:
        self._pbx = pbx
        self._board = board
        self._live = live
        self._people = people
        self._ring_s = ring_s
        self._clock = clock
        self.check_soon: Callable[[Held, float], None] = lambda _held, _seconds: None

    async def do(self, held: Held, effects: tuple[TalkEffect, ...], spoken: str) -> None:
        """One effect after another. Raises HotlineError at the first that fails; the PBX is then asked what is."""
        if spoken and any(isinstance(effect, Move | HangUp | Go) for effect in effects):
            await self._set(held, machine.CALLER, "HL_VERB", spoken)
        for effect in effects:
            await self._do_one(held, effect)
        await self._save(held)

    async def _do_one(self, held: Held, effect: TalkEffect) -> None:
        match effect:
            case Ring():
                await self._ring(held, effect)
            case Go(party, place):
                if (channel := held.channels.get(party)) is not None:
                    await moves.go(self._pbx, channel, place)
            case Move(party, place, recorded):
                await moves.move(self._pbx, held.channel(party), place, recorded)
            case HangUp(party):
                if (channel := held.channels.get(party)) is not None:
                    with contextlib.suppress(CallerFaultError):  # gone by itself; the others still are to be
                        await moves.hang_up(self._pbx, channel)
            case Home():
                await moves.send_home(self._pbx, held.channel(machine.CALLER))
            case Check():
                self.check_soon(held, CHECK_S)
            case Notice():
                self.tell(held, effect)
            case Refuse() | Exhausted():
                pass

    async def _ring(self, held: Held, ring: Ring) -> None:
        variables = self.ring_variables(ring)
        if not self.offer(held, ring):
            raise CallerFaultError(f"{ring.target.name}现在不空闲")
        try:
            for name, value in variables.items():
                await self._set(held, ring.by, name, value)
        except HotlineError:
            if seat_of(ring.target.device) is not None:
                self._board.apply(ring.target.ref, seats.Withdrawn(held.talk.call))
            raise

    async def _set(self, held: Held, party: str, name: str, value: str) -> None:
        await moves.set_variable(self._pbx, held.channel(party), name, value)

    def ring_variables(self, ring: Ring) -> dict[str, str]:
        return moves.ring_variables(ring, self._ring_s(ring))

    def offer(self, held: Held, ring: Ring) -> bool:
        """Take the seat out of the dispatch; False when it has just got other work."""
        if seat_of(ring.target.device) is None:
            return True
        if not self._people.is_free(ring.target):
            return False
        self._board.apply(ring.target.ref, seats.Offered(held.talk.call))
        return True

    async def _save(self, held: Held) -> None:
        """What a restarted gateway goes on with. A plain talk of two needs no memory."""
        alone = len(held.talk.parties) == 1
        if held.talk.over or alone or held.talk.caller.place is Place.PAIR or machine.CALLER not in held.channels:
            return
        line = machine.dump(held.talk)
        if line != held.saved:
            await self._set(held, machine.CALLER, "HL_TALK", line)
            held.saved = line

    def tell(self, held: Held, notice: Notice) -> None:
        held.notice = {"slug": notice.slug, "text": notice.text, "at": self._clock()}

    def show(self, held: Held) -> None:
        """Pages see the talk, the board who is consulting."""
        call, talk = held.talk.call, held.talk
        for party in talk.parties:
            if party.role in machine.SEATED and party.place is not Place.RINGING:
                private = party.place in machine.PRIVATE
                self._board.apply(party.who, (seats.ConsultBegan if private else seats.ConsultEnded)(call))
        view = self._live.get(call)
        if view is not None:
            view.talk = None if talk.over else as_json(talk, held.notice)
            if talk.seat is not None:
                view.seat = talk.seat.who
            self._live.on_change(view)
