"""What the stand-in tells the survival queue: a real process on pipes, this side is Asterisk with its queue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from agi_scripts import survival
from agi_scripts.survival import APPLIED, at_work, seat_devices, tell_queue
from tests.wire.test_fallback import Asterisk, arrives, table_file

__all__ = ["table_file"]

WORKING = {"device": "phone", "state": "working", "reason": ""}
LIVE: dict[str, Any] = {
    "801": WORKING,
    "802": {"device": "phone", "state": "paused", "reason": "meeting"},
    "803": {"device": "web", "state": "working", "reason": ""},
}
MEMBERS = [f"{prefix}{seat}" for seat in ("801", "802", "803", "804") for prefix in ("seat-", "web-")]


def member(device: str) -> str:
    return f"QUEUE_MEMBER(survival,penalty,PJSIP/{device})"


def write_state(folder: Path, live: str | None) -> Path:
    for name in ("gateway", "published"):
        (folder / name).mkdir(exist_ok=True)
    seats = [{"id": seat} for seat in ("801", "802", "803", "804", "805")]  # 805 is in no queue yet
    (folder / "published" / "seats.json").write_text(json.dumps({"version": "1", "seats": seats}), "utf-8")
    if live is not None:
        (folder / "gateway" / "seats-live.json").write_text(live, "utf-8")
    return folder


def penalties(call: Asterisk) -> dict[str, str]:
    return {device: call.variables[member(device)] for device in MEMBERS}


def queue() -> dict[str, str]:
    return {member(device): "100" for device in MEMBERS}


def test_seats_that_are_logged_in_and_not_paused_ring_first_on_their_device(tmp_path: Path, table_file: Path) -> None:
    call = arrives("12315", **queue()).call(table_file, state=write_state(tmp_path, json.dumps(LIVE)))
    assert (call.returncode, call.variables["HL_FB_DONE"]) == (0, "1")
    assert {device for device, penalty in penalties(call).items() if penalty == "0"} == {"seat-801", "web-803"}
    assert member("seat-805") not in call.variables
    assert call.commands[-1] == 'SET VARIABLE "HL_FB_DONE" "1"'


def test_who_has_left_since_rings_last_again(tmp_path: Path, table_file: Path) -> None:
    known = {**queue(), member("seat-802"): "0", member("web-801"): "0"}
    call = arrives("12315", **known).call(table_file, state=write_state(tmp_path, json.dumps(LIVE)))
    assert {device for device, penalty in penalties(call).items() if penalty == "0"} == {"seat-801", "web-803"}


def test_the_second_caller_finds_it_done(tmp_path: Path, table_file: Path) -> None:
    state = write_state(tmp_path, json.dumps(LIVE))
    first = arrives("12315", **queue()).call(table_file, state=state)
    kept = {name: value for name, value in first.variables.items() if "(" in name}
    second = arrives("12315", **kept).call(table_file, state=state)
    assert sum("QUEUE_MEMBER" in command for command in second.commands) == 1
    assert penalties(second) == penalties(first)


def test_a_queue_that_was_loaded_anew_is_told_again(tmp_path: Path, table_file: Path) -> None:
    state = write_state(tmp_path, json.dumps(LIVE))
    first = arrives("12315", **queue()).call(table_file, state=state)
    second = arrives("12315", **{**queue(), APPLIED: first.variables[APPLIED]}).call(table_file, state=state)
    assert penalties(second) == penalties(first)


@pytest.mark.parametrize("live", [None, "", "{", "[]", "\x00", '"801"', "[" * 100_000])
def test_a_missing_or_damaged_file_leaves_the_queue_as_it_is(
    tmp_path: Path, table_file: Path, live: str | None
) -> None:
    known = {**queue(), member("seat-801"): "0"}
    call = arrives("12315", **known).call(table_file, state=write_state(tmp_path, live))
    assert (call.returncode, call.stderr, call.variables["HL_FB_DONE"]) == (0, "", "1")
    assert penalties(call) == {device: known[member(device)] for device in MEMBERS}


def test_names_that_could_be_more_than_a_seat_are_passed_over() -> None:
    odd = {"801)": WORKING, "8,1": WORKING, "": WORKING, "802": 7, "803": {**WORKING, "device": "fax"}, "804": WORKING}
    assert at_work(odd) == ("seat-804",)
    assert seat_devices({"seats": [{"id": "80)"}, 3, {"id": "801"}]}) == ("seat-801", "web-801")
    assert seat_devices({"seats": [{"id": "601", "pool": "office"}, {"id": "801"}]}) == ("seat-801", "web-801")
    assert seat_devices([]) == seat_devices({"seats": 1}) == ()


class Counting:
    """An AGI that answers everything with the penalty of an untouched member, and keeps what was set."""

    def __init__(self) -> None:
        self.sets: list[str] = []

    def get_variable(self, _name: str) -> str:
        return "100"

    def set_variable(self, name: str, _value: str) -> None:
        self.sets.append(name)


def test_when_time_runs_out_those_at_work_were_first_and_nothing_is_called_done(tmp_path: Path) -> None:
    ticking: Iterator[int] = count()
    agi = Counting()
    state = write_state(tmp_path, json.dumps(dict.fromkeys(("802", "803"), WORKING)))
    tell_queue(agi, state, clock=lambda: next(ticking) * survival.BUDGET_S / 2)  # type: ignore[arg-type]
    assert agi.sets == [member("seat-802"), member("seat-803")]
