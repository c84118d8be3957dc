"""What people have recorded wins over the synthetic voice, unless it cannot be played."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest

from gateway.config import Config
from gateway.prompts import InstallReport, install_sounds, read_prompts
from gateway.prompts.level import speech_level
from gateway.prompts.manifest import SOUNDS_DIR, sound_file
from gateway.prompts.wav import Format, read_format, read_wav
from tests.ivr.test_wav import pcm, tone

GOOD = pcm(tone(440, 1.0, 44100, 0.05), 44100, 16, channels=2)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(state_dir=tmp_path)


def upload(config: Config, name: str, data: bytes) -> None:
    folder = config.state_dir / "sounds" / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def played(config: Config, prompt: str) -> bytes:
    return (config.state_dir / "sounds" / "zh" / "hl" / f"{prompt}.wav").read_bytes()


def refusals(report: InstallReport) -> dict[str, str]:
    return {refused.file: refused.reason for refused in report.refused}


def test_every_prompt_and_the_music_are_where_asterisk_plays_them(config: Config) -> None:
    report = install_sounds(config)
    prompts = read_prompts()
    assert report.prompts == len(prompts)
    assert all(played(config, prompt) == sound_file(prompt).read_bytes() for prompt in prompts)
    music = config.state_dir / "sounds" / "moh" / "hotline.wav"
    assert music.read_bytes() == (SOUNDS_DIR / "moh" / "hotline.wav").read_bytes()


def test_a_second_run_writes_nothing(config: Config) -> None:
    upload(config, "sorry.wav", GOOD)
    assert len(install_sounds(config).written) > 100
    assert install_sounds(config).written == ()


def test_a_recording_takes_the_prompts_place_in_telephone_format_at_the_level_of_all(config: Config) -> None:
    upload(config, "greet-12333.wav", GOOD)
    report = install_sounds(config)
    assert report.uploads == ("greet-12333",)
    data = played(config, "greet-12333")
    assert read_format(data) == Format(1, 1, 8000, 16)
    assert speech_level(read_wav(data)) == pytest.approx(-20, abs=0.5)
    assert read_wav(data).seconds == pytest.approx(1.2, abs=0.05)  # and the pause after a sentence


def test_a_recording_that_is_taken_away_gives_the_place_back(config: Config) -> None:
    upload(config, "sorry.wav", GOOD)
    install_sounds(config)
    (config.state_dir / "sounds" / "uploads" / "sorry.wav").unlink()
    assert install_sounds(config).written == ("sorry.wav", "uploads.json")
    assert played(config, "sorry") == sound_file("sorry").read_bytes()


def test_a_new_recording_replaces_the_old_one(config: Config) -> None:
    upload(config, "sorry.wav", GOOD)
    install_sounds(config)
    before = played(config, "sorry")
    upload(config, "sorry.wav", pcm(tone(700, 2.0, 16000), 16000, 16))
    install_sounds(config)
    assert played(config, "sorry") != before


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("sorry.wav", b"not audio", "not a WAV"),
        ("sorry.wav", GOOD[:-1000], "cut off"),
        ("sorry.wav", pcm(tone(440, 0.05, 8000), 8000, 16), "0.1 s long"),
        ("sorry.wav", pcm(array("d", bytes(8 * 8000)), 8000, 16), "silent"),
        ("sorry.wav", pcm(array("d", bytes(8 * 8000 * 61)), 8000, 8), "61.0 s long"),
        ("sorry.mp3", GOOD, "only .wav"),
        ("no-such-prompt.wav", GOOD, "there is no prompt 'no-such-prompt'"),
    ],
)
def test_a_bad_recording_is_refused_with_the_reason_and_the_synthetic_voice_stays(
    config: Config, name: str, data: bytes, reason: str
) -> None:
    upload(config, name, data)
    report = install_sounds(config)
    assert reason in refusals(report)[name]
    assert report.uploads == ()
    assert played(config, "sorry") == sound_file("sorry").read_bytes()


def test_a_bad_recording_does_not_keep_a_good_one_out(config: Config) -> None:
    upload(config, "goodbye.wav", b"RIFF")
    upload(config, "sorry.wav", GOOD)
    report = install_sounds(config)
    assert report.uploads == ("sorry",)
    assert set(refusals(report)) == {"goodbye.wav"}


def test_a_damaged_memory_of_uploads_costs_only_time(config: Config) -> None:
    upload(config, "sorry.wav", GOOD)
    install_sounds(config)
    (config.state_dir / "sounds" / "uploads.json").write_text("{", encoding="utf-8")
    assert install_sounds(config).uploads == ("sorry",)
