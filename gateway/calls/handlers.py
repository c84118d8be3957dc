"""The three visits of a call: `arrive`, `wait`, `after`. Each reads like the call it serves.

In: AGI sessions. Out: the call handed back to the dialplan at a label. Never: an answer other than the rooms' own
decisions; whatever raises here ends the session without HL_NEXT, and the dialplan's fallback finds the caller a person.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

import ivr
import routing_table
import seats
import transfer
from agi_scripts.fastagi import Agi, Handler, HungUp
from agi_scripts.journal import route_fields
from gateway.calls.alive_phone import AlivePhone
from gateway.calls.desk import Desk
from gateway.calls.line import wait_for_offer
from gateway.calls.memory import CallMemory
from gateway.calls.restore import at_the_head, lost_seat, wait_for_seat
from gateway.calls.visit import Label, Visit, waiting_from
from gateway.live import CITY_TIME, CallState
from transfer import DialStatus, StepKind

log = logging.getLogger(__name__)

MAX_DIVERSIONS = 5
MESSAGE_S = 120.0  # a message longer than two minutes is a matter to be called back about
LINE_LABELS = {StepKind.UNIT_LINE: Label.UNIT, StepKind.EMERGENCY: Label.EMERGENCY}


class Calls:
    """The handlers, as the door wants them. `prefix` goes before each prompt id ("hl/")."""

    def __init__(self, desk: Desk, prefix: str) -> None:
        self._desk = desk
        self._prefix = prefix
        self._visits: Mapping[str, Handler] = {
            "arrive": self.arrive,
            "wait": self.wait,
            "after": self.after,
            "left": self.left,
            "restore": self.restore,
        }

    def handlers(self) -> Mapping[str, Handler]:
        return {name: self._until_gone(visit) for name, visit in self._visits.items()}

    def _until_gone(self, handler: Handler) -> Handler:
        """Let go of the call's live state at once when the caller hangs up during a visit."""

        async def visit(agi: Agi) -> None:
            try:
                await handler(agi)
            except (HungUp, ivr.CallerGone):
                self._desk.board.call_over(agi.uniqueid)
                self._desk.live.gone(agi.uniqueid)
                raise HungUp("the caller has hung up") from None

        return visit

    async def arrive(self, agi: Agi) -> None:
        """A new call: which number, which route; greet; then the first step with a person."""
        dialled, trunk, diverted = _arguments(agi, 3)
        visit = self._visit(agi, dialled)
        diversions = await _diversions(agi) if diverted not in ("", "0") else ()
        caller = agi.headers.get("agi_callerid")
        arrival = routing_table.Arrival(dialled, caller, diversions, trunk, key=agi.uniqueid)
        table = visit.snapshot.table
        route = routing_table.lookup(table, arrival, datetime.fromtimestamp(self._desk.clock(), CITY_TIME))
        if isinstance(route, routing_table.NotRouted):
            route = await self._take_as_main(visit, table, arrival, route)
        await self._tag(visit, route)
        call = _memory(route)
        state = transfer.begin([transfer.StepRef(StepKind(step.kind.value), step.ref) for step in route.steps])
        await self._follow(visit, *transfer.next(state, transfer.Started()), call)

    async def wait(self, agi: Agi) -> None:
        """A call that is to go on waiting (its gateway was restarted, or the dialplan sent it back)."""
        visit = self._visit(agi, _arguments(agi, 1)[0])
        state, call = await visit.recall()
        await self._follow(visit, *transfer.next(state, transfer.Resumed()), call)

    async def after(self, agi: Agi) -> None:
        """A Dial has come back: the talk is over, or nobody took it and the next step is due."""
        visit = self._visit(agi, await agi.get("HL_DIALLED"))
        state, call = await visit.recall()
        status = DialStatus.of(await agi.get("DIALSTATUS"))
        await visit.journal(
            "hl.after", {"step": str(state.index), "kind": state.step.kind.value, "status": status.value}
        )
        self._tell_board(visit, state, status)
        unit_failed = state.step.kind is StepKind.UNIT_LINE and status is not DialStatus.ANSWER
        self._desk.live.note(visit.view, "after", status.value, state=CallState.ARRIVING, seat=None)
        state, effects = transfer.next(state, transfer.DialEnded(status))
        if unit_failed:
            await visit.play([ivr.Prompt.UNIT_BUSY])
        await self._follow(visit, state, effects, call)

    async def left(self, agi: Agi) -> None:
        """A caller on hold whose seat is gone: back to the head of the line, the waiting time kept."""
        dialled, why = _arguments(agi, 2)
        visit = self._visit(agi, dialled)
        self._desk.on_left(visit.linkedid)
        state, call = await visit.recall()
        fields = {"step": str(state.index), "kind": state.step.kind.value, "status": f"LEFT_{why.upper() or 'ALONE'}"}
        await visit.journal("hl.after", fields)
        self._desk.live.note(visit.view, "left", why, state=CallState.ARRIVING, seat=None, talk=None)
        await self._come_back(visit, state, call, lost=why == "lost")

    async def restore(self, agi: Agi) -> None:
        """A caller whose seat's leg was lost: the same seat when it is back in time, else the head of the line."""
        visit = self._visit(agi, _arguments(agi, 1)[0])
        self._desk.on_left(visit.linkedid)
        await self._come_back(visit, *await visit.recall(), lost=True)

    async def _come_back(self, visit: Visit, state: transfer.State, call: CallMemory, *, lost: bool) -> None:
        """From a talk that has not finished back into the route."""
        seat = lost_seat(visit) if lost else None
        back = seat is not None and await wait_for_seat(visit, seat)
        state, effects = transfer.next(state, transfer.LeftAlone())
        if seat is not None and back and isinstance(effects[0], transfer.WaitAgain):
            state, effects = transfer.next(state, transfer.Offered(seat))
            call = replace(call, offers=call.offers + 1)  # rung once more, though for the same talk
            await visit.agi.set("__HL_RESUME", "1")
        await self._follow(visit, state, effects, at_the_head(call))

    # -- the way ------------------------------------------------------------------------------------------------

    async def _follow(
        self, visit: Visit, state: transfer.State, effects: tuple[transfer.Effect, ...], call: CallMemory
    ) -> None:
        """Do what the machine says until the call is handed over."""
        while effects:
            match effects[0]:
                case transfer.PlayPrompt(prompt, _):
                    await self._play(visit, state, prompt)
                    state, effects = transfer.next(state, transfer.Played())
                case transfer.TryStep() if state.step.kind is StepKind.MENU:
                    call = await self._menu(visit, state.step.ref, call)
                    state, effects = transfer.next(state, transfer.MenuDone())
                case transfer.TryStep() if state.step.kind in LINE_LABELS:
                    return await self._ring_line(visit, state, call)
                case transfer.TryStep() | transfer.WaitAgain() as effect:
                    if isinstance(effect, transfer.WaitAgain):
                        call = call.with_refused(effect.refused)
                    if self._nobody_serves(state):
                        state, effects = transfer.next(state, transfer.NoSeats())
                        continue
                    return await self._seat(visit, state, call)
                case transfer.RingSeat(seat):
                    return await self._ring_seat(visit, state, call, seat)
                case transfer.HangUp(reason):
                    self._desk.live.note(visit.view, "hangup", reason.value)
                    return await visit.hand_over(Label.HANGUP, state, call)
        return None

    async def _play(self, visit: Visit, state: transfer.State, prompt: str) -> None:
        greeting = state.step.kind is StepKind.PROMPT and prompt.startswith("greet-")
        self._desk.live.note(visit.view, "prompt", prompt)
        await visit.play(ivr.greeting_prompts(prompt) if greeting else [prompt])
        if greeting:
            await visit.agi.set("HL_GREETED", "1")
        if state.step.kind is StepKind.ANNOUNCEMENT:
            await visit.journal("hl.played", {"prompt": prompt})
        if state.step.kind is StepKind.MESSAGE:
            await self._message(visit, prompt)

    async def _message(self, visit: Visit, prompt: str) -> None:
        """After the beep the caller speaks, until a key or for MESSAGE_S: the recording keeps it, the task asks."""
        await visit.play([ivr.BEEP])
        began = self._desk.clock()
        await visit.stay_alive(self._desk.config.agi_deadman_s + MESSAGE_S)
        await visit.phone.read_key(MESSAGE_S)
        await visit.journal("hl.message", {"prompt": prompt, "s": f"{self._desk.clock() - began:.3f}"})

    async def _menu(self, visit: Visit, name: str, call: CallMemory) -> CallMemory:
        """Run the menu. One that is missing is skipped: the caller came for a person, not for it."""
        menu = visit.snapshot.menus.get(name)
        if menu is None:
            log.error("menu %s is not loaded; the caller goes straight to a person", name)
            return call
        began = self._desk.clock()
        result = await ivr.run_menu(AlivePhone(visit), menu)
        took_s = f"{self._desk.clock() - began:.3f}"
        fields = {"menu": name, "choice": result.option or "", "outcome": result.outcome.value, "s": took_s}
        await visit.journal("hl.menu", fields)
        self._desk.live.note(visit.view, "menu", result.option or result.outcome.value, choice=result.option)
        return replace(
            call,
            choice=result.option or "",
            skills=(*call.skills, *(skill for skill in result.skills if skill not in call.skills)),
            priority=max(call.priority, result.priority),
        )

    async def _ring_line(self, visit: Visit, state: transfer.State, call: CallMemory) -> None:
        """A unit's own line, or an emergency centre."""
        emergency = state.step.kind is StepKind.EMERGENCY
        config = self._desk.config
        ring_s = config.emergency_ring_s if emergency else config.unit_ring_s
        self._desk.live.note(visit.view, state.step.kind.value, state.step.ref, state=CallState.OFFERED)
        if not emergency:  # an emergency is handed over at once, without a word
            await visit.play([ivr.Prompt.CONNECT_UNIT])
        await visit.hand_over(LINE_LABELS[state.step.kind], state, call, state.step.ref, ring_s)

    def _nobody_serves(self, state: transfer.State) -> bool:
        """An expert step with no expert at work is passed over when another step with a person follows."""
        if state.step.kind is not StepKind.EXPERT_SEATS:
            return False
        follows = any(
            step.kind in (StepKind.SHARED_SEATS, StepKind.EXPERT_SEATS) for step in state.steps[state.index + 1 :]
        )
        return follows and not self._desk.board.staffed(seats.Pool.EXPERT)

    async def _seat(self, visit: Visit, state: transfer.State, call: CallMemory) -> None:
        """Into the line, and to the seat that the dispatch finds."""
        now = self._desk.clock()
        first = not call.since
        call = waiting_from(call, now)
        if first:
            fields = {"step": str(state.index), "skills": ",".join(call.skills), "priority": str(call.priority)}
            await visit.journal("hl.wait", fields)
        visit.view.skills = (call.hotline, *call.skills)
        self._desk.live.note(visit.view, "wait", state=CallState.WAITING, waiting_since=call.since, seat=None)
        offer = await wait_for_offer(visit, state, call)
        state, effects = transfer.next(state, transfer.Offered(offer.seat))
        try:
            await self._follow(visit, state, effects, replace(call, offers=call.offers + 1))
        except BaseException:
            self._desk.board.apply(offer.seat, seats.Withdrawn(visit.linkedid))
            raise

    async def _ring_seat(self, visit: Visit, state: transfer.State, call: CallMemory, seat: str) -> None:
        device = self._desk.board.endpoint(seat)
        self._desk.live.note(visit.view, "offer", seat, state=CallState.OFFERED, seat=seat)
        pool = self._desk.board.entry(seat).pool.value
        await visit.journal("hl.offer", {"seat": seat, "pool": pool, "device": device, "n": str(call.offers)})
        await visit.hand_over(Label.OFFER, state, call, device, self._desk.config.seat_ring_s)

    # -- around the way -----------------------------------------------------------------------------------------

    def _visit(self, agi: Agi, dialled: str) -> Visit:
        view = self._desk.live.see(agi.uniqueid, agi.channel, dialled)
        view.channel = agi.channel
        return Visit(agi, self._desk, view, self._prefix)

    async def _take_as_main(
        self,
        visit: Visit,
        table: routing_table.Table,
        arrival: routing_table.Arrival,
        refused: routing_table.NotRouted,
    ) -> routing_table.Route:
        """A number that the table does not answer has reached us all the same: a person answers, as 12345."""
        log.warning("call %s: %s; taken as %s", visit.linkedid, refused.reason, table.city.main)
        main = replace(arrival, dialled=table.city.main, diversions=())
        route = routing_table.lookup(table, main, datetime.fromtimestamp(self._desk.clock(), CITY_TIME))
        if isinstance(route, routing_table.NotRouted):
            raise RuntimeError(f"the table does not even route {table.city.main}: {route.reason}")
        return replace(route, why=(*refused.why, *route.why))

    async def _tag(self, visit: Visit, route: routing_table.Route) -> None:
        """Write the decision into the journal, and the origin hotline onto every leg there will be."""
        hotline = route.hotline
        await visit.agi.set("__HL_HOTLINE", hotline.number)
        await visit.journal("hl.route", route_fields(route))
        caller = {"raw": route.caller.raw, "number": route.caller.number, "withheld": route.caller.withheld}
        named = {"number": hotline.number, "name": hotline.name, "unit": hotline.unit}
        self._desk.live.note(
            visit.view,
            "route",
            "|".join(r.coded for r in route.why),
            hotline=named,
            mode=route.mode.value,
            caller=caller,
        )

    def _tell_board(self, visit: Visit, state: transfer.State, status: DialStatus) -> None:
        """What the Dial's end means for the seat that was rung."""
        if not state.who:
            return
        call = visit.linkedid
        events: dict[DialStatus, seats.SeatEvent] = {
            DialStatus.ANSWER: seats.TalkEnded(call),
            DialStatus.NOANSWER: seats.NoAnswer(call),
            DialStatus.BUSY: seats.Rejected(call),
            DialStatus.CANCEL: seats.Withdrawn(call),
        }
        rung = self._desk.board.get(state.who)
        if rung is not None and rung.call == call and rung.reason == seats.Reason.RESTORING:
            self._desk.board.apply(state.who, seats.TalkEnded(call))  # it was to come back, and did not answer
        if status is DialStatus.ANSWER:
            self._desk.board.apply(state.who, seats.Answered(call))  # in case AMI was away when it happened
        self._desk.board.apply(state.who, events.get(status, seats.Unreachable(call)))


def _memory(route: routing_table.Route) -> CallMemory:
    experts = any(step.kind is routing_table.StepKind.EXPERT_SEATS for step in route.steps)
    return CallMemory(
        hotline=route.hotline.number,
        mode=route.mode.value,
        table=route.table_version,
        caller=route.caller.number or "",
        skills=route.skills,
        expert_skills=route.skills if experts else (),
        priority=max([route.priority, *(step.priority for step in route.steps)]),
    )


def _arguments(agi: Agi, count: int) -> tuple[str, ...]:
    """The dialplan's arguments, padded: they cost no round trip. Safe because [from-trunk] lets digits only through."""
    return (*agi.args, *[""] * count)[:count]


async def _diversions(agi: Agi) -> tuple[str, ...]:
    """What the dialplan kept of the Diversion headers, newest first."""
    found = []
    for number in range(1, MAX_DIVERSIONS + 1):
        header = await agi.get(f"HL_DIV{number}")
        if not header:
            break
        found.append(header)
    return tuple(found)
