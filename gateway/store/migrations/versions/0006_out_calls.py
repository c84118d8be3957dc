"""calls that the house places for a seat

Revision 0006, after 0004 (the lead links it after 0005 when the branches meet).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

import gateway.store.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

PURPOSES = ("call_back", "follow_up", "first_contact")
RESULTS = (
    "talked", "hung_up", "busy", "no_answer", "rejected", "invalid", "failed", "cancelled", "seat_no_answer",
    "seat_rejected",
)  # fmt: skip


def upgrade() -> None:
    for name in ("purpose", "reference"):  # constant defaults: a plain ALTER TABLE ADD
        op.add_column("calls", _text(name, server_default=""))
    op.create_table(
        "out_calls",
        _text("linkedid"),
        sa.Column("purpose", _one_of("outpurpose", PURPOSES), nullable=False),
        _text("reference"),
        _text("seat"),
        _text("by"),
        sa.Column("asked_at", gateway.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("result", _one_of("outresult", RESULTS), nullable=True),
        sa.Column("ended_at", gateway.store.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("talked_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("linkedid", name=op.f("pk_out_calls")),
    )
    op.create_index("ix_out_calls_reference_asked_at", "out_calls", ["reference", "asked_at"], unique=False)


def _one_of(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=20)


def _text(name: str, **given: Any) -> sa.Column[Any]:
    return sa.Column(name, gateway.store.types.PlainText(), nullable=False, **given)
