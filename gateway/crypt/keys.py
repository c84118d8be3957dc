"""The city's keys: one file of mode 0600, made by `up`, read again when it has changed.

In: the file's path. Out: `Keyring`; new keys by `rotate_keys`. Never: a default key, a key that is dropped while
another process may still be writing with it, a file half written.

The file: `{"current": id, "keys": {id: {"key": hex, "made": ISO, "retired": ISO | null}}, "blind": {…}}`. `blind` holds
the keys of the index for lookups in the same form; of the first release it is one key's hex, whose id is FIRST.
At most two of them are there at once: a lookup tries both.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from gateway.errors import CallerFaultError

from .errors import KeyMissingError

KEY_BYTES = 32  # AES-256
# Processes see a new key at once (they look at the file's time); a transaction begun before may last this long.
FORGET_AFTER = timedelta(hours=1)
FIRST = "first"  # id of the index key of a file that knows only one: its indexes do not say which key made them


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the city. `retired_at`: since when nothing new is sealed with it."""

    id: str
    secret: bytes = field(repr=False)
    made_at: datetime
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Content:
    """`index`: the keys of the lookup index, the current one first."""

    current: str
    keys: Mapping[str, Key]
    index: tuple[Key, ...]


class Keyring:
    """The key file as it is now; a rotation by another process is seen with the next use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int] = (0, 0)
        self._content: _Content | None = None

    def __repr__(self) -> str:
        return f"Keyring({str(self.path)!r})"

    def current(self) -> Key:
        """The key to seal with. Raises KeyMissingError."""
        content = self._read()
        return content.keys[content.current]

    def find(self, key_id: str) -> Key:
        """The key that a text was sealed with. Raises KeyMissingError."""
        found = self._read().keys.get(key_id)
        if found is None:
            raise KeyMissingError(f"{self.path}: no key {key_id!r}; restore the key file from its backup")
        return found

    def all(self) -> tuple[Key, ...]:
        """Every key, oldest first."""
        return tuple(sorted(self._read().keys.values(), key=lambda key: (key.made_at, key.id)))

    def index_keys(self) -> tuple[Key, ...]:
        """The keys of the lookup index: the current one, then one that a rotation has not yet done without."""
        return self._read().index

    def _read(self) -> _Content:
        try:
            seen = self.path.stat()
        except OSError as error:
            raise KeyMissingError(f"{self.path}: {error.strerror}; './hotline up' makes it once") from error
        stamp = (seen.st_mtime_ns, seen.st_ino)
        if self._content is None or stamp != self._stamp:
            self._content, self._stamp = _parse(self.path), stamp
        return self._content


def ensure_keys(path: Path, at: datetime) -> Keyring:
    """Make the file when there is none. Raises KeyMissingError for one that cannot be read: it is not overwritten."""
    with _alone(path):
        if not path.exists():
            first = _new_id()
            index = _new_id()
            blind = {"current": index, "keys": {index: _new_key(at)}}
            _write(path, {"current": first, "keys": {first: _new_key(at)}, "blind": blind})
    ring = Keyring(path)
    ring.current()
    return ring


def rotate_keys(path: Path, at: datetime) -> Key:
    """A new current key. The old ones stay for reading until they are forgotten."""
    with _alone(path):
        raw, made = _raw(path), _new_id()
        raw["keys"][raw["current"]]["retired"] = at.isoformat()
        raw["keys"][made] = _new_key(at)
        raw["current"] = made
        _write(path, raw)
    return Keyring(path).current()


def rotate_index_key(path: Path, at: datetime) -> Key:
    """A new key for the lookup index. Raises CallerFaultError while a retired one is still there."""
    with _alone(path):
        raw, made = _raw(path), _new_id()
        index = raw["blind"] = _index_part(raw)
        if len(index["keys"]) > 1:
            raise CallerFaultError("the last rotation of the index is not over", remedy="./hotline keys reseal, forget")
        index["keys"][index["current"]]["retired"] = at.isoformat()
        index["keys"][made] = _new_key(at)
        index["current"] = made
        _write(path, raw)
    return Keyring(path).index_keys()[0]


def forget_key(path: Path, key_id: str, at: datetime) -> None:
    """Drop a retired key for good, of either kind; the caller has made sure that nothing needs it.

    Raises CallerFaultError for the current key and for one retired less than FORGET_AFTER ago, KeyMissingError.
    """
    with _alone(path):
        raw, ring = _raw(path), Keyring(path)
        key = next((key for key in ring.index_keys() if key.id == key_id), None) or ring.find(key_id)
        if key.retired_at is None:
            raise CallerFaultError(f"{key_id} is the current key", remedy="rotate first")
        if at - key.retired_at < FORGET_AFTER:
            raise CallerFaultError(f"{key_id} was retired at {key.retired_at:%H:%M}", remedy="try again in an hour")
        raw["blind"] = _index_part(raw)
        for part in (raw, raw["blind"]):
            part["keys"].pop(key_id, None)
        _write(path, raw)


def _new_id() -> str:
    return secrets.token_hex(4)


def _new_key(at: datetime) -> dict[str, Any]:
    return {"key": secrets.token_hex(KEY_BYTES), "made": at.isoformat(), "retired": None}


def _raw(path: Path) -> dict[str, Any]:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise KeyMissingError(f"{path}: cannot be read ({error}); restore it from its backup") from error
    if mode & 0o077:
        raise KeyMissingError(f"{path}: mode is {mode:04o}, other users can read it; chmod 600 and rotate the keys")
    if not isinstance(raw, dict):
        raise KeyMissingError(f"{path}: not a key file; restore it from its backup")
    return raw


def _index_part(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The index's keys in the form of today."""
    found = raw["blind"]
    if isinstance(found, dict):
        return found
    made = min(entry["made"] for entry in raw["keys"].values())
    return {"current": FIRST, "keys": {FIRST: {"key": found, "made": made, "retired": None}}}


def _parse(path: Path) -> _Content:
    raw = _raw(path)
    try:
        keys, index = _keys(raw), _index_part(raw)
        current, indexes = index["current"], _keys(index)
        newest_first = tuple(sorted(indexes.values(), key=lambda key: key.id != current))
        content = _Content(raw["current"], keys, newest_first)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KeyMissingError(f"{path}: not a key file ({error!r}); restore it from its backup") from error
    if content.current not in keys or current not in indexes:
        raise KeyMissingError(f"{path}: incomplete; restore it from its backup")
    return content


def _keys(part: Mapping[str, Any]) -> dict[str, Key]:
    return {key_id: _key(key_id, entry) for key_id, entry in part["keys"].items()}


def _key(key_id: str, entry: Mapping[str, Any]) -> Key:
    secret = bytes.fromhex(entry["key"])
    if len(secret) != KEY_BYTES:
        raise ValueError(f"key {key_id} is not {KEY_BYTES} bytes long")
    retired = entry["retired"]
    return Key(
        key_id, secret, datetime.fromisoformat(entry["made"]), datetime.fromisoformat(retired) if retired else None
    )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One writer at a time; two `up`s must not make two keys."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _write(path: Path, raw: Mapping[str, object]) -> None:
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(raw, file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
