"""Folds the user events of a call: what the gateway and the dialplan wrote down about their decisions.

In: `hl.*` events in order of time (keys: ARCHITECTURE.md, Journal events). Out: `Notes`. Never: channel events.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from .event import JournalEvent

LIST_MAX = 200
DIVERSIONS_MAX = 5  # what the dialplan reads
NAME_MAX = 100


@dataclass(frozen=True, slots=True)
class Brought:
    """How a leg came into a call: the verb, who asked for it (a seat), as what, and who it is. `at`: first said."""

    at: datetime | None = None
    verb: str = ""
    by: str = ""
    role: str = ""
    name: str = ""


@dataclass(slots=True)
class Consult:
    """A private talk's own recording, on the channel that `uniqueid` names, until that channel moves on or ends."""

    uniqueid: str
    path: str
    at: datetime
    ended: datetime | None = None


@dataclass(slots=True)
class Notes:
    """What was decided. The first route counts: a call finishes on the table it began with."""

    start: JournalEvent | None = None
    out: JournalEvent | None = None  # placed by the house for a seat; then `met`: the citizen has answered
    met: JournalEvent | None = None
    route: JournalEvent | None = None
    menu: JournalEvent | None = None
    fallback: JournalEvent | None = None
    played: bool = False
    waits: list[datetime] = field(default_factory=list)
    wanted: str = ""
    experts: set[str] = field(default_factory=set)
    offers: int = 0
    after: list[JournalEvent] = field(default_factory=list)
    brought: dict[str, Brought] = field(default_factory=dict)  # by uniqueid
    dialled: list[JournalEvent] = field(default_factory=list)  # a party rings a third
    rung: list[JournalEvent] = field(default_factory=list)  # offers, and lost seats that are rung again
    no_expert: JournalEvent | None = None  # nobody on the roster answered; the last time counts
    consults: list[Consult] = field(default_factory=list)
    _step: str = ""

    def take(self, event: JournalEvent) -> None:
        match event.event:
            case "hl.start":
                self.start = self.start or event
            case "hl.out":
                self.out = self.out or event
            case "hl.met":
                self.met = self.met or event
            case "hl.route":
                self.route = self.route or event
            case "hl.menu":
                self.menu = event
            case "hl.wait":
                self.waits.append(event.at)
                self.wanted = event.field("skills") or self.wanted
                self._step = event.field("step")
            case "hl.offer":
                self._offer(event)
            case "hl.after":
                self.after.append(event)
            case "hl.fallback":
                self.fallback = self.fallback or event
            case "hl.played":
                self.played = True
            case "hl.roster":
                self.no_expert = event
            case "hl.restore":
                self.rung.append(event)
            case "hl.talk":
                self._talk(event)
            case "hl.leg":
                self._brought(event)
            case _:
                pass

    def brought_in(self, uniqueid: str, names: Collection[str], started: datetime) -> Brought:
        """How this leg came into the call; for one that never answered, what was being dialled when it began.

        `names`: what a dialled target may call the leg.
        """
        if uniqueid in self.brought:
            return self.brought[uniqueid]
        dialled = [event for event in self.dialled if event.at <= started and event.field("target") in names]
        return _how(dialled[-1]) if dialled else Brought()

    def out_field(self, key: str) -> str:
        return self.out.field(key) if self.out else ""

    def route_field(self, key: str) -> str:
        return self.route.field(key) if self.route else ""

    def route_list(self, key: str, separator: str) -> tuple[str, ...]:
        return _parts(self.route_field(key), separator)

    @property
    def diversions(self) -> tuple[str, ...]:
        """What the door kept of each Diversion header, newest first: `number;reason=why`, as the lookup saw it."""
        return _parts(self.start.field("diversions"), "|")[:DIVERSIONS_MAX] if self.start else ()

    @property
    def skills(self) -> tuple[str, ...]:
        """What the call asked of a seat when last put in line (the route's and the menu's), until then the route's."""
        return _parts(self.wanted, ",") or self.route_list("skills", ",")

    @property
    def steps(self) -> tuple[str, ...]:
        return self.route_list("steps", ",")

    @property
    def only_announces(self) -> bool:
        """The route itself leads to no person."""
        kinds = {step.partition(":")[0] for step in self.steps}
        return bool(kinds) and kinds <= {"prompt", "announcement", "hangup"}

    @property
    def has_menu(self) -> bool:
        return any(step.startswith("menu:") for step in self.steps)

    def _talk(self, event: JournalEvent) -> None:
        """Somebody has been moved: `place` dial, main, consult, aside; on the channel that moved."""
        for consult in self.consults:
            if consult.uniqueid == event.uniqueid and consult.ended is None:
                consult.ended = event.at
        if event.field("recording"):
            self.consults.append(Consult(event.uniqueid, event.field("recording"), event.at))
        if event.field("place") == "dial" and event.field("target"):
            self.dialled.append(event)
        self._brought(event)

    def _brought(self, event: JournalEvent) -> None:
        """The first word about a leg says how it came in; a role or name may follow later."""
        said = _how(event)
        known = self.brought.get(event.uniqueid, said)
        self.brought[event.uniqueid] = replace(known, role=said.role or known.role, name=said.name or known.name)

    def was_called_back(self, seat: str | None, started: datetime) -> bool:
        """Whether this seat was rung because its leg had been lost: the offer that follows at once is no new one."""
        before = [event for event in self.rung if event.at <= started]
        if before and before[-1].event == "hl.offer" and before[-1].field("seat") == seat:
            before.pop()
        return bool(before) and [before[-1].field(key) for key in ("seat", "back")] == [seat, "1"]

    def _offer(self, event: JournalEvent) -> None:
        self.offers += 1
        self.rung.append(event)
        step = int(self._step) if self._step.isascii() and self._step.isdigit() else -1
        kind = self.steps[step].partition(":")[0] if 0 <= step < len(self.steps) else ""
        if event.field("pool") == "expert" or kind == "expert_seats":
            self.experts.add(event.field("seat"))


def _how(event: JournalEvent) -> Brought:
    return Brought(event.at, *(event.field(key)[:NAME_MAX] for key in ("verb", "by", "role", "name")))


def _parts(text: str, separator: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(separator) if part)[:LIST_MAX]
