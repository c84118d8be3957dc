"""`bench calls`: what a call costs in our path, beside the same flow as bare dialplan and with one process for each
call.

In: rounds, seconds, rates. Out: CPU per call of every process, decision times, failures and retransmissions by rate.
Never: one flow measured today and another tomorrow: all run in one house, in turn, round by round.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bench import journal, sipp, table
from bench.cpu import machine_busy_s, usage
from bench.flows import NAMES, Flow
from bench.house import House, bench_house

SEATS = 250
RTP_PORTS = 2400
TALK_S = 0.2
COST_RATE = {Flow.OURS: 40.0, Flow.BARE: 40.0, Flow.PROCESS: 4.0}  # calls/s; none of the three is under stress
RATES = (50.0, 100.0, 150.0, 200.0, 250.0, 300.0)
PROCESS_RATES = (5.0, 10.0, 20.0, 40.0)  # where it breaks it takes the rest of the machine with it
WANTED_RATE, WANTED_P99_MS, WANTED_CPU = 150.0, 50.0, 1.8  # issue 2, "Measured"
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """One flow at one rate. CPU in seconds for the whole run; times in milliseconds for each call that got so far."""

    flow: Flow
    rate: float
    calls: int
    failed: int
    retransmissions: int
    asterisk_s: float
    gateway_s: float
    sipp_s: float
    machine_s: float
    lasted_s: float
    decision_ms: tuple[float, ...]
    greeting_ms: tuple[float, ...]
    answer_ms: tuple[float, ...]


def measure(rounds: int, seconds: float, rates: Sequence[float], tell: Tell) -> dict[str, Any]:
    """Run everything once. Shape: {"cost": [...], "rates": [...], "wanted": {...}, "where": {...}}."""
    where = table.place()
    with bench_house(SEATS, RTP_PORTS) as house, house.sipp.seats(TALK_S) as seats_pid:
        where |= {"asterisk": house.asterisk.cli("core show version").split(" built")[0], "sipp": sipp.version()}
        run_flow(house, seats_pid, Flow.OURS, 20, 1.0)  # warm up: files opened, memory grown
        run_flow(house, seats_pid, Flow.BARE, 20, 1.0)
        costs = [
            run_flow(house, seats_pid, flow, COST_RATE[flow], seconds)
            for turn in range(rounds)
            for flow in _told(tell, f"cost per call, round {turn + 1} of {rounds}", _turned(turn))
        ]
        ladder = _ladder(house, seats_pid, seconds, rates, tell)
        memory = usage(house.gateway.pid)
    fixed_ms = table.median([value for run in costs if run.flow is Flow.BARE for value in run.greeting_ms])
    result = {
        "bench": "calls",
        "where": where,
        "rounds": rounds,
        "seconds": seconds,
        "fixed_wait_ms": fixed_ms,
        "cost": _costs(costs, fixed_ms),
        "rates": [_rate_row(run, fixed_ms) for run in ladder],
        "gateway_rss_mb": memory.rss_mb,
        "gateway_peak_mb": memory.peak_mb,
    }
    wanted = _wanted(result)
    return result | {"wanted": wanted, "ok": all(row["ok"] for row in wanted)}


def run_flow(house: House, seats_pid: int, flow: Flow, rate: float, seconds: float) -> Run:
    """One flow at one rate for so long, cost of the last hang-up included."""
    offset = journal.size(house.config.journal_file)
    pids = (house.asterisk.pid, house.gateway.pid, seats_pid)
    before, busy, began = [usage(pid).cpu_s for pid in pids], machine_busy_s(), time.monotonic()
    made = house.sipp.call(flow.value, max(1, round(rate * seconds)), rate)
    house.settle()
    lasted = time.monotonic() - began
    asterisk, gateway, seats = (usage(pid).cpu_s - was for pid, was in zip(pids, before, strict=True))
    calls = journal.calls_since(house.config.journal_file, offset)
    return Run(
        flow,
        rate,
        made.made,
        made.failed,
        made.retransmissions,
        asterisk,
        gateway,
        seats + made.cpu_s,
        machine_busy_s() - busy,
        lasted,
        tuple(call.decision_s * 1000 for call in calls if call.decision_s is not None),
        tuple(call.greeting_s * 1000 for call in calls if call.greeting_s is not None),
        made.answer_ms,
    )


def show(result: dict[str, Any]) -> str:
    """Both tables, and what the issue asks for beside what was found."""
    cost_head = ("flow", "asterisk ms", "gateway ms", "sum ms", "× bare", "decision p50 ms", "p99 ms", "calls")
    cost_rows = [
        (r["flow"], r["asterisk_ms"], r["gateway_ms"], r["sum_ms"], r["ratio"], r["p50_ms"], r["p99_ms"], r["calls"])
        for r in result["cost"]
    ]
    rate_head = ("flow", "calls/s", "calls", "failed", "retrans", "p50 ms", "p99 ms", "200 OK p99 ms", "sum ms/call")
    rate_rows = [
        (
            *(r["flow"], f"{r['rate']:g}", r["calls"], r["failed"], r["retransmissions"]),
            *(r["p50_ms"], r["p99_ms"], r["answer_p99_ms"], r["sum_ms"]),
        )
        for r in result["rates"]
    ]
    title = f"CPU per call, median of {result['rounds']} rounds of {result['seconds']:g} s"
    by_rate = f"By rate, {result['seconds']:g} s each"
    fixed = (
        f"Decision: the caller's channel to the seat's (journal), less {result['fixed_wait_ms']:.1f} ms of greeting."
    )
    memory = f"Gateway memory {result['gateway_rss_mb']:.0f} MB, at its peak {result['gateway_peak_mb']:.0f} MB."
    return (
        f"{table.text(title, cost_head, cost_rows)}{fixed}\n\n"
        f"{table.text(by_rate, rate_head, rate_rows)}{memory}\n\n"
        f"{table.wanted_text(result['wanted'])}{table.place_text(result['where'])}"
    )


def _ladder(house: House, seats_pid: int, seconds: float, rates: Sequence[float], tell: Tell) -> list[Run]:
    """Each flow climbs, in turn, until it fails."""
    runs: list[Run] = []
    broken: set[Flow] = set()
    steps = [(flow, rate) for rate in rates for flow in (Flow.OURS, Flow.BARE)]
    steps += [(Flow.PROCESS, rate) for rate in PROCESS_RATES]
    for flow, rate in steps:
        if flow not in broken:
            tell(f"{NAMES[flow]} at {rate:g} calls/s")
            runs.append(run_flow(house, seats_pid, flow, rate, seconds))
            if runs[-1].failed:
                broken.add(flow)
    return runs


def _turned(turn: int) -> list[Flow]:
    """Every round begins with another flow, so that none always runs after the same one."""
    flows = list(Flow)
    return flows[turn % len(flows) :] + flows[: turn % len(flows)]


def _told(tell: Tell, words: str, flows: list[Flow]) -> list[Flow]:
    tell(words)
    return flows


def _costs(runs: Sequence[Run], fixed_ms: float) -> list[dict[str, Any]]:
    """One row a flow: medians over the rounds, and the ratio to bare dialplan."""
    rows: list[dict[str, Any]] = []
    for flow in Flow:
        mine = [run for run in runs if run.flow is flow]
        decisions = [value - fixed_ms for run in mine for value in run.decision_ms]
        asterisk = table.median([run.asterisk_s / run.calls * 1000 for run in mine])
        # while the other flows run the gateway still follows AMI: that is its cost too, but not theirs
        gateway = table.median([run.gateway_s / run.calls * 1000 for run in mine]) if flow is Flow.OURS else 0.0
        rows.append(
            {
                "flow": NAMES[flow],
                "asterisk_ms": asterisk,
                "gateway_ms": gateway,
                "sum_ms": asterisk + gateway,
                "p50_ms": table.percentile(decisions, 50),
                "p99_ms": table.percentile(decisions, 99),
                "calls": sum(run.calls for run in mine),
                "failed": sum(run.failed for run in mine),
            }
        )
    bare = next(row["sum_ms"] for row in rows if row["flow"] == NAMES[Flow.BARE])
    return [row | {"ratio": row["sum_ms"] / bare if bare else None} for row in rows]


def _rate_row(run: Run, fixed_ms: float) -> dict[str, Any]:
    decisions = [value - fixed_ms for value in run.decision_ms]
    gateway_s = run.gateway_s if run.flow is Flow.OURS else 0.0
    return {
        "flow": NAMES[run.flow],
        "rate": run.rate,
        "calls": run.calls,
        "failed": run.failed,
        "retransmissions": run.retransmissions,
        "p50_ms": table.percentile(decisions, 50),
        "p99_ms": table.percentile(decisions, 99),
        "answer_p99_ms": table.percentile(run.answer_ms, 99),
        "sum_ms": (run.asterisk_s + gateway_s) / run.calls * 1000,
        "gateway_cpu": gateway_s / run.lasted_s,
        "sipp_ms": run.sipp_s / run.calls * 1000,
        "others_cpu": max(0.0, run.machine_s - run.asterisk_s - run.gateway_s - run.sipp_s) / run.lasted_s,
    }


def _wanted(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The issue's three expectations, and what is true."""
    ours = [row for row in result["rates"] if row["flow"] == NAMES[Flow.OURS]]
    held = max((row["rate"] for row in ours if not row["failed"]), default=0.0)
    p99 = next((row["p99_ms"] for row in ours if row["rate"] == WANTED_RATE), math.nan)
    ratio = next(row["ratio"] for row in result["cost"] if row["flow"] == NAMES[Flow.OURS])
    return [
        table.wanted("calls/s with no failure", f">= {WANTED_RATE:g}", held, held >= WANTED_RATE),
        table.wanted(f"decision p99 ms at {WANTED_RATE:g} calls/s", f"<= {WANTED_P99_MS:g}", p99, p99 <= WANTED_P99_MS),
        table.wanted("CPU x bare dialplan", f"<= {WANTED_CPU:g}", ratio, ratio <= WANTED_CPU),
    ]
