"""The console's end of the store: opened in the background, so that the console starts while the database is away.

In: the database's URL. Out: sessions, or store-away within a few seconds. Never: makes the whole console
wait for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from console.problems import ProblemError
from gateway.crypt import Keyring
from gateway.errors import HotlineError, RetryableError
from gateway.store import Store, open_store

log = logging.getLogger(__name__)

ANSWER_S = 8.0  # a page waits this long for the database, then says that it is away
RETRY_S = 3.0


class StoreLink:
    """`start` and `stop` belong to the application."""

    def __init__(self, url: str, keys: Keyring | None = None) -> None:
        self._url = url
        self._keys = keys
        self._store: Store | None = None
        self._task: asyncio.Task[None] | None = None
        self.opened = asyncio.Event()
        self.reason = "尚未打开"

    async def start(self) -> None:
        self._task = asyncio.create_task(self._open(), name="store")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._store is not None:
            await asyncio.wait_for(self._store.close(), ANSWER_S)
            self._store = None

    async def _open(self) -> None:
        while self._store is None:
            try:
                await self._open_once()
            except HotlineError as error:
                self.reason = str(error)
                log.warning("database away, trying again in %.0f s: %s", RETRY_S, error)
                await asyncio.sleep(RETRY_S)
        self.opened.set()
        log.info("database open")

    async def _open_once(self) -> None:
        """To its end even when the console is told to stop meanwhile: a migration is not left in mid-statement."""
        opening = asyncio.ensure_future(open_store(self._url, keys=self._keys))
        try:
            self._store = await asyncio.shield(opening)
        except asyncio.CancelledError:
            await asyncio.wait([opening], timeout=ANSWER_S)
            if opening.done() and not opening.cancelled() and opening.exception() is None:
                self._store = opening.result()  # `stop` closes it
            else:
                opening.cancel()
                await asyncio.gather(opening, return_exceptions=True)
            raise

    @property
    def store(self) -> Store:
        if self._store is None:
            raise ProblemError("store-away")
        return self._store

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        return _in_time(self.store.reading())

    def session(self) -> AbstractAsyncContextManager[AsyncSession]:
        return _in_time(self.store.session())


@asynccontextmanager
async def _in_time(session: AbstractAsyncContextManager[AsyncSession]) -> AsyncIterator[AsyncSession]:
    """The session, or ProblemError store-away when the database does not answer in time."""
    try:
        async with asyncio.timeout(ANSWER_S), session as opened:
            yield opened
    except (TimeoutError, RetryableError) as error:
        log.warning("database: %r", error)
        raise ProblemError("store-away") from error
