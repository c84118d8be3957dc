"""The store: SQLAlchemy models and repository functions over SQLite (WAL) or PostgreSQL (asyncpg).

In: a database URL. Out: `Store` with `session()` (a transaction) and `reading()`; functions that take a session and
return typed rows or pages. Never: in the call path; the gateway process does not import this room.

    store = await open_store(config.database)          # runs the migrations under a lock
    async with store.reading() as session:
        page = await calls_page(session, CallFilter(hotline="12345"), limit=20)
"""

from __future__ import annotations

from .audit import audit_page, log_audit
from .calls import (
    CallDetail,
    CallFilter,
    call_detail,
    calls_page,
    consults_of,
    legs_of,
    outcome_counts,
    put_results,
    recordings_of,
    results_of,
    seat_names,
)
from .engine import Store, open_store
from .errors import ConflictError, DatabaseAwayError, NotFoundError, SchemaTooNewError, StaleVersionError
from .kinds import Category, OrderState, Pool, RecordingState, Role, TaskKind, TaskState
from .models import (
    AuditEntry,
    Base,
    Call,
    CallEvent,
    CallResult,
    JournalOffset,
    Leg,
    PeoplePart,
    Recording,
    SeatDirectory,
    SeatEvent,
    Session,
    Task,
    User,
    WorkOrder,
    WorkOrderEvent,
)
from .orders import (
    OrderFilter,
    close_task,
    next_number,
    open_tasks,
    order_detail,
    order_of_call,
    orders_page,
    tasks_page,
)
from .passwords import check_password, hash_password
from .rows import Page
from .seats import SeatEntry, published_seats, put_seats, seat_events, seats_list
from .users import (
    SignedIn,
    SignInRefusal,
    add_user,
    drop_expired,
    find_session,
    rotate_session,
    set_password,
    sign_in,
    sign_out,
    sign_out_everywhere,
    users_list,
)

__all__ = [
    "AuditEntry",
    "Base",
    "Call",
    "CallDetail",
    "CallEvent",
    "CallFilter",
    "CallResult",
    "Category",
    "ConflictError",
    "DatabaseAwayError",
    "JournalOffset",
    "Leg",
    "NotFoundError",
    "OrderFilter",
    "OrderState",
    "Page",
    "PeoplePart",
    "Pool",
    "Recording",
    "RecordingState",
    "Role",
    "SchemaTooNewError",
    "SeatDirectory",
    "SeatEntry",
    "SeatEvent",
    "Session",
    "SignInRefusal",
    "SignedIn",
    "StaleVersionError",
    "Store",
    "Task",
    "TaskKind",
    "TaskState",
    "User",
    "WorkOrder",
    "WorkOrderEvent",
    "add_user",
    "audit_page",
    "call_detail",
    "calls_page",
    "check_password",
    "close_task",
    "consults_of",
    "drop_expired",
    "find_session",
    "hash_password",
    "legs_of",
    "log_audit",
    "next_number",
    "open_store",
    "open_tasks",
    "order_detail",
    "order_of_call",
    "orders_page",
    "outcome_counts",
    "published_seats",
    "put_results",
    "put_seats",
    "recordings_of",
    "results_of",
    "rotate_session",
    "seat_events",
    "seat_names",
    "seats_list",
    "set_password",
    "sign_in",
    "sign_out",
    "sign_out_everywhere",
    "tasks_page",
    "users_list",
]
