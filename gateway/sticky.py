"""Who rings back about an open order is offered first to the seat that took it: the file between recorder and gateway.

In (recorder): callers' blind indexes → seats from the store. Out: `gateway/sticky.json`, mode 0600, replaced whole. In
(gateway): that file, the keys of the index. Out: the seat of a caller. Never: a number in the file, a database or a
file in the call path, or a caller held back because of this.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path

from gateway.crypt import Key, KeyMissingError, Keyring, blind_with

log = logging.getLogger(__name__)

POLL_S = 1.0


def write_sticky(path: Path, seats: Mapping[str, str]) -> bool:
    """Replace the file where its content changes; whether it did. Raises OSError."""
    text = json.dumps(seats, sort_keys=True)
    try:
        if path.read_text("utf-8") == text:
            return False
    except OSError:
        pass  # there is none yet
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    beside.replace(path)
    return True


class StickySeats:
    """The gateway's side: `of(caller)`, kept by `follow`. A file that cannot be read leaves what was known."""

    def __init__(self, path: Path, keys: Keyring) -> None:
        self._path = path
        self._ring = keys
        self._keys: tuple[Key, ...] = ()
        self._stamp: tuple[int, int] | None = None
        self._seats: Mapping[str, str] = {}
        self.look()

    def of(self, caller: str) -> str | None:
        """Under the newest key of the index first, then under one that is being rotated out."""
        found = (self._seats.get(blind_with(key, caller)) for key in self._keys)
        return next((seat for seat in found if seat is not None), None)

    def look(self) -> None:
        """Read the file if it is another one, and the keys if they are."""
        try:
            self._keys = self._ring.index_keys()
        except KeyMissingError as error:
            if self._path.exists():
                log.error("nobody is offered to the seat that knows them: %s", error)
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp == self._stamp:
                return
            seats = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            log.error("%s: %s", self._path.name, error)
            return
        self._stamp = stamp
        if isinstance(seats, dict):
            self._seats = {str(caller): str(seat) for caller, seat in seats.items()}

    async def follow(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(POLL_S)
            self.look()
