"""Results as a table for people and as JSON for machines, with where and when they were measured.

In: rows of values. Out: text. Never: a figure without machine, versions and date beside it.
"""

from __future__ import annotations

import math
import os
import platform
import statistics
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Cell = str | int | float | None


def percentile(values: Sequence[float], percent: float) -> float:
    """Nearest-rank percentile; NaN of nothing."""
    if not values:
        return math.nan
    ranked = sorted(values)
    return ranked[max(0, math.ceil(percent / 100 * len(ranked)) - 1)]


def median(values: Sequence[float]) -> float:
    """NaN of nothing."""
    return statistics.median(values) if values else math.nan


def text(title: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A Markdown table with aligned columns, so that it can be read as it stands and pasted into a page."""
    cells = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = [_line(row, widths) for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 1) + ":" for width in widths) + "|")
    return "\n".join([f"**{title}**", "", *lines, "", ""])


def wanted(what: str, asked: str, found: float, ok: bool) -> dict[str, Any]:
    """One expectation beside what was found; `ok` is False for a figure that was not measured (NaN)."""
    return {"what": what, "asked": asked, "found": None if math.isnan(found) else found, "ok": ok}


def wanted_text(rows: Sequence[dict[str, Any]]) -> str:
    """The expectations as a table."""
    cells = [(row["what"], row["asked"], row["found"], "yes" if row["ok"] else "NO") for row in rows]
    return text("Asked for and found", ("what", "asked", "found", "held"), cells)


def place() -> dict[str, str]:
    """Where and when: processors, memory, system, versions, load by others."""
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {_memory_gb():.0f} GB",
        "system": f"{_system()}, Linux {platform.release()}",
        "python": platform.python_version(),
        "load_before": f"{os.getloadavg()[0]:.2f}",
    }


def version_of(*command: str) -> str:
    """First line with a digit that a program prints about itself; empty when it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = (done.stdout + done.stderr).splitlines()
    return next((line.strip().rstrip(".") for line in lines if any(char.isdigit() for char in line)), "")


def tail(path: Path) -> str:
    """The last lines of a log, for an error's text."""
    try:
        return "\n".join(path.read_text("utf-8", "replace").splitlines()[-12:])
    except OSError:
        return "(no log)"


def place_text(where: dict[str, str]) -> str:
    """One line under a table."""
    return "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in where.items() if value) + "\n"


def _cell(value: Cell) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
    return str(value)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + " |"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("ascii", "replace").splitlines()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()
