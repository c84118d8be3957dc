"""The detector finds what is there and nothing else: every audio check of the system tests rests on that."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.kit import tones
from tests.kit.tones import RATE, Samples


def speech_like(seconds: float, seed: int = 7) -> Samples:
    """A gliding voice with harmonics and breath: as loud as speech and never still."""
    rng = np.random.default_rng(seed)
    at = np.arange(round(seconds * RATE)) / RATE
    pitch = 140 + 50 * np.sin(2 * np.pi * 1.7 * at) + 15 * np.sin(2 * np.pi * 5.1 * at)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voice = np.zeros(at.shape)
    for harmonic in range(1, 20):
        voice += np.sin(harmonic * phase) / harmonic
    syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * at)
    return np.asarray(0.15 * voice * syllables + 0.01 * rng.standard_normal(at.shape))


def through_g711(samples: Samples) -> Samples:
    """A-law as ITU-T G.711 companding curve, 8 bit: what a telephone call does to a tone."""
    a = 87.6
    size = np.abs(samples)
    packed = np.where(size < 1 / a, a * size, 1 + np.log(np.maximum(a * size, 1e-12))) / (1 + np.log(a))
    stepped = np.round(packed * 127) / 127 * (1 + np.log(a))
    grown = np.where(stepped < 1, stepped / a, np.exp(stepped - 1) / a)
    return np.asarray(np.sign(samples) * grown)


def test_a_tone_is_found_with_its_level_and_times() -> None:
    silence = bytes(RATE)  # half a second
    samples = tones.from_pcm(silence + tones.tone([700], 1.0, level_db=-12) + silence)
    (found,) = tones.heard(samples, [640, 700, 760])
    assert found.hz == 700
    assert found.start_s == pytest.approx(0.5, abs=0.06)
    assert found.end_s == pytest.approx(1.5, abs=0.06)
    assert found.level_db == pytest.approx(-12, abs=0.5)


def test_two_tones_at_once_are_both_found_and_no_third() -> None:
    samples = through_g711(tones.from_pcm(tones.tone([500, 1100], 1.0, level_db=-15)))
    assert tones.tones_in(samples, [440, 500, 560, 1040, 1100, 1160, 1600]) == {500, 1100}


def test_silence_and_noise_hold_no_tone() -> None:
    noise = 0.2 * np.random.default_rng(3).standard_normal(RATE * 3)
    candidates = list(range(400, 3000, 60))
    assert tones.heard(np.zeros(RATE), candidates) == ()
    assert tones.heard(noise, candidates) == ()


def test_speech_is_not_taken_for_a_tone() -> None:
    assert tones.heard(speech_like(20), list(range(425, 3000, 75))) == ()


def test_a_tone_under_speech_is_not_claimed_but_after_it_is() -> None:
    samples = np.concatenate([speech_like(2), tones.from_pcm(tones.tone([900], 1.0))])
    (found,) = tones.heard(samples, [900])
    assert found.start_s == pytest.approx(2.0, abs=0.1)


def test_a_lost_packet_does_not_break_a_tone_but_a_pause_does() -> None:
    samples = tones.from_pcm(tones.tone([900], 3.0)).copy()
    samples[RATE : RATE + 160] = 0  # one 20 ms packet
    assert len(tones.heard(samples, [900])) == 1
    samples[RATE : RATE + 4000] = 0
    assert len(tones.heard(samples, [900])) == 2


def test_a_click_shorter_than_the_limit_is_not_a_tone() -> None:
    samples = np.concatenate([np.zeros(RATE), tones.from_pcm(tones.tone([900], 0.1)), np.zeros(RATE)])
    assert tones.heard(samples, [900]) == ()


def test_a_window_selects_what_was_heard_in_it() -> None:
    samples = tones.from_pcm(tones.tone([500], 1.0) + tones.tone([800], 1.0))
    assert tones.tones_in(samples, [500, 800], 0.0, 0.9) == {500}
    assert tones.tones_in(samples, [500, 800], 1.1) == {800}


def test_blocks_join_without_a_break_in_phase() -> None:
    whole = tones.tone([733], 0.2)
    assert tones.tone([733], 0.1) + tones.tone([733], 0.1, start_sample=RATE // 10) == whole


def test_first_sound_and_longest_silence() -> None:
    samples = np.concatenate([np.zeros(RATE * 2), speech_like(1), np.zeros(RATE)])
    assert tones.first_sound_s(samples) == pytest.approx(2.0, abs=0.15)
    assert tones.first_sound_s(samples, after_s=3.1) is None
    assert tones.longest_silence_s(samples) == pytest.approx(2.0, abs=0.15)
    assert tones.longest_silence_s(samples, 2.2, 2.8) < 0.3


def test_wav_round_trip_and_wrong_rate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tone.wav"
    tones.write_wav(path, tones.tone([610], 0.5))
    samples = tones.read_wav(path)
    assert tones.dominant_hz(samples) == pytest.approx(610, abs=3)
    assert tones.tone_level_db(samples, 610) == pytest.approx(-12, abs=0.5)
    header = bytearray(path.read_bytes())
    header[24:28] = (16000).to_bytes(4, "little")
    path.write_bytes(header)
    with pytest.raises(ValueError, match="16000 Hz"):
        tones.read_wav(path)


def test_nothing_is_silence() -> None:
    empty = tones.from_pcm(b"")
    assert tones.level_db(empty) == tones.FLOOR_DB
    assert tones.dominant_hz(empty) == 0.0
    assert tones.heard(empty, [500]) == ()
    assert tones.first_sound_s(empty) is None
