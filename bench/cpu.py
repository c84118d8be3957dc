"""What a process has used: CPU seconds of all its threads and of the children it has buried, and memory.

In: a pid. Out: figures of /proc (proc(5)), CPU in steps of a clock tick (10 ms), so measure over hundreds of calls.
Never: a guess for a process that is gone (`ProcessLookupError`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Usage:
    """`cpu_s`: user and system, children included once they have ended; `rss_mb`: resident now; `peak_mb`: ever."""

    cpu_s: float
    rss_mb: float
    peak_mb: float


def usage(pid: int) -> Usage:
    """The figures of a process now. Raises ProcessLookupError when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
        status = Path(f"/proc/{pid}/status").read_text("ascii", "replace")
    except FileNotFoundError as error:
        raise ProcessLookupError(f"process {pid} is gone") from error
    fields = stat.rpartition(")")[2].split()
    ticks = sum(int(value) for value in fields[11:15])  # utime stime cutime cstime, fields 14 to 17 of proc(5)
    kilobytes = dict(line.split(":", 1) for line in status.splitlines() if line.startswith("Vm"))
    return Usage(ticks * _TICK_S, _megabytes(kilobytes.get("VmRSS")), _megabytes(kilobytes.get("VmHWM")))


def machine_busy_s() -> float:
    """CPU seconds that all processors together have not been idle since boot (to see what else runs)."""
    values = [int(word) for word in Path("/proc/stat").read_text("ascii").split("\n", 1)[0].split()[1:]]
    return (sum(values[:8]) - values[3] - values[4]) * _TICK_S


def _megabytes(line: str | None) -> float:
    return int(line.split()[0]) / 1024 if line else 0.0
