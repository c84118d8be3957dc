"""What several consoles must agree on for a while: how often something was tried, keyed requests and their answers."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.sealed import Encrypted, Held, OptionalSealedField
from gateway.store.types import JsonValue

from .base import Base


class Try(Base):
    """When something was tried of late. `key` is a SHA-256: no address and no name can be read from it."""

    __tablename__ = "tries"
    __table_args__ = (Index("ix_tries_expires_at", "expires_at"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[list[float]] = mapped_column(JsonValue)  # epoch seconds, oldest first
    expires_at: Mapped[datetime]


class KeyedReply(Base):
    """A request with an Idempotency-Key; `status` None: it is being answered. The reply may name people: sealed."""

    __tablename__ = "keyed_replies"
    __table_args__ = (Index("ix_keyed_replies_expires_at", "expires_at"),)

    user_name: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str]  # SHA-256 of what was asked
    status: Mapped[int | None]
    reply_sealed: Mapped[Held | None] = mapped_column("reply", Encrypted, default=None)
    reply = OptionalSealedField()
    began_at: Mapped[datetime]
    expires_at: Mapped[datetime]
