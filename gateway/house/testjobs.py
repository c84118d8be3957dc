"""What `./hotline test` runs: linter, types, the pages' own tests, and the Python tests in concurrent groups.

In: the `tests` folder. Out: jobs (a command, where its counts are, what it may use). Never: starts one.

Each group of tests is a pytest of its own with its own ports, temporary folder and no shared cache, so that two of them
can run at once. A folder that no group names is in the group `rooms`: a new room's tests cannot be forgotten.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.config import CHECKOUT

SETTINGS = ("HOTLINE_",)
# Debian 12's Python 3.11.2 can break inside pytest's pretty tracebacks (cpython gh-106905) and hide what failed.
TRACEBACKS = () if sys.version_info >= (3, 11, 5) else ("--tb=native",)
TESTS = CHECKOUT / "tests"
REST = "rooms"
# In the order in which they are begun. Browsers take all CPUs there are, and as root raise their own priority.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "system": ("kit", "system"),
    "talks": (
        *("system/test_talk.py", "system/test_supervise.py", "system/test_restore.py", "system/test_table.py"),
        *("system/test_outside.py", "system/test_callouts.py"),
    ),
    "bench": ("bench",),
    "journey": (
        *("pages/test_journey.py", "pages/test_talk_journey.py"),
        *("pages/test_seat_journey.py", "pages/test_office_calls.py"),
    ),
    REST: (),
    "house": ("house", "asterisk_conf"),
    "pages": ("pages",),
    "store": ("store", "journal", "recordings"),
    "desks": (
        *("pages/test_table_journey.py", "pages/test_table_pages.py", "pages/test_table_more_pages.py"),
        *("pages/test_menu_pages.py", "pages/test_people_pages.py", "pages/test_seat_pages.py"),
    ),
    "console": ("console",),
    "work": ("feeds", "orders", "tables"),
}
# Sound: each lane takes its own one after the other. Two at once: they wait for clocks more than they compute.
REAL_TIME = (("system",), ("talks", "bench", "journey"))
HASTE = (*(name for lane in REAL_TIME for name in lane), "house")  # deadlines: not behind others for the CPU
FIRST_PORT, PORTS_EACH = 13_000, 1_750  # up to 32 250: outgoing connections have theirs from 32 768 up
PORTS_NAME = "TEST_PORTS"  # which ports a group's tests may use; also tells whose a process is
NICE = ("nice", "-n", "10")


@dataclass(frozen=True, slots=True)
class Job:
    """`report`: JUnit XML that the command writes; without one the command as a whole counts as one test.

    `lane`: the lane of real-time jobs that it belongs to, from 1; 0 is for all the others.
    """

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str]
    folder: Path = CHECKOUT
    report: Path | None = None
    lane: int = 0

    @property
    def real_time(self) -> bool:
        return self.lane > 0


def environment() -> dict[str, str]:
    """This process's, without the settings of an installation: tests bring their own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    return env | {"PYTHONPATH": str(CHECKOUT)}


def checks() -> list[Job]:
    """Linter, format and types."""
    here = Path(sys.executable).parent
    commands = {
        "ruff": (str(here / "ruff"), "check", "."),
        "format": (str(here / "ruff"), "format", "--check", "."),
        "mypy": (str(here / "mypy"),),
    }
    return [Job(name, (*NICE, *command), environment()) for name, command in commands.items()]


def web_job(npm: Sequence[str], env: Mapping[str, str], folder: Path, scratch: Path) -> Job:
    """The pages' own tests (vitest)."""
    report = scratch / "web.xml"
    reporters = ("--reporter=default", "--reporter=junit", f"--outputFile.junit={report}")
    return Job("web", (*NICE, *npm, "test", "--", *reporters), {**env, "NO_COLOR": "1"}, folder, report)


def group_paths(tests: Path = TESTS) -> dict[str, list[str]]:
    """Each group's folders and files, relative to `tests`; what no group names is in `rooms`."""
    named = {path for paths in GROUPS.values() for path in paths}
    tops = [place.name for place in sorted(tests.iterdir()) if place.match("test_*.py") or any(place.glob("test_*.py"))]
    return {
        name: [
            path for top in paths or (top for top in tops if top not in named) for path in _without(tests, top, named)
        ]
        for name, paths in GROUPS.items()
    }


def _without(tests: Path, folder: str, named: set[str]) -> list[str]:
    """The folder; or its test files, less those that a group names by themselves."""
    if not any(path.startswith(f"{folder}/") for path in named):
        return [folder]
    files = sorted(f"{folder}/{file.name}" for file in (tests / folder).glob("test_*.py"))
    return [file for file in files if file not in named]


def groups(scratch: Path) -> list[Job]:
    """The Python tests. Reports and temporary folders are in `scratch`."""
    return [
        _group(name, [f"tests/{path}" for path in paths], index, scratch)
        for index, (name, paths) in enumerate(group_paths().items())
    ]


def _group(name: str, paths: Sequence[str], index: int, scratch: Path) -> Job:
    report = scratch / f"{name}.xml"
    first = FIRST_PORT + index * PORTS_EACH
    alone = ("-p", "no:cacheprovider", "-o", "console_output_style=count", f"--basetemp={scratch / name}")
    command = pytest_command(report, [*alone, "--durations=5", "--durations-min=3", *paths])
    env = environment() | {PORTS_NAME: f"{first}-{first + PORTS_EACH}"}
    command = command if name in HASTE else (*NICE, *command)
    lane = next((number for number, names in enumerate(REAL_TIME, 1) if name in names), 0)
    return Job(name, command, env, CHECKOUT, report, lane)


def pytest_command(report: Path, arguments: Sequence[str]) -> tuple[str, ...]:
    return (sys.executable, "-P", "-m", "pytest", f"--junitxml={report}", *TRACEBACKS, *arguments)
