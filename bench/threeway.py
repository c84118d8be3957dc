"""`bench threeway`: calls of three people at the same time, recorded, beside plain conferences of bare dialplan.

In: how many at once, for how long. Out: failures, how long it took to bring the third in, processor use, recordings
and each leg's figures checked against what was done. Never: a third that is put in by anything but the seat's own verb.
"""

from __future__ import annotations

import asyncio
import math
import time
import wave
from array import array
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import journal, sipp, table
from bench.cpu import machine_busy_s, usage
from bench.flows import NAMES, ROOM, Flow
from bench.house import House, two_houses
from bench.sipp import Calls, Media
from gateway.ami import Ami
from gateway.errors import HotlineError
from gateway.house.layout import layout
from gateway.journal import CallRecord, JournalError, cut_records, parse_record, reduce_call
from gateway.secrets import load_secrets

ASTERISK_PORTS_A_CALL = 8  # it takes six; the rest is for calls that are still ending
SIPP_PORTS_A_CALL = 4
RAMP_RATE = 10.0  # calls/s at which the calls are set up
JOINERS = 4  # seats that press the key in the same moment
JOIN_S = (3.0, 0.25)  # at least, and for each call: the thirds are all in by then, or something is wrong
EDGE_S = 1.0
ALLOWED_OFF_S = 0.2
SILENT_BELOW = 1000
MILLIWATT = bytes((0x34, 0x21, 0x21, 0x34, 0xB4, 0xA1, 0xA1, 0xB4))  # one period of 1 kHz, A-law (G.711, table 5)
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Joined:
    """What became of the verbs: seconds from the key to three in the room, and what went wrong, in words."""

    took_s: tuple[float, ...]
    wrong: tuple[str, ...]


def measure(calls: int, seconds: float, tell: Tell) -> dict[str, Any]:
    """Shape: {"rows": [...], "wanted": [...], "where": {...}}; ours first, then the bare rooms, in one go."""
    where = table.place()
    seats = 2 * calls + 4
    with two_houses(seats, calls * ASTERISK_PORTS_A_CALL, calls * SIPP_PORTS_A_CALL, experts=seats // 2) as (
        ours,
        bare,
    ):
        where |= {"asterisk": ours.asterisk.cli("core show version").split(" built")[0], "sipp": sipp.version()}
        rows = []
        for name, dialled, house in ((NAMES[Flow.OURS], Flow.OURS.value, ours), ("bare ConfBridge", ROOM, bare)):
            tell(f"{name}: {calls} calls of three for {seconds:g} s")
            rows.append({"flow": name, **_step(house, dialled, calls, seconds, tell)})
    wanted = _wanted(rows, calls, seconds)
    return {
        "bench": "threeway",
        "where": where,
        "calls": calls,
        "seconds": seconds,
        "rows": rows,
        "wanted": wanted,
        "ok": all(row["ok"] for row in wanted),
    }


def show(result: dict[str, Any]) -> str:
    """The table."""
    head = (
        *("flow", "calls", "failed", "three-way", "key to joined, p50 s", "worst s", "asterisk cores"),
        *("% of a core per call", "gateway cores", "gateway MB", "other load", "recordings", "worst off s", "wrong"),
    )
    rows = [
        (
            *(r["flow"], r["calls"], r["failed"], r["three_way"], r["joined_p50_s"], r["joined_worst_s"]),
            *(r["asterisk_cores"], r["percent_a_call"], r["gateway_cores"], r["gateway_mb"], r["others_cores"]),
            *(r["recordings"], r["worst_off_s"], "; ".join(r["wrong"])[:120]),
        )
        for r in result["rows"]
    ]
    title = f"Calls of three at once, recorded, 20 ms A-law from the caller and back, {result['seconds']:g} s together"
    return table.text(title, head, rows) + table.wanted_text(result["wanted"]) + table.place_text(result["where"])


# -- one run -------------------------------------------------------------------------------------------------------


