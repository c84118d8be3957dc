"""The one reducer: the events of a call in, its record out.

In: the journal events of one linkedid, in any order, some twice, some missing. Out: `CallRecord`.
Never: keeps anything between calls of it, reads a clock: the record is a function of the *set* of events, so reading
the journal again from any earlier place changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from .channels import ZERO, Channel, Channels
from .event import JournalEvent
from .kinds import CallState, EndedBy, LegResult, LegRole, Outcome
from .notes import Brought, Notes
from .record import CallRecord, ConsultRecording, LegRecord

INBOUND_CONTEXTS = ("from-trunk", "from-testphone")
CAUSE_BUSY, CAUSE_REFUSED = "17", "21"  # Q.850
TOGETHER = timedelta(seconds=1)  # a ringing phone's leg ends this close to the hang-up that cancelled it
_STATUS = {
    "BUSY": LegResult.BUSY,
    "NOANSWER": LegResult.NO_ANSWER,
    "CONGESTION": LegResult.FAILED,
    "CHANUNAVAIL": LegResult.FAILED,
    "CANCEL": LegResult.CANCELLED,
    "ANSWER": LegResult.CANCELLED,  # of a leg that never met the caller
}
LOST = "lost:"  # sorts after every file id, which is hexadecimal
_REACHED = {"consult", "three_way", "hand_over"}
_SEATS = {LegRole.SEAT, LegRole.EXPERT}
_ROLES = {role.value for role in LegRole} - {LegRole.CALLER.value}


def reduce_call(events: Iterable[JournalEvent], *, experts: Collection[str] = ()) -> CallRecord:
    """The record of one call. `experts`: ids of expert seats, for calls whose offers do not say it.

    ValueError when there is no event, or when they belong to several calls.
    """
    ordered = _in_order(events)
    channels, notes = Channels(ordered[0].linkedid), Notes()
    for event in ordered:
        if event.linkedid != channels.linkedid:
            raise ValueError("events of two calls in one reduction")
        channels.take(event)
        notes.take(event)
    notes.experts.update(experts)
    return _Result(channels, notes, ordered[0].at, ordered[-1].at, lost=is_lost_mark(ordered[-1])).whole()


def lost_mark(linkedid: str, at: datetime, reason: str) -> JournalEvent:
    """An end made up for a call whose PBX died: as if the last channel had gone at `at`, its last event's time.

    It only counts while it is the last event: should the call go on after all, the journal wins. One mark a call and
    moment: made again for the same reason to stop, it is the same event.
    """
    offset = round(at.timestamp() * 1e6)
    return JournalEvent(
        f"{LOST}{linkedid}", offset, at, "LINKEDID_END", linkedid, linkedid, "", {"lost": True, "reason": reason}
    )


def is_lost_mark(event: JournalEvent) -> bool:
    return event.file_id.startswith(LOST)


def _in_order(events: Iterable[JournalEvent]) -> list[JournalEvent]:
    unique = {(event.file_id, event.offset): event for event in events}
    if not unique:
        raise ValueError("no events")
    ordered = sorted(unique.values(), key=lambda event: (event.at, event.file_id, event.offset))
    if any(event.event == "LINKEDID_END" and not is_lost_mark(event) for event in ordered):
        return [event for event in ordered if not is_lost_mark(event)]
    return [event for event in ordered if not is_lost_mark(event) or event is ordered[-1]]


class _Result:
    """Derives the record from what was folded."""

    def __init__(self, channels: Channels, notes: Notes, first: datetime, last: datetime, *, lost: bool) -> None:
        self.lost = lost
        self.channels, self.notes = channels, notes
        self.caller = channels.caller
        self.first, self.last = first, last
        self.ended = self._ended()
        self.brought = {leg.uniqueid: self._brought(leg) for leg in channels.legs}
        self.roles = {leg.uniqueid: self._role(leg) for leg in channels.legs}
        self.met = [leg for leg in channels.legs if leg.joined is not None]
        self.waiting_from = self._waiting_from()
        self.ended_by = self._ended_by()

    def whole(self) -> CallRecord:
        record = self.record()
        return record if self.notes.out is None else self._placed(record)

    def _placed(self, record: CallRecord) -> CallRecord:
        """Of a call that the house placed: its first channel is the seat's, the citizen is the leg that it dialled."""
        notes, number = self.notes, self.notes.out_field("number")
        by = notes.out_field("seat")
        legs = [replace(leg, verb=record.purpose, brought_by=by) for leg in record.legs]
        own = [replace(leg, role=LegRole.SEAT) for leg in legs if leg.role is LegRole.CALLER]
        others = [leg for leg in legs if leg.role is not LegRole.CALLER]
        return replace(
            record,
            outcome=self._placed_outcome(record.outcome),
            ended_by=EndedBy.SEAT if record.ended_by is EndedBy.CALLER else self._placed_end(record.ended_by),
            answered_at=notes.met.at if notes.met else None,
            dialled=notes.out_field("hotline"),
            trunk=others[0].device.removeprefix("trunk-") if others else "",
            hotline_number=notes.out_field("hotline") or None,
            hotline_name=notes.out_field("name"),
            caller_raw=number,
            caller_number=number or None,
            waiting_s=0.0,
            seat=by or None,
            seat_at=record.connected_at,
            recording_path=(notes.met.field("recording") or None) if notes.met else None,
            recorded_s=self._met_s(),
            wanted_person=False,
            legs=(*own, *others),
        )

    def _placed_outcome(self, outcome: Outcome) -> Outcome:
        """Nobody gives up waiting here: either there was a talk, or the citizen was not reached."""
        return Outcome.FAILED if outcome is Outcome.ABANDONED else outcome

    def _placed_end(self, ended_by: EndedBy | None) -> EndedBy | None:
        last = max(self.met, key=lambda leg: leg.left or self.last, default=None)
        return EndedBy.CALLER if ended_by and last is not None and last.source == last.name else ended_by

    def _met_s(self) -> float | None:
        """MixMonitor starts at the citizen's answer and stops with the citizen's channel."""
        met = self.notes.met
        channel = self.channels.known.get(met.uniqueid) if met else None
        if met is None or channel is None or channel.ended is None or self.lost:
            return None
        return _seconds(channel.ended - met.at)

    def record(self) -> CallRecord:
        notes, caller = self.notes, self.caller
        receiver, no_expert = self._first_receiver(), self._no_expert()
        legs = tuple(self._leg(leg) for leg in self.channels.legs)
        if caller is not None:
            legs = (self._caller_leg(caller), *legs)
        return CallRecord(
            linkedid=self.channels.linkedid,
            inbound=notes.start is not None or (caller is not None and caller.context in INBOUND_CONTEXTS),
            purpose=notes.out_field("purpose"),
            reference=notes.out_field("ref"),
            state=self._state(),
            outcome=self._outcome(),
            ended_by=self.ended_by,
            started_at=caller.started if caller else self.first,
            answered_at=caller.answered if caller else None,
            connected_at=self.channels.connected,
            ended_at=self.ended,
            last_event_at=self.last,
            complete=self.channels.over and not self.lost,
            lost=self.lost,
            dialled=self._dialled(),
            trunk=notes.start.field("trunk") if notes.start else "",
            diversions=notes.diversions,
            hotline_number=notes.route_field("hotline") or None,
            hotline_name=notes.route_field("name"),
            hotline_unit=notes.route_field("unit"),
            mode=notes.route_field("mode"),
            table_version=notes.route_field("table"),
            greeting=notes.route_field("greeting"),
            caller_raw=caller.number if caller else "",
            caller_number=notes.route_field("caller") or None,
            caller_withheld=notes.route_field("withheld") == "1",
            skills=notes.skills,
            steps=notes.steps,
            reasons=notes.route_list("reasons", "|"),
            menu=notes.menu.field("menu") if notes.menu else "",
            choice=notes.menu.field("choice") if notes.menu else "",
            menu_outcome=notes.menu.field("outcome") if notes.menu else "",
            menu_s=self._menu_s(),
            waiting_s=self._waiting_s(),
            ring_s=round(sum(leg.ring_s for leg in legs), 6),
            talking_s=_seconds(self.channels.talking),
            consult_s=_seconds(self.channels.consult),
            three_way_s=_seconds(self.channels.three_way),
            hold_s=_seconds(self.channels.hold),
            total_s=_seconds((self.ended or self.last) - (caller.started if caller else self.first)),
            seat=receiver.seat if receiver else None,
            seat_at=receiver.joined if receiver else None,
            offers=notes.offers,
            fallback=notes.fallback is not None,
            fallback_reason=notes.fallback.field("reason") if notes.fallback else "",
            recording_path=(notes.start.field("recording") or None) if notes.start else None,
            recorded_s=self._recorded_s(),
            consults=self._consults(),
            wanted_person=self.waiting_from is not None,
            no_expert_at=no_expert.at if no_expert else None,
            no_expert=no_expert.field("roster") if no_expert else "",
            legs=legs,
        )

    def _ended(self) -> datetime | None:
        if self.caller is not None:
            return self.caller.ended
        return self.last if self.channels.over else None

    def _brought(self, leg: Channel) -> Brought:
        """The verb of a leg that nobody's key brought in is the dispatch's offer, or the route itself."""
        ref = leg.device.partition("-")[2]
        found = self.notes.brought_in(leg.uniqueid, (leg.device, ref, f"seat:{ref}"), leg.started)
        late = leg.met is not None and found.at is not None and found.at > leg.met  # it was there, and has been moved
        if found.verb and not late:
            return found
        if self.notes.was_called_back(leg.seat, leg.started):
            return replace(found, verb="resume", by="")
        return replace(found, verb="offer" if leg.seat else "route", by="")

    def _role(self, leg: Channel) -> LegRole:
        said = self.brought[leg.uniqueid].role
        if said in _ROLES:
            return LegRole(said)
        return LegRole.EXPERT if leg.seat in self.notes.experts else leg.role

    def _no_expert(self) -> JournalEvent | None:
        """That no expert answered, unless a third met the seat or the caller after it."""
        mark = self.notes.no_expert
        if mark is None:
            return None
        later = [leg for leg in self.channels.legs if leg.met is not None and leg.met > mark.at]
        return None if any(self.brought[leg.uniqueid].verb in _REACHED for leg in later) else mark

    def _dialled(self) -> str:
        if self.notes.start is not None and self.notes.start.field("dialled"):
            return self.notes.start.field("dialled")
        return (self.caller.exten or self.caller.dnid) if self.caller else ""

    def _first_receiver(self) -> Channel | None:
        seats = [leg for leg in self.met if self.roles[leg.uniqueid] in _SEATS]
        return min(seats, key=lambda leg: (leg.joined or self.last, leg.started), default=None)

    def _waiting_from(self) -> datetime | None:
        """When the call first looked for a person: put in line, a phone began to ring, or the fallback took it."""
        moments = [*self.notes.waits[:1], *(leg.started for leg in self.channels.legs)]
        if self.notes.fallback is not None:
            moments.append(self.notes.fallback.at)
        return min(moments, default=None)

    def _menu_s(self) -> float:
        """What the gateway measured; a journal of before it did so tells greeting and menu together."""
        notes = self.notes
        if notes.menu is None or notes.route is None:
            return 0.0
        since_route = _seconds(notes.menu.at - notes.route.at)
        try:
            return min(max(float(notes.menu.field("s")), 0.0), since_route)
        except ValueError:
            return since_route

    def _waiting_s(self) -> float:
        if self.waiting_from is None:
            return 0.0
        return _seconds((self.channels.connected or self.ended or self.last) - self.waiting_from)

    def _recorded_s(self) -> float | None:
        """MixMonitor starts between the answer and hl.start and stops with the caller's channel."""
        start = self.notes.start
        if start is None or self.ended is None or self.lost or not start.field("recording"):
            return None
        return _seconds(self.ended - start.at)

    def _consults(self) -> tuple[ConsultRecording, ...]:
        """In order of time. One ends when its channel is moved on, or with it."""
        found = []
        for part, consult in enumerate(self.notes.consults, 1):
            channel = self.channels.known.get(consult.uniqueid)
            ended = consult.ended or (channel.ended if channel else None)
            known = ended is not None and not self.lost
            seconds = _seconds(ended - consult.at) if known and ended else None
            found.append(ConsultRecording(part, consult.path, consult.uniqueid, consult.at, seconds))
        return tuple(found)

    def _ended_by(self) -> EndedBy | None:
        if self.ended is None:
            return None
        caller = self.caller
        if caller is None or not caller.source:
            return EndedBy.UNKNOWN
        if caller.source == caller.name:
            return EndedBy.CALLER
        last = max(self.met, key=lambda leg: leg.left or self.last, default=None)
        if last is not None and last.source == last.name:
            return EndedBy.SEAT if self.roles[last.uniqueid] in _SEATS else EndedBy.UNIT
        return EndedBy.SYSTEM if caller.source.startswith("dialplan") else EndedBy.UNKNOWN

    def _outcome(self) -> Outcome:
        if self.ended is None:
            return Outcome.IN_PROGRESS
        if self.met:
            return self._met_outcome()
        if self.waiting_from is None and (self.notes.played or self.notes.only_announces):
            return Outcome.ANNOUNCED
        return Outcome.ABANDONED if self.ended_by is EndedBy.CALLER else Outcome.FAILED

    def _met_outcome(self) -> Outcome:
        roles = {self.roles[leg.uniqueid] for leg in self.met}
        if roles & _SEATS:
            return Outcome.ANSWERED
        if LegRole.UNIT in roles:
            return Outcome.UNIT_ANSWERED
        return Outcome.EMERGENCY if LegRole.EMERGENCY in roles else Outcome.ANSWERED

    def _state(self) -> CallState:
        if self.ended is not None:
            return CallState.ENDED
        up = [leg for leg in self.channels.legs if leg.ended is None]
        if self.channels.in_talk or any(leg.met is not None for leg in up):  # on hold somebody still has the call
            return CallState.TALKING
        if any(self.roles[leg.uniqueid] is not LegRole.SUPERVISOR for leg in up):
            return CallState.RINGING
        if self.met:  # between a talk and what comes after it: looking for the next person only once put in line again
            last = max(leg.left or self.last for leg in self.met)
            return CallState.WAITING if any(at > last for at in self.notes.waits) else CallState.TALKING
        if self.waiting_from is not None:
            return CallState.WAITING
        return CallState.MENU if self.notes.has_menu and self.notes.menu is None else CallState.ARRIVING

    def _caller_leg(self, caller: Channel) -> LegRecord:
        connected = self.channels.connected
        left = max((leg.left for leg in self.met if leg.left is not None), default=None)
        return LegRecord(
            uniqueid=caller.uniqueid,
            role=LegRole.CALLER,
            channel=caller.name,
            device=caller.device,
            seat=caller.seat,
            name="",
            verb="",
            brought_by="",
            started_at=caller.started,
            answered_at=caller.answered,
            joined_at=connected,
            left_at=None if self.channels.in_talk else left,
            ended_at=caller.ended,
            ring_s=0.0,
            talk_s=_seconds(self.channels.talking),
            consult_s=0.0,
            three_way_s=_seconds(self.channels.three_way),
            hold_s=_seconds(self.channels.hold),
            result=LegResult.TALKING if caller.ended is None else LegResult.ANSWERED,
        )

    def _leg(self, leg: Channel) -> LegRecord:
        return LegRecord(
            uniqueid=leg.uniqueid,
            role=self.roles[leg.uniqueid],
            channel=leg.name,
            device=leg.device,
            seat=leg.seat,
            name=self.brought[leg.uniqueid].name,
            verb=self.brought[leg.uniqueid].verb,
            brought_by=self.brought[leg.uniqueid].by,
            started_at=leg.started,
            answered_at=leg.answered,
            joined_at=leg.joined,
            left_at=leg.left,
            ended_at=leg.ended,
            ring_s=_seconds((leg.answered or leg.ended or self.last) - leg.started),
            talk_s=_seconds(leg.talk),
            consult_s=_seconds(leg.consult),
            three_way_s=_seconds(leg.three_way),
            hold_s=_seconds(leg.hold),
            result=self._result(leg),
        )

    def _result(self, leg: Channel) -> LegResult:
        if leg.met is not None or (leg.answered and self.roles[leg.uniqueid] is LegRole.SUPERVISOR):
            talks = leg.ended is None and (leg.joined is None or leg.left is None)
            return LegResult.TALKING if talks else LegResult.ANSWERED
        if leg.ended is None:
            return LegResult.RINGING
        if leg.cause in (CAUSE_BUSY, CAUSE_REFUSED):
            return LegResult.BUSY if leg.cause == CAUSE_BUSY else LegResult.REFUSED
        after = [note for note in self.notes.after if note.at >= leg.ended and note.field("device") in ("", leg.device)]
        if after:
            return _STATUS.get(after[0].field("status"), LegResult.FAILED)
        cancelled = self.ended is not None and abs(self.ended - leg.ended) <= TOGETHER
        return LegResult.CANCELLED if cancelled and self.ended_by is EndedBy.CALLER else LegResult.NO_ANSWER


def _seconds(span: timedelta) -> float:
    return max(span, ZERO).total_seconds()
