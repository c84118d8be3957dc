"""callers who were promised an answer, nuisance marks in force, seats that may write an order beside the first

Revision 0009, after 0006 (the lead links it when the branches meet).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

import gateway.store.types

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    names = gateway.store.types.JsonValue(none_as_null=True)
    # constant defaults: a plain ALTER TABLE ADD
    op.add_column("calls", _moment("no_expert_at"))
    op.add_column("calls", _text("no_expert", server_default=""))
    op.create_index("ix_calls_no_expert_at", "calls", ["no_expert_at"], unique=False)
    op.add_column("work_orders", _text("promised", server_default=""))
    op.add_column("work_orders", _moment("promised_at"))
    op.add_column("work_orders", _text("proposed_unit", server_default=""))
    op.add_column(
        "work_orders",
        sa.Column("nuisance", whole, nullable=False, server_default="0"),
    )
    op.add_column(
        "work_orders",
        sa.Column("hands", names, nullable=False, server_default="[]"),
    )
    op.create_index("ix_work_orders_promised", "work_orders", ["promised", "due_at"], unique=False)


def _moment(name: str) -> sa.Column[Any]:
    return sa.Column(name, gateway.store.types.UtcDateTime(timezone=True), nullable=True)


def _text(name: str, **given: Any) -> sa.Column[Any]:
    return sa.Column(name, gateway.store.types.PlainText(), nullable=False, **given)
