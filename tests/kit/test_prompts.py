"""What a caller was told is read from chords: each prompt is recognised, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gateway.prompts.manifest import read_prompts
from tests.kit import tones
from tests.kit.prompts import LOW, MUSIC_HZ, PROMPT_S, Prompts


def test_every_prompt_of_the_city_has_a_chord_of_its_own_and_is_told_apart(tmp_path: Path) -> None:
    prompts = Prompts(read_prompts())
    prompts.install(tmp_path)
    assert len(set(prompts.chords.values())) == len(prompts.chords)
    for name in prompts.chords:
        assert prompts.names_told(tones.read_wav(tmp_path / "zh" / "hl" / f"{name}.wav")) == [name]


def test_prompts_in_a_row_are_told_in_order_with_their_times() -> None:
    prompts = Prompts(["a", "b", "c"])
    silence = np.zeros(4000)
    parts = [tones.from_pcm(tones.tone(prompts.chords[name], PROMPT_S)) for name in ("c", "a")]
    told = prompts.told(np.concatenate([silence, parts[0], parts[1], silence, parts[1]]))
    assert [each.prompt for each in told] == ["c", "a", "a"]
    assert told[0].start_s == pytest.approx(0.5, abs=0.06)
    assert told[1].start_s == pytest.approx(0.5 + PROMPT_S, abs=0.06)


def test_music_and_a_partys_tone_are_no_prompts() -> None:
    prompts = Prompts(["a", "b"])
    assert prompts.names_told(tones.from_pcm(tones.tone([MUSIC_HZ], 2.0))) == []
    assert prompts.names_told(tones.from_pcm(tones.tone([2700, 3100], 2.0))) == []
    assert prompts.names_told(tones.from_pcm(tones.tone([LOW[0]], 2.0))) == []


def test_more_prompts_than_chords_are_refused() -> None:
    with pytest.raises(ValueError, match="chords"):
        Prompts(str(number) for number in range(1000))
