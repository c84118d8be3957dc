"""What happens to seats, written down: one JSON line per change, and who is logged in for the next start.

In: seat changes. Out: `journal/seats.jsonl` (the recorder tails it) and `gateway/seats-live.json`.
Never: blocks the event loop (a writer thread does the disk) and never stops a call when the disk is full.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

QUEUE_MAX = 10_000
GATHER_S = 0.1  # one turn of the writer thread for all that happens in this time: at 250 events/s each turn costs calls


class SeatJournal:
    """Bounded queue in front of the two files. A full queue drops the line and counts it in `lost`."""

    def __init__(self, journal: Path, live: Path) -> None:
        self._journal = journal
        self._live = live
        self._lines: asyncio.Queue[tuple[str, str | None]] = asyncio.Queue(QUEUE_MAX)
        self._taken: list[tuple[str, str | None]] = []  # out of the queue, not yet written
        self._at_once = asyncio.Event()
        self.lost = 0

    def write(self, event: dict[str, Any], live: dict[str, Any] | None) -> None:
        """Queue one event, and what the next start needs where that changed."""
        try:
            state = None if live is None else json.dumps(live, ensure_ascii=False)
            self._lines.put_nowait((json.dumps(event, ensure_ascii=False), state))
            if state is not None:
                self._at_once.set()  # a login must not be forgotten by a kill a moment later
        except asyncio.QueueFull:
            self.lost += 1

    def read_live(self) -> dict[str, Any]:
        """What `write` last saved, or {} on a first start or a damaged file (seats then log in again)."""
        try:
            saved = json.loads(self._live.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return saved if isinstance(saved, dict) else {}

    async def run(self) -> None:
        """Write until cancelled; what is queued at that moment is still written."""
        try:
            while True:
                self._taken = [await self._lines.get()]
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(GATHER_S):  # not wait_for: 3.11's can swallow a cancellation
                        await self._at_once.wait()
                self._at_once.clear()
                await self._write_batch()
        finally:
            with contextlib.suppress(OSError):
                self._save(self._drain())

    async def _write_batch(self) -> None:
        batch = self._drain()
        try:
            await asyncio.to_thread(self._save, batch)
        except OSError as error:
            self.lost += len(batch)
            log.error("seat journal: %s; %d lines lost", error, self.lost)

    def _drain(self) -> list[tuple[str, str | None]]:
        batch, self._taken = self._taken, []
        while not self._lines.empty():
            batch.append(self._lines.get_nowait())
        return batch

    def _save(self, batch: list[tuple[str, str | None]]) -> None:
        if not batch:
            return
        for folder in (self._journal.parent, self._live.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.writelines(line + "\n" for line, _ in batch)
        state = next((live for _, live in reversed(batch) if live is not None), None)
        if state is not None:
            fresh = self._live.with_suffix(".new")
            fresh.write_text(state, "utf-8")
            fresh.replace(self._live)
