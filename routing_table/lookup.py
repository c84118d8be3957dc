"""Where a call goes: `lookup(table, arrival, at)`.

In: an immutable table, the arrival as the trunk gave it, an aware moment. Out: `Route`, whose steps are a chain (when
one does not end the call, the next is tried) that ends at a person or at a deliberate announcement; or `NotRouted`
with the reason. Never: raises, reads a clock, or sends a call back to where it was forwarded from.
"""

from __future__ import annotations

from datetime import date, datetime

from .calendar import city_time, state
from .model import (
    PRIORITY_EMERGENCY,
    PRIORITY_NORMAL,
    AfterAnnouncement,
    Arrival,
    EmergencyNumber,
    EmergencyPolicy,
    Hotline,
    MergeMode,
    Mode,
    NeverOpened,
    NotRouted,
    Route,
    Row,
    Seats,
    Step,
    StepKind,
    Table,
    UnitLine,
)
from .numbers import Caller, normalise_caller, normalise_dialled
from .reasons import Reason
from .recognise import Recognised, recognise

GENERAL_SKILL = "general"
SHARED_POOL = "shared"
EXPERT_POOL = "expert"
# forwarded because nobody answered there: going back would only ring the same phones again
_CAME_BACK = frozenset({"user-busy", "no-answer", "unavailable", "out-of-service", "time-of-day", "do-not-disturb"})


def lookup(table: Table, arrival: Arrival, at: datetime) -> Route | NotRouted:
    """The way of one call at the moment `at` (aware; without a zone it is city time). Never raises."""
    local = city_time(at)
    caller = normalise_caller(arrival.caller, table.city.area_code)
    found = recognise(table, arrival, local.date())
    target = found.target
    if isinstance(target, Row):
        return _Way(table, target, local, found).route(caller)
    if isinstance(target, EmergencyNumber):
        return _emergency(table, target, found, caller)
    return _not_routed(table, target, found, caller)


def _not_routed(table: Table, never: NeverOpened | None, found: Recognised, caller: Caller) -> NotRouted:
    if never is None:
        cause, mode = Reason("not-routed"), None
        cause = found.why[0] if len(found.why) == 1 else cause
    else:
        cause, mode = Reason("never-opened", (never.number,)), Mode.NEVER_OPENED
    why = (*found.why, cause) if cause not in found.why else tuple(found.why)
    return NotRouted(found.dialled, cause, why, caller, table.version, mode)


def _emergency(table: Table, target: EmergencyNumber, found: Recognised, caller: Caller) -> Route:
    """Mode G: at once, no greeting; a person of ours takes it, before everybody else, if their centre does not."""
    number = target.number
    skills = (GENERAL_SKILL,)
    if target.policy is EmergencyPolicy.TELL:
        first = Step(StepKind.ANNOUNCEMENT, "tell-emergency")
    else:
        first = Step(StepKind.EMERGENCY, f"emergency-{number}", join=target.policy is EmergencyPolicy.THREE_WAY)
    seats = Step(StepKind.SHARED_SEATS, SHARED_POOL, skills, PRIORITY_EMERGENCY)
    why = (
        *found.why,
        Reason("emergency", (number, target.policy.value)),
        Reason("priority", (str(PRIORITY_EMERGENCY),)),
        Reason("shared-last"),
    )
    hotline = Hotline(number, target.name, target.unit, MergeMode.EMERGENCY)
    return Route(
        number, hotline, Mode.EMERGENCY, "", skills, (first, seats), table.version, why, caller, PRIORITY_EMERGENCY
    )


