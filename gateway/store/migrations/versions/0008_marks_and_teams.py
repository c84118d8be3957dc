"""tries and keyed requests that several consoles share; teams of seats and supervisors

Revision 0008, after 0006 (the lead links it when the branches meet).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

import gateway.store.types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # constant defaults: a plain ALTER TABLE ADD
    op.add_column("seat_directory", _text("team", server_default=""))
    op.add_column("users", sa.Column("teams", gateway.store.types.JsonValue(), nullable=False, server_default="[]"))
    for name in ("failures", "locked_until"):  # counted in `tries`, for each place by itself
        op.drop_column("users", name)
    op.create_table(
        "tries",
        _text("key"),
        sa.Column("times", gateway.store.types.JsonValue(), nullable=False),
        _instant("expires_at"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tries")),
    )
    op.create_index("ix_tries_expires_at", "tries", ["expires_at"], unique=False)
    op.create_table(
        "keyed_replies",
        _text("user_name"),
        _text("key"),
        _text("content"),
        sa.Column("status", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reply", sa.Text(), nullable=True),
        _instant("began_at"),
        _instant("expires_at"),
        sa.PrimaryKeyConstraint("user_name", "key", name=op.f("pk_keyed_replies")),
    )
    op.create_index("ix_keyed_replies_expires_at", "keyed_replies", ["expires_at"], unique=False)


def _instant(name: str) -> sa.Column[Any]:
    return sa.Column(name, gateway.store.types.UtcDateTime(timezone=True), nullable=False)


def _text(name: str, **given: Any) -> sa.Column[Any]:
    return sa.Column(name, gateway.store.types.PlainText(), nullable=False, **given)
