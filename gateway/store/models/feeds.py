"""What is to be told to others: targets, events waiting in the outbox, one delivery for each target and event.

An event and its deliveries are written in the transaction of what happened: neither is there without the other.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.kinds import DeliveryState, FeedRole, TargetKind, TargetState
from gateway.store.sealed import Encrypted, Held, SealedField
from gateway.store.types import one_of

from .base import Base


class FeedTarget(Base):
    """Somebody who is told. `filter`: see `gateway.feeds.events.Filter`; `failures`, `retry_at`: its breaker.

    `role`, `unit`: whom the privacy policy sees behind it. `identity`: names and numbers go along, where the policy
    lets that role have them. `version`: optimistic lock.
    """

    __tablename__ = "feed_targets"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[TargetKind] = mapped_column(one_of(TargetKind))
    state: Mapped[TargetState] = mapped_column(one_of(TargetState))
    url: Mapped[str]
    secret_sealed: Mapped[Held] = mapped_column("secret", Encrypted)
    filter: Mapped[dict[str, Any]]
    role: Mapped[FeedRole] = mapped_column(one_of(FeedRole))
    identity: Mapped[bool]
    unit: Mapped[str]
    failures: Mapped[int]
    retry_at: Mapped[datetime | None]
    last_error: Mapped[str]
    last_ok_at: Mapped[datetime | None]
    version: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]

    secret = SealedField()


class Outbox(Base):
    """One event. `id` orders the events of a subject; `data` is JSON, sealed: it may say who a caller is."""

    __tablename__ = "outbox"
    __sealed_key__ = "event_id"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  # a number is never used twice

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    subject: Mapped[str]
    at: Mapped[datetime]
    facts: Mapped[dict[str, Any]]
    data_sealed: Mapped[Held] = mapped_column("data", Encrypted)

    data = SealedField()


class Delivery(Base):
    """One event for one target. While `SENDING`, `lease` says which worker has it and `leased_until` for how long."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("outbox_id", "target_id"),
        Index("ix_deliveries_target_id_state_outbox_id", "target_id", "state", "outbox_id"),
        Index("ix_deliveries_target_id_subject_outbox_id", "target_id", "subject", "outbox_id"),
        Index("ix_deliveries_state_done_at", "state", "done_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"))
    target_id: Mapped[str] = mapped_column(ForeignKey("feed_targets.id"))
    subject: Mapped[str]
    state: Mapped[DeliveryState] = mapped_column(one_of(DeliveryState))
    attempts: Mapped[int]
    first_at: Mapped[datetime | None]  # the first attempt
    next_at: Mapped[datetime]
    lease: Mapped[str]
    leased_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]  # delivered, dead or discarded since
    status: Mapped[int | None]  # HTTP status of the last attempt
    error: Mapped[str]
    by: Mapped[str]  # who sent it again or discarded it
