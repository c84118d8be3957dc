"""Work orders and tasks: what outlives a call. The recorder opens them, then people work on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.store.kinds import Category, OrderState, TaskKind, TaskState
from gateway.store.sealed import CALLER, BlindIndex, Encrypted, Held, OptionalSealedField, SealedField, clear_text
from gateway.store.types import one_of

from .base import Base

_CLEAR = clear_text(*CALLER)


class WorkOrder(Base):
    """`version` grows by one with each change: a writer names the version it has seen, or is refused.

    Who the caller is (name, numbers, employer, address, IP) is sealed with the city's key, bound to this order.
    From `profile` on, the columns are what lists, searches and figures look at: the fold of the order's events, written
    with each of them (`gateway.orders.view`), never by themselves.
    `hotline_*`, `linkedid`, `caller_raw` and `caller_number` are tags of the origin; no function changes them.
    """

    __tablename__ = "work_orders"
    __table_args__ = (
        Index("ix_work_orders_created_at_order_id", "created_at", "order_id"),
        Index("ix_work_orders_seat_created_at", "seat", "created_at"),
        Index("ix_work_orders_caller_index", "caller_index"),
        Index("ix_work_orders_clear", "caller_number", sqlite_where=_CLEAR, postgresql_where=_CLEAR),
        Index("ix_work_orders_contact_index", "contact_index"),
        Index("ix_work_orders_queue_due_at", "queue", "due_at", "order_id"),
        Index("ix_work_orders_due_at", "due_at", "order_id"),
        Index("ix_work_orders_tick_at", "tick_at"),
        Index("ix_work_orders_promised", "promised", "due_at"),
        Index("ix_work_orders_closed_at", "closed_at"),
        Index(
            "ix_work_orders_subject_created_at",
            "subject",
            "created_at",
            postgresql_ops={"subject": "text_pattern_ops"},  # finds what is below a subject, whatever the collation
        ),
        Index("ix_work_orders_area_created_at", "area", "created_at"),
        Index("ix_work_orders_hotline_number_created_at", "hotline_number", "created_at"),
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
    caller_raw_sealed: Mapped[Held] = mapped_column("caller_raw", Encrypted)
    caller_number_sealed: Mapped[Held | None] = mapped_column("caller_number", Encrypted)
    caller_index: Mapped[str | None] = mapped_column(BlindIndex, default=None)
    caller_withheld: Mapped[bool]
    caller_name_sealed: Mapped[Held] = mapped_column("caller_name", Encrypted)
    contact_sealed: Mapped[Held | None] = mapped_column("contact", Encrypted)
    contact_index: Mapped[str | None] = mapped_column(BlindIndex)  # finds the orders of a number
    category: Mapped[Category | None] = mapped_column(one_of(Category))
    title: Mapped[str]
    matter: Mapped[str]
    address_sealed: Mapped[Held] = mapped_column("address", Encrypted)
    secret: Mapped[bool]  # the caller asked that name and number be kept from the handling unit
    merged_into: Mapped[str | None]  # the order about the same matter that goes on instead
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    employer_sealed: Mapped[Held | None] = mapped_column("employer", Encrypted, default=None)
    ip_sealed: Mapped[Held | None] = mapped_column("ip", Encrypted, default=None)
    code_hash: Mapped[str] = mapped_column(default="")  # of the code that the caller looks the order up with
    profile: Mapped[str] = mapped_column(default="")
    profile_version: Mapped[str] = mapped_column(default="")
    channel: Mapped[str] = mapped_column(default="call")
    source: Mapped[str] = mapped_column(default="")
    subject: Mapped[str] = mapped_column(default="")
    area: Mapped[str] = mapped_column(default="")
    queue: Mapped[str] = mapped_column(default="intake")  # whose turn it is: `gateway.orders.view.queue_of`
    lead: Mapped[str | None] = mapped_column(default=None)
    units: Mapped[list[str]] = mapped_column(default=list)  # the lead first
    accused: Mapped[list[str]] = mapped_column(default=list)
    public: Mapped[bool] = mapped_column(default=False)
    guarded: Mapped[bool] = mapped_column(default=False)  # some unit may not know who the caller is
    urgent: Mapped[bool] = mapped_column(default=False)
    hard_case: Mapped[bool] = mapped_column(default=False)
    supervision: Mapped[str] = mapped_column(default="")  # the highest rung taken
    proposed: Mapped[str] = mapped_column(default="")  # a rung that the clock proposes and nobody has taken
    round: Mapped[int] = mapped_column(default=1)
    repeats: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(default=None)  # what comes next, of the open deadlines
    due_step: Mapped[str] = mapped_column(default="")
    provisional: Mapped[bool] = mapped_column(default=False)
    overdue: Mapped[bool] = mapped_column(default=False)
    tick_at: Mapped[datetime | None] = mapped_column(default=None)  # when the clock has something to say
    calendar: Mapped[str] = mapped_column(default="")  # mark of the working days that the deadlines were reckoned with
    closed_at: Mapped[datetime | None] = mapped_column(default=None)
    # `promised`: why a promise to the caller is open; `proposed_unit`: who is to keep it, until it is dispatched
    promised: Mapped[str] = mapped_column(default="", server_default="")
    promised_at: Mapped[datetime | None] = mapped_column(default=None)
    proposed_unit: Mapped[str] = mapped_column(default="", server_default="")
    nuisance: Mapped[int] = mapped_column(default=0, server_default="0")  # marks in force that people have set
    # seats besides `seat` that talked with the caller in the order's call: they may write it, too (the recorder's)
    hands: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    figures: Mapped[str] = mapped_column(default="")  # what the rates count, as JSON: equal orders have equal texts

    caller_raw = SealedField()
    caller_number = OptionalSealedField("caller_index")
    caller_name = SealedField()
    employer = OptionalSealedField()
    ip = OptionalSealedField()
    contact = OptionalSealedField("contact_index")  # the number to reach the caller at; the seat may change it
    address = SealedField()


class WorkOrderEvent(Base):
    """Append-only: what happened to an order, by whom. `detail` is the event's JSON (`workorder.events`); rows of the
    first release have other details, and `gateway.orders.driver` takes such an order in."""

    __tablename__ = "work_order_events"
    __table_args__ = (Index("ix_work_order_events_order_id_id", "order_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("work_orders.order_id"))
    at: Mapped[datetime]
    by: Mapped[str]
    what: Mapped[str]
    detail: Mapped[dict[str, Any]]


class OrderAct(Base):
    """A request that was done: asked again with the same key, it is not done again."""

    __tablename__ = "order_acts"

    key: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("work_orders.order_id"))
    at: Mapped[datetime]
    content: Mapped[str]  # SHA-256 of what was asked


class OrderUnit(Base):
    """Which units an order is with, and `was`: those that had it before."""

    __tablename__ = "order_units"
    __table_args__ = (Index("ix_order_units_unit_order_id", "unit", "order_id"),)

    order_id: Mapped[str] = mapped_column(ForeignKey("work_orders.order_id"), primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    lead: Mapped[bool]


class OrderText(Base):
    """What is searched of an order. Apart from the order's row, so that its index moves only when the words do."""

    __tablename__ = "order_texts"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("work_orders.order_id"), unique=True)
    title_tokens: Mapped[str]
    body_tokens: Mapped[str]


