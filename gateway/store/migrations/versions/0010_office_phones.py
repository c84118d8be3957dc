"""phones of the office: a third kind of seat

Revision 0010.
"""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NAME, CONDITION = "ck_seat_directory_pool", "pool IN ('shared', 'expert', 'office')"


def upgrade() -> None:
    """A CHECK with one more value. On SQLite the table's own text is changed, as its documentation tells ("Making Other
    Kinds Of Table Schema Changes"): users refer to it, so it cannot be made anew inside a transaction."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute(f"ALTER TABLE seat_directory DROP CONSTRAINT {NAME}, ADD CONSTRAINT {NAME} CHECK ({CONDITION})")
        return
    sql = bind.execute(sa.text("SELECT sql FROM sqlite_master WHERE name = 'seat_directory'")).scalar_one()
    wide, found = re.subn(rf"CONSTRAINT {NAME} CHECK \([^)]*\)\)", f"CONSTRAINT {NAME} CHECK ({CONDITION})", sql)
    if found != 1:
        raise RuntimeError(f"seat_directory: no constraint {NAME}")
    version = bind.execute(sa.text("PRAGMA schema_version")).scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    bind.execute(sa.text("UPDATE sqlite_master SET sql = :sql WHERE name = 'seat_directory'"), {"sql": wide})
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=OFF")
