"""Puts every session that a job's processes open behind the others, as long as the job runs.

Where the kernel groups tasks by session (autogroup), `nice` counts within a session only; browsers and databases open
sessions of their own: each would get as much of the CPUs as the Asterisk whose sound is being measured beside it.

In: an entry of the job's environment that all its processes inherit. Out: priorities. Never: touches a process of
another job; fails where there is no autogroup.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

NICE = "12"  # real-time audio is heard whole only when its processes are not kept waiting


class Behind:
    """`look` now and then: sessions come while the job runs."""

    def __init__(self, entry: str) -> None:
        self._entry = entry.encode()
        self._known: set[int] = set()  # sessions that have been looked at, the job's and others'

    def look(self) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):  # it has ended, or is somebody else's
                session = os.getsid(int(process.name))
                if session in self._known:
                    continue
                entries = (process / "environ").read_bytes().split(b"\0")
                if self._entry in entries:
                    put_behind(session)
                self._known.add(session)


def put_behind(session: int) -> None:
    with contextlib.suppress(OSError):
        Path(f"/proc/{session}/autogroup").write_text(NICE, "ascii")