class Evidence(Base):
    """A file that belongs to an order, below the state folder. `cleared`: a unit from which the caller's identity is
    kept may open it, the office has looked."""

    __tablename__ = "order_evidence"
    __table_args__ = (Index("ix_order_evidence_order_id", "order_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("work_orders.order_id"))
    at: Mapped[datetime]
    by: Mapped[str]
    role: Mapped[str]
    unit: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    path: Mapped[str]
    cleared: Mapped[bool]
    cleared_by: Mapped[str]


class PastDispatch(Base):
    """What became of a dispatch: what suggestions learn from."""

    __tablename__ = "past_dispatches"
    __table_args__ = (Index("ix_past_dispatches_subject_id", "subject", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("work_orders.order_id"))
    at: Mapped[datetime]
    subject: Mapped[str]
    area: Mapped[str]
    unit: Mapped[str]
    returned: Mapped[bool]


class ProfileVersion(Base):
    """A policy profile's text as it was: an order is reckoned under the version that it was opened with."""

    __tablename__ = "profile_versions"

    version: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime]


class Directory(Base):
    """A version of the unit directory or the subject catalogue; the highest number is in force."""

    __tablename__ = "directories"

    kind: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    why: Mapped[str]
    at: Mapped[datetime]
    by: Mapped[str]


class CitizenSession(Base):
    """Somebody who has shown an order's code. Only a SHA-256 of the token is kept."""

    __tablename__ = "citizen_sessions"
    __table_args__ = (Index("ix_citizen_sessions_expires_at", "expires_at"),)

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("work_orders.order_id"))
    expires_at: Mapped[datetime]


class Task(Base):
    """Something a person has to do once: now only calling back a missed caller. Nobody looks one up by number."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_state_created_at_task_id", "state", "created_at", "task_id"),
        Index("ix_tasks_clear", "task_id", sqlite_where=_CLEAR, postgresql_where=_CLEAR),
    )

    task_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[TaskKind] = mapped_column(one_of(TaskKind))
    state: Mapped[TaskState] = mapped_column(one_of(TaskState))
    linkedid: Mapped[str] = mapped_column(ForeignKey("calls.linkedid"), unique=True)
    hotline_number: Mapped[str]
    hotline_name: Mapped[str]
    caller_raw_sealed: Mapped[Held] = mapped_column("caller_raw", Encrypted)
    caller_number_sealed: Mapped[Held | None] = mapped_column("caller_number", Encrypted)
    caller_withheld: Mapped[bool]
    waited_s: Mapped[float]
    text: Mapped[str]  # Chinese, for the page
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None]
    note: Mapped[str]

    caller_raw = SealedField()
    caller_number = OptionalSealedField()


class Counter(Base):
    """Running numbers of orders and tasks, one row per kind and day. Gaps are possible, doubles are not."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]