class _Way:
    """The steps of one row at one moment, collected with their reasons."""

    def __init__(self, table: Table, row: Row, local: datetime, found: Recognised) -> None:
        self.table = table
        self.row = row
        self.local = local
        self.day: date = local.date()
        self.diversions = found.diversions
        self.why = found.why
        self.greeting = row.greeting or f"greet-{row.number}"
        own_skill = GENERAL_SKILL if row.number == table.city.main else row.number
        self.skills = row.skills or (own_skill,)
        self.steps: list[Step] = []

    def route(self, caller: Caller) -> Route:
        row = self.row
        self.why.append(_valid(row))
        mode = self._walk()
        if row.priority != PRIORITY_NORMAL:
            self.why.append(Reason("priority", (str(row.priority),)))
        greeting = "cancelled" if mode is Mode.CANCELLED else self.greeting
        return Route(
            row.number,
            row.hotline,
            mode,
            greeting,
            self.skills,
            tuple(self.steps),
            self.table.version,
            tuple(self.why),
            caller,
            row.priority,
        )

    def _walk(self) -> Mode:
        """The mode follows from the switches; the label only tells a sub-centre from a unit."""
        row = self.row
        if not row.number_kept:
            return self._cancelled() if row.cancelled_on(self.day) else self._transition()
        if row.hotline.merge_mode is MergeMode.SUBCENTRE:
            return self._subcentre()
        if row.seats is Seats.MERGED:
            return self._merged()
        return self._kept_by_unit()

    def _add(self, kind: StepKind, ref: str) -> None:
        seats = kind in (StepKind.SHARED_SEATS, StepKind.EXPERT_SEATS)
        self.steps.append(Step(kind, ref, self.skills if seats else (), self.row.priority if seats else 0))

    def _greet(self) -> None:
        self._add(StepKind.PROMPT, self.greeting)

    def _shared(self) -> None:
        self._add(StepKind.SHARED_SEATS, SHARED_POOL)

    def _transition(self) -> Mode:
        row = self.row
        if row.transition_from is None or row.transition_from <= self.day:
            self._add(StepKind.PROMPT, "transition")
            self.why.append(Reason("transition", (_day(row.cut_over),)))
        else:
            self.why.append(Reason("planned", (_day(row.transition_from),)))
        self._greet()
        if row.seats is Seats.KEPT_BY_UNIT:
            self._unit_line()
        self._shared()
        return Mode.TRANSITION

    def _cancelled(self) -> Mode:
        cut_over = self.row.cut_over
        self.why.append(Reason("cancelled", (cut_over.isoformat(),)) if cut_over else Reason("cancelled-undated"))
        self._add(StepKind.ANNOUNCEMENT, "cancelled")
        if self.row.after_announcement is AfterAnnouncement.SHARED_SEATS:
            self.why.append(Reason("cancelled-goes-on"))
            self._shared()
        else:
            self._add(StepKind.HANGUP, "cancelled")
        return Mode.CANCELLED

    def _merged(self) -> Mode:
        self.why.append(Reason("merged"))
        self._greet()
        self._menu()
        self._shared()
        return Mode.MERGED

    def _menu(self) -> None:
        row = self.row
        calendar = self.table.calendar_named.get(row.menu_calendar)
        now = state(calendar, self.local) if calendar else None
        menu = row.menu_open if now is None or now.is_open else row.menu_closed
        if menu:
            self._add(StepKind.MENU, menu)
            self.why.append(Reason("menu", (menu, now.why if now else "always")))

    def _subcentre(self) -> Mode:
        self.why.append(Reason("subcentre"))
        self._greet()
        if not self._lines():
            self.why.append(Reason("no-line", (self.row.number,)))
        self._unit_line()
        self._shared()
        self.why.append(Reason("shared-last"))
        return Mode.SUBCENTRE

    def _kept_by_unit(self) -> Mode:
        row = self.row
        has_line = bool(self._lines())
        if not has_line and row.expert_seat_allowed:
            return self._expert()
        self.why.append(Reason("unit"))
        self._greet()
        if has_line and row.transfer_mechanism:
            self._unit_line()
        else:
            self.why.append(Reason("no-transfer") if has_line else Reason("no-expert"))
        self._shared()
        self.why.append(Reason("shared-last"))
        return Mode.TRANSFER

    def _expert(self) -> Mode:
        self.why.append(Reason("no-line", (self.row.number,)))
        self.why.append(Reason("expert"))
        self._greet()
        if self.row.expert_direct:
            self.why.append(Reason("expert-direct"))
            self._add(StepKind.EXPERT_SEATS, EXPERT_POOL)
            self._shared()
        else:
            self._shared()
            self._add(StepKind.EXPERT_SEATS, EXPERT_POOL)
        return Mode.EXPERT

    def _lines(self) -> list[UnitLine]:
        return [line for line in self.table.lines_of.get(self.row.number, ()) if line.valid_on(self.day)]

    def _unit_line(self) -> None:
        for line in self._lines():
            if self._came_back(line):
                self.why.append(Reason("line-came-back", (line.ref,)))
                continue
            calendar = self.table.calendar_named.get(line.calendar)
            now = state(calendar, self.local) if calendar else None
            if now is None or now.is_open:
                self._add(StepKind.UNIT_LINE, line.ref)
                self.why.append(Reason("line-open", (line.ref, now.why if now else "always")))
            else:
                self.why.append(Reason("line-closed", (line.ref, now.why)))

    def _came_back(self, line: UnitLine) -> bool:
        """The line itself forwarded this call, its hotline's phones were tried already, or it goes in a circle."""
        if not self.diversions:
            return False
        area = self.table.city.area_code
        users = [normalise_dialled(diversion.user, area) for diversion in self.diversions]
        if line.number and normalise_dialled(line.number, area) in users:
            return True
        hotline = normalise_dialled(line.hotline, area)
        tried = any(
            user == hotline and diversion.reason in _CAME_BACK
            for user, diversion in zip(users, self.diversions, strict=True)
        )
        return tried or users.count(hotline) > 1


def _valid(row: Row) -> Reason:
    since, until = row.valid_from, row.valid_until
    if since is None:
        return Reason("row", (row.number,)) if until is None else Reason("row-until", (row.number, "-", _day(until)))
    code = "row-since" if until is None else "row-within"
    return Reason(code, (row.number, _day(since), _day(until)))


def _day(day: date | None) -> str:
    return day.isoformat() if day else "-"
