"""What the gateway knows from the last hour or so and must still know after a restart: small files, replaced whole.

In: a name and how to say what is to be kept. Out: `<name>.json` beside `seats-live.json`, and what it said at the next
start. Never: waits for the disk in the event loop (a writer thread does it), or stops a call when the disk is full.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

GATHER_S = 0.05  # one turn of the writer thread for all that changes in this time


class Kept:
    """The files of one folder. `changed` is quick and may be called as often as anything changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._say: dict[str, Callable[[], Any]] = {}
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()

    def read(self, name: str) -> Any:
        """What was kept; None on a first start or for a damaged file."""
        try:
            return json.loads((self._folder / f"{name}.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            log.error("%s.json cannot be read, what it kept is forgotten: %s", name, error)
            return None

    def changed(self, name: str, say: Callable[[], Any]) -> None:
        """`say` is asked for what is to be kept (JSON) at the next turn of the writer."""
        self._say[name] = say
        self._changed[name] = None
        self._wake.set()

    async def run(self) -> None:
        """Write until cancelled; what has changed by then is still written."""
        try:
            while True:
                await self._wake.wait()
                await asyncio.sleep(GATHER_S)
                texts = self._texts()
                try:
                    await asyncio.to_thread(self._save, texts)
                except OSError as error:
                    log.error("not kept for the next start: %s: %s", ", ".join(texts), error)
        finally:
            with contextlib.suppress(OSError):
                self._save(self._texts())

    def _texts(self) -> dict[str, str]:
        self._wake.clear()
        names, self._changed = self._changed, {}
        return {name: json.dumps(self._say[name](), ensure_ascii=False) for name in names}

    def _save(self, texts: dict[str, str]) -> None:
        if texts:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in texts.items():
            fresh = self._folder / f"{name}.json.new"
            fresh.touch(mode=0o600)
            fresh.write_text(text, "utf-8")
            fresh.replace(self._folder / f"{name}.json")
