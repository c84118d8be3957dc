"""what a call's Diversions were, for replays

Revision 0003, after 0002.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from gateway.store.types import JsonValue

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("diversions", JsonValue(none_as_null=True), nullable=False, server_default="[]"))
