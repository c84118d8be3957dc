"""Each node's publisher of `published/people.json`: what the store holds, on this node's disk within a second.

In: the open store, config. Out: the file, replaced whole. Never: a file that the gateway could not read; certain of a
notification (it looks by itself as well). A store without any part leaves the file alone.
"""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path

from gateway.config import Config
from gateway.errors import HotlineError
from gateway.people.document import People, people_text, read_people
from gateway.people.parts import compose, people_parts
from gateway.store.engine import Store
from transfer.reading import ReadError

log = logging.getLogger(__name__)

POLL_S = 1.0  # a roster is changed a few times a day; the gateway takes another half second


def people_file(config: Config) -> Path:
    return config.published_dir / "people.json"


class PeoplePublisher:
    """Belongs to one process of the node; `run` until cancelled."""

    def __init__(self, config: Config, store: Store, *, poll_s: float = POLL_S) -> None:
        self._file = people_file(config)
        self._store = store
        self._poll_s = poll_s
        self._problem = ""

    async def run(self) -> None:
        while True:
            problem = ""
            try:
                await self.bring()
            except (HotlineError, OSError, ReadError) as error:
                problem = str(error)
            if problem and problem != self._problem:  # once, not once a second
                log.error("published people: %s", problem)
            self._problem = problem
            await asyncio.sleep(self._poll_s)

    async def bring(self) -> bool:
        """Make the file what the store says; whether it was replaced. Raises DatabaseAwayError, ReadError, OSError."""
        async with self._store.reading() as session:
            parts = await people_parts(session)
        if not parts:
            return False
        people = compose(parts)
        if await asyncio.to_thread(self._is_there, people):
            return False
        await asyncio.to_thread(self._replace, people)
        log.info("people %s published here", people.version)
        return True

    def _is_there(self, people: People) -> bool:
        try:
            return read_people(self._file.read_text("utf-8")) == people
        except (OSError, ValueError):
            return False

    def _replace(self, people: People) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = self._file.with_name(f"{self._file.name}.{os.getpid()}.new")
        with beside.open("w", encoding="utf-8") as file:
            file.write(people_text(people))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._file)
