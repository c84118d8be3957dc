"""Each node's publisher: brings the version in force, and recorded prompts, from the store to this node's disk.

In: the open store, config. Out: `published/table.json` replaced within a second of a publication, the gateway told to
look; recordings in `state/sounds`. Never: in the way of a call, or certain of a notification: it polls as well. The
store wins over the file; while the store has no table (or is away) the file stays as it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

import aiohttp

from gateway.config import Config
from gateway.errors import FatalError, HotlineError
from gateway.store.engine import Store
from gateway.store.listen import listen
from gateway.store.models import TableVersion
from gateway.store.tables import read_head
from gateway.tables.files import file_version, put_file, table_file
from gateway.tables.recorded import bring_recordings

log = logging.getLogger(__name__)

POLL_S = 0.3  # a lost notification costs this; the gateway's own look at the file another 0.5 s when it is not told
POKE_S = 2.0
Stamp = tuple[int, int, int]


class Publisher:
    """Belongs to one process of the node; `run` until cancelled."""

    def __init__(self, config: Config, store: Store, *, poll_s: float = POLL_S) -> None:
        self._config = config
        self._store = store
        self._poll_s = poll_s
        self._brought: tuple[str, Stamp | None] = ("", None)
        self._refused = ""
        self._problem = ""

    async def run(self) -> None:
        wake = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(listen(self._store, wake), name="listen")
            group.create_task(self._follow(wake), name="published")
            group.create_task(bring_recordings(self._config, self._store), name="recordings")

    async def _follow(self, wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            try:
                await self.bring()
            except (HotlineError, OSError) as error:
                self._note(str(error))
            else:
                self._note("")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_s):
                    await wake.wait()

    def _note(self, problem: str) -> None:
        """Say a problem once, not three times a second."""
        if problem and problem != self._problem:
            log.error("published table: %s", problem)
        self._problem = problem

    async def bring(self) -> bool:
        """Make the file what the store says; whether it was replaced. Raises DatabaseAwayError, FatalError, OSError."""
        async with self._store.reading() as session:
            head = await read_head(session)
        if head is None or head.version == self._refused:
            return False
        if self._brought == (head.version, await asyncio.to_thread(self._stamp)):
            return False
        if await asyncio.to_thread(file_version, self._config) != head.version:
            await self._replace(head.number, head.version)
            self._brought = (head.version, await asyncio.to_thread(self._stamp))
            log.info("table %s published here", head.version)
            await self._poke()
            return True
        self._brought = (head.version, await asyncio.to_thread(self._stamp))
        return False

    async def _replace(self, number: int, version: str) -> None:
        async with self._store.reading() as session:
            row = await session.get(TableVersion, number)
        if row is None:
            raise FatalError(f"version {version} is in force but not in the store")
        try:
            await asyncio.to_thread(put_file, self._config, row.content)
        except FatalError:
            self._refused = version  # it will not become readable by trying again
            raise

    def _stamp(self) -> Stamp | None:
        try:
            found = table_file(self._config).stat()
        except OSError:
            return None
        return (found.st_mtime_ns, found.st_size, found.st_ino)

    async def _poke(self) -> None:
        """Spare the gateway its half second. It looks by itself, so a failure here is nothing."""
        connector = aiohttp.UnixConnector(path=str(self._config.control_socket))
        try:
            async with (
                aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=POKE_S)) as client,
                client.post("http://gateway/v1/reload") as answer,
            ):
                await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.info("the gateway was not told, it looks by itself: %s", error)
