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


class Cluster:
    """One server. `start` and `stop` may be called again and again; data stays between them."""

    def __init__(self, folder: Path) -> None:
        self._bin = find_binaries()
        self._folder = folder
        self._data = folder / "data"
        self._names = count(1)
        self.port = free_block(1)
        self.migrated = ""  # the URL of a database that others are copied from

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

    def new_database(self) -> str:
        """A fresh empty database's URL."""
        name = f"test{next(self._names)}"
        host = ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER]
        self._run([str(self._bin / "createdb"), *host, "-T", "template0", name])
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://{USER}@127.0.0.1:{self.port}/{name}"

    def copy(self, source: str, target: str) -> None:
        """Make the database at URL `target` anew, as a copy of that at `source`. Nobody may be connected to either."""
        host = ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", "postgres", "-q"]
        old, new = source.rpartition("/")[2], target.rpartition("/")[2]
        words = [f"DROP DATABASE IF EXISTS {new}", f"CREATE DATABASE {new} TEMPLATE {old}"]
        self._run([str(self._bin / "psql"), *host, *(part for word in words for part in ("-c", word))])

    def _run(self, command: Sequence[str]) -> None:
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_S, check=False
        )
        if done.returncode:
            raise NoPostgresError(f"{command[-1]}: {done.stderr or done.stdout}")
