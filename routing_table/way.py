"""The steps of one row at one moment, collected with their reasons.

In: a row valid that day, the arrival, the moment. Out: a route whose last step is a person or a deliberate
announcement, whatever the row's chain says: a chain that leads nowhere gets the shared seats added.
Never: raises, or follows a chain of hotlines round and round.
"""

from __future__ import annotations

from datetime import date, datetime

from .calendar import state
from .links import MAX_HOPS, MAX_STEPS, own_links
from .model import (
    PRIORITY_NORMAL,
    AfterAnnouncement,
    Arrival,
    EmergencyNumber,
    EmergencyPolicy,
    Link,
    LinkKind,
    MergeMode,
    Mode,
    Route,
    Row,
    Seats,
    Step,
    StepKind,
    Table,
    UnitLine,
)
from .numbers import Caller, normalise_dialled
from .reasons import Reason
from .recognise import Recognised
from .share import bucket

GENERAL_SKILL = "general"
SHARED_POOL = "shared"
EXPERT_POOL = "expert"
LEAVE_MESSAGE = "leave-message"
_PEOPLE = frozenset({StepKind.SHARED_SEATS, StepKind.EXPERT_SEATS})
_DELIBERATE = {LinkKind.ANNOUNCEMENT: StepKind.ANNOUNCEMENT, LinkKind.MESSAGE: StepKind.MESSAGE}
# forwarded because nobody answered there: going back would only ring the same phones again
_CAME_BACK = frozenset({"user-busy", "no-answer", "unavailable", "out-of-service", "time-of-day", "do-not-disturb"})


def skills_of(row: Row, table: Table) -> tuple[str, ...]:
    own_skill = GENERAL_SKILL if row.number == table.city.main else row.number
    return row.skills or (own_skill,)


def emergency_step(target: EmergencyNumber) -> Step:
    if target.policy is EmergencyPolicy.TELL:
        return Step(StepKind.ANNOUNCEMENT, "tell-emergency")
    return Step(StepKind.EMERGENCY, f"emergency-{target.number}", join=target.policy is EmergencyPolicy.THREE_WAY)


