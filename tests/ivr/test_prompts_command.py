"""`./hotline prompts`: what it prints, and its exit codes."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import prompts as command
from gateway.prompts import read_prompts
from tests.ivr.test_wav import pcm, tone

Hotline = Callable[..., int]


@pytest.fixture
def hotline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hotline:
    monkeypatch.setenv("HOTLINE_STATE_DIR", str(tmp_path))
    parser = argparse.ArgumentParser()
    command.register(parser.add_subparsers())

    def run(*arguments: str) -> int:
        args = parser.parse_args(["prompts", *arguments])
        return int(args.func(args))

    return run


def test_list_tells_every_prompt_and_who_speaks_it(
    hotline: Hotline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = tmp_path / "sounds" / "uploads"
    inbox.mkdir(parents=True)
    (inbox / "sorry.wav").write_bytes(pcm(tone(440, 1.0, 8000), 8000, 16))
    assert hotline("list", "--json") == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)["prompts"]}
    assert set(rows) == set(read_prompts())
    assert (rows["sorry"]["voice"], rows["goodbye"]["voice"]) == ("upload", "zf_xiaobei")


def test_check_is_content_with_the_repository(hotline: Hotline, capsys: pytest.CaptureFixture[str]) -> None:
    assert hotline("check", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["ok"], answer["findings"]) == (True, [])


def test_install_with_a_bad_recording_exits_1_and_says_why(
    hotline: Hotline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inbox = tmp_path / "sounds" / "uploads"
    inbox.mkdir(parents=True)
    (inbox / "sorry.wav").write_bytes(b"no sound")
    assert hotline("install") == 1
    assert "refused sorry.wav: not a WAV file" in capsys.readouterr().out


def test_a_verb_is_needed(hotline: Hotline) -> None:
    with pytest.raises(SystemExit) as caught:
        hotline()
    assert caught.value.code == 2
