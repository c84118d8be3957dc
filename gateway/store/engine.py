"""Opens the database: one engine for SQLite (WAL) or PostgreSQL (asyncpg), its migrations run, and sessions from it.

In: a SQLAlchemy URL. Out: `Store`, whose sessions are transactions that commit when left without an exception.
Never: keeps a session open across an await on anything but the database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.engine import URL, Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from gateway.crypt import Keyring

from .errors import DatabaseAwayError, mapped_errors
from .schema import migrate
from .sealed import KEYS

BUSY_MS = 10_000  # a writer waits this long for another process's transaction; the recorder's take a few ms
CONNECT_S = 5.0
COMMAND_S = 30.0  # the longest query a page may ask for; beyond it the database counts as away
POOL = 5
# Compiling a page's query takes longer than running it. A plan for "any queue" is wrong for each: of a hundred orders
# ninety-eight are done.
SETTINGS = {"jit": "off", "plan_cache_mode": "force_custom_plan"}


class Store:
    """The open database. `session()` for writing, `reading()` when nothing is changed (never waits for a writer)."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._write = async_sessionmaker(engine, expire_on_commit=False)
        self._read = async_sessionmaker(engine.execution_options(hl_read=True), expire_on_commit=False)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed on leaving, rolled back on an exception. Raises DatabaseAwayError, ConflictError."""
        with mapped_errors():
            async with self._write() as session, session.begin():
                yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """For looking only: nothing changed in it is kept, and on SQLite no writer waits. Raises DatabaseAwayError."""
        with mapped_errors():
            async with self._read() as session:  # left without a commit: rolled back
                yield session

    async def close(self) -> None:
        await self.engine.dispose()


async def open_store(url: str, *, create: bool = True, keys: Keyring | None = None) -> Store:
    """Connect, bring the schema up to date (under a lock; `create=False` only checks it) and return the Store.

    `keys`: the city's, without which nothing about people can be read or written. Read with the first use.
    Raises DatabaseAwayError, or SchemaTooNewError when a newer release has been here.
    """
    parsed = make_url(url)
    if not create and _has_no_file(parsed):
        raise DatabaseAwayError("there is no database yet: run ./hotline up")
    engine = _engine(parsed)
    setattr(engine.sync_engine.dialect, KEYS, keys)
    try:
        with mapped_errors():
            await migrate(engine, lock_file=_lock_file(parsed), create=create)
    except BaseException:
        await engine.dispose()
        raise
    return Store(engine)


def _has_no_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists()


def _lock_file(url: URL) -> Path | None:
    return Path(f"{url.database}.lock") if url.get_backend_name() == "sqlite" else None


def _engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() == "sqlite":
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
        engine = create_async_engine(
            url, pool_size=POOL, max_overflow=POOL, pool_timeout=CONNECT_S, hide_parameters=True
        )
        event.listen(engine.sync_engine, "connect", _sqlite_settings)
        event.listen(engine.sync_engine, "begin", _sqlite_begin)
        return engine
    return create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        pool_size=POOL,
        max_overflow=POOL,
        hide_parameters=True,  # an error in a log names no caller
        pool_timeout=CONNECT_S,
        pool_pre_ping=True,  # a restarted server is noticed before a page's query fails on a dead connection
        connect_args={"timeout": CONNECT_S, "command_timeout": COMMAND_S, "server_settings": SETTINGS},
    )


def _sqlite_settings(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would make every transaction a deferred one
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")  # the journal file can refill what a power cut takes
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    # IMMEDIATE: a deferred transaction that reads, then writes, fails at once when another process wrote in between
    reading = connection.get_execution_options().get("hl_read", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
