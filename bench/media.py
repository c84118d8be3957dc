"""`bench media`: calls that talk and are recorded at the same time, sound both ways, ours beside bare dialplan.

In: how many at once, how long. Out: processor and memory in the steady part, recordings checked against talk time.
Never: SIPp's own cost in Asterisk's figure; a step after one of the two has broken.
"""

from __future__ import annotations

import math
import time
import wave
from array import array
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import journal, sipp, table
from bench.cpu import machine_busy_s, usage
from bench.flows import NAMES, Flow
from bench.house import House, two_houses
from bench.sipp import Calls, Media
from gateway.house.layout import layout

COUNTS = (50, 100, 150, 200, 250, 300)
ASTERISK_PORTS_A_CALL = 5  # it takes four; the rest is for calls that are still ending
SIPP_PORTS_A_CALL = 4
RAMP_RATE = 25.0  # calls/s at which the calls are set up
EDGE_S = 1.0  # left out at both ends of the steady part
ALLOWED_OFF_S = 0.2
SILENT_BELOW = 1000
TRIES = 2
WANTED_COUNT, WANTED_MB = 300, 150.0  # issue 2, "Measured"
# One period of the 1 kHz reference signal, A-law (ITU-T G.711, table 5).
MILLIWATT = bytes((0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4))
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Load:
    """What ran during the steady part, in cores (1.0 = one processor wholly busy), and the gateway's memory."""

    asterisk: float
    gateway: float
    sipp_seats: float
    sipp_callers: float  # over the whole run: its process is waited for in another thread
    machine: float
    gateway_mb: float
    asterisk_mb: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording: how far its length is from answer to hang-up, and the peak of its middle second (16 bit)."""

    off_s: float
    peak: int


def measure(seconds: float, counts: Sequence[int], tell: Tell) -> dict[str, Any]:
    """Climb until one of the two breaks. Shape: {"steps": [...], "wanted": [...], "where": {...}}."""
    where = table.place()
    steps: list[dict[str, Any]] = []
    most = max(counts)
    with two_houses(most + 20, most * ASTERISK_PORTS_A_CALL, most * SIPP_PORTS_A_CALL) as (ours, bare):
        where |= {"asterisk": ours.asterisk.cli("core show version").split(" built")[0], "sipp": sipp.version()}
        for count in counts:
            held = [
                _climb(house, flow, count, seconds, steps, tell)
                for flow, house in ((Flow.OURS, ours), (Flow.BARE, bare))
            ]
            if not all(held):
                break
    wanted = _wanted(steps)
    return {
        "bench": "media",
        "where": where,
        "seconds": seconds,
        "steps": steps,
        "wanted": wanted,
        "ok": all(row["ok"] for row in wanted),
    }


def show(result: dict[str, Any]) -> str:
    """The table."""
    load = (
        "asterisk cores",
        "% of a core per call",
        "gateway cores",
        "gateway MB",
        "SIPp cores",
        "other load",
    )
    head = ("flow", "calls", *load, "failed", "recordings", "worst off s", "broken by")
    rows = [
        (
            *(r["flow"], r["calls"], r["asterisk_cores"], r["percent_a_call"], r["gateway_cores"], r["gateway_mb"]),
            *(r["sipp_cores"], r["others_cores"], r["failed"], r["recordings"], r["worst_off_s"], r["broken"]),
        )
        for r in result["steps"]
    ]
    title = f"Bridged and recorded calls at once, 20 ms A-law both ways, {result['seconds']:g} s steady"
    return table.text(title, head, rows) + table.wanted_text(result["wanted"]) + table.place_text(result["where"])


def _climb(house: House, flow: Flow, count: int, seconds: float, steps: list[dict[str, Any]], tell: Tell) -> bool:
    """One step; a broken one is tried once more (something else may have had the machine), and both tries are shown."""
    for _attempt in range(TRIES):
        tell(f"{NAMES[flow]}: {count} calls talking for {seconds:g} s")
        steps.append(_step(house, flow, count, seconds))
        if not steps[-1]["broken"]:
            return True
    return False


def _step(house: House, flow: Flow, count: int, seconds: float) -> dict[str, Any]:
    ramp_s = count / RAMP_RATE
    talk_s = ramp_s + seconds + 2 * EDGE_S
    offset = journal.size(house.config.journal_file)
    media = Media(_sound(house), house.media_ports.start)
    with house.sipp.seats(talk_s, echo=True) as seats_pid, ThreadPoolExecutor(1) as pool:
        calling = pool.submit(house.sipp.call, flow.value, count, RAMP_RATE, patience_s=talk_s + 20, media=media)
        time.sleep(ramp_s + EDGE_S)
        load = _watch(house, seats_pid, seconds)
        made = calling.result(timeout=talk_s + 90)
        load = replace(load, sipp_callers=made.cpu_s / (ramp_s + talk_s))
        house.settle(20.0)
    times = journal.calls_since(house.config.journal_file, offset)
    recordings = layout(house.config).recordings
    heard = [_heard(recordings, call) for call in times]
    for path in recordings.rglob("*.wav"):
        path.unlink()
    return _row(flow, count, load, made, heard)


def _watch(house: House, seats_pid: int, seconds: float) -> Load:
    """Cores in use while all calls talk."""
    pids = [house.asterisk.pid, seats_pid, *([house.gateway.pid] if house.gateway else [])]
    before, busy, began = [usage(pid) for pid in pids], machine_busy_s(), time.monotonic()
    time.sleep(seconds)
    lasted, machine = time.monotonic() - began, machine_busy_s() - busy
    after = [usage(pid) for pid in pids]
    asterisk, seats, *gateway = ((now.cpu_s - was.cpu_s) / lasted for now, was in zip(after, before, strict=True))
    gateway_mb = after[2].rss_mb if house.gateway else math.nan
    return Load(asterisk, sum(gateway), seats, 0.0, machine / lasted, gateway_mb, after[0].rss_mb)


def _row(flow: Flow, count: int, load: Load, made: Calls, heard: Sequence[Heard | None]) -> dict[str, Any]:
    known = [each for each in heard if each is not None]
    sipp_cores = load.sipp_seats + load.sipp_callers
    faults = {
        "failed calls": made.failed,
        "recordings missing": count - len(known),
        "recordings off": sum(1 for each in known if each.off_s > ALLOWED_OFF_S),
        "recordings silent": sum(1 for each in known if each.peak < SILENT_BELOW),
    }
    return {
        "flow": NAMES[flow],
        "calls": count,
        "asterisk_cores": load.asterisk,
        "percent_a_call": load.asterisk / count * 100,
        "gateway_cores": load.gateway,
        "gateway_mb": None if math.isnan(load.gateway_mb) else load.gateway_mb,
        "asterisk_mb": load.asterisk_mb,
        "sipp_cores": sipp_cores,
        "others_cores": max(0.0, load.machine - load.asterisk - load.gateway - sipp_cores),
        "failed": made.failed,
        "recordings": len(known),
        "worst_off_s": max((each.off_s for each in known), default=None),
        "broken": ", ".join(f"{value} {name}" for name, value in faults.items() if value),
    }


def _heard(recordings: Path, call: journal.Times) -> Heard | None:
    """A recording against its call; None when there is nothing to compare."""
    path = next(recordings.rglob(f"{call.linkedid}.wav"), None)
    if path is None or call.open_s is None:
        return None
    try:
        with wave.open(str(path), "rb") as sound:
            off_s = abs(sound.getnframes() / sound.getframerate() - call.open_s)
            sound.setpos(max(0, sound.getnframes() // 2 - sound.getframerate() // 2))
            samples = array("h", sound.readframes(sound.getframerate()))
            return Heard(off_s, max(map(abs, samples), default=0))
    except (wave.Error, EOFError):
        return None


def _sound(house: House) -> Path:
    path = house.config.state_dir / "tone.al"
    path.write_bytes(MILLIWATT * 4000)
    return path


def _wanted(steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the issue asks for, and what is true."""
    ours = [row for row in steps if row["flow"] == NAMES[Flow.OURS]]
    most = max((row["calls"] for row in ours if not row["broken"]), default=0)
    memory = max((row["gateway_mb"] for row in ours if row["calls"] <= WANTED_COUNT), default=math.nan)
    off = max((row["worst_off_s"] or 0.0 for row in ours if not row["broken"]), default=math.nan)
    bare = max((row["calls"] for row in steps if row["flow"] == NAMES[Flow.BARE] and not row["broken"]), default=0)
    return [
        table.wanted("calls at once without a fault", f"as bare ({bare})", most, most >= bare),
        table.wanted(
            f"gateway MB, up to {max(row['calls'] for row in ours)} calls",
            f"<= {WANTED_MB:g}",
            memory,
            memory <= WANTED_MB,
        ),
        table.wanted("recording off by at most, s", f"<= {ALLOWED_OFF_S:g}", off, off <= ALLOWED_OFF_S),
    ]
