"""What happens to an order: the kinds of event, who does them, and an event as a value.

In: JSON of a stored event. Out: a frozen event, or ValueError that names what is wrong with it. Never: decides whether
an event is allowed (`life`); a clock (moments are parameters); personal data beyond what the event's `data` was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

SCHEMA = 1  # of an event's JSON; a later one must read the earlier ones


class ActorRole(StrEnum):
    """Who acts on an order. `OFFICE`: dispatchers, follow-up, quality. `SYSTEM`: the clock and the recorder."""

    SEAT = "seat"
    EXPERT = "expert"
    OFFICE = "office"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    UNIT = "unit"
    CALLER = "caller"
    SYSTEM = "system"


class EventKind(StrEnum):
    """Past tense: each is something that has happened. What `data` each carries: `shapes.SHAPES`."""

    # coming in
    OPENED = "opened"
    EDITED = "edited"
    ACCEPTED = "accepted"
    NOT_ACCEPTED = "not_accepted"
    MATERIALS_ASKED = "materials_asked"
    MATERIALS_GIVEN = "materials_given"
    REPEAT_NOTED = "repeat_noted"
    MERGED = "merged"
    ANSWERED_DIRECTLY = "answered_directly"
    # whose it is
    LEADER_ASKED = "leader_asked"
    LEADER_DECIDED = "leader_decided"
    DISPATCHED = "dispatched"
    UNIT_ADDED = "unit_added"
    RECALLED = "recalled"
    SIGNED = "signed"
    RETURN_ASKED = "return_asked"
    RETURN_APPROVED = "return_approved"
    RETURN_REFUSED = "return_refused"
    RETURN_LAPSED = "return_lapsed"
    # the handling
    CONTACTED = "contacted"
    MATERIAL_ADDED = "material_added"
    PROGRESS_TOLD = "progress_told"
    CO_ANSWERED = "co_answered"
    PROMISED = "promised"
    CALLER_PROMISED = "caller_promised"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_APPROVED = "extension_approved"
    EXTENSION_REFUSED = "extension_refused"
    PAUSED = "paused"
    RESUMED = "resumed"
    COOPERATION_LOST = "cooperation_lost"
    COOPERATION_BACK = "cooperation_back"
    ANSWERED = "answered"
    # the end of it
    REVIEW_PASSED = "review_passed"
    REVIEW_SENT_BACK = "review_sent_back"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    FOLLOWED_UP = "followed_up"
    REEXAMINED = "reexamined"
    EXCLUDED = "excluded"
    RATED = "rated"
    EVALUATED = "evaluated"
    ARCHIVED = "archived"
    # the clock
    DEADLINE_SET = "deadline_set"
    RECLASSIFIED = "reclassified"
    OVERRIDDEN = "overridden"
    CALENDAR_CHANGED = "calendar_changed"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    # alongside
    URGED = "urged"
    SUPERVISED = "supervised"
    SUPERVISION_PROPOSED = "supervision_proposed"
    SUPERVISION_ANSWERED = "supervision_answered"
    HARD_CASE_RAISED = "hard_case_raised"
    URGENT_REPORTED = "urgent_reported"
    NUISANCE_MARKED = "nuisance_marked"
    NUISANCE_LIFTED = "nuisance_lifted"
    HANDED_OVER = "handed_over"
    DISCIPLINE_TOLD = "discipline_told"
    SECRECY_SET = "secrecy_set"
    NOTED = "noted"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `unit` is the id of the unit that a user of role unit acts for."""

    id: str
    role: ActorRole
    unit: str | None = None


SYSTEM = Actor("system", ActorRole.SYSTEM)


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """One thing that happened; `at` is aware, `why` is Chinese, for the page and the file.

    `data` holds JSON values only: moments as ISO 8601 with offset, days as ISO dates.
    """

    kind: EventKind
    at: datetime
    by: Actor
    why: str = ""
    data: Mapping[str, Json] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"event {self.kind}: times must know their zone")

    def to_json(self) -> dict[str, Json]:
        """As the store and the feeds keep it."""
        return {
            "schema": SCHEMA,
            "kind": self.kind.value,
            "at": self.at.isoformat(),
            "by": {"id": self.by.id, "role": self.by.role.value, "unit": self.by.unit},
            "why": self.why,
            "data": dict(self.data),
        }


def event_from_json(value: Mapping[str, Json]) -> OrderEvent:
    """The event of `to_json`; ValueError when it is none, or of a schema that this release does not know."""
    schema = value.get("schema")
    if schema != SCHEMA:
        raise ValueError(f"event of schema {schema!r}, this release reads {SCHEMA}")
    by, data, why = value.get("by"), value.get("data", {}), value.get("why", "")
    if not isinstance(by, Mapping) or not isinstance(data, Mapping) or not isinstance(why, str):
        raise ValueError("event: by and data must be objects, why a text")
    unit = by.get("unit")
    if unit is not None and not isinstance(unit, str):
        raise ValueError(f"event: unit {unit!r} is no text")
    at = datetime.fromisoformat(str(value.get("at")))
    actor = Actor(str(by.get("id", "")), ActorRole(str(by.get("role"))), unit)
    return OrderEvent(EventKind(str(value.get("kind"))), at, actor, why, dict(data))
