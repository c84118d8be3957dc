"""The draft for `./hotline route --draft`. Apart from `route`, which must start without the database's libraries.

In: config. Out: the draft. Never: starts one.
"""

from __future__ import annotations

import asyncio

from gateway.config import Config
from gateway.crypt import Keyring
from gateway.store import open_store
from gateway.tables.versions import draft_table
from routing_table import Table


def load(config: Config) -> Table:
    """Raises NotFoundError without a draft, DatabaseAwayError."""
    return asyncio.run(_load(config))


async def _load(config: Config) -> Table:
    store = await open_store(config.database, create=False, keys=Keyring(config.keys_file))
    try:
        async with store.reading() as session:
            return (await draft_table(session))[1]
    finally:
        await store.close()
