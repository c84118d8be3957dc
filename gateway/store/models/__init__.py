"""The tables. One set of models for SQLite and PostgreSQL; no relationships, so that a row is plain data once read."""

from __future__ import annotations

from .audit import AuditEntry
from .base import Base
from .calls import Call, CallAlias, CallEvent, CallResult, JournalOffset, Leg, OutCall, Recording
from .feeds import Delivery, FeedTarget, Outbox
from .knowledge import Article, ArticleFeedback, ArticleReview, ArticleVersion
from .marks import KeyedReply, Try
from .open311 import Open311Key, Open311Request
from .orders import (
    CitizenSession,
    Counter,
    Directory,
    Evidence,
    OrderAct,
    OrderText,
    OrderUnit,
    PastDispatch,
    ProfileVersion,
    Task,
    WorkOrder,
    WorkOrderEvent,
)
from .people import PeoplePart, SeatDirectory, SeatEvent, Session, User
from .tables import PromptUpload, TableEdit, TableHead, TableImport, TableVersion

__all__ = [
    "Article",
    "ArticleFeedback",
    "ArticleReview",
    "ArticleVersion",
    "AuditEntry",
    "Base",
    "Call",
    "CallAlias",
    "CallEvent",
    "CallResult",
    "CitizenSession",
    "Counter",
    "Delivery",
    "Directory",
    "Evidence",
    "FeedTarget",
    "JournalOffset",
    "KeyedReply",
    "Leg",
    "OutCall",
    "PeoplePart",
    "Open311Key",
    "Open311Request",
    "OrderAct",
    "OrderText",
    "OrderUnit",
    "Outbox",
    "PastDispatch",
    "ProfileVersion",
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
    "Try",
    "User",
    "WorkOrder",
    "WorkOrderEvent",
]
