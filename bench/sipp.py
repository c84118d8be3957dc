"""SIPp as all the callers and as all the seats of a bench, on the loopback interface.

In: where the PBX is, how many calls at which rate. Out: what SIPp counted: calls, failures, retransmissions, answer
times. Never: more calls than it was told; lives longer than its block.
"""

from __future__ import annotations

import csv
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import FatalError

SCENARIOS = Path(__file__).resolve().parent / "scenarios"
HOST = "127.0.0.1"
STOP_GRACE_S = 5.0
REGISTER_RATE = 100


@dataclass(frozen=True, slots=True)
class Calls:
    """How a run of callers went. `answer_ms`: INVITE to 200 as the caller saw it, in SIPp's steps of a few ms."""

    made: int
    failed: int
    retransmissions: int
    answer_ms: tuple[float, ...]
    cpu_s: float
    words: str


@dataclass(frozen=True, slots=True)
class Media:
    """20 ms A-law packets from `sound`, over and over; ports from `first_port` on, four a call."""

    sound: Path
    first_port: int


@dataclass(frozen=True, slots=True)
class Ports:
    """Where one SIPp listens; it takes four ports from `media` on."""

    sip: int
    media: int


class Sipp:
    """Runs SIPp against one PBX; keeps everything it writes in `folder`."""

    def __init__(self, folder: Path, pbx_port: int, callers: Ports, seats: Ports) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._pbx = f"{HOST}:{pbx_port}"
        self._callers = callers
        self._seats = seats
        self._runs = 0

    def register(self, passwords: dict[str, str]) -> None:
        """Register these endpoints at the seats' port. Raises FatalError when one is refused."""
        run = self._run_folder()
        lines = [f"{name};[authentication username={name} password={word}]" for name, word in passwords.items()]
        (run / "seats.csv").write_text("\n".join(["SEQUENTIAL", *lines, ""]), "ascii")
        (run / "seats.csv").chmod(0o600)
        options = ["-inf", "seats.csv", "-m", str(len(lines)), "-r", str(REGISTER_RATE), self._pbx]
        process = self._start(run, "register", {}, self._seats, options)
        if self._wait(process, 30 + len(lines) / REGISTER_RATE) != 0:
            raise FatalError(f"SIPp could not register the bench's seats: {_words(run)}")

    @contextmanager
    def seats(self, talk_s: float, echo: bool = False) -> Iterator[int]:
        """All seats, while the block runs; yields SIPp's pid. With `echo` they send back the sound they hear."""
        run = self._run_folder()
        options = ["-trace_stat", "-stf", "stat.csv", "-fd", "1", *(["-rtp_echo"] if echo else [])]
        process = self._start(run, "seat", {"talk_ms": round(talk_s * 1000)}, self._seats, options)
        try:
            yield process.pid
        finally:
            self._stop(process)

    def call(
        self, dialled: str, calls: int, rate: float, *, patience_s: float = 15.0, media: Media | None = None
    ) -> Calls:
        """Make the calls and wait for their end."""
        run = self._run_folder()
        numbers = [f"139{index:08}" for index in range(calls)]
        (run / "callers.csv").write_text("\n".join(["SEQUENTIAL", *numbers, ""]), "ascii")
        options = ["-inf", "callers.csv", "-s", dialled, "-m", str(calls), "-l", str(calls + 1), "-r", f"{rate:g}"]
        options += ["-trace_stat", "-stf", "stat.csv", "-fd", "1", "-trace_rtt", "-rtt_freq", "1", self._pbx]
        values: dict[str, object] = {"patience_ms": round(patience_s * 1000), "media": "", "port": "[media_port]"}
        if media is not None:
            values["media"] = f'<nop><action><exec rtp_stream="{media.sound},-1,8"/></action></nop>'
            values["port"] = "[rtpstream_audio_port]"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ports = self._callers if media is None else Ports(self._callers.sip, media.first_port)
        process = self._start(run, "caller", values, ports, options)
        self._wait(process, calls / rate + patience_s + 30)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return _counted(run, calls, cpu_s)

    # -- running -----------------------------------------------------------------------------------------------------

    def _run_folder(self) -> Path:
        self._runs += 1
        run = self._folder / f"run-{self._runs}"
        run.mkdir()
        return run

    def _start(
        self, run: Path, scenario: str, values: dict[str, object], ports: Ports, options: list[str]
    ) -> subprocess.Popen[bytes]:
        script = (SCENARIOS / f"{scenario}.xml").read_text("utf-8")
        for name, value in values.items():
            script = script.replace(f"§{name}§", str(value))
        (run / f"{scenario}.xml").write_text(script, "utf-8")
        command = [_program(), "-sf", f"{scenario}.xml", "-i", HOST, "-p", str(ports.sip), "-mi", HOST, "-nostdin"]
        command += ["-mp", str(ports.media), "-trace_err", "-error_file", "errors.log", *options]
        with (run / "screen.log").open("wb") as screen:
            return subprocess.Popen(
                command, cwd=run, env={**os.environ, "TERM": "dumb"}, stdout=screen, stderr=subprocess.STDOUT
            )

    def _wait(self, process: subprocess.Popen[bytes], seconds: float) -> int:
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self._stop(process)
            return -1

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait(timeout=STOP_GRACE_S)


def version() -> str:
    """`SIPp v3.6.1-…`."""
    done = subprocess.run([_program(), "-v"], capture_output=True, text=True, timeout=10, check=False)
    return next((line.strip().rstrip(".") for line in done.stdout.splitlines() if "SIPp v" in line), "SIPp")


def _counted(run: Path, asked: int, cpu_s: float) -> Calls:
    """SIPp's own statistics; calls that it never finished count as failed."""
    if not (run / "stat.csv").exists():
        raise FatalError(
            f"SIPp did not start: {_words(run)} {(run / 'screen.log').read_text('utf-8', 'replace')[-800:]}"
        )
    head, *rows = _rows(run / "stat.csv")
    last = dict(zip(head, rows[-1], strict=False)) if rows else {}
    good = int(last.get("SuccessfulCall(C)") or 0)
    answers = [row[1] for path in run.glob("*_rtt.csv") for row in _rows(path) if len(row) >= 2]
    times = [float(value) for value in answers if value.replace(".", "", 1).isdigit()]
    return Calls(asked, asked - good, int(last.get("Retransmissions(C)") or 0), tuple(times), cpu_s, _words(run))


def _rows(path: Path) -> list[list[str]]:
    with path.open("r", encoding="ascii", errors="replace", newline="") as lines:
        return list(csv.reader(lines, delimiter=";")) or [[]]


def _words(run: Path) -> str:
    path = run / "errors.log"
    return path.read_text("utf-8", "replace")[-1500:] if path.exists() else ""


def _program() -> str:
    path = shutil.which("sipp")
    if path is None:
        raise FatalError("sipp is not installed; install it with: apt-get install sip-tester")
    return path
