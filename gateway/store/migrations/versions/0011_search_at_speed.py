"""Searching orders among a million: the newest of an area or a hotline; what is below a subject, in any collation; and
full-text indexes without a list of pending words that each search would read through.

Revision ID: 0011
Revises: 0006
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_work_orders_area_created_at", "work_orders", ["area", "created_at"])
    op.create_index("ix_work_orders_hotline_number_created_at", "work_orders", ["hotline_number", "created_at"])
    if op.get_bind().dialect.name != "postgresql":
        return
    op.drop_index("ix_work_orders_subject_created_at", "work_orders")
    op.create_index(
        "ix_work_orders_subject_created_at",
        "work_orders",
        ["subject", "created_at"],
        postgresql_ops={"subject": "text_pattern_ops"},
    )
    for index in ("fts_order_texts", "fts_articles"):
        op.execute(f"ALTER INDEX {index} SET (fastupdate = off)")
        op.execute(f"SELECT gin_clean_pending_list('{index}')")  # names of ours
