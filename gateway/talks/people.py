"""Whom a seat may bring into its call: what it asked for, turned into people and lines that can be rung now.

In: the kind and ref that a page sent; the published roster and outside policy; the board. Out: targets in the order in
which they are rung. Never: dials; an outside number that the policy does not name; a seat that has other work.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import transfer
from gateway.board import Board
from gateway.errors import CallerFaultError
from gateway.live import CITY_TIME, CallView
from gateway.placed import PlacedCalls
from gateway.published import Published
from routing_table import is_working_day
from seats import Pool, SeatState
from transfer import Refused, Target, TargetKind
from transfer.target import PartyRole, emergency_line, unit_line

EMERGENCIES = ("110", "119", "120", "122")
_NUMBER = re.compile(r"[0-9]{3,12}")
_WORD = re.compile(r"[^\x00-\x1f\x7f]{1,60}")


class People:
    """`note` takes a line for the seat journal: a refused outside call is kept (the recorder audits it)."""

    def __init__(
        self,
        board: Board,
        published: Published,
        note: Callable[[dict[str, Any]], None],
        clock: Callable[[], float],
    ) -> None:
        self._board = board
        self._published = published
        self._note = note
        self._clock = clock
        self.placed = PlacedCalls(clock)

    def find(self, kind: str, ref: str, by: str, view: CallView | None) -> tuple[Target, ...]:
        """Targets to be rung one after another; () when nobody is there now.

        Raises CallerFaultError (Chinese) for what does not exist or may not be called.
        """
        if not _WORD.fullmatch(ref):
            raise CallerFaultError("请指明对方")
        match kind:
            case TargetKind.SEAT:
                return (self._seat(ref),)
            case TargetKind.SKILL:
                return self._skilled(ref, by, view)
            case TargetKind.UNIT if _NUMBER.fullmatch(ref):
                return (unit_line(ref, self._unit_name(ref)),)
            case TargetKind.EMERGENCY if ref in EMERGENCIES:
                return (emergency_line(ref),)
            case TargetKind.OUTSIDE:
                return (self._outside(ref, by, view),)
            case _:
                raise CallerFaultError("没有这样的对方")

    def roster_asked(self, kind: str, ref: str, by: str, view: CallView | None) -> str:
        """The hotline or topic whose last hope these targets are: asked by the roster, or the one expert of the call's
        hotline who is free. Empty: somebody else could still be asked."""
        if kind == TargetKind.SKILL:
            return ref
        hotline = str((view.hotline if view else {}).get("number") or "")
        if kind != TargetKind.SEAT or not hotline or self.seat_target(ref).role is not PartyRole.EXPERT:
            return ""
        return "" if any(each.ref != ref for each in self._skilled(hotline, by, view)) else hotline

    def is_free(self, target: Target) -> bool:
        """Whether a seat can be rung now. Lines may always be tried."""
        seat = self._board.get(target.ref) if target.kind is TargetKind.SEAT else None
        return target.kind is not TargetKind.SEAT or (seat is not None and seat.state is SeatState.IDLE)

    def seat_target(self, seat: str) -> Target:
        """The seat as it sits now, whatever it is doing."""
        entry = self._board.entry(seat)
        role = PartyRole.EXPERT if entry.pool is Pool.EXPERT else PartyRole.SEAT
        return Target(TargetKind.SEAT, seat, self._board.endpoint(seat), role, entry.name)

    def _seat(self, ref: str) -> Target:
        target = self.seat_target(ref)
        if self._board.entry(ref).pool is Pool.OFFICE:
            raise CallerFaultError(f"{target.name}是热线办的电话，只用于外呼")
        if not self.is_free(target):
            raise CallerFaultError(f"{target.name}现在不空闲")
        return target

    def _skilled(self, ref: str, by: str, view: CallView | None) -> tuple[Target, ...]:
        """The roster's order first (`ref`: a hotline, or a topic of this call's), then idle experts who know it."""
        people = self._published.now.people
        hotline = ref if ref in people.roster.hotlines else str((view.hotline if view else {}).get("number") or "")
        topic = ref if ref in people.roster.topics(hotline) else ""
        skills = (ref,) if ref != hotline else ()
        listed = (
            transfer.choose(
                *(people.roster, hotline, topic, skills, self._now()), tried=(f"seat:{by}",), works=self._works
            )
            if topic or ref == hotline
            else ()
        )
        found = [self._sitting(each) for each in listed]
        named = {each.key for each in found if each is not None} | {f"seat:{by}"}
        idle = sorted(self._board.idle(), key=lambda seat: seat.idle_since)
        able = [seat.id for seat in idle if seat.pool is Pool.EXPERT and ref in seat.skills]
        others = [self.seat_target(seat) for seat in able if f"seat:{seat}" not in named]
        return (*(each for each in found if each is not None and self.is_free(each)), *others)

    def _sitting(self, target: Target) -> Target | None:
        """A roster's seat at the device where it is now; None when the directory no longer has it."""
        if target.kind is not TargetKind.SEAT:
            return target
        try:
            return self.seat_target(target.ref)
        except CallerFaultError:
            return None

    def _unit_name(self, number: str) -> str:
        rows = self._published.now.table.rows
        line = next((row.hotline for row in rows if row.hotline.number == number), None)
        return (line.unit or line.name) if line is not None else number

    def _outside(self, number: str, by: str, view: CallView | None) -> Target:
        now = self._now()
        policy = self._published.now.people.policy
        verdict = transfer.may_call(policy, number, now, self.placed.recent(), by=by, works=self._works)
        if isinstance(verdict, Refused):
            call = view.linkedid if view is not None else None
            line = {"at": self._clock(), "seat": by, "event": "outside_refused", "reason": verdict.slug, "by": by}
            self._note({**line, "call": call, "number": number[:40]})
            raise CallerFaultError(verdict.chinese)
        self.placed.add(verdict.target.ref, by)
        return verdict.target

    def _works(self, day: date) -> bool:
        return is_working_day(self._published.now.table.notices, day)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), CITY_TIME)
