"""Keeps the journal folder in bounds: renames a full file away, deletes old ones, keeps all of them to their owner.

In: paths, limits, the time. Out: what was renamed, deleted or closed to others. Never: deletes a file that has not been
taken in whole (the caller says so), or the one that is being written.

The files hold callers' numbers in the clear: Asterisk writes them so, and a torn or wrongly read line must be there to
be read again. What protects them is their mode, and that they are deleted (`HOTLINE_JOURNAL_KEEP_DAYS`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from .tail import rotated_files

FULL_BYTES = 64 << 20  # at 23,000 calls a day about two days; a file that a person can still open
OLDEST = timedelta(days=1)
_EPOCH = re.compile(rb"(\d{9,10})\.\d")
KEEP = timedelta(days=30)  # the store can be rebuilt from these; no document fixes a time for the journal


def rotate(path: Path, now: datetime) -> Path | None:
    """Rename the file away when it is full or its first line is a day old. Asterisk opens it anew for each line."""
    begun = _first_time(path)
    if begun is None or (path.stat().st_size < FULL_BYTES and now - begun < OLDEST):
        return None
    target = path.with_name(f"{path.stem}-{now:%Y%m%dT%H%M%S}{path.suffix}")
    if target.exists():
        return None
    return path.rename(target)


def _first_time(path: Path) -> datetime | None:
    """The time in the file's first record (epoch seconds in both journals); None when there is none yet."""
    try:
        with path.open("rb") as file:
            match = _EPOCH.search(file.read(256))
    except FileNotFoundError:
        return None
    return datetime.fromtimestamp(int(match[1]), UTC) if match else None


def close_to_others(path: Path) -> list[Path]:
    """Take everybody's rights but the owner's from the journal and its renamed files; those that had more."""
    open_ones = open_to_others(path)
    for file in open_ones:
        file.chmod(0o600)
    return open_ones


def open_to_others(path: Path) -> list[Path]:
    """Files of the journal that others than their owner may read."""
    there = [file for file in (path, *rotated_files(path)) if file.exists()]
    return [file for file in there if file.stat().st_mode & 0o077]


def drop_old(path: Path, now: datetime, is_consumed: Callable[[Path], bool], keep: timedelta = KEEP) -> list[Path]:
    """Delete renamed files not written for `keep`, if `is_consumed` says that all of it is in the store."""
    dropped = []
    for old in rotated_files(path):
        if now - datetime.fromtimestamp(old.stat().st_mtime, UTC) > keep and is_consumed(old):
            old.unlink()
            dropped.append(old)
    return dropped
