"""Vocabularies of what people keep in the store: orders, tasks, users, recordings.

In: nothing. Out: StrEnums whose values are stored, each guarded by a CHECK constraint. Never: display text.
"""

from __future__ import annotations

from enum import StrEnum

from workorder import Category, OrderState, TaskKind

__all__ = [
    "ArticleState",
    "Category",
    "DeliveryState",
    "FeedRole",
    "FeedbackState",
    "OrderState",
    "Pool",
    "RecordingState",
    "Role",
    "TargetKind",
    "TargetState",
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


class TargetKind(StrEnum):
    """How a target is told: signed HTTP, or short messages through the SMS gateway."""

    HTTP = "http"
    SMS = "sms"


class FeedRole(StrEnum):
    """Whom the privacy policy sees behind a target (`workorder.privacy.ViewerRole`). A peer is another body's system
    (12315, 12348, 12317, tourism), a unit's is the handling unit's own."""

    PROVINCE = "province"
    DISCIPLINE = "discipline"
    PEER = "peer"
    UNIT = "unit"


class TargetState(StrEnum):
    """`PAUSED` keeps collecting and sends when it is on again; `OFF` collects nothing."""

    ON = "on"
    PAUSED = "paused"
    OFF = "off"


class DeliveryState(StrEnum):
    """`DEAD`: will not be tried again by itself. It holds back the later events of its order at that target."""

    WAITING = "waiting"
    SENDING = "sending"
    DONE = "done"
    DEAD = "dead"
    DISCARDED = "discarded"


class ArticleState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class FeedbackState(StrEnum):
    """`ACCEPTED`: the article was wrong; `REFUSED`: it was not."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class Role(StrEnum):
    """`OFFICE`: who dispatches, reviews, follows up. `UNIT`: who works for a unit of the directory."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    OFFICE = "office"
    SEAT = "seat"
    EXPERT = "expert"
    UNIT = "unit"
    AUDITOR = "auditor"


class Pool(StrEnum):
    """As `seats.Pool`. `OFFICE`: a phone to call out with, in no line."""

    SHARED = "shared"
    EXPERT = "expert"
    OFFICE = "office"


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
