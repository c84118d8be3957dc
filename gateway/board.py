"""The live board of seats: applies `seats.next` to what people, phones and calls do, and tells who watches.

In: seat events from pages, CLI, AMI and the door. Out: idle seats for the dispatch, seat JSON, seat journal lines.
Never: decides who gets a call (that is `seats.assign`), waits for anything, or forgets a login over a restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import seats
from gateway.errors import CallerFaultError
from gateway.live import iso
from gateway.published import SeatEntry
from gateway.seat_journal import SeatJournal
from seats import Seat, SeatEvent, SeatState, SeatView

DEVICE_PREFIX = {"phone": "seat-", "web": "web-"}  # endpoint names in pjsip.conf
SYSTEM = "system"
IN_TALK = (SeatState.TALKING, SeatState.CONSULTING)


@dataclass(frozen=True, slots=True)
class WrapUpTerms:
    """How long a wrap-up lasts, in seconds; `must_close`: not by time at all, but until a result code is given."""

    seconds: float
    must_close: bool = False


@dataclass(frozen=True, slots=True)
class Timings:
    """Seconds. `ring_limit_s` is a safety net: a seat never stays ringing longer, whatever was lost on the way."""

    wrap_up_s: float
    set_aside_s: float
    ring_limit_s: float


class Board:
    """All seats of the directory. `on_change(seat)` is called synchronously after each change.

    `wrap_up_terms(call)` says how long the wrap-up of a call lasts; the composition root knows the call's skills.
    """

    def __init__(self, timings: Timings, journal: SeatJournal, clock: Callable[[], float]) -> None:
        self._timings = timings
        self._journal = journal
        self._clock = clock
        self._entries: dict[str, SeatEntry] = {}
        self._seats: dict[str, Seat] = {}
        self._idle: dict[str, SeatView] = {}  # kept current, not built anew for each look at the line
        self._registered: set[str] = set()  # endpoint names with a reachable contact
        self._contacts: dict[str, set[str]] = {}  # endpoint → addresses it was heard of at, as far as we have heard
        self._awaited: dict[str, set[asyncio.Future[None]]] = {}  # endpoints that somebody waits for
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._until: dict[str, float] = {}  # when the state ends by itself, as pages show it
        self._talks_since: dict[str, float] = {}
        self.mean_talk_s = 150.0  # until there are talks of our own: what a city of 5 M measured (domain/routes.md)
        self.on_change: Callable[[Seat], None] = lambda _seat: None
        self.wrap_up_terms: Callable[[str], WrapUpTerms] = lambda _call: WrapUpTerms(timings.wrap_up_s)

    # -- the directory ------------------------------------------------------------------------------------------

    def take_directory(self, entries: Mapping[str, SeatEntry]) -> None:
        """Take a new directory. Seats that left it go offline when their call is over; new ones start offline."""
        for seat_id in self._entries.keys() - entries.keys():
            self.apply(seat_id, seats.Logout(), SYSTEM)
        self._entries = dict(entries)
        for seat_id in entries:
            self._seats.setdefault(seat_id, seats.new_seat(seat_id, self._clock()))
        self._idle = {}
        for seat in self._seats.values():
            self._keep_idle(seat)

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Bring back logins and pauses of before a restart. Phones count as gone until the PBX says otherwise."""
        for seat_id, row in saved.items():
            if seat_id not in self._entries or not isinstance(row, dict) or row.get("device") not in DEVICE_PREFIX:
                continue
            self.apply(seat_id, seats.Login(row["device"], device_gone=True), SYSTEM)
            if row.get("state") == SeatState.PAUSED:
                self.apply(seat_id, seats.Pause(str(row.get("reason", ""))), SYSTEM)
            elif row.get("state") == SeatState.WRAP_UP:
                self._restore_wrap_up(seat_id, row)

    def _restore_wrap_up(self, seat_id: str, row: Mapping[str, Any]) -> None:
        """One that ends by a result code only: a restart does not let anybody off."""
        before, since, pause = self._seats[seat_id], row.get("since"), row.get("pause_after")
        after = replace(
            before,
            state=SeatState.WRAP_UP,
            reason=seats.Reason.AFTER_CALL,
            since=since if isinstance(since, int | float) else self._clock(),
            call=str(row.get("call") or ""),
            must_close=True,
            pause_after=pause if isinstance(pause, str) else None,
            leave_after=row.get("leave_after") is True,
            idle_since=None,
        )
        self._become(before, after, SYSTEM)

    def entry(self, seat_id: str) -> SeatEntry:
        """Raises CallerFaultError for an unknown seat."""
        try:
            return self._entries[seat_id]
        except KeyError:
            raise CallerFaultError(f"no seat {seat_id}; known are {', '.join(sorted(self._entries))}") from None

    # -- what happens to a seat ---------------------------------------------------------------------------------

    def apply(self, seat_id: str, event: SeatEvent, by: str = SYSTEM) -> Seat | None:
        """Let `event` happen. Returns the seat afterwards; None when the seat is not ours."""
        before = self._seats.get(seat_id)
        if before is None:
            return None
        if isinstance(event, seats.TalkEnded) and self.wrap_up_terms(event.call).must_close:
            event = seats.TalkEnded(event.call, must_close=True)
        after = seats.next(before, event, self._clock())
        if after is not before:
            self._become(before, after, by)
        return after

    def _become(self, before: Seat, after: Seat, by: str) -> None:
        self._seats[after.id] = after
        if (after.state, after.reason, after.call) != (before.state, before.reason, before.call):
            self._learn_talk(before, after)
            self._set_timer(after)
        self._keep_idle(after)
        self._write(before, after, by)
        self.on_change(after)

    def close_wrap_up(self, seat_id: str, result: str, settled: bool | None, by: str, *, anyhow: bool = False) -> Seat:
        """End a wrap-up; its result code goes to the journal. Raises CallerFaultError where a code is wanted."""
        before = self._seats[self.entry(seat_id).id]
        after = self.apply(seat_id, seats.Done(result, anyhow), by)
        assert after is not None
        if after is before and before.must_close:
            raise CallerFaultError("请先选择通话结果再结束话后整理")
        if after is not before and result:
            line = {"at": self._clock(), "seat": seat_id, "event": "result", "reason": result, "by": by}
            self._journal.write(line | {"call": before.call, "settled": settled}, None)
        return after

    def log_in(self, seat_id: str, device: str, by: str) -> Seat:
        """`device` is phone, web, or auto (the registered one, the browser first)."""
        self.entry(seat_id)
        if device in ("", "auto"):
            device = "web" if f"web-{seat_id}" in self._registered else "phone"
        if device not in DEVICE_PREFIX:
            raise CallerFaultError(f"device {device!r}: phone, web or auto")
        gone = DEVICE_PREFIX[device] + seat_id not in self._registered
        seat = self.apply(seat_id, seats.Login(device, device_gone=gone), by)
        assert seat is not None
        return seat

    def endpoint(self, seat_id: str) -> str:
        """The endpoint to dial for this seat."""
        device = self._seats[seat_id].device or "phone"
        return DEVICE_PREFIX[device] + seat_id

    def reachable(self, seat_id: str) -> str | None:
        """An endpoint on which this seat's person can be rung, at work or not: what it works with, else the browser,
        else the desk phone; None when none is registered. Raises CallerFaultError for an unknown seat."""
        self.entry(seat_id)
        works_with = self._seats[seat_id].device
        order = dict.fromkeys([*([works_with] if works_with else []), "web", "phone"])
        return next((each for kind in order if (each := DEVICE_PREFIX[kind] + seat_id) in self._registered), None)

    # -- what the PBX says --------------------------------------------------------------------------------------

    def device_state(self, endpoint: str, state: str) -> None:
        """AMI's device state of an endpoint: registration, and calls that are not ours."""
        seat_id = seat_of(endpoint)
        if seat_id is None or seat_id not in self._seats:
            return
        present = state not in ("UNAVAILABLE", "INVALID", "UNKNOWN")
        self._note_registered(endpoint, present)
        seat = self._seats[seat_id]
        if seat.device is None or DEVICE_PREFIX[seat.device] + seat_id != endpoint:
            self.on_change(seat)
            return
        self.apply(seat_id, seats.DeviceBack() if present else seats.DeviceLost())
        if state == "NOT_INUSE":
            self.apply(seat_id, seats.FreeElsewhere())
        elif state in ("INUSE", "BUSY", "ONHOLD", "RINGING", "RINGINUSE") and seat.call is None:
            self.apply(seat_id, seats.BusyElsewhere())
        self.on_change(self._seats[seat_id])

    def contact(self, endpoint: str, address: str, present: bool) -> None:
        """AMI's contact status: heard of in mid call, too, where the device's state says `in use` all the time.

        A page that is reloaded brings its new address first and loses the old one then.
        """
        seat_id = seat_of(endpoint)
        if seat_id is None or seat_id not in self._seats:
            return
        known = self._contacts.setdefault(endpoint, set())
        (known.add if present else known.discard)(address)
        there = bool(known)
        self._note_registered(endpoint, there)
        seat = self._seats[seat_id]
        if seat.device is not None and DEVICE_PREFIX[seat.device] + seat_id == endpoint:
            self.apply(seat_id, seats.DeviceBack() if there else seats.DeviceLost())
        self.on_change(self._seats[seat_id])

    def is_registered(self, endpoint: str) -> bool:
        return endpoint in self._registered

    def back(self, endpoint: str) -> asyncio.Future[None]:
        """Done as soon as the endpoint is registered. Whoever asks cancels it when it is no longer wanted."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if endpoint in self._registered:
            future.set_result(None)
        else:
            waiting = self._awaited.setdefault(endpoint, set())
            waiting.add(future)
            future.add_done_callback(waiting.discard)
        return future

    def call_over(self, call: str) -> None:
        """The call no longer exists: whoever rang or talked in it is released."""
        for seat in [seat for seat in self._seats.values() if seat.call == call]:
            if seat.state is SeatState.RINGING:
                self.apply(seat.id, seats.Withdrawn(call))
            elif seat.state in IN_TALK:
                self.apply(seat.id, seats.TalkEnded(call))

    def leg_gone(self, seat_id: str, call: str) -> None:
        """A seat's leg is no longer there: its talk is over, unless the call is kept for its return."""
        seat = self._seats.get(seat_id)
        if seat is not None and seat.state in IN_TALK and seat.reason != seats.Reason.RESTORING:
            self.apply(seat_id, seats.TalkEnded(call))

    def resync(self, talking: Mapping[str, str]) -> None:
        """After a (re)connect: `talking` is seat id → call of every seat leg that is up in the PBX now."""
        for seat_id, call in talking.items():
            self.apply(seat_id, seats.Answered(call))
        for seat in list(self._seats.values()):
            if seat.state in IN_TALK and talking.get(seat.id) != seat.call and seat.call is not None:
                self.apply(seat.id, seats.TalkEnded(seat.call))

    # -- what others read ---------------------------------------------------------------------------------------

    def idle(self) -> list[SeatView]:
        """Seats that may be offered a call."""
        return list(self._idle.values())

    def get(self, seat_id: str) -> Seat | None:
        return self._seats.get(seat_id)

    def in_call(self, call: str) -> list[Seat]:
        """Seats that ring, talk or wrap up for this call."""
        return [seat for seat in self._seats.values() if seat.call == call]

    def staffed(self, pool: seats.Pool = seats.Pool.SHARED) -> int:
        """Seats of the pool at which a person is at work: what the expected wait is told from."""
        working = (SeatState.IDLE, SeatState.RINGING, *IN_TALK, SeatState.WRAP_UP)
        return sum(
            1
            for seat in self._seats.values()
            if seat.state in working and (entry := self._entries.get(seat.id)) and entry.pool is pool
        )

    def as_json(self, seat: Seat) -> dict[str, Any]:
        entry = self._entries.get(seat.id)
        return {
            "id": seat.id,
            "name": entry.name if entry else seat.id,
            "pool": entry.pool.value if entry else "",
            "skills": sorted(entry.skills) if entry else [],
            "device": seat.device,
            "registered": {name: prefix + seat.id in self._registered for name, prefix in DEVICE_PREFIX.items()},
            "state": seat.state.value,
            "reason": str(seat.reason),
            "since": iso(seat.since),
            "until": iso(self._until[seat.id]) if seat.id in self._until else None,
            "call": seat.call,
            "must_close": seat.must_close,
            "pause_after": seat.pause_after,
            "leave_after": seat.leave_after,
        }

    def all_json(self) -> list[dict[str, Any]]:
        return [self.as_json(self._seats[seat_id]) for seat_id in sorted(self._entries)]

    # -- inside -------------------------------------------------------------------------------------------------

    def _note_registered(self, endpoint: str, present: bool) -> None:
        if not present:
            self._registered.discard(endpoint)
            return
        self._registered.add(endpoint)
        for future in tuple(self._awaited.get(endpoint, ())):
            if not future.done():
                future.set_result(None)

    def _set_timer(self, seat: Seat) -> None:
        """One timer a seat: the end of wrap-up, the way back from being set aside, the net under a lost ring."""
        timer = self._timers.pop(seat.id, None)
        self._until.pop(seat.id, None)
        if timer is not None:
            timer.cancel()
        planned = self._what_ends(seat)
        if planned is not None:
            loop = asyncio.get_running_loop()
            self._timers[seat.id] = loop.call_later(planned[0], self.apply, seat.id, planned[1])
            if seat.state is not SeatState.RINGING:
                self._until[seat.id] = self._clock() + planned[0]

    def _what_ends(self, seat: Seat) -> tuple[float, SeatEvent] | None:
        """What ends the seat's state by itself, and in how many seconds."""
        if seat.state is SeatState.WRAP_UP and seat.call is not None and not seat.must_close:
            return self.wrap_up_terms(seat.call).seconds, seats.WrapUpOver(seat.call)
        if seat.state is SeatState.SET_ASIDE and seat.reason in (seats.Reason.NO_ANSWER, seats.Reason.REJECTED):
            return self._timings.set_aside_s, seats.Resume()
        if seat.state is SeatState.RINGING and seat.call is not None:
            return self._timings.ring_limit_s, seats.Withdrawn(seat.call)
        return None

    def _learn_talk(self, before: Seat, after: Seat) -> None:
        if after.state in IN_TALK:
            self._talks_since.setdefault(after.id, after.since)
        elif before.state in IN_TALK:
            handled = self._clock() - self._talks_since.pop(before.id, before.since) + self._timings.wrap_up_s
            self.mean_talk_s += 0.05 * (min(handled, 3600.0) - self.mean_talk_s)

    def _keep_idle(self, seat: Seat) -> None:
        entry = self._entries.get(seat.id)
        if entry is None or entry.pool is seats.Pool.OFFICE or not seats.is_offerable(seat):
            self._idle.pop(seat.id, None)
            return
        since = seat.since if seat.idle_since is None else seat.idle_since
        self._idle[seat.id] = SeatView(seat.id, entry.pool, entry.skills, since)

    def _write(self, before: Seat, seat: Seat, by: str) -> None:
        """A line for the journal; the state of all seats only when something changed that `restore` brings back."""
        event = {"at": self._clock(), "seat": seat.id, "event": seat.state.value, "reason": str(seat.reason), "by": by}
        event |= {"call": seat.call, "device": seat.device}
        self._journal.write(event, None if _kept(before) == _kept(seat) else self._live())

    def _live(self) -> dict[str, Any]:
        rows = ((seat.id, _kept(seat)) for seat in self._seats.values())
        return {seat_id: row for seat_id, row in rows if row["device"] is not None}


def _kept(seat: Seat) -> dict[str, Any]:
    """What of a seat outlives a restart of the gateway: who sits where, pauses, and wrap-ups that must be closed."""
    paused = seat.state is SeatState.PAUSED
    if seat.state is SeatState.WRAP_UP and seat.must_close:
        kept = {"device": seat.device, "state": seat.state.value, "call": seat.call, "since": seat.since}
        return kept | {"pause_after": seat.pause_after, "leave_after": seat.leave_after}
    return {
        "device": seat.device,
        "state": "paused" if paused else "working",
        "reason": str(seat.reason) if paused else "",
    }


def seat_of(endpoint: str) -> str | None:
    """`"web-801"` → `"801"`; None for an endpoint that is no seat's."""
    for prefix in DEVICE_PREFIX.values():
        if endpoint.startswith(prefix):
            return endpoint.removeprefix(prefix)
    return None
