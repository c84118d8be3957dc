"""Stands in for the gateway for one call: the last published table, read from disk, says what to play and whom to try.

In: the table's path (first argument, or `HOTLINE_STATE_DIR`), the call's variables over AGI. Out: `HL_FB_PLAY` (what
Playback takes), `HL_FB_DEVICE` (a unit's or emergency line, or empty: the survival queue), `HL_FB_DONE=1` last;
`hl.route` in the journal when the gateway had not come to it; the survival queue is told who is at work.
Never: raises, waits, or needs more than Python, pyst2 and the thought-rooms. Whatever fails leaves HL_FB_DONE unset,
and the dialplan goes to the survival queue.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

if __name__ == "__main__" and not __package__:  # started as a file: find the rooms beside our own
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import transfer
from agi_scripts.journal import route_fields
from agi_scripts.process_agi import ProcessAgi
from agi_scripts.survival import tell_queue
from agi_scripts.wire import mask
from routing_table import Arrival, NotRouted, Route, Table, from_json, lookup
from transfer import StepKind, StepRef

DEADLINE_S = 3  # beyond it the process ends by SIGALRM: the dialplan has gone on by then
MAX_TABLE_BYTES = 32_000_000
MAX_DIVERSIONS = 5
RECORDING_NOTICE = "recording-notice"
CONNECT_UNIT = "connect-unit"
SURVIVAL = "survival"

_PROMPT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_DEVICE = re.compile(r"(unit|emergency)-[A-Za-z0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the dialplan does without the gateway: play these prompt ids, then ring `device` ("" for the queue)."""

    play: tuple[str, ...]
    device: str = ""


def plan(steps: Sequence[StepRef], greeted: bool) -> Plan:
    """Walk the steps as far as a process without a queue can: prompts, then the first line, or the survival queue.

    A menu is skipped and a hang-up is not obeyed: without the gateway every call ends at a person.
    """
    play: list[str] = []
    for step in steps:
        match step.kind:
            case StepKind.PROMPT:
                play += [] if greeted else _greeting(step.ref)
            case StepKind.ANNOUNCEMENT:
                play.append(step.ref)
            case StepKind.EMERGENCY if _DEVICE.fullmatch(step.ref):
                return Plan(_known(play), step.ref)
            case StepKind.UNIT_LINE if _DEVICE.fullmatch(step.ref):
                return Plan(_known([*play, CONNECT_UNIT]), step.ref)
            case StepKind.SHARED_SEATS | StepKind.EXPERT_SEATS | StepKind.HANGUP:
                break
    return Plan(_known([*play, SURVIVAL]))


def _greeting(prompt: str) -> list[str]:
    return [RECORDING_NOTICE, prompt] if prompt.startswith("greet-") else [prompt]


def _known(prompts: list[str]) -> tuple[str, ...]:
    """Only what looks like a prompt id reaches the dialplan; each once, as the first time."""
    return tuple(dict.fromkeys(prompt for prompt in prompts if _PROMPT.fullmatch(prompt)))


def remaining(state: transfer.State, dialled: bool) -> tuple[StepRef, ...]:
    """The steps still to be gone by a call that the gateway had begun; the one in work is over if Dial has run."""
    return state.steps[state.index + (1 if dialled else 0) :]


def decide(table: Table, arrival: Arrival, at: datetime) -> Route:
    """The route; a number that is not ours is taken as the city's main number, as the gateway does."""
    route = lookup(table, arrival, at)
    if isinstance(route, NotRouted):
        refused = route
        route = lookup(table, Arrival(table.city.main, arrival.caller, (), arrival.trunk), at)
        if isinstance(route, NotRouted):
            raise LookupError(f"the table does not even route {table.city.main}")
        route = replace(route, why=(*refused.why, *route.why))
    return route


def stand_in(
    agi: ProcessAgi, read_table: Callable[[], Table], at: datetime, state: Path | None, prefix: str = "hl/"
) -> None:
    """Serve one call. HL_FB_DONE is the last command, so that the dialplan trusts nothing unfinished."""
    steps = _begun(agi)
    if steps is None:
        route = decide(read_table(), _arrival(agi), at)
        steps = tuple(StepRef(StepKind(step.kind.value), step.ref) for step in route.steps)
        agi.journal("hl.route", route_fields(route))
        agi.set_variable("__HL_HOTLINE", route.hotline.number)
    found = plan(steps, greeted=agi.get_variable("HL_GREETED") == "1")
    agi.set_variable("HL_FB_PLAY", "&".join(prefix + prompt for prompt in found.play))
    agi.set_variable("HL_FB_DEVICE", found.device)
    if state is not None:
        tell_queue(agi, state)
    agi.set_variable("HL_FB_DONE", "1")


def _begun(agi: ProcessAgi) -> tuple[StepRef, ...] | None:
    """The steps left of a route that the gateway has already written; None when it had not come so far."""
    if not agi.get_variable("HL_HOTLINE"):
        return None
    try:
        state = transfer.load(agi.get_variable("HL_STATE"))
    except ValueError:
        return None
    return remaining(state, dialled=bool(agi.get_variable("DIALSTATUS")))


def _arrival(agi: ProcessAgi) -> Arrival:
    diversions: list[str] = []
    while len(diversions) < MAX_DIVERSIONS and (header := agi.get_variable(f"HL_DIV{len(diversions) + 1}")):
        diversions.append(header)
    caller = agi.get_variable("CALLERID(num)")
    key = agi.env.get("agi_uniqueid", "")
    return Arrival(agi.get_variable("HL_DIALLED"), caller, tuple(diversions), agi.get_variable("HL_TRUNK"), key)


def table_path(arguments: Sequence[str], environ: Mapping[str, str]) -> Path:
    """Where the table lies. Raises LookupError when nobody says."""
    if arguments and arguments[0]:
        return Path(arguments[0])
    if folder := environ.get("HOTLINE_STATE_DIR"):
        return Path(folder) / "published" / "table.json"
    raise LookupError("neither an argument nor HOTLINE_STATE_DIR names the table")


def read_table(path: Path) -> Table:
    """Read and check the published table. OSError, ValueError or TableError when it cannot be used."""
    if path.stat().st_size > MAX_TABLE_BYTES:
        raise ValueError(f"{path.name} is larger than {MAX_TABLE_BYTES} bytes")
    return from_json(path.read_text("utf-8"))


def main() -> int:
    """Run for the call on standard input. 0 done; 1 not, with one masked line on stderr."""
    signal.alarm(DEADLINE_S)
    try:
        agi = ProcessAgi(sys.stdin.buffer, sys.stdout.buffer)
        folder = os.environ.get("HOTLINE_STATE_DIR")
        state = Path(folder) if folder else None
        stand_in(agi, lambda: read_table(table_path(sys.argv[1:], os.environ)), datetime.now(UTC), state)
    except Exception as error:  # noqa: BLE001  # whatever it is, the dialplan must go on to the survival queue
        sys.stderr.write(f"hotline fallback: {mask(repr(error))[:300]}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
