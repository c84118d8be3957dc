"""The calls in which people talk: who is where, kept by the talk machine, moved over AMI, shown to pages.

In: what seats ask, what AMI says, the visit of a seat whose third did not answer. Out: channels moved one at a time,
seats told (ringing, consulting), each call's `talk` for pages, and the talk's memory on the caller's channel (HL_TALK).
Never: two changes of one call at once; an action twice: what was not answered is looked up in the PBX.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import seats
from gateway.board import Board, seat_of
from gateway.errors import CallerFaultError, HotlineError
from gateway.live import LiveCalls
from gateway.pbx_events import call_of, endpoint_of
from gateway.talks import moves
from gateway.talks.people import People
from gateway.talks.snapshot import Leg, Picture, pictures
from gateway.talks.view import as_json
from transfer import talk as machine
from transfer.talk import (
    Asked,
    CalledIn,
    Check,
    DialFailed,
    Go,
    Gone,
    HangUp,
    Home,
    Left,
    Move,
    Moved,
    Notice,
    Place,
    Refuse,
    Resynced,
    Ring,
    Seen,
    Talk,
    TalkEffect,
    TalkEvent,
    Verb,
)

log = logging.getLogger(__name__)

CONFIRM_S = 1.5  # for the PBX to say that everybody is where the verb puts them
CHECK_S = 1.0  # after which a leg that finds its way by itself has found it
CHECKS_MAX = 5
CALLED_IN_S = 30.0  # longer than any phone is rung by Originate
KEPT = ("HL_DIALLED", "HL_CALL")  # what a call carries of itself, see gateway.calls.visit
VERB_S = 8.0  # a verb waits so long for the one before it
_MISSED: Mapping[str, Callable[[str], seats.SeatEvent]] = {
    "NOANSWER": seats.NoAnswer,
    "BUSY": seats.Rejected,
    "CANCEL": seats.Withdrawn,
}


class Pbx(moves.Pbx, Protocol):
    """What is used of the link to the PBX (`gateway.ami.Ami`)."""

    async def action_list(
        self, name: str, *, wait_s: float | None = None, **fields: Any
    ) -> Sequence[Mapping[str, str]]: ...


@dataclass(slots=True)
class Held:
    """One call's talk and what the driver needs for it."""

    talk: Talk
    channels: dict[str, str] = field(default_factory=dict)  # party → channel
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    awaited: dict[str, Place | None] = field(default_factory=dict)  # party → where it is to turn up; None: to be gone
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    notice: dict[str, Any] | None = None
    saved: str = ""
    checks: int = 0
    check: asyncio.TimerHandle | None = None


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
    ) -> None:
        self._pbx = pbx
        self._board = board
        self._live = live
        self._people = people
        self._ring_s = ring_s
        self._clock = clock
        self._held: dict[str, Held] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        # a call that another life of ours began: its caller's channel, and the variables KEPT of it
        self.take_up: Callable[[str, str, Mapping[str, str]], None] = lambda _call, _channel, _kept: None

    # -- what seats and supervisors ask -------------------------------------------------------------------------------

    async def ask(self, call: str, verb: Verb, by: str, kind: str = "", ref: str = "", party: str = "") -> None:
        """Do `verb` for seat `by`; returns when everybody is where it puts them.

        Raises CallerFaultError (Chinese) when it cannot be; RetryableError, IndeterminateError of the link.
        """
        held = self._held.get(call)
        if held is None:
            raise CallerFaultError("这通电话不在通话中")
        async with asyncio.timeout(VERB_S + CONFIRM_S), held.lock:
            self._refuse_early(held, Asked(verb, by, (), party))
            targets = self._people.find(kind, ref, by, self._live.get(call)) if kind else ()
            await self._perform(held, Asked(verb, by, targets, party))
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
        held = self._held.get(call)
        if held is None or held.talk.over:
            raise CallerFaultError("这通电话不在通话中")
        target = self._people.seat_target(seat)
        held.talk, _ = machine.next(held.talk, CalledIn(target, verb), self._clock())
        party = held.talk.parties[-1]
        asyncio.get_running_loop().call_later(CALLED_IN_S, self.call_off, call, party.id)
        self._show(held)
        described = moves.described(party.role, party.who, party.name)
        return {"__HL_ROOM": call, "HL_ME": party.id, "HL_IS": f"{described}&{moves.spoken(verb, seat)}"}

    def call_off(self, call: str, party: str) -> None:
        """That phone was not answered, or could not be rung. Nothing happens to one that was."""
        held = self._held.get(call)
        rung = held.talk.find(party) if held is not None else None
        if held is not None and rung is not None and rung.place is Place.RINGING:
            self._apply(held, Gone(party))

    def get(self, call: str) -> Talk | None:
        held = self._held.get(call)
        return held.talk if held is not None and not held.talk.over else None

    async def _perform(self, held: Held, asked: Asked) -> None:
        talk, effects = machine.next(held.talk, asked, self._clock())
        refused = next((effect for effect in effects if isinstance(effect, Refuse)), None)
        if refused is not None:
            raise CallerFaultError(refused.text)
        held.talk, held.notice = talk, None
        held.awaited = _awaited(effects)
        held.arrived.clear()
        try:
            await self._do(held, effects, moves.spoken(asked.verb, asked.by))
        except HotlineError:
            self._check_soon(held, 0.0)
            raise
        finally:
            self._show(held)
        if held.awaited:
            try:
                async with asyncio.timeout(CONFIRM_S):
                    await held.arrived.wait()
            except TimeoutError:
                log.warning("call %s: %s not confirmed by the PBX: %s", held.talk.call, asked.verb, held.awaited)
                self._check_soon(held, 0.0)

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
        held = self._held.get(event.get("Room", ""))
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
            elif call in self._held:
                self._show(self._held[call])  # it is talking now, so it can be consulting
        elif status == "ANSWER" and seat is not None and event.get("Context") == "call":
            self._begin(call, event.get("Channel", ""), event.get("DestChannel", ""), seat)

    def _begin(self, call: str, caller: str, channel: str, seat: str) -> Held:
        view = self._live.get(call)
        number = str(view.caller.get("number") or "") if view is not None else ""
        talk = machine.begin(call, self._people.seat_target(seat), self._clock(), number)
        held = Held(talk, {machine.CALLER: caller, "p1": channel})
        before = self._held.get(call)
        if before is not None and before.check is not None:
            before.check.cancel()
        self._held[call] = held
        self._show(held)
        return held

    def _hung_up(self, event: Mapping[str, str]) -> None:
        held = self._held.get(call_of(event.get("Linkedid", "")))
        if held is None:
            return
        channel = event.get("Channel", "")
        party = next((party for party, name in held.channels.items() if name == channel), None)
        if party is None:
            return
        held.channels.pop(party)
        if party in held.awaited:
            self._has_arrived(held, party)
        self._apply(held, Gone(party))
        if party == machine.CALLER:
            self._forget(held)

    def _has_arrived(self, held: Held, party: str) -> None:
        held.awaited.pop(party)
        if not held.awaited:
            held.arrived.set()

    def left(self, call: str) -> None:
        """The caller has left the room and is in the route again."""
        held = self._held.get(call)
        if held is not None:
            self._apply(held, Left())
            self._forget(held)

    def _forget(self, held: Held) -> None:
        if held.check is not None:
            held.check.cancel()
        if self._held.get(held.talk.call) is held:
            del self._held[held.talk.call]

    # -- the visit of a seat whose third did not take the call --------------------------------------------------------

    def not_taken(self, call: str, party: str, status: str) -> Ring | None:
        """The next one to be rung, its seat told; None: nobody is left, and the conductor is told."""
        held = self._held.get(call)
        while held is not None:
            held.talk, effects = machine.next(held.talk, DialFailed(party, status), self._clock())
            for notice in (effect for effect in effects if isinstance(effect, Notice)):
                self._tell(held, notice)
            ring = next((effect for effect in effects if isinstance(effect, Ring)), None)
            if ring is None or self._offer(held, ring):
                self._show(held)
                return ring
            party, status = ring.party, "BUSY"
        return None

    def ring_variables(self, ring: Ring) -> dict[str, str]:
        return moves.ring_variables(ring, self._ring_s(ring))

    def _offer(self, held: Held, ring: Ring) -> bool:
        """Take the seat out of the dispatch; False when it has just got other work."""
        if seat_of(ring.target.device) is None:
            return True
        if not self._people.is_free(ring.target):
            return False
        self._board.apply(ring.target.ref, seats.Offered(held.talk.call))
        return True

    # -- doing it -----------------------------------------------------------------------------------------------------

    def _apply(self, held: Held, event: TalkEvent) -> None:
        """Let it happen; what is due then follows in a task of its own."""
        talk, effects = machine.next(held.talk, event, self._clock())
        changed = talk is not held.talk
        held.talk = talk
        if effects or changed:
            self._show(held)
            self._later(self._follow(held, effects))

    async def _follow(self, held: Held, effects: tuple[TalkEffect, ...]) -> None:
        try:
            async with asyncio.timeout(VERB_S), held.lock:
                await self._do(held, effects, "")
        except (HotlineError, TimeoutError) as error:
            log.warning("call %s: %s", held.talk.call, error)
            self._check_soon(held, CHECK_S)

    async def _do(self, held: Held, effects: tuple[TalkEffect, ...], spoken: str) -> None:
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
                await moves.move(self._pbx, self._channel(held, party), place, recorded)
            case HangUp(party):
                if (channel := held.channels.get(party)) is not None:
                    with contextlib.suppress(CallerFaultError):  # gone by itself; the others still are to be
                        await moves.hang_up(self._pbx, channel)
            case Home():
                await moves.send_home(self._pbx, self._channel(held, machine.CALLER))
            case Check():
                self._check_soon(held, CHECK_S)
            case Notice():
                self._tell(held, effect)
            case Refuse():
                pass

    async def _ring(self, held: Held, ring: Ring) -> None:
        variables = self.ring_variables(ring)
        if not self._offer(held, ring):
            raise CallerFaultError(f"{ring.target.name}现在不空闲")
        try:
            for name, value in variables.items():
                await self._set(held, ring.by, name, value)
        except HotlineError:
            if seat_of(ring.target.device) is not None:
                self._board.apply(ring.target.ref, seats.Withdrawn(held.talk.call))
            raise

    async def _set(self, held: Held, party: str, name: str, value: str) -> None:
        await moves.set_variable(self._pbx, self._channel(held, party), name, value)

    def _channel(self, held: Held, party: str) -> str:
        channel = held.channels.get(party)
        if channel is None:
            raise CallerFaultError("通话状态刚刚变化，请再试一次")
        return channel

    async def _save(self, held: Held) -> None:
        """What a restarted gateway goes on with. A plain talk of two needs no memory."""
        alone = len(held.talk.parties) == 1
        if held.talk.over or alone or held.talk.caller.place is Place.PAIR or machine.CALLER not in held.channels:
            return
        line = machine.dump(held.talk)
        if line != held.saved:
            await self._set(held, machine.CALLER, "HL_TALK", line)
            held.saved = line

    def _tell(self, held: Held, notice: Notice) -> None:
        held.notice = {"slug": notice.slug, "text": notice.text, "at": self._clock()}

    def _show(self, held: Held) -> None:
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

    # -- asking the PBX what is ---------------------------------------------------------------------------------------

    def _check_soon(self, held: Held, after_s: float) -> None:
        if held.check is not None:
            held.check.cancel()
        if self._held.get(held.talk.call) is not held:
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
            if held.checks < CHECKS_MAX and self._held.get(call) is held:
                self._check_soon(held, CHECK_S)
            return
        held.checks = 0

    async def _believe(self, held: Held, picture: Picture | None) -> None:
        if picture is None:
            self._apply(held, Gone(machine.CALLER))
            self._forget(held)
        elif not picture.settled:
            self._check_soon(held, CHECK_S / 2)
        elif picture.place is None:  # the route has the caller again; it will say so, or has hung up
            return
        else:
            seen = [await self._seen(held, leg) for leg in picture.legs]
            caller = Seen(machine.CALLER, picture.place)
            now = self._clock()
            held.talk, effects = machine.next(held.talk, Resynced((caller, *(one for one in seen if one))), now)
            self._show(held)
            await self._do(held, effects, "")

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
        for call in self._held.keys() - now.keys():
            held = self._held.pop(call)
            held.talk = machine.next(held.talk, Gone(machine.CALLER), self._clock())[0]
        for call, picture in now.items():
            if picture.place is not None:
                await self._take_up(call, picture)

    async def _take_up(self, call: str, picture: Picture) -> None:
        held = self._held.get(call)
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
            self._check_soon(held, CHECK_S)

    async def _rebuild_view(self, call: str, picture: Picture) -> None:
        if self._live.get(call) is None:
            kept = {name: await self._read(picture.channel, name) for name in KEPT}
            self.take_up(call, picture.channel, kept)

    async def _remembered(self, call: str, picture: Picture) -> Held | None:
        if picture.place is Place.PAIR:
            leg = next((leg for leg in picture.legs if seat_of(leg.device) and leg.place is Place.PAIR), None)
            return None if leg is None else self._begin(call, picture.channel, leg.channel, leg.who)
        try:
            talk = machine.load(await self._read(picture.channel, "HL_TALK"))
        except machine.TalkError as error:
            log.warning("call %s: %s; taken up as the PBX shows it", call, error)
            talk = machine.alone(call, self._clock())
        held = Held(talk, {machine.CALLER: picture.channel})
        self._held[call] = held
        return held

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
        for held in self._held.values():
            if held.check is not None:
                held.check.cancel()
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
