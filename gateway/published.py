"""What the gateway decides on: the published routing table, seat directory, roster and menus, in memory.

In: `published/{table,seats,people}.json`, the menus in the table; menu files for a table without menus of its own.
Out: immutable objects, swapped whole.
Never: touches a database, or lets a bad new file replace a good one that is in force.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import ivr
import routing_table
from gateway.config import CHECKOUT
from gateway.errors import FatalError
from gateway.menus import house_menus, read_snapshot
from gateway.people.document import NOBODY, People, read_people
from seats import Pool

log = logging.getLogger(__name__)

PROMPTS = CHECKOUT / "ivr" / "prompts.toml"  # a menu that names a prompt which is not there is refused at load
POLL_S = 0.5  # a published change is in force within this; one stat() a file, no inotify to go missing


@dataclass(frozen=True, slots=True)
class SeatEntry:
    """One seat of the directory. `skills` are routing-table skills; devices are `seat-<id>` and `web-<id>`."""

    id: str
    name: str
    pool: Pool
    skills: frozenset[str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a call needs to be decided. A call keeps the snapshot it began with."""

    table: routing_table.Table
    seats: dict[str, SeatEntry]
    menus: ivr.Menus
    prompt_s: Mapping[str, float]  # how long each installed prompt plays
    people: People = NOBODY  # roster, outside policy, result codes, wrap-up lengths


def parse_seats(text: str) -> dict[str, SeatEntry]:
    """Read `seats.json`: `{"version", "seats": [{"id", "name", "pool", "skills"}]}`.

    Raises ValueError naming the entry that cannot be read.
    """
    entries: dict[str, SeatEntry] = {}
    for index, row in enumerate(json.loads(text)["seats"]):
        try:
            entry = SeatEntry(str(row["id"]), str(row["name"]), Pool(row["pool"]), frozenset(map(str, row["skills"])))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"seats[{index}]: {error!r}") from error
        if not (entry.id.isascii() and entry.id.isalnum()):
            raise ValueError(f"seats[{index}]: id {entry.id!r} must be letters and digits")
        if entry.id in entries:
            raise ValueError(f"seats[{index}]: id {entry.id} twice")
        entries[entry.id] = entry
    return entries


def prompt_lengths(sounds: Path) -> dict[str, float]:
    """Seconds of every prompt in the folder: 8 kHz, 16 bit, mono behind a header of 44 bytes; {} without a folder."""
    return {path.stem: max(0, path.stat().st_size - 44) / 16000 for path in sounds.glob("*.wav")}


def _folder_stamp(folder: Path) -> tuple[str, int, int]:
    """Changes when any file in the folder is added, removed, replaced or written in place."""
    if not folder.is_dir():
        return (folder.name, 0, 0)
    with os.scandir(folder) as entries:
        stats = [entry.stat() for entry in entries]
    return (folder.name, max((s.st_mtime_ns for s in stats), default=0), sum(s.st_size for s in stats))


def load_snapshot(published_dir: Path, menus_dir: Path, sounds: Path, people: People = NOBODY) -> Snapshot:
    """Read all files once. Raises FatalError with file and reason when one is missing or wrong.

    `people`: what stays in force when `people.json` is wrong; no call is refused because of a roster.
    """
    try:
        table, menus = read_snapshot((published_dir / "table.json").read_text("utf-8"))
        seats = parse_seats((published_dir / "seats.json").read_text("utf-8"))
        if menus is None:
            menus = house_menus(menus_dir, frozenset(ivr.load_prompts(PROMPTS.read_text("utf-8"))))
    except (OSError, ValueError, KeyError, TypeError, routing_table.TableError, ivr.MenuError) as error:
        raise FatalError(f"published snapshot: {error}") from error
    return Snapshot(table, seats, menus, prompt_lengths(sounds), _load_people(published_dir / "people.json", people))


def _load_people(path: Path, before: People) -> People:
    """Without the file nobody is on the roster and nobody outside may be called: a new city's state."""
    try:
        return read_people(path.read_text("utf-8")) if path.exists() else NOBODY
    except (OSError, ValueError) as error:
        log.error("kept people %s: people.json: %s", before.version or "(nobody)", error)
        return before


class Published:
    """Holds the snapshot in force and follows the files."""

    def __init__(self, published_dir: Path, menus_dir: Path, sounds: Path) -> None:
        self._published_dir = published_dir
        self._menus_dir = menus_dir
        self._sounds = sounds
        self._stamp = self._read_stamp()
        self.now = load_snapshot(published_dir, menus_dir, sounds)
        self.on_change: Callable[[Snapshot], None] = lambda _snapshot: None

    def _read_stamp(self) -> tuple[tuple[str, int, int], ...]:
        paths = [self._published_dir / name for name in ("table.json", "seats.json", "people.json")]
        paths += sorted(self._menus_dir.glob("*.toml"))
        stamps = tuple((p.name, s.st_mtime_ns, s.st_size) for p in paths if p.exists() for s in (p.stat(),))
        return (*stamps, _folder_stamp(self._sounds))

    def reload(self) -> None:
        """Take the files as they are now. Raises FatalError, and keeps what is in force, when they are wrong."""
        self.now = load_snapshot(self._published_dir, self._menus_dir, self._sounds, self.now.people)
        self.on_change(self.now)

    async def follow(self) -> None:
        """Reload whenever a file changes, until cancelled. A bad file is reported and not taken."""
        while True:
            await asyncio.sleep(POLL_S)
            stamp = self._read_stamp()
            if stamp == self._stamp:
                continue
            self._stamp = stamp
            try:
                self.reload()
            except FatalError as error:
                log.error("kept table %s: %s", self.now.table.version, error)
            else:
                log.info("table %s and %d seats in force", self.now.table.version, len(self.now.seats))