def _step(house: House, dialled: str, calls: int, seconds: float, tell: Tell) -> dict[str, Any]:
    ramp_s = calls / RAMP_RATE
    talk_s = ramp_s + _patience(calls) + seconds + 2 * EDGE_S
    offset = journal.size(house.config.journal_file)
    media = Media(_sound(house), house.media_ports.start)
    patience_s = 2 * talk_s + 20
    with house.sipp.seats(talk_s, echo=True) as seats_pid, ThreadPoolExecutor(1) as pool:
        calling = pool.submit(house.sipp.call, dialled, calls, RAMP_RATE, patience_s=patience_s, media=media)
        time.sleep(ramp_s + EDGE_S)
        joined = _join_ours(house, calls) if house.gateway else _join_bare(house, calls)
        tell(f"{len(joined.took_s)} of {calls} joined")
        load = _load(house, seats_pid, seconds)
        made = calling.result(timeout=patience_s + 60)
        house.settle(20.0)
    records = list(_records(house.config.journal_file, offset))
    heard = [one for one in (_heard(layout(house.config).recordings, record) for record in records) if one is not None]
    return _row(house, calls, made, joined, load, records, heard, seconds)


def _join_ours(house: House, calls: int) -> Joined:
    """Every seat that talks presses the key for its own expert."""
    talking = [call for call in house.ask("GET", "/v1/calls")["calls"] if call["state"] == "talking"]
    experts = house.seats[len(house.seats) // 2 :]
    wrong = [] if len(talking) == calls else [f"{len(talking)} of {calls} were talking"]
    took: list[float] = []

    def join(pair: tuple[dict[str, Any], str]) -> None:
        call, expert = pair
        body = {"verb": "three_way", "by": call["seat"], "target": {"kind": "seat", "ref": expert}}
        began = time.monotonic()
        try:
            house.ask("POST", f"/v1/calls/{call['linkedid']}/talk", body)
        except (HotlineError, OSError) as error:
            wrong.append(str(error))
        else:
            took.append(time.monotonic() - began)

    with ThreadPoolExecutor(JOINERS) as pool:
        list(pool.map(join, zip(talking, experts, strict=False)))
    return Joined(tuple(took), tuple(wrong))


def _join_bare(house: House, calls: int) -> Joined:
    """Both others of each room are rung by Asterisk and go into it."""
    began = time.monotonic()
    asyncio.run(_originate(house, calls))
    until = time.monotonic() + _patience(calls)
    full = 0
    while time.monotonic() < until and full < calls:
        time.sleep(0.3)
        lines = house.asterisk.cli("confbridge list").splitlines()
        full = sum(1 for line in lines if line.startswith("b") and line.split()[1:2] == ["3"])
    took = time.monotonic() - began
    return Joined((took,) * full, () if full == calls else (f"{full} of {calls} rooms were full",))


async def _originate(house: House, calls: int) -> None:
    secrets = load_secrets(house.config.secrets_file)
    ami = Ami("127.0.0.1", house.config.ami_port, "originate", secrets.ami_originate, lambda _event: None)
    await ami.start()
    try:
        for number in range(calls):
            for seat in house.seats[2 * number : 2 * number + 2]:
                await ami.action(
                    "Originate",
                    Channel=f"PJSIP/seat-{seat}",
                    Context="bench-leg",
                    Exten=f"b{number + 1}",
                    Priority="1",
                    Async="true",
                )
    finally:
        await ami.stop()


def _patience(calls: int) -> float:
    return JOIN_S[0] + JOIN_S[1] * calls


def _load(house: House, seats_pid: int, seconds: float) -> dict[str, float | None]:
    """Cores in use while all talk."""
    pids = [house.asterisk.pid, seats_pid, *([house.gateway.pid] if house.gateway else [])]
    time.sleep(EDGE_S)
    before, busy, began = [usage(pid) for pid in pids], machine_busy_s(), time.monotonic()
    time.sleep(seconds)
    lasted, machine = time.monotonic() - began, machine_busy_s() - busy
    after = [usage(pid) for pid in pids]
    asterisk, seats, *gateway = ((now.cpu_s - was.cpu_s) / lasted for now, was in zip(after, before, strict=True))
    return {
        "asterisk_cores": asterisk,
        "gateway_cores": sum(gateway),
        "gateway_mb": after[2].rss_mb if house.gateway else None,
        "others_cores": max(0.0, machine / lasted - asterisk - sum(gateway) - seats),
    }


# -- what came of it -----------------------------------------------------------------------------------------------


def _records(path: Path, offset: int) -> Iterator[CallRecord]:
    """The callers' calls written after `offset`, as the product's own reducer folds them."""
    events: dict[str, list[Any]] = {}
    for at, record in cut_records(path.read_bytes()[offset:]).records:
        try:
            event = parse_record(record, "bench", at)
        except JournalError:
            continue
        events.setdefault(event.linkedid, []).append(event)
    for own in events.values():
        found = reduce_call(own)
        if found.inbound:
            yield found


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording: how far its length is from answer to hang-up, and the peak of its middle second (16 bit)."""

    off_s: float
    peak: int


def _heard(recordings: Path, record: CallRecord) -> Heard | None:
    if record.recording_path is None or record.recorded_s is None:
        return None
    try:
        with wave.open(str(recordings / record.recording_path), "rb") as sound:
            off_s = abs(sound.getnframes() / sound.getframerate() - record.recorded_s)
            sound.setpos(max(0, sound.getnframes() // 2 - sound.getframerate() // 2))
            samples = array("h", sound.readframes(sound.getframerate()))
            return Heard(off_s, max(map(abs, samples), default=0))
    except (OSError, wave.Error, EOFError):
        return None


def _row(
    house: House,
    calls: int,
    made: Calls,
    joined: Joined,
    load: dict[str, float | None],
    records: Sequence[CallRecord],
    heard: Sequence[Heard],
    seconds: float,
) -> dict[str, Any]:
    took = sorted(joined.took_s)
    three = [record for record in records if record.three_way_s >= seconds] if house.gateway else list(joined.took_s)
    asterisk = load["asterisk_cores"] or 0.0
    silent = sum(1 for one in heard if one.peak < SILENT_BELOW)
    return {
        "calls": calls,
        "failed": made.failed,
        "three_way": len(three),
        "joined_p50_s": took[len(took) // 2] if took and house.gateway else None,
        "joined_worst_s": took[-1] if took and house.gateway else None,
        **load,
        "percent_a_call": asterisk / calls * 100,
        "recordings": len(heard) - silent,
        "worst_off_s": max((one.off_s for one in heard), default=None),
        "wrong": [*joined.wrong, *([f"{silent} recordings are silent"] if silent else [])],
    }


def _sound(house: House) -> Path:
    path = house.config.state_dir / "tone.al"
    path.write_bytes(MILLIWATT * 4000)
    return path


def _wanted(rows: Sequence[dict[str, Any]], calls: int, seconds: float) -> list[dict[str, Any]]:
    """What the issue asks for, and what is true."""
    ours, bare = rows
    whole = ours["three_way"] if not ours["failed"] and not ours["wrong"] else 0
    off = math.nan if ours["worst_off_s"] is None else ours["worst_off_s"]
    ratio = ours["asterisk_cores"] / bare["asterisk_cores"] if bare["asterisk_cores"] else math.nan
    return [
        table.wanted(f"three-way calls of {seconds:g} s without a failure", f"{calls}", whole, whole == calls),
        table.wanted("recordings whole", f"{calls}", ours["recordings"], ours["recordings"] == calls),
        table.wanted("recording off by at most, s", f"<= {ALLOWED_OFF_S:g}", off, off <= ALLOWED_OFF_S),
        table.wanted("asterisk, ours to bare conferences", "shown", ratio, not math.isnan(ratio)),
    ]
