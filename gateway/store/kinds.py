"""Vocabularies of what people keep in the store: orders, tasks, users, recordings.

In: nothing. Out: StrEnums whose values are stored, each guarded by a CHECK constraint. Never: display text.
"""

from __future__ import annotations

from enum import StrEnum

from workorder import Category, OrderState, TaskKind

__all__ = [
    "Category",
    "OrderState",
    "Pool",
    "RecordingState",
    "Role",
    "TaskKind",
    "TaskState",
    "VersionKind",
    "VersionState",
]


class RecordingState(StrEnum):
    """`PENDING`: no verdict yet (the call runs, or the sweep has not come by)."""

    PENDING = "pending"
    VERIFIED = "verified"
    INCOMPLETE = "incomplete"
    MISSING = "missing"


class TaskState(StrEnum):
    OPEN = "open"
    DONE = "done"


class Role(StrEnum):
    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    SEAT = "seat"
    EXPERT = "expert"
    UNIT = "unit"
    AUDITOR = "auditor"


class Pool(StrEnum):
    SHARED = "shared"
    EXPERT = "expert"


class VersionState(StrEnum):
    """A table's life. `CHECKED`: proved, waiting for the second person. Only drafts and checked ones are discarded."""

    DRAFT = "draft"
    CHECKED = "checked"
    PUBLISHED = "published"
    RETIRED = "retired"
    DISCARDED = "discarded"


class VersionKind(StrEnum):
    """How a version came about. `TAKEN_IN`: from the city's files, or a published file that no store knew of."""

    TAKEN_IN = "taken_in"
    EDITED = "edited"
    ROLLBACK = "rollback"
