"""numbers of people sealed: calls, tasks, orders, journal lines, the audit, positions

Revision 0007. Only columns and indexes: what lies in the clear is sealed afterwards, in the background, by the clerk
(`gateway.store.sealing`), which finds it by the partial indexes made here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import gateway.store.sealed
import gateway.store.types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_CLEAR = (
    "(caller_raw <> '' AND substr(caller_raw, 1, 4) <> 'hl1:')"
    " OR (caller_number <> '' AND substr(caller_number, 1, 4) <> 'hl1:')"
)
_UNSEEN = "private IS NULL"


def upgrade() -> None:
    for table, column in (
        ("calls", "diverted"),
        ("call_events", "private"),
        ("audit", "private"),
        ("open311_requests", "spot"),
    ):
        op.add_column(table, sa.Column(column, gateway.store.sealed.Encrypted(), nullable=True))
    op.add_column("audit", sa.Column("mark", gateway.store.types.PlainText(), nullable=True))
    for table in ("calls", "work_orders"):
        op.add_column(table, sa.Column("caller_index", gateway.store.sealed.BlindIndex(), nullable=True))

    op.drop_index("ix_calls_caller_number_started_at", table_name="calls")
    op.create_index("ix_calls_caller_index_started_at", "calls", ["caller_index", "started_at"])
    op.drop_index("ix_work_orders_caller_number", table_name="work_orders")
    op.create_index("ix_work_orders_caller_index", "work_orders", ["caller_index"])
    _partial("ix_calls_clear", "calls", "caller_number", _CLEAR)
    _partial("ix_work_orders_clear", "work_orders", "caller_number", _CLEAR)
    _partial("ix_tasks_clear", "tasks", "task_id", _CLEAR)
    _partial("ix_call_events_unseen", "call_events", "file_id", _UNSEEN)
    _partial("ix_audit_unseen", "audit", "id", _UNSEEN)


def _partial(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
