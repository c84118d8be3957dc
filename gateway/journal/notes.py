"""Folds the user events of a call: what the gateway and the dialplan wrote down about their decisions.

In: `hl.*` events in order of time (keys: ARCHITECTURE.md, Journal events). Out: `Notes`. Never: channel events.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .event import JournalEvent

LIST_MAX = 200
DIVERSIONS_MAX = 5  # what the dialplan reads


@dataclass(slots=True)
class Notes:
    """What was decided. The first route counts: a call finishes on the table it began with."""

    start: JournalEvent | None = None
    route: JournalEvent | None = None
    menu: JournalEvent | None = None
    fallback: JournalEvent | None = None
    played: bool = False
    waits: list[datetime] = field(default_factory=list)
    wanted: str = ""
    experts: set[str] = field(default_factory=set)
    offers: int = 0
    after: list[JournalEvent] = field(default_factory=list)
    _step: str = ""

    def take(self, event: JournalEvent) -> None:
        match event.event:
            case "hl.start":
                self.start = self.start or event
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
            case _:
                pass

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

    def _offer(self, event: JournalEvent) -> None:
        self.offers += 1
        step = int(self._step) if self._step.isascii() and self._step.isdigit() else -1
        kind = self.steps[step].partition(":")[0] if 0 <= step < len(self.steps) else ""
        if event.field("pool") == "expert" or kind == "expert_seats":
            self.experts.add(event.field("seat"))


def _parts(text: str, separator: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(separator) if part)[:LIST_MAX]
