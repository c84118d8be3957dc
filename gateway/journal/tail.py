"""Follows a growing file through renames, truncation and torn last lines, without losing or doubling a record.

In: a path, how to cut records, and how far each file has been taken in before. Out: `Batch`es, bounded in size.
Never: writes; keeps more than one batch in memory; trusts an inode alone.

A file is known by the hash of its first record (event time and channel id in it: no two files share one), so a renamed
file is recognised after a restart wherever it lies beside the path, and a truncated one is a new one.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .cel import Cut

BATCH_BYTES = 1 << 20  # about 4,000 records, one transaction; larger ones fold a running call fewer times
POLL_S = 0.05  # a new line is seen within this; far below the second that a work order may take
GRACE_S = 2.0  # Asterisk opens the file for each line: one opened just before a rename may still land in the old file
HEAD_BYTES = 96  # enough of the first record to notice that the file was replaced in place


@dataclass(frozen=True, slots=True)
class Batch:
    """`records`: (offset in the file, bytes). `end`: offset to go on from. `size`: the file's when it was read."""

    file_id: str
    name: str
    records: tuple[tuple[int, bytes], ...]
    end: int
    size: int


@dataclass(slots=True)
class _Reading:
    path: Path
    descriptor: int
    inode: int
    file_id: str = ""
    head: bytes = b""
    offset: int = 0
    size: int = 0


class Tail:
    """One followed file. `offsets`: file_id → offset already taken in; it is kept up to date here while reading."""

    def __init__(
        self,
        path: Path,
        cut: Callable[[bytes], Cut],
        offsets: Mapping[str, int],
        *,
        batch_bytes: int = BATCH_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self._cut = cut
        self._offsets = dict(offsets)
        self._batch_bytes = batch_bytes
        self._clock = clock
        self.empty_looks = (
            0  # times that `next_batch` found nothing new: by then all it gave before has been dealt with
        )
        self._reading: _Reading | None = None
        self._replaced_at: float | None = None

    @property
    def position(self) -> tuple[str, int, int]:
        """(file name, offset, size) of the file being read; for the lag shown to the operator."""
        reading = self._reading
        return (reading.path.name, reading.offset, reading.size) if reading else (self.path.name, 0, 0)

    async def next_batch(self) -> Batch:
        """The next records, waiting for them. Cancel it to stop."""
        while (batch := self.poll()) is None:
            self.empty_looks += 1
            await asyncio.sleep(POLL_S)
        return batch

    def poll(self) -> Batch | None:
        """The next records if there are any now."""
        if self._reading is None:
            self._reading = self._open_next()
        if self._reading is None:
            return None
        batch = self._read(self._reading)
        if batch is None and self._finished(self._reading):
            self.close()
            return self.poll() if self._unread() is not None else None
        return batch

    def close(self) -> None:
        if self._reading is not None:
            os.close(self._reading.descriptor)
            self._reading = None
        self._replaced_at = None

    def is_consumed(self) -> bool:
        """Whether the file at the path has been read to its end."""
        reading = self._reading
        return reading is not None and reading.path == self.path and reading.offset == _size(self.path) == reading.size

    def _read(self, reading: _Reading) -> Batch | None:
        reading.size = os.fstat(reading.descriptor).st_size
        if not self._identified(reading) or reading.size <= reading.offset:
            return None
        data = os.pread(reading.descriptor, self._batch_bytes, reading.offset)
        cut = self._cut(data)
        records, consumed = cut.records, cut.consumed
        if not consumed and len(data) == self._batch_bytes:
            records, consumed = ((0, data),), len(data)  # no record is that long: given out as it is, to be refused
        if not consumed:
            return None
        base = reading.offset
        reading.offset = self._offsets[reading.file_id] = base + consumed
        placed = tuple((base + offset, record) for offset, record in records)
        return Batch(reading.file_id, reading.path.name, placed, reading.offset, reading.size)

    def _identified(self, reading: _Reading) -> bool:
        """Give the file its id, anew when its beginning has changed under us (truncated and written again)."""
        if reading.file_id and os.pread(reading.descriptor, HEAD_BYTES, 0)[: len(reading.head)] == reading.head:
            return True
        first = self._cut(os.pread(reading.descriptor, self._batch_bytes, 0)).records[:1]
        if not first:
            return False
        reading.file_id = file_id(self.path.name, first[0][1])
        reading.head = first[0][1][:HEAD_BYTES]
        reading.offset = self._offsets.get(reading.file_id, 0)
        return True

    def _finished(self, reading: _Reading) -> bool:
        """Whether no more can come from this file: another one has stood at the path for the time of grace."""
        if reading.path == self.path:
            if _inode(self.path) in (reading.inode, None):
                self._replaced_at = None
                return False
            if self._replaced_at is None:
                self._replaced_at = self._clock()
            return self._clock() - self._replaced_at >= GRACE_S
        return True

    def _open_next(self) -> _Reading | None:
        path = self._unread()
        if path is None:
            return None
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        return _Reading(path, descriptor, os.fstat(descriptor).st_ino)

    def _unread(self) -> Path | None:
        """The oldest renamed file that has records left, else the path itself when it is there."""
        for path in rotated_files(self.path):
            known = self.known(path, self._offsets)
            if known is not None and known < _size(path):
                return path
        return self.path if self.path.exists() else None

    def known(self, path: Path, offsets: Mapping[str, int]) -> int | None:
        """How far the file has been read; its size when only a torn record is left; None when it has no record."""
        with path.open("rb") as file:
            first = self._cut(file.read(self._batch_bytes)).records[:1]
            if not first:
                return None
            offset = offsets.get(file_id(self.path.name, first[0][1]), 0)
            file.seek(offset)
            rest = file.read(self._batch_bytes)
        torn = len(rest) < self._batch_bytes and not self._cut(rest).records
        return offset + len(rest) if torn else offset


def file_id(name: str, first_record: bytes) -> str:
    """What a journal file is called in the store."""
    return hashlib.sha256(name.encode() + b"\0" + first_record).hexdigest()[:24]


def rotated_files(path: Path) -> list[Path]:
    """Files renamed away from the path (`journal-….csv` by us, `journal.csv.1` by logrotate), oldest first."""
    found = [*path.parent.glob(f"{path.stem}-*{path.suffix}"), *path.parent.glob(f"{path.name}.*")]
    dated = [(entry.stat().st_mtime_ns, entry) for entry in found if entry.is_file() and entry.suffix != ".gz"]
    return [entry for _, entry in sorted(dated)]


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1
