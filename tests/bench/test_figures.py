"""How the bench reads what Asterisk, SIPp and the kernel wrote down, and how it prints it."""

import math
import os
from pathlib import Path

import pytest

from bench import journal, sipp, table, threeway
from bench.cpu import usage


def row(event: str, at: float, uniqueid: str, linkedid: str = "hl1-1.0", user_event: str = "") -> list[str]:
    return [event, f"{at:.6f}", uniqueid, linkedid, *[""] * 10, user_event, ""]


CALL = [
    row("CHAN_START", 100.000, "hl1-1.0"),
    row("ANSWER", 100.002, "hl1-1.0"),
    row("USER_DEFINED", 100.004, "hl1-1.0", user_event="hl.route"),
    row("USER_DEFINED", 100.040, "hl1-1.0", user_event="hl.wait"),
    row("CHAN_START", 100.045, "hl1-1.1"),
    row("CHAN_START", 109.000, "hl1-1.2"),
    row("ANSWER", 100.050, "hl1-1.1"),
    row("HANGUP", 101.000, "hl1-1.1"),
    row("HANGUP", 101.002, "hl1-1.0"),
]


def test_a_decision_is_the_time_from_the_callers_channel_to_the_first_seats() -> None:
    call = journal.gather(CALL)["hl1-1.0"]
    assert call.decision_s == pytest.approx(0.045)
    assert call.greeting_s == pytest.approx(0.036)


def test_a_recording_must_be_as_long_as_from_answer_to_the_callers_hang_up() -> None:
    assert journal.gather(CALL)["hl1-1.0"].open_s == pytest.approx(1.0)


def test_a_call_that_got_no_seat_has_no_decision_time() -> None:
    call = journal.gather(CALL[:2])["hl1-1.0"]
    assert call.decision_s is None and call.open_s is None


def test_cut_lines_of_a_journal_are_passed_over() -> None:
    assert journal.gather([["CHAN_START"], ["CHAN_START", "eventtime", "a", "b"], []]) == {}


def test_only_what_was_written_since_the_offset_is_read(tmp_path: Path) -> None:
    path = tmp_path / "journal.csv"
    lines = ",".join(f'"{cell}"' for cell in CALL[0]) + "\n"
    path.write_text(lines)
    offset = journal.size(path)
    assert journal.calls_since(path, offset) == []
    path.write_text(lines + lines.replace("hl1-1.0", "hl1-2.0"))
    assert [call.linkedid for call in journal.calls_since(path, offset)] == ["hl1-2.0"]
    assert journal.calls_since(tmp_path / "none.csv", 0) == []


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    assert (table.percentile(values, 50), table.percentile(values, 99), table.percentile(values, 100)) == (50, 99, 100)
    assert table.percentile([7.0], 99) == 7.0
    assert math.isnan(table.percentile([], 50)) and math.isnan(table.median([]))


def test_a_figure_that_was_not_measured_does_not_count_as_held() -> None:
    row_of = table.wanted("p99", "<= 50", math.nan, math.nan <= 50)
    assert row_of == {"what": "p99", "asked": "<= 50", "found": None, "ok": False}
    assert "–" in table.wanted_text([row_of]) and "NO" in table.wanted_text([row_of])


def test_a_table_is_markdown_with_a_cell_for_each_heading() -> None:
    text = table.text("T", ("a", "bb"), [("x", 1.5), (None, 0.25)])
    lines = text.splitlines()
    assert lines[0] == "**T**"
    assert {line.count("|") for line in lines[2:6]} == {3}
    assert "0.250" in text and "1.50" in text and "–" in text


def test_sipps_own_count_of_good_calls_decides_what_failed(tmp_path: Path) -> None:
    head = "SuccessfulCall(C);FailedCall(C);Retransmissions(C)\n"
    (tmp_path / "stat.csv").write_text(head + "3;0;0\n7;1;4\n")
    (tmp_path / "caller_1_rtt.csv").write_text("Date_ms;response_time_ms;rtd_no\n1;4;answer\n2;8.5;answer\n")
    (tmp_path / "errors.log").write_text("what went wrong")
    counted = sipp._counted(tmp_path, 10, 0.5)
    assert (counted.made, counted.failed, counted.retransmissions) == (10, 3, 4)
    assert counted.answer_ms == (4.0, 8.5)
    assert counted.words == "what went wrong"


def test_cpu_and_memory_of_a_process_are_the_kernels() -> None:
    mine = usage(os.getpid())
    assert mine.cpu_s > 0 and 5 < mine.rss_mb <= mine.peak_mb
    with pytest.raises(ProcessLookupError):
        usage(2**22 + 1)


def test_three_way_calls_are_counted_by_the_products_own_reducer() -> None:
    """Recorded talks, as a bench's journal holds them; a leg with a linkedid of its own is no call."""
    talks = Path(__file__).parents[1] / "journal" / "talks"
    journals = {path.stem: path for path in talks.glob("*.csv")}
    for name, seconds in (("no_answer_then_three_way", 1.986), ("consult_join_leave", 2.99), ("handed_to_110", 0.0)):
        (record,) = threeway._records(journals[name], 0)
        assert record.three_way_s == pytest.approx(seconds, abs=0.01)
    assert len(list(threeway._records(journals["seat_called_back"], 0))) == 1


def row_of(**changes: object) -> dict[str, object]:
    row: dict[str, object] = {"failed": 0, "three_way": 50, "wrong": [], "recordings": 50, "worst_off_s": 0.1}
    return row | {"asterisk_cores": 0.5} | changes


def test_one_call_that_failed_is_a_missed_figure() -> None:
    bare = row_of(asterisk_cores=0.4)
    assert all(one["ok"] for one in threeway._wanted([row_of(), bare], 50, 10.0))
    for fault in ({"failed": 1}, {"three_way": 49}, {"wrong": ["x"]}, {"recordings": 49}, {"worst_off_s": None}):
        assert not all(one["ok"] for one in threeway._wanted([row_of(**fault), bare], 50, 10.0)), fault