class Way:
    """One call's way. Use: `Way(...).route()`, once."""

    def __init__(
        self, table: Table, row: Row, local: datetime, found: Recognised, arrival: Arrival, caller: Caller
    ) -> None:
        self.table = table
        self.row = row
        self.local = local
        self.day: date = local.date()
        self.diversions = found.diversions
        self.why = found.why
        self.arrival = arrival
        self.caller = caller
        self.greeting = row.greeting or f"greet-{row.number}"
        self.skills = skills_of(row, table)
        self.steps: list[Step] = []
        self.shared_now: bool | None = None  # this call belongs to the share that goes to shared seats
        self.visited: set[str] = {row.number}
        self.last_link: LinkKind | None = None

    def route(self) -> Route:
        row = self.row
        self.why.append(_valid(row))
        mode = self._walk()
        if row.priority != PRIORITY_NORMAL:
            self.why.append(Reason("priority", (str(row.priority),)))
        greeting = "cancelled" if mode is Mode.CANCELLED else self.greeting
        skills = next((step.skills for step in self.steps if step.kind in _PEOPLE), self.skills)
        return Route(
            row.number,
            row.hotline,
            mode,
            greeting,
            skills,
            tuple(self.steps),
            self.table.version,
            tuple(self.why),
            self.caller,
            row.priority,
        )

    def _walk(self) -> Mode:
        """The mode follows from the switches; the label only tells a sub-centre from a unit."""
        row = self.row
        if row.rolled_back_on(self.day):
            self.why.append(Reason("rolled-back", (_day(row.rolled_back),)))
            return self._kept_by_unit(trusted=True)
        if not row.number_kept:
            return self._cancelled() if row.cancelled_on(self.day) else self._transition()
        if row.hotline.merge_mode is MergeMode.SUBCENTRE:
            return self._subcentre()
        if row.seats is Seats.MERGED:
            return self._merged()
        return self._kept_by_unit()

    def _add(self, kind: StepKind, ref: str, row: Row | None = None) -> None:
        seats = kind in _PEOPLE
        skills = skills_of(row, self.table) if row else self.skills
        self._append(Step(kind, ref, skills if seats else (), self.row.priority if seats else 0))

    def _append(self, step: Step) -> None:
        """A line is rung once; anything else may come again later in a chain, but not twice in a row."""
        again = step in self.steps if step.kind is StepKind.UNIT_LINE else self.steps[-1:] == [step]
        if not again:
            self.steps.append(step)

    def _greet(self) -> None:
        self._add(StepKind.PROMPT, self.greeting)

    def _shared(self) -> None:
        self._add(StepKind.SHARED_SEATS, SHARED_POOL)

    # -- modes --------------------------------------------------------------------------------------------------

    def _transition(self) -> Mode:
        row = self.row
        if row.transition_from is None or row.transition_from <= self.day:
            self._add(StepKind.PROMPT, "transition")
            self.why.append(Reason("transition", (_day(row.cut_over),)))
        else:
            self.why.append(Reason("planned", (_day(row.transition_from),)))
        self._greet()
        if not self._own_chain():
            if row.seats is Seats.KEPT_BY_UNIT:
                self._unit_lines(self._lines(row))
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
        if not self._own_chain():
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
        if self._own_chain():
            return Mode.SUBCENTRE
        lines = self._lines(self.row)
        if not lines:
            self.why.append(Reason("no-line", (self.row.number,)))
        self._unit_lines(lines)
        self._shared()
        self.why.append(Reason("shared-last"))
        return Mode.SUBCENTRE

    def _kept_by_unit(self, *, trusted: bool = False) -> Mode:
        """`trusted`: the line is used without a transfer mechanism (it had none before the merge either)."""
        row = self.row
        lines = self._lines(row)
        if not lines and row.expert_seat_allowed:
            return self._expert()
        self.why.append(Reason("unit"))
        self._greet()
        if self._own_chain():
            return Mode.TRANSFER
        if lines and (row.transfer_mechanism or trusted):
            self._unit_lines(lines)
        else:
            self.why.append(Reason("no-transfer") if lines else Reason("no-expert"))
        self._shared()
        self.why.append(Reason("shared-last"))
        return Mode.TRANSFER

    def _expert(self) -> Mode:
        self.why.append(Reason("no-line", (self.row.number,)))
        self.why.append(Reason("expert"))
        self._greet()
        if self._own_chain():
            return Mode.EXPERT
        if self.row.expert_direct:
            self.why.append(Reason("expert-direct"))
            self._add(StepKind.EXPERT_SEATS, EXPERT_POOL)
            self._shared()
        else:
            self._shared()
            self._add(StepKind.EXPERT_SEATS, EXPERT_POOL)
        return Mode.EXPERT

    # -- the row's own chain ------------------------------------------------------------------------------------

    def _own_chain(self) -> bool:
        """False when the row has none. Otherwise it ends as the proof wants it, or gets the shared seats added."""
        if not self.row.chain:
            return False
        self.why.append(Reason("chain", (str(len(self.row.chain)),)))
        self._links(self.row, self.row.chain, hops=0)
        last = self.steps[-1]
        if self.last_link and last.kind is _DELIBERATE.get(self.last_link):
            self._add(StepKind.HANGUP, last.ref)
        elif last.kind not in _PEOPLE:
            self.why.append(Reason("chain-rescued"))
            self._shared()
        return True

    def _links(self, row: Row, chain: tuple[Link, ...], hops: int) -> None:
        for link in chain:
            self.last_link = link.kind
            if len(self.steps) >= MAX_STEPS:
                self.why.append(Reason("chain-long", (row.number,)))
                return
            match link.kind:
                case LinkKind.SHARED_SEATS:
                    self._add(StepKind.SHARED_SEATS, SHARED_POOL, row)
                case LinkKind.EXPERT_SEATS:
                    self._expert_link(row)
                case LinkKind.UNIT_LINE:
                    lines = self._lines(row)
                    if link.ref:
                        lines = [line for line in self.table.unit_lines if line.ref == link.ref]
                    self._unit_lines([line for line in lines if line.valid_on(self.day)])
                case LinkKind.HOTLINE:
                    self._hotline(link.ref, hops)
                case LinkKind.EMERGENCY:
                    self._emergency(link.ref)
                case LinkKind.ANNOUNCEMENT:
                    self._add(StepKind.ANNOUNCEMENT, link.ref)
                case LinkKind.MESSAGE:
                    self._add(StepKind.MESSAGE, link.ref or LEAVE_MESSAGE)
                    return  # the call ends here

    def _expert_link(self, row: Row) -> None:
        if self.row.expert_seat_allowed and row.expert_seat_allowed:
            self._add(StepKind.EXPERT_SEATS, EXPERT_POOL, row)
        else:
            self.why.append(Reason("chain-no-expert", (self.row.number,)))

    def _hotline(self, number: str, hops: int) -> None:
        """The people of another hotline: its own chain, or the one its switches mean."""
        entry = self.table.by_number.get(normalise_dialled(number, self.table.city.area_code))
        target = next((row for row in entry.rows if row.valid_on(self.day)), None) if entry else None
        if target is None or target.cancelled_on(self.day):
            self.why.append(Reason("chain-gone", (number,)))
        elif target.number in self.visited:
            self.why.append(Reason("chain-loop", (number,)))
        elif hops >= MAX_HOPS:
            self.why.append(Reason("chain-long", (number,)))
        else:
            self.visited.add(target.number)
            self.why.append(Reason("chain-hotline", (target.number,)))
            links = target.chain or own_links(target, bool(self._lines(target)), self.day)
            self._links(target, links, hops + 1)

    def _emergency(self, number: str) -> None:
        entry = self.table.by_number.get(normalise_dialled(number, self.table.city.area_code))
        if entry is None or entry.emergency is None:
            self.why.append(Reason("chain-gone", (number,)))
        else:
            self._append(emergency_step(entry.emergency))

    # -- lines --------------------------------------------------------------------------------------------------

    def _lines(self, row: Row) -> list[UnitLine]:
        return [line for line in self.table.lines_of.get(row.number, ()) if line.valid_on(self.day)]

    def _unit_lines(self, lines: list[UnitLine]) -> None:
        if lines and self._in_share():
            self._shared()
            return
        for line in lines:
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

    def _in_share(self) -> bool:
        """Does this call go to shared seats already, by the share of the row that was called?"""
        row = self.row
        if row.shared_percent <= 0 or row.rolled_back_on(self.day):
            return False
        if self.shared_now is None:
            calendar = self.table.calendar_named.get(row.shared_calendar)
            in_hours = not row.shared_calendar or (calendar is not None and state(calendar, self.local).is_open)
            mine = bucket(self.caller, self.arrival) if row.shared_percent < 100 else 0
            self.shared_now = in_hours and mine < row.shared_percent
            code = "share-shared" if self.shared_now else "share-unit" if in_hours else "share-hours"
            self.why.append(Reason(code, (str(row.shared_percent), row.shared_calendar or "-")))
        return self.shared_now

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
