"""Runs the jobs of `./hotline test`, some at a time, and counts what they did.

In: jobs. Out: for each a `Ran` with its counts, seconds and output, told of when it begins and ends. Never: runs a job
twice, or leaves one behind when it is interrupted.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
import xml.etree.ElementTree as ET  # reads what our own test runs have written
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from gateway.house.behind import Behind, put_behind
from gateway.house.progress import Say
from gateway.house.testjobs import PORTS_NAME, Job

JOB_S = 1500.0
END_S = 45.0  # an interrupted pytest stops its PBX and its browsers
TICK_S = 20.0
POLL_S = 0.2
OTHERS = 2  # they wait for browsers and databases half of their time
BEHIND_S = 1.0  # how often a job is searched for sessions that it has opened
COUNT = re.compile(rb"\[ *(\d+)/(\d+)\]$", re.MULTILINE)
COLLECTED = re.compile(rb"^collected (\d+) ", re.MULTILINE)
LETTERS = re.compile(rb"^(?:tests/\S+\.py )?([.FEsxX]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        """'3 passed, 0 failed', with ', 1 skipped' when there is one."""
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


@dataclass(frozen=True, slots=True)
class Ran:
    """`trouble`: why the job failed, when that is not a test; it counts as one failure."""

    name: str
    counts: Counts
    took_s: float
    cpu_s: float
    output: str
    trouble: str = ""

    @property
    def ok(self) -> bool:
        return self.counts.failed == 0


def read_report(report: Path) -> Counts | None:
    """The counts of a JUnit XML report; an error outside a test is a failure. None when there is no whole report."""
    try:
        root = ET.parse(report).getroot()  # noqa: S314
    except (OSError, ET.ParseError):
        return None
    found = Counts()
    for suite in root.iter("testsuite"):
        total, failed, errors, skipped = (int(suite.get(n, 0)) for n in ("tests", "failures", "errors", "skipped"))
        found += Counts(total - failed - errors - skipped, failed + errors, skipped)
    return found


def judge(report: Counts | None, code: int, has_report: bool, stopped: str = "") -> tuple[Counts, str]:
    """What a job's exit code and report amount to: no failure only if both say so and a test was run."""
    trouble = stopped
    if not has_report:
        trouble = trouble or ("" if code == 0 else f"exit code {code}")
        return (Counts(failed=1) if trouble else Counts(passed=1)), trouble
    counts = report or Counts()
    if not trouble and report is None:
        trouble = f"ended with {code} and without a report"
    if not trouble and counts.passed + counts.failed == 0:
        trouble = "ran no test"
    if not trouble and code != 0 and counts.failed == 0:
        trouble = f"exit code {code}, though no test failed"
    return (counts + Counts(failed=1) if trouble else counts), trouble


class Runner:
    """A lane for each kind of real-time jobs, `others` for the rest; a real-time lane that has none left helps those.

    Nobody helps with real-time jobs: those of one lane would disturb each other. `known`: how long a job took the last
    time, in seconds; of the rest the longest is begun first, so that the lanes end together.
    """

    def __init__(
        self,
        jobs: Sequence[Job],
        scratch: Path,
        ended: Callable[[Ran], None],
        say: Say,
        known: Mapping[str, float] = MappingProxyType({}),
        others: int = OTHERS,
    ) -> None:
        self._queues: dict[int, list[Job]] = {0: []}
        for job in jobs:
            self._queues.setdefault(job.lane, []).append(job)
        self._queues[0].sort(key=lambda job: -known.get(job.name, 0.0) if known else 0.0)
        self._lanes = [*self._queues, *[0] * (others - 1)]
        self._scratch, self._ended, self._say = scratch, ended, say
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._running: dict[str, Path] = {}

    def run(self) -> list[Ran]:
        """All of them. Interrupted, it ends those that run and raises KeyboardInterrupt."""
        began = time.monotonic()
        with ThreadPoolExecutor(len(self._lanes)) as pool:
            lanes = [pool.submit(self._lane, number) for number in self._lanes]
            try:
                last = began
                while not all(lane.done() for lane in lanes):
                    time.sleep(POLL_S)
                    if time.monotonic() - last >= TICK_S:
                        last = time.monotonic()
                        self._say(self._progress(last - began))
            except KeyboardInterrupt:
                self._stop.set()
                raise
        return [ran for lane in lanes for ran in lane.result()]

    def _lane(self, number: int) -> list[Ran]:
        ran = []
        while job := self._take(number):
            one = self._run(job)
            ran.append(one)
            with self._lock:
                self._running.pop(job.name)
                if not self._stop.is_set():
                    self._ended(one)
        return ran

    def _take(self, number: int) -> Job | None:
        with self._lock:
            queue = self._queues[number] or self._queues[0]
            if not queue or self._stop.is_set():
                return None
            job = queue.pop(0)
            self._running[job.name] = self._scratch / f"{job.name}.log"
            return job

    def _run(self, job: Job) -> Ran:
        log = self._scratch / f"{job.name}.log"
        began = time.monotonic()
        with log.open("wb") as out:
            process = subprocess.Popen(
                job.command,
                cwd=job.folder,
                env=dict(job.env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches it once, from here
            )
            behind = None
            if not job.real_time:
                put_behind(process.pid)
                behind = Behind(f"{PORTS_NAME}={job.env[PORTS_NAME]}") if PORTS_NAME in job.env else None
            code, cpu_s, stopped = self._wait(process, began + JOB_S, behind)
        report = read_report(job.report) if job.report else None
        counts, trouble = judge(report, code, job.report is not None, stopped)
        output = log.read_text("utf-8", "replace")
        return Ran(job.name, counts, time.monotonic() - began, cpu_s, output, trouble)

    def _wait(self, process: subprocess.Popen[bytes], deadline: float, behind: Behind | None) -> tuple[int, float, str]:
        """Exit code, seconds of CPU of it and its children, and why it was ended, if it was."""
        stopped, kill_at, look_at = "", float("inf"), 0.0
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                return process.returncode, usage.ru_utime + usage.ru_stime, stopped
            now = time.monotonic()
            if not stopped and (self._stop.is_set() or now > deadline):
                stopped = "interrupted" if self._stop.is_set() else f"not done within {JOB_S:.0f} s"
                process.send_signal(signal.SIGINT)
                kill_at = now + END_S
            if now > kill_at:
                os.killpg(process.pid, signal.SIGKILL)
            if behind is not None and now > look_at:
                behind.look()
                look_at = now + BEHIND_S
            time.sleep(POLL_S)

    def _progress(self, passed_s: float) -> str:
        with self._lock:
            running = dict(self._running)
            waiting = sum(len(queue) for queue in self._queues.values())
        shown = [f"{name} {how_far(log)}".rstrip() for name, log in running.items()]
        return f"{clock(passed_s)}  {', '.join(shown)}" + (f"; {waiting} to come" if waiting else "")


def how_far(log: Path) -> str:
    """'12/78' for a pytest that has told; '' for others."""
    text = log.read_bytes() if log.exists() else b""
    told = list(COUNT.finditer(text))
    if not told:
        found = COLLECTED.search(text)
        return f"{_letters(text)}/{int(found[1])}" if found else ""
    return f"{int(told[-1][1]) + _letters(text[told[-1].end() :])}/{int(told[-1][2])}"


def _letters(text: bytes) -> int:
    """Tests of the lines that pytest has not yet ended with a count."""
    return sum(len(letters) for letters in LETTERS.findall(text))


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
