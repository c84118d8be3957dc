"""legs with verbs, consults' recordings, the roster

Revision 0004, after 0002 (the lead links it after 0003 when the branches meet).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

import gateway.store.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROLES = ("caller", "seat", "expert", "unit", "emergency", "outside", "supervisor")
SECONDS = ("consult_s", "three_way_s", "hold_s")


def upgrade() -> None:
    for name in SECONDS:
        op.add_column("calls", sa.Column(name, sa.Double(), server_default="0", nullable=False))
    _legs()
    _recordings()
    op.add_column("work_orders", sa.Column("merged_into", gateway.store.types.PlainText(), nullable=True))
    op.create_table(
        "call_aliases",
        sa.Column("linkedid", gateway.store.types.PlainText(), nullable=False),
        sa.Column("call", gateway.store.types.PlainText(), nullable=False),
        sa.ForeignKeyConstraint(["call"], ["calls.linkedid"], name=op.f("fk_call_aliases_call")),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_call_aliases")),
    )
    op.create_table(
        "call_results",
        sa.Column("linkedid", gateway.store.types.PlainText(), nullable=False),
        sa.Column("seat", gateway.store.types.PlainText(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=True),
        sa.Column("result", gateway.store.types.PlainText(), nullable=False),
        sa.Column("by", gateway.store.types.PlainText(), nullable=False),
        sa.Column("at", gateway.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("linkedid", "seat", name=op.f("pk_call_results")),
    )
    op.create_index("ix_call_results_at", "call_results", ["at"], unique=False)
    op.create_table(
        "people_parts",
        sa.Column("key", gateway.store.types.PlainText(), nullable=False),
        sa.Column("content", gateway.store.types.JsonValue(none_as_null=True), nullable=False),
        sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("changed_by", gateway.store.types.PlainText(), nullable=False),
        sa.Column("changed_at", gateway.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_people_parts")),
    )


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, gateway.store.types.PlainText(), server_default="", nullable=False)


def _legs() -> None:
    """A supervisor is a role now."""
    words = ", ".join(repr(role) for role in ROLES)
    with op.batch_alter_table("legs", schema=None) as batch:
        for column in map(_text, ("name", "verb", "brought_by")):
            batch.add_column(column)
        for name in SECONDS:
            batch.add_column(sa.Column(name, sa.Double(), server_default="0", nullable=False))
        batch.drop_constraint(op.f("ck_legs_legrole"), type_="check")
        batch.create_check_constraint(op.f("ck_legs_legrole"), f"role IN ({words})")


def _recordings() -> None:
    """A call may have several: part 0 its own, the others its consults'."""
    whole = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    with op.batch_alter_table("recordings", schema=None) as batch:
        batch.add_column(sa.Column("part", whole, server_default="0", nullable=False))
        batch.add_column(_text("uniqueid"))
        batch.add_column(sa.Column("started_at", gateway.store.types.UtcDateTime(timezone=True), nullable=True))
        batch.drop_constraint(op.f("pk_recordings"), type_="primary")
        batch.create_primary_key(op.f("pk_recordings"), ["linkedid", "part"])
