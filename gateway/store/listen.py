"""Hearing that a table was published, or that orders changed: LISTEN on PostgreSQL, nothing on SQLite. A hint only:
whoever needs certainty polls as well.

In: the open store. Out: `wake` set on each notification. Never: raises because the database is away; it comes back by
itself, and sets `wake` then, since a notification may have been lost meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

import asyncpg  # type: ignore[import-untyped]  # it has no type hints

from .engine import CONNECT_S, Store
from .tables import CHANNEL

log = logging.getLogger(__name__)

RETRY_S = 1.0
ALIVE_S = 10.0  # a connection that a firewall dropped is noticed after this


async def listen(store: Store, wake: asyncio.Event, channel: str = CHANNEL) -> None:
    """Until cancelled. A connection of its own: a pooled one would lose its LISTEN when given back."""
    url = store.engine.url
    if url.get_backend_name() != "postgresql":
        return
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            await _listen_once(dsn, wake, channel)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("not listening on %s, polling goes on: %s", channel, type(error).__name__)
            await asyncio.sleep(RETRY_S)


async def _listen_once(dsn: str, wake: asyncio.Event, channel: str) -> None:
    connection = await asyncpg.connect(dsn, timeout=CONNECT_S)
    try:
        await connection.add_listener(channel, lambda *_: wake.set())
        wake.set()
        while True:
            await asyncio.sleep(ALIVE_S)
            await connection.execute("SELECT 1", timeout=CONNECT_S)
    finally:
        with contextlib.suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.close(timeout=CONNECT_S)
