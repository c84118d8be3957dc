"""A PostgreSQL of the tests' own: `initdb` in a temporary folder, loopback on a free port, gone afterwards.

In: a folder. Out: `Cluster`, which makes empty databases by URL and can be stopped and started to play an outage.
Never: touches a PostgreSQL that somebody else runs, or listens beyond loopback.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from tests.kit.ports import free_block

USER = "hotline"
COMMAND_S = 60
MEMORY, MEMORY_MIN = Path("/dev/shm"), 3 << 30  # bytes free, or the disk is taken: a container may have 64 MB of it


class NoPostgresError(RuntimeError):
    """The server's binaries are not on this machine."""


def find_binaries() -> Path:
    """The folder of initdb and pg_ctl, the newest release's. Debian keeps them out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise NoPostgresError("no initdb: install the package postgresql")
    return Path(on_path).resolve().parent


def roomy_folder() -> Path | None:
    """Where a cluster's files are made fastest: in memory where there is room; None for the usual temporary folder."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MEMORY_MIN
    return MEMORY if roomy else None


class Cluster:
    """One server. `start` and `stop` may be called again and again; data stays between them."""

    def __init__(self, folder: Path) -> None:
        self._bin = find_binaries()
        self._folder = folder
        self._data = folder / "data"
        self._names = count(1)
        self.port = free_block(1)
        self.migrated = ""  # the URL of a database that others are copied from
        self._done: list[str] = []

    def create(self) -> None:
        """initdb and start. Root may not run a server, so root hands the folder to the user postgres."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        self._run([str(self._bin / "initdb"), "-D", str(self._data), "-U", USER, "-A", "trust", "-E", "UTF8", "-N"])
        self.start()

    def start(self) -> None:
        options = f"-p {self.port} -h 127.0.0.1 -k {self._folder} -c fsync=off -c max_connections=40"
        log = str(self._folder / "log")
        self._run(
            [str(self._bin / "pg_ctl"), "-D", str(self._data), "-w", "-t", "30", "-l", log, "-o", options, "start"]
        )

    def stop(self) -> None:
        """At once, as a crash would (clients see a broken connection)."""
        self._run([str(self._bin / "pg_ctl"), "-D", str(self._data), "-w", "-m", "immediate", "stop"])

    def new_database(self, like: str = "") -> str:
        """A fresh database's URL: empty, or a copy of that at URL `like`, to which nobody may be connected."""
        name, source = f"test{next(self._names)}", like.rpartition("/")[2] or "template0"
        words = [f"DROP DATABASE IF EXISTS {old} WITH (FORCE)" for old in self._done]
        # as files: with the log written it takes twice as long
        words.append(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY")
        host = ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", "postgres", "-q"]
        self._run([str(self._bin / "psql"), *host, *(part for word in words for part in ("-c", word))])
        self._done.clear()
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://{USER}@127.0.0.1:{self.port}/{name}"

    def done_with(self, url: str) -> None:
        """No longer needed: dropped together with the making of the next, so that hundreds do not fill the disk."""
        self._done.append(url.rpartition("/")[2])

    def _run(self, command: Sequence[str]) -> None:
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_S, check=False
        )
        if done.returncode:
            raise NoPostgresError(f"{command[-1]}: {done.stderr or done.stdout}")
