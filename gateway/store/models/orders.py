"""Work orders and tasks: what outlives a call. The recorder opens them, then people work on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.kinds import Category, OrderState, TaskKind, TaskState
from gateway.store.sealed import BlindIndex, Encrypted, Held, OptionalSealedField, SealedField
from gateway.store.types import one_of

from .base import Base


class WorkOrder(Base):
    """`version` grows by one with each change: a writer names the version it has seen, or is refused.

    Who the caller is (name, contact, address) is sealed with the city's key, bound to this order.
    `hotline_*`, `linkedid`, `caller_raw` and `caller_number` are tags of the origin; no function changes them.
    """

    __tablename__ = "work_orders"
    __table_args__ = (
        Index("ix_work_orders_created_at_order_id", "created_at", "order_id"),
        Index("ix_work_orders_seat_created_at", "seat", "created_at"),
        Index("ix_work_orders_caller_number", "caller_number"),
        Index("ix_work_orders_contact_index", "contact_index"),
    )

    order_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[OrderState] = mapped_column(one_of(OrderState))
    linkedid: Mapped[str | None] = mapped_column(ForeignKey("calls.linkedid"), unique=True)
    hotline_number: Mapped[str]
    hotline_name: Mapped[str]
    hotline_unit: Mapped[str]
    dialled: Mapped[str]
    choice: Mapped[str]
    seat: Mapped[str | None]
    caller_raw: Mapped[str]
    caller_number: Mapped[str | None]
    caller_withheld: Mapped[bool]
    caller_name_sealed: Mapped[Held] = mapped_column("caller_name", Encrypted)
    contact_sealed: Mapped[Held | None] = mapped_column("contact", Encrypted)
    contact_index: Mapped[str | None] = mapped_column(BlindIndex)  # finds the orders of a number
    category: Mapped[Category | None] = mapped_column(one_of(Category))
    title: Mapped[str]
    matter: Mapped[str]
    address_sealed: Mapped[Held] = mapped_column("address", Encrypted)
    secret: Mapped[bool]  # the caller asked that name and number be kept from the handling unit
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    caller_name = SealedField()
    contact = OptionalSealedField("contact_index")  # the number to reach the caller at; the seat may change it
    address = SealedField()


class WorkOrderEvent(Base):
    """Append-only: what happened to an order, by whom."""

    __tablename__ = "work_order_events"
    __table_args__ = (Index("ix_work_order_events_order_id_id", "order_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("work_orders.order_id"))
    at: Mapped[datetime]
    by: Mapped[str]
    what: Mapped[str]
    detail: Mapped[dict[str, Any]]


class Task(Base):
    """Something a person has to do once: now only calling back a missed caller."""

    __tablename__ = "tasks"
    __table_args__ = (Index("ix_tasks_state_created_at_task_id", "state", "created_at", "task_id"),)

    task_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[TaskKind] = mapped_column(one_of(TaskKind))
    state: Mapped[TaskState] = mapped_column(one_of(TaskState))
    linkedid: Mapped[str] = mapped_column(ForeignKey("calls.linkedid"), unique=True)
    hotline_number: Mapped[str]
    hotline_name: Mapped[str]
    caller_raw: Mapped[str]
    caller_number: Mapped[str | None]
    caller_withheld: Mapped[bool]
    waited_s: Mapped[float]
    text: Mapped[str]  # Chinese, for the page
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]
    note: Mapped[str]


class Counter(Base):
    """Running numbers of orders and tasks, one row per kind and day. Gaps are possible, doubles are not."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
