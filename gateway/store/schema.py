"""Brings the schema up to date with Alembic, one process at a time.

In: an engine, and a file to lock for SQLite. Out: nothing; the tables are there. Never: downgrades, or touches a schema
that a newer release has written.
The lock is an advisory one on PostgreSQL and `flock` on SQLite: SQLite's own busy handler is not asked when a new file
is switched to WAL, so two processes starting at once would collide before any transaction.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from .errors import DatabaseAwayError, SchemaTooNewError

LOCK_KEY = 0x12345  # any fixed number: the advisory lock's name
LOCK_S = 60.0
MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


async def migrate(engine: AsyncEngine, *, lock_file: Path | None, create: bool = True) -> None:
    """Run what is missing. Raises SchemaTooNewError, DatabaseAwayError (lock not got, or no schema and no `create`)."""
    async with _flock(lock_file), engine.begin() as connection:
        if lock_file is None:
            await connection.execute(text(f"SET LOCAL lock_timeout = {int(LOCK_S * 1000)}"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
        await connection.run_sync(_upgrade, create)


def _upgrade(connection: Connection, create: bool) -> None:
    script = ScriptDirectory.from_config(alembic_config())
    current = MigrationContext.configure(connection).get_current_revision()
    known = {revision.revision for revision in script.walk_revisions()}
    if current is not None and current not in known:
        raise SchemaTooNewError(
            f"the database is at schema {current}, this release knows {script.get_current_head()}: "
            "start the newer release again, or restore the backup made before it"
        )
    if current == script.get_current_head():
        return
    if not create:
        raise DatabaseAwayError("the database has not been set up or is of an older release: run ./hotline up")
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@asynccontextmanager
async def _flock(path: Path | None) -> AsyncIterator[None]:
    if path is None:
        yield
        return
    with path.open("a") as file:
        deadline = asyncio.get_running_loop().time() + LOCK_S
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if asyncio.get_running_loop().time() > deadline:
                    raise DatabaseAwayError(f"another process holds {path.name}") from None
                await asyncio.sleep(0.05)
        yield
