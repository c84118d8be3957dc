"""The tables. One set of models for SQLite and PostgreSQL; no relationships, so that a row is plain data once read."""

from __future__ import annotations

from .audit import AuditEntry
from .base import Base
from .calls import Call, CallAlias, CallEvent, CallResult, JournalOffset, Leg, OutCall, Recording
from .orders import Counter, Task, WorkOrder, WorkOrderEvent
from .people import PeoplePart, SeatDirectory, SeatEvent, Session, User
from .tables import PromptUpload, TableEdit, TableHead, TableImport, TableVersion

__all__ = [
    "AuditEntry",
    "Base",
    "Call",
    "CallAlias",
    "CallEvent",
    "CallResult",
    "Counter",
    "JournalOffset",
    "Leg",
    "OutCall",
    "PeoplePart",
    "PromptUpload",
    "Recording",
    "SeatDirectory",
    "SeatEvent",
    "Session",
    "TableEdit",
    "TableHead",
    "TableImport",
    "TableVersion",
    "Task",
    "User",
    "WorkOrder",
    "WorkOrderEvent",
]
