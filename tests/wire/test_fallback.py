"""The process that stands in for the gateway: a real process on pipes, this side is Asterisk."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from asterisk.agi import AGI

import transfer
from agi_scripts.fallback import Plan, plan, remaining
from agi_scripts.process_agi import AGIHangup, ProcessAgi
from agi_scripts.wire import QuotingError
from routing_table import FILES, load_demo, to_json
from transfer import StepKind, StepRef

ROOT = Path(__file__).parent.parent.parent
DEMO = ROOT / "routing_table" / "demo"
HEADERS = "agi_request: fallback\nagi_channel: PJSIP/carrier-1\nagi_uniqueid: hl1-1.1\nagi_callerid: 13800138000\n"


@pytest.fixture(scope="session")
def table_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published")
    table = load_demo({name: (DEMO / name).read_text("utf-8") for name in FILES})
    (folder / "table.json").write_text(to_json(table), "utf-8")
    return folder / "table.json"


@dataclass
class Asterisk:
    """Runs the process for one call and answers it from the call's variables."""

    variables: dict[str, str]
    commands: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    stderr: str = ""
    returncode: int | None = None

    def call(self, table: Path | str, hang_up_at: str = "", state: Path | None = None) -> Asterisk:
        command = [sys.executable, "-m", "agi_scripts.fallback", str(table)]
        with subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
            | ({"HOTLINE_STATE_DIR": str(state)} if state else {}),
        ) as process:
            assert process.stdin and process.stdout and process.stderr
            process.stdin.write(HEADERS.encode() + b"\n")
            process.stdin.flush()
            for line in process.stdout:
                self.commands.append(line.decode().rstrip("\n"))
                if hang_up_at and hang_up_at in self.commands[-1]:
                    break
                process.stdin.write(self._answer(self.commands[-1]).encode("utf-8", "surrogateescape"))
                process.stdin.flush()
            process.stdin.close()
            self.stderr = process.stderr.read().decode()
            self.returncode = process.wait(5)
        return self

    def _answer(self, line: str) -> str:
        verb, _, rest = line.partition(' "')
        if verb == "GET VARIABLE":
            value = self.variables.get(rest.rstrip('"'), "")
            return f"200 result=1 ({value})\n" if value else "200 result=0\n"
        if verb == "SET VARIABLE":
            name, _, value = rest.partition('" "')
            self.variables[name] = value.removesuffix('"')
            return "200 result=1\n"
        assert verb == "EXEC CELGenUserEvent", line
        self.events.append(rest.rstrip('"'))
        return "200 result=0\n"


def arrives(dialled: str, **more: str) -> Asterisk:
    known = {"HL_DIALLED": dialled, "HL_TRUNK": "carrier", "CALLERID(num)": "13800138000"}
    return Asterisk({**known, **more})


# -- a call that the gateway has not seen


def test_a_call_to_12315_hears_notice_and_greeting_and_goes_to_the_survival_queue(table_file: Path) -> None:
    call = arrives("0872-12315").call(table_file)
    assert (call.returncode, call.stderr) == (0, "")
    assert call.variables["HL_FB_PLAY"] == "hl/recording-notice&hl/greet-12315&hl/survival"
    assert call.variables["HL_FB_DEVICE"] == ""
    assert call.commands[-1] == 'SET VARIABLE "HL_FB_DONE" "1"'
    assert call.variables["__HL_HOTLINE"] == "12315"


def test_the_route_is_journaled_as_the_gateway_would(table_file: Path) -> None:
    call = arrives("12315").call(table_file)
    [event] = call.events
    name, _, fields = event.partition(",")
    found = {key: values[0] for key, values in parse_qs(fields).items()}
    assert name == "hl.route"
    assert (found["hotline"], found["mode"], found["caller"], found["withheld"]) == ("12315", "C", "13800138000", "0")
    assert "市场" in found["name"] + found["unit"]
    assert found["steps"] == "prompt:greet-12315,shared_seats:shared"
    assert found["table"]


def test_an_emergency_is_rung_at_once_without_a_word(table_file: Path) -> None:
    call = arrives("110").call(table_file)
    assert (call.variables["HL_FB_PLAY"], call.variables["HL_FB_DEVICE"]) == ("", "emergency-110")


def test_a_number_that_is_not_ours_still_ends_at_a_person(table_file: Path) -> None:
    call = arrives("99999").call(table_file)
    assert call.variables["HL_FB_DONE"] == "1"
    assert call.variables["__HL_HOTLINE"] == "12345"


