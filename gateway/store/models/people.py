"""Who may sign in, who is signed in, and the seats."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.kinds import Pool, Role
from gateway.store.types import JsonValue, one_of

from .base import Base


class SeatDirectory(Base):
    """The seats that exist; published to the gateway as `seats.json`. `id` is also the SIP user's ending."""

    __tablename__ = "seat_directory"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    pool: Mapped[Pool] = mapped_column(one_of(Pool))
    skills: Mapped[list[str]]
    active: Mapped[bool]
    team: Mapped[str] = mapped_column(default="", server_default="")


class PeoplePart(Base):
    """One part of what `people.json` holds: `roster/12333`, `outside`, `results` or `wrap_up`.

    `revision` counts its changes: who saves says which one he has looked at.
    """

    __tablename__ = "people_parts"

    key: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[Any] = mapped_column(JsonValue)
    revision: Mapped[int]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]


class User(Base):
    __tablename__ = "users"

    name: Mapped[str] = mapped_column(primary_key=True)
    display_name: Mapped[str]
    role: Mapped[Role] = mapped_column(one_of(Role))
    password_hash: Mapped[str]  # argon2id
    seat_id: Mapped[str | None] = mapped_column(ForeignKey("seat_directory.id"))
    unit: Mapped[str | None] = mapped_column(default=None)  # of a user of role unit: an id of the unit directory
    must_change: Mapped[bool]
    active: Mapped[bool]
    created_at: Mapped[datetime]
    teams: Mapped[list[str]] = mapped_column(default=list, server_default="[]")  # of a supervisor; none: all


class Session(Base):
    """A signed-in browser. Only a SHA-256 of its token is kept: who reads the table cannot sign in with it."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_user_name", "user_name"), Index("ix_sessions_expires_at", "expires_at"))

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_name: Mapped[str] = mapped_column(ForeignKey("users.name", ondelete="CASCADE"))
    csrf: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ip: Mapped[str]


class SeatEvent(Base):
    """One line of seats.jsonl; keyed like CallEvent."""

    __tablename__ = "seat_events"
    __table_args__ = (Index("ix_seat_events_seat_at", "seat", "at"),)

    file_id: Mapped[str] = mapped_column(primary_key=True)
    offset: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    seat: Mapped[str]
    event: Mapped[str]
    reason: Mapped[str]
    by: Mapped[str]
