"""The sounds in the repository are complete, up to date, and what the telephone plays."""

from __future__ import annotations

import csv
import hashlib
import shutil
from pathlib import Path

import pytest

from gateway.prompts.beep import BEEP_DBFS, beep
from gateway.prompts.level import speech_level
from gateway.prompts.manifest import (
    SOUNDS_DIR,
    Fault,
    check_sounds,
    known_words,
    read_manifest,
    read_prompts,
    sound_file,
    text_hash,
)
from gateway.prompts.music import MUSIC_DBFS, music
from gateway.prompts.wav import Format, read_format, read_wav, write_wav
from ivr import BEEP, FIXED_PROMPTS, NUMBER_PROMPTS, WAIT_PROMPTS, PromptText, greeting_id, greeting_prompts, load_menus

ROOT = Path(__file__).parents[2]
PROMPTS = read_prompts()
SECONDS_PER_CHARACTER = (0.1, 0.6)  # faster nobody follows, slower something went wrong
MUSIC = SOUNDS_DIR / "moh" / "hotline.wav"


def referenced() -> set[str]:
    menus = load_menus({p.name: p.read_text(encoding="utf-8") for p in (ROOT / "ivr" / "menus").glob("*.toml")})
    with (ROOT / "routing_table" / "demo" / "hotlines.csv").open(encoding="utf-8") as file:
        rows = [row["greeting"] or greeting_id(row["number"]) for row in csv.DictReader(file)]
    return {
        *FIXED_PROMPTS,
        *NUMBER_PROMPTS,
        *WAIT_PROMPTS,
        *rows,
        *(p for menu in menus.values() for p in menu.prompts),
    }


def test_every_prompt_that_code_menus_or_the_demo_city_name_has_a_sound() -> None:
    missing = [name for name in referenced() if not sound_file(name).exists()]
    assert missing == []
    assert referenced() <= set(PROMPTS)


def test_no_prompt_is_listed_that_nothing_plays() -> None:
    assert set(PROMPTS) - referenced() == set()


def test_the_sounds_are_up_to_date() -> None:
    assert check_sounds(PROMPTS) == ()


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
def test_a_sound_is_telephone_format_loud_enough_unclipped_and_as_long_as_its_text(prompt: PromptText) -> None:
    data = sound_file(prompt.id).read_bytes()
    assert read_format(data) == Format(1, 1, 8000, 16)
    sound = read_wav(data)
    assert -24 < speech_level(sound) < -18
    assert max(map(abs, sound.samples)) < 0.85
    characters = sum(character.isalnum() for character in prompt.text)
    assert SECONDS_PER_CHARACTER[0] < sound.seconds / characters < max(SECONDS_PER_CHARACTER[1], 0.9 / characters)


def test_a_caller_is_with_a_person_after_a_few_seconds_of_talk() -> None:
    manifest = read_manifest()
    greetings = [name for name in PROMPTS if name.startswith("greet-")]
    longest = max(sum(manifest[part].seconds for part in greeting_prompts(name)) for name in greetings)
    assert sum(manifest[part].seconds for part in greeting_prompts("greet-12345")) < 6.0
    assert longest < 7.0


def test_the_notice_says_that_the_call_is_recorded_and_the_voice_is_synthetic() -> None:
    text = PROMPTS["recording-notice"].text
    assert "录音" in text
    assert "机器合成" in text


def test_the_sounds_keep_the_repository_small() -> None:
    assert sum(path.stat().st_size for path in SOUNDS_DIR.rglob("*") if path.is_file()) < 6_000_000


def test_the_music_is_what_its_score_says() -> None:
    sound = music()
    assert 40 <= sound.seconds <= 60
    assert speech_level(sound) == pytest.approx(MUSIC_DBFS, abs=0.1)
    kept = read_wav(MUSIC.read_bytes())
    assert len(kept.samples) == len(sound.samples)
    assert max(abs(a - b) for a, b in zip(kept.samples, sound.samples, strict=True)) < 1e-3
    assert read_format(write_wav(sound)) == Format(1, 1, 8000, 16)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "sounds"
    shutil.copytree(SOUNDS_DIR, target)
    return target


def faults(sounds: Path, prompts: dict[str, PromptText] | None = None) -> list[tuple[str, Fault]]:
    return [(finding.id, finding.fault) for finding in check_sounds(prompts or PROMPTS, sounds)]


def test_a_changed_text_makes_its_sound_stale(copy: Path) -> None:
    changed = dict(PROMPTS) | {"d1": PromptText("d1", "一")}
    assert faults(copy, changed) == [("d1", Fault.STALE)]


def test_a_changed_reading_makes_the_sound_stale() -> None:
    assert text_hash(PromptText("x", "行")) != text_hash(PromptText("x", "行", "行{hang2}"))
    assert text_hash(PromptText("x", "行"), "another voice") != text_hash(PromptText("x", "行"))


def test_the_beep_is_what_it_is_made_of() -> None:
    sound = beep()
    assert sound.seconds < 1.0 and speech_level(sound) == pytest.approx(BEEP_DBFS, abs=0.5)
    assert sound_file(BEEP).read_bytes() == write_wav(sound)


def test_a_lost_a_changed_and_a_left_over_file_are_found(copy: Path) -> None:
    sound_file("d1", copy).unlink()
    sound_file("d2", copy).write_bytes(sound_file("d3", copy).read_bytes())
    sound_file("no-such-prompt", copy).write_bytes(b"")
    assert faults(copy) == [("d1", Fault.MISSING), ("d2", Fault.DAMAGED), ("no-such-prompt", Fault.LEFT_OVER)]


def test_a_sound_in_another_format_is_found_even_when_the_manifest_agrees(copy: Path) -> None:
    data = bytearray(sound_file("d1", copy).read_bytes())
    data[24:28] = (16000).to_bytes(4, "little")
    sound_file("d1", copy).write_bytes(data)
    path = copy / "manifest.json"
    old, new = read_manifest(copy)["d1"].sha256, hashlib.sha256(data).hexdigest()
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert faults(copy) == [("d1", Fault.DAMAGED)]


def test_the_word_list_holds_words() -> None:
    assert "公积金" in known_words()
    assert all(word.isalpha() and len(word) > 1 for word in known_words())