def test_a_greeted_caller_is_not_greeted_again(table_file: Path) -> None:
    call = arrives("12315", HL_GREETED="1").call(table_file)
    assert call.variables["HL_FB_PLAY"] == "hl/survival"


def test_an_unreadable_caller_name_or_number_does_not_lose_the_call(table_file: Path) -> None:
    call = arrives("12315", **{"CALLERID(num)": "\udcd5\udcc5 13800138000"}).call(table_file)
    assert call.variables["HL_FB_DONE"] == "1"


def test_the_word_hangup_is_a_value_like_any_other(table_file: Path) -> None:
    call = arrives("12315", HL_TRUNK="hangup").call(table_file)
    assert call.variables["HL_FB_DONE"] == "1"


# -- a call that the gateway had begun

UNIT_THEN_SEATS = (
    StepRef(StepKind.PROMPT, "greet-12328"),
    StepRef(StepKind.UNIT_LINE, "unit-12328"),
    StepRef(StepKind.SHARED_SEATS, "shared"),
)


def at_the_unit_line() -> transfer.State:
    state, _ = transfer.next(transfer.begin(UNIT_THEN_SEATS), transfer.Started())
    state, _ = transfer.next(state, transfer.Played())
    return state


def begun(**more: str) -> Asterisk:
    state = transfer.dump(at_the_unit_line())
    return arrives("12328", HL_HOTLINE="12328", HL_GREETED="1", HL_STATE=state, **more)


def test_a_begun_call_goes_on_where_it_was_and_its_route_is_not_journaled_twice(table_file: Path) -> None:
    call = begun().call(table_file)
    assert call.variables["HL_FB_DEVICE"] == "unit-12328"
    assert call.variables["HL_FB_PLAY"] == "hl/connect-unit"
    assert call.events == []


def test_a_line_that_was_rung_is_not_rung_again(table_file: Path) -> None:
    call = begun(DIALSTATUS="NOANSWER").call(table_file)
    assert call.variables["HL_FB_DEVICE"] == ""


def test_a_begun_call_needs_no_table() -> None:
    assert begun().call("/nowhere/table.json").variables["HL_FB_DONE"] == "1"


def test_a_state_that_is_not_ours_is_decided_anew(table_file: Path) -> None:
    call = arrives("12315", HL_HOTLINE="12315", HL_STATE="rubbish").call(table_file)
    assert call.variables["HL_FB_DONE"] == "1"


# -- whatever fails leaves HL_FB_DONE unset, quickly and quietly


@pytest.mark.parametrize("text", ["", "{", '{"format": 99}', "\x00\xff"])
def test_a_table_that_cannot_be_read_leaves_the_call_to_the_survival_queue(tmp_path: Path, text: str) -> None:
    (tmp_path / "table.json").write_text(text, "latin-1")
    call = arrives("12315").call(tmp_path / "table.json")
    assert call.returncode == 1
    assert "HL_FB_DONE" not in call.variables
    assert call.stderr.count("\n") == 1
    assert "13800138000" not in call.stderr


def test_without_a_table_the_call_is_left_to_the_survival_queue(tmp_path: Path) -> None:
    call = arrives("12315").call(tmp_path / "table.json")
    assert (call.returncode, "HL_FB_DONE" in call.variables) == (1, False)


def test_a_hang_up_in_the_middle_ends_the_process(table_file: Path) -> None:
    call = arrives("12315").call(table_file, hang_up_at="HL_GREETED")
    assert (call.returncode, "HL_FB_DONE" in call.variables) == (1, False)


def test_a_stuck_asterisk_ends_the_process_by_its_deadline(table_file: Path) -> None:
    command = [sys.executable, "-m", "agi_scripts.fallback", str(table_file)]
    began = time.monotonic()
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.wait(6) == -signal.SIGALRM
    assert time.monotonic() - began < 5


def test_it_runs_as_a_file_from_anywhere(table_file: Path, tmp_path: Path) -> None:
    script = ROOT / "agi_scripts" / "fallback.py"
    done = subprocess.run(
        [sys.executable, str(script), str(table_file)], cwd=tmp_path, input=b"agi_", capture_output=True, timeout=10
    )
    assert done.returncode == 1
    assert b"AGIHangup" in done.stderr


# -- the plan itself


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("announcement", "cancelled"), ("hangup", "cancelled")], Plan(("cancelled", "survival"))),
        ([("menu", "12345-day"), ("shared_seats", "shared")], Plan(("survival",))),
        ([("unit_line", "unit-1|rm -rf"), ("shared_seats", "shared")], Plan(("survival",))),
        ([("announcement", "a&b"), ("expert_seats", "expert")], Plan(("survival",))),
        ([], Plan(("survival",))),
    ],
)
def test_every_plan_ends_at_a_person_and_holds_only_known_names(steps: list[tuple[str, str]], expected: Plan) -> None:
    assert plan([StepRef(StepKind(kind), ref) for kind, ref in steps], greeted=False) == expected


