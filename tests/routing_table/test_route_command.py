"""`./hotline route`: the command's answer, its JSON and its exit codes."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import route as command
from routing_table import load_demo, to_json
from tests.routing_table.city import DEMO, TEXTS


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_STATE_DIR", str(tmp_path))


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    command.register(parser.add_subparsers())
    args = parser.parse_args(["route", *words])
    return int(args.func(args))


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert run(*words, "--json") == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_json_has_exactly_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "0872-12333", "--at", "2026-11-20T10:00")
    keys = "number hotline mode greeting skills steps table_version reasons"
    assert list(found) == keys.split()
    assert found["number"] == "12333"
    assert found["hotline"] == {
        "number": "12333",
        "name": "全国人力资源和社会保障服务电话",
        "unit": "市人力资源和社会保障局",
        "merge_mode": "parallel",
    }
    assert (found["mode"], found["greeting"], found["skills"]) == ("E", "greet-12333", ["12333"])
    assert [(step["kind"], step["ref"]) for step in found["steps"]] == [
        ("prompt", "greet-12333"),
        ("shared_seats", "shared"),
        ("expert_seats", "expert"),
    ]
    assert found["table_version"] == DEMO.version
    assert all(isinstance(reason, str) and reason for reason in found["reasons"])


def test_at_without_an_offset_is_city_time(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = [
        [step["kind"] for step in answer(capsys, "12348", "--at", at)["steps"]]
        for at in ("2026-11-20T10:00", "2026-11-20T02:00+00:00", "2026-11-20T02:00Z", "2026-11-20T02:00")
    ]
    assert kinds[0] == kinds[1] == kinds[2] == ["prompt", "unit_line", "shared_seats"]
    assert kinds[3] == ["prompt", "shared_seats"]


def test_an_unknown_number_is_not_routed_without_a_trunk(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "08729999999", code=1)
    assert list(found) == ["number", "routed", "reason", "reasons"]
    assert (found["number"], found["routed"]) == ("08729999999", False)
    assert found["reason"] in found["reasons"]
    assert run("08729999999") == 1
    assert "not routed" in capsys.readouterr().out


def test_a_trunk_gives_its_default_and_its_trust(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "08729999999", "--trunk", "carrier")["number"] == "12345"
    words = ["08729999999", "--diversion", "12315"]
    assert answer(capsys, *words)["number"] == "12315"
    assert answer(capsys, *words, "--trunk", "carrier")["number"] == "12315"
    assert answer(capsys, *words, "--trunk", "testphone")["number"] == "12345"
    assert answer(capsys, *words, "--trunk", "stranger", code=1)["routed"] is False


def test_diversions_are_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "999", "--diversion", "12333", "--diversion", "<sip:087212315@h>;reason=unconditional")
    assert found["number"] == "12315"


def test_a_number_never_opened_is_not_routed_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert "must not be opened" in answer(capsys, "12398", "--trunk", "carrier", code=1)["reason"]


@pytest.mark.parametrize("at", ["yesterday", "2026-13-01", "10:00"])
def test_a_moment_that_is_none_is_wrong_use(at: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("12345", "--at", at) == 2
    assert "--at" in capsys.readouterr().err


def test_the_published_table_is_preferred(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published = tmp_path / "published" / "table.json"
    published.parent.mkdir()
    published.write_text(to_json(load_demo(TEXTS, number=9)), encoding="utf-8")
    assert answer(capsys, "12345")["table_version"].startswith("9-")


@pytest.mark.parametrize("text", ["", "{", '{"format": 1}'])
def test_a_broken_published_table_is_told_and_not_passed_over(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "table.json").write_text(text, encoding="utf-8")
    assert run("12345") == 3
    assert "routing table" in capsys.readouterr().err


def test_a_missing_city_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOTLINE_CITY_DIR", str(tmp_path / "nowhere"))
    assert run("12345") == 3
    assert "nowhere" in capsys.readouterr().err


def test_people_read_the_way_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("12348", "--at", "2026-11-22T03:00", "--caller", "+8613800000000") == 0
    text = capsys.readouterr().out
    assert "12348 全国公共法律服务专用电话 (市司法局) · mode D, parallel" in text
    assert "  2. shared_seats" in text
    assert "unit line unit-12348 is closed: weekend" in text
    assert "caller +8613800000000 is 13800000000" in text


def test_a_hidden_caller_is_told_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    assert "the caller's number is withheld" in answer(capsys, "12345", "--caller", "anonymous")["reasons"]
