"""Building makes what changed and nothing else. A stand-in for the speech model answers over the same pipe."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.config import Config
from gateway.errors import RetryableError
from gateway.prompts import build_sounds, check_sounds, read_manifest, read_prompts
from gateway.prompts.build import job_line
from gateway.prompts.environment import Tell
from gateway.prompts.manifest import SOUNDS_DIR, sound_file
from ivr import PromptText

Speaker = Callable[[Config, Tell], tuple[Path, Path]]

STAND_IN = """#!{python}
import json, shutil, sys
for line in sys.stdin:
    job = json.loads(line)
    if {fails!r} == job["id"]:
        print(json.dumps({{"id": job["id"], "error": "cannot be read aloud"}}), flush=True)
        continue
    if {dies!r} == job["id"]:
        sys.exit("model out of order")
    shutil.copyfile({sound!r}, sys.argv[4] + "/" + job["id"] + ".wav")
    print(json.dumps({{"id": job["id"], "seconds": 0.5}}), flush=True)
"""


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    target = tmp_path / "sounds"
    shutil.copytree(SOUNDS_DIR, target)
    return target


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(state_dir=tmp_path / "state")


def speaker(folder: Path, *, fails: str = "", dies: str = "") -> Speaker:
    script = folder / "speaker"
    sound = str(sound_file("sorry"))
    script.write_text(STAND_IN.format(python=sys.executable, fails=fails, dies=dies, sound=sound), encoding="utf-8")
    script.chmod(0o755)
    return lambda _config, _tell: (script, folder / "voice")


def never(_config: Config, _tell: Tell) -> tuple[Path, Path]:
    raise AssertionError("the speech model is not needed")


def test_when_all_is_up_to_date_the_speech_model_is_not_even_fetched(config: Config, sounds: Path) -> None:
    report = build_sounds(config, lambda _line: None, sounds=sounds, speaker=never)
    assert (report.made, report.removed, report.failed) == ((), (), {})


def test_only_what_is_missing_or_changed_is_made_and_left_overs_go(
    config: Config, sounds: Path, tmp_path: Path
) -> None:
    sound_file("d1", sounds).unlink()
    sound_file("d2", sounds).write_bytes(b"damaged")
    sound_file("old", sounds).write_bytes(b"left over")
    told: list[str] = []
    report = build_sounds(config, told.append, sounds=sounds, speaker=speaker(tmp_path))
    assert (report.made, report.removed, report.failed) == (("d1", "d2"), ("old",), {})
    assert [line.split(":")[0] for line in told] == ["1/2 d1", "2/2 d2"]
    assert sound_file("d2", sounds).read_bytes() == sound_file("sorry").read_bytes()
    assert check_sounds(read_prompts(), sounds) == ()


def test_a_prompt_that_cannot_be_read_aloud_is_told_and_the_others_are_made(
    config: Config, sounds: Path, tmp_path: Path
) -> None:
    for name in ("d1", "d2"):
        sound_file(name, sounds).unlink()
    report = build_sounds(config, lambda _line: None, sounds=sounds, speaker=speaker(tmp_path, fails="d1"))
    assert report.made == ("d2",)
    assert report.failed == {"d1": "cannot be read aloud"}
    assert [finding.id for finding in check_sounds(read_prompts(), sounds)] == ["d1"]


def test_a_speech_model_that_dies_keeps_what_it_has_made(config: Config, sounds: Path, tmp_path: Path) -> None:
    for name in ("d1", "d2"):
        sound_file(name, sounds).unlink()
    with pytest.raises(RetryableError, match="stopped at d2: model out of order"):
        build_sounds(config, lambda _line: None, sounds=sounds, speaker=speaker(tmp_path, dies="d2"))
    assert [finding.id for finding in check_sounds(read_prompts(), sounds)] == ["d2"]
    assert read_manifest(sounds)["d1"].seconds == 0.5


def test_single_words_are_said_slower_than_sentences_and_numbers_in_braces_stay() -> None:
    assert job_line(PromptText("d1", "幺", "幺{yao1}")) == (
        r'{"id": "d1", "say": "\u5e7a{yao1}\u3002", "speed": 0.95, "pause_s": 0.0}'
    )
    assert '"speed": 1.1, "pause_s": 0.2' in job_line(PromptText("goodbye", "感谢您的来电，再见。"))