def test_the_step_in_work_is_over_once_it_was_dialled() -> None:
    state = at_the_unit_line()
    assert remaining(state, dialled=False) == UNIT_THEN_SEATS[1:]
    assert remaining(state, dialled=True) == UNIT_THEN_SEATS[2:]


# -- pyst2's own faults, closed


def process_agi(*lines: bytes) -> tuple[ProcessAgi, io.BytesIO]:
    stdout = io.BytesIO()
    stdin = io.BytesIO(b"agi_channel: x\n\n" + b"".join(line + b"\n" for line in lines))
    return ProcessAgi(stdin, stdout), stdout


def test_nothing_of_the_call_is_written_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    agi, _ = process_agi(b"200 result=1 (13800138000)")
    assert agi.get_variable("CALLERID(num)") == "13800138000"
    assert capsys.readouterr().err == ""


def test_values_are_quoted_and_line_breaks_refused() -> None:
    agi, stdout = process_agi(b"200 result=1")
    agi.set_variable("X", 'a"b\\c')
    assert stdout.getvalue() == b'SET VARIABLE "X" "a\\"b\\\\c"\n'
    with pytest.raises(QuotingError):
        agi.set_variable("X", "a\nHANGUP")
    with pytest.raises(QuotingError):
        agi.stream_file("a\nHANGUP")  # pyst2 itself does not quote this one
    assert b"HANGUP" not in stdout.getvalue()


def test_hangup_as_a_value_is_a_value_and_as_a_line_is_a_hang_up() -> None:
    agi, _ = process_agi(b"200 result=1 (hangup)", b"HANGUP", b"200 result=1 (two)")
    assert agi.get_variable("ONE") == "hangup"
    assert agi.get_variable("TWO") == "two"
    with pytest.raises(AGIHangup):
        agi.get_variable("THREE")


@pytest.mark.parametrize("lines", [[], [b"200 resu"], [b"511 Command Not Permitted on a dead channel"]])
def test_the_end_of_the_stream_or_channel_is_a_hang_up(lines: list[bytes]) -> None:
    agi, stdout = process_agi(*lines)
    if lines == [b"200 resu"]:
        agi.stdin = io.BytesIO(lines[0])  # without a line end
    with pytest.raises(AGIHangup):
        agi.get_variable("ONE")
    assert stdout.getvalue() == b'GET VARIABLE "ONE"\n'


@pytest.mark.parametrize("data", [b"", b"agi_channel: x\n", b"agi_channel", b"agi_x: 1\n" * 65 + b"\n"])
def test_a_header_block_without_an_end_is_a_hang_up(data: bytes) -> None:
    with pytest.raises(AGIHangup):
        ProcessAgi(io.BytesIO(data), io.BytesIO())


def test_it_works_outside_the_main_thread() -> None:
    found: list[str] = []

    def serve() -> None:
        agi, _ = process_agi(b"200 result=1 (one)")
        found.append(agi.get_variable("ONE"))

    thread = threading.Thread(target=serve)
    thread.start()
    thread.join(2)
    assert found == ["one"]


def test_sighup_is_a_hang_up_at_the_next_command() -> None:
    agi, _ = process_agi(b"200 result=1 (one)")
    signal.raise_signal(signal.SIGHUP)
    with pytest.raises(AGIHangup):
        agi.get_variable("ONE")


@pytest.fixture(autouse=True)
def own_sighup() -> Iterator[None]:
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


# -- and as they are in bare pyst2 0.5.1: when one of these fails, see what process_agi still has to close


def bare(answer: str, own_stderr: io.StringIO) -> tuple[AGI, io.StringIO]:
    stdout = io.StringIO()
    return AGI(io.StringIO(f"agi_callerid: 13800138000\n\n{answer}\n"), stdout, own_stderr), stdout


def test_bare_pyst2_leaks_quotes_badly_and_takes_a_value_for_a_hang_up() -> None:
    stderr = io.StringIO()
    agi, stdout = bare("200 result=1 (hangup)", stderr)
    assert "13800138000" in stderr.getvalue()
    assert agi._quote('a"b\nc') == '"a"b\nc"'
    assert agi.get_variable("ONE") == "hangup"
    with pytest.raises(ValueError, match="invalid literal"):
        agi.get_variable("TWO")  # the stream has ended
    assert stdout.getvalue().startswith("GET VARIABLE")
