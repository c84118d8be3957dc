"""`./hotline deadline`: the command's answer, its JSON and its exit codes, through the dispatcher."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.main import main
from routing_table import YearNotice, to_json, versioned
from tests.routing_table.city import DEMO
from tests.workorder.government import VECTORS

ROOT = Path(__file__).resolve().parents[2]
COMPLAINT = ("--profile", "karamay", "--category", "投诉", "--at", "2026-09-30T10:00")
HARD = ("--profile", "qingpu-water", "--category", "疑难", "--at", "2026-11-02T10:00")


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_STATE_DIR", str(tmp_path))


def run(*words: str) -> int:
    try:
        return main(["deadline", *words])
    except SystemExit as exit_:
        return int(str(exit_.code))


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert run(*words, "--json") == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_json_has_exactly_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, *COMPLAINT)
    assert list(found) == ["due", "limit", "profile_version", "steps"]
    assert (found["due"], found["limit"]) == ("2026-10-13T18:00:00+08:00", "5 WD")
    assert found["profile_version"].startswith("karamay-1-")
    assert all(list(step) == ["rule", "from", "to", "why"] for step in found["steps"])
    assert found["steps"][0]["from"] == "2026-09-30T10:00:00+08:00"
    assert found["steps"][-1]["to"] == found["due"]


def test_the_vectors_through_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    for row in csv.DictReader(VECTORS.read_text("utf-8").splitlines()):
        words = ["--profile", row["profile"], "--step", row["step"], "--at", row["at"]]
        words += [
            word for name in ("category", "source", "difficulty") if row[name] for word in (f"--{name}", row[name])
        ]
        found = answer(capsys, *words)
        assert (found["due"], found["limit"]) == (row["due"] + "+08:00", row["limit"]), row


@pytest.mark.parametrize(
    "words",
    [
        ("--category", "12319/复杂"),
        ("--category", "复杂", "--source", "12319"),
        ("--category", "complex", "--source", "12319"),
        ("--category", "投诉", "--difficulty", "复杂事项", "--source", "12319"),
        ("--category", "complaint/hard", "--difficulty", "疑难", "--source", "12319"),
    ],
)
def test_source_and_difficulty_may_stand_in_the_category(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    found = answer(capsys, "--profile", "qingpu-water", "--at", "2026-09-30T10:00", *words)
    assert found["limit"] == ("5 natural days" if "complaint/hard" in words else "3 natural days")


@pytest.mark.parametrize("at", ["2026-09-30T10:00+08:00", "2026-09-30T02:00Z", "2026-09-30T10:00:00", "20260930T1000"])
def test_a_moment_with_or_without_an_offset(at: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "--profile", "karamay", "--category", "complaint", "--at", at)
    assert found["due"] == "2026-10-13T18:00:00+08:00"


def test_a_provisional_deadline_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "--profile", "karamay", "--category", "举报", "--at", "2026-12-28T10:00")
    assert found["provisional"] is True


def test_without_a_moment_it_is_now(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "--profile", "karamay", "--category", "投诉")["limit"] == "5 WD"


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("--profile", "liaoning", "--category", "投诉"), "liaoning 第十条"),
        (("--profile", "karamay", "--category", "投诉", "--step", "sign_for"), "karamay sign_for"),
        (("--profile", "karamay", "--category", "投诉", "--extend", "3"), "karamay 第十一条（二）2（2）"),
        (("--profile", "yunnan-2021", "--category", "表扬"), "yunnan-2021 三（五）"),
        (("--profile", "yunnan-2021", "--category", "咨询", "--extend", "3"), "yunnan-2021 三（五）"),
        ((*HARD, "--extend", "15", "--extend", "15"), "qingpu-water 第九条（三）2"),
        ((*HARD, "--extend", "15@2026-11-09T09:00"), "qingpu-water 第九条（三）2"),
        (("--profile", "karamay", "--category", "投诉", "--override", "7 WD", "--basis", "某法"), "karamay override"),
    ],
)
def test_a_refusal_is_exit_1_with_the_rules_name(
    words: tuple[str, ...], rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    at = () if "--at" in words else ("--at", "2026-11-20T10:00")
    assert run(*words, *at) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"{rule}: ")
    found = answer(capsys, *words, *at, code=1)
    assert (found["due"], found["rule"]) == (None, rule)
    assert found["why"]


def test_extensions_are_added_in_their_order(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--profile", "yunnan-2021", "--category", "投诉", "--at", "2026-03-02T10:00")
    assert answer(capsys, *words, "--extend", "10", "--extend", "10")["due"] == "2026-04-21T18:00:00+08:00"
    assert answer(capsys, *HARD, "--extend", "15@2026-11-06T09:00")["due"] == "2026-12-07T18:00:00+08:00"


def test_another_laws_limit(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--profile", "liaoning", "--category", "投诉", "--at", "2026-11-20T10:00")
    found = answer(capsys, *words, "--override", "7 WD", "--basis", "《某法》")
    assert (found["due"], found["limit"]) == ("2026-12-01T18:00:00+08:00", "7 WD")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--profile", "atlantis", "--category", "投诉"), "there are changzhou, karamay, liaoning"),
        (("--profile", "karamay", "--category", "八卦"), "咨询 inquiry"),
        (("--profile", "karamay", "--category", "投诉/举报"), "举报"),
        (("--profile", "karamay"), "--category"),
        (("--profile", "qingpu-water", "--category", "投诉"), "--difficulty"),
        (("--profile", "qingpu-water", "--category", "投诉", "--difficulty", "难"), "疑难 hard"),
        (("--profile", "qingpu-water", "--category", "疑难", "--difficulty", "复杂"), "differ"),
        (("--profile", "qingpu-water", "--category", "12319/疑难", "--source", "12345"), "differ"),
        (("--profile", "qingpu-water", "--category", "疑难", "--source", "market"), "--source"),
        (("--profile", "karamay", "--category", "投诉", "--step", "dance"), "handle, dispatch"),
        (("--profile", "karamay", "--category", "投诉", "--at", "yesterday"), "write 2026-10-10T09:30"),
        (("--profile", "karamay", "--category", "投诉", "--extend", "ten"), "--extend"),
        (("--profile", "karamay", "--category", "投诉", "--extend", "0"), "--extend"),
        (("--profile", "karamay", "--category", "投诉", "--extend", "5@soon"), "--extend"),
        (("--profile", "liaoning", "--category", "投诉", "--override", "7 WD"), "--basis"),
        (("--profile", "liaoning", "--category", "投诉", "--basis", "某法"), "--override"),
        (("--profile", "liaoning", "--category", "投诉", "--override", "soon", "--basis", "某法"), "next WD by 10:00"),
        (("--category", "投诉"), "--profile"),
        (("--profile", "karamay", "--category", "投诉", "--colour", "red"), "--colour"),
    ],
)
def test_wrong_use_is_exit_2_and_says_what_is_right(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert "Traceback" not in told.err


def test_the_text_explains_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*COMPLAINT) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "due 2026-10-13 18:00:00 +0800  limit 5 WD"
    assert "首日不计" in lines[2]
    assert "《克拉玛依市12345政府服务热线（市长信箱）管理暂行办法》" in lines[-1]


def test_a_notice_in_the_published_table_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--profile", "karamay", "--category", "举报", "--at", "2026-12-28T10:00")
    assert answer(capsys, *words)["provisional"]
    days = DEMO.notices[0].off
    off = frozenset(day.replace(year=2027) for day in days)
    table = versioned(replace(DEMO, notices=(*DEMO.notices, YearNotice(2027, off, frozenset(), "通知"))), 2)
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "table.json").write_text(to_json(table), "utf-8")
    assert "provisional" not in answer(capsys, *words)


def test_an_unreadable_table_is_exit_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "table.json").write_text("{", "utf-8")
    assert run(*COMPLAINT) == 3
    assert "routing table" in capsys.readouterr().err


def test_it_starts_without_the_databases_libraries() -> None:
    script = (
        "import gateway.cli.deadline, sys; print([m for m in ('sqlalchemy', 'aiohttp', 'alembic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr
