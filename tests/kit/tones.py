"""Tones that a test can send down a call and find again in what came out at the other end.

In: frequencies in Hz, PCM (8 kHz, 16 bit, mono) as bytes or a WAV file. Out: which of the given frequencies are heard
from when to when and how loud. Never: looks at a file's size or guesses what a tone means.

A tone counts as heard where it is loud enough *and* carries a good share of the window's power: speech has energy
everywhere, but not for a third of a second in one narrow line.
"""

from __future__ import annotations

import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

RATE = 8000
WINDOW_S = 0.1  # 10 Hz wide bins: tones 60 Hz apart never mix
HOP_S = 0.05
FLOOR_DB = -120.0
QUIET_DB = -45.0  # below this a window is called silence; G.711 idle noise lies near -70

Samples: TypeAlias = NDArray[np.float64]  # -1.0 … 1.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One tone, without a break, in seconds from the first sample; level in dB below full scale."""

    hz: float
    start_s: float
    end_s: float
    level_db: float

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s


def tone(freqs: Sequence[float], seconds: float, *, level_db: float = -12.0, start_sample: int = 0) -> bytes:
    """PCM of all `freqs` at once, each at `level_db`; `start_sample` keeps the phase from block to block."""
    at = (np.arange(round(seconds * RATE)) + start_sample) / RATE
    amplitude = 10 ** (level_db / 20)
    wave_form = np.zeros(at.shape)
    for hz in freqs:
        wave_form += amplitude * np.sin(2 * np.pi * hz * at)
    return to_pcm(wave_form)


def to_pcm(samples: Samples) -> bytes:
    return (np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes()


def from_pcm(pcm: bytes) -> Samples:
    """Samples of 16-bit little-endian mono PCM; a half sample at the end is dropped."""
    return np.frombuffer(pcm[: len(pcm) // 2 * 2], dtype="<i2").astype(np.float64) / 32768


def read_wav(path: Path) -> Samples:
    """The samples of an 8 kHz, 16-bit WAV; channels are added up. Raises ValueError for any other format."""
    with wave.open(str(path), "rb") as file:
        if (file.getframerate(), file.getsampwidth()) != (RATE, 2):
            raise ValueError(
                f"{path}: {file.getframerate()} Hz, {8 * file.getsampwidth()} bit; wanted {RATE} Hz, 16 bit"
            )
        samples = from_pcm(file.readframes(file.getnframes()))
        channels = file.getnchannels()
    return samples if channels == 1 else samples.reshape(-1, channels).sum(axis=1)


def write_wav(path: Path, pcm: bytes) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm)


def level_db(samples: Samples) -> float:
    """Root mean square in dB below full scale; `FLOOR_DB` for nothing."""
    if samples.size == 0:
        return FLOOR_DB
    return _decibel(float(np.sqrt(np.mean(samples**2))))


def tone_level_db(samples: Samples, hz: float) -> float:
    """Level of one frequency over all of `samples` (Goertzel with a Hann window), in dB below full scale."""
    if samples.size < RATE // 100:
        return FLOOR_DB
    return _decibel(float(_amplitudes(samples[np.newaxis, :], [hz])[0, 0]))


def dominant_hz(samples: Samples) -> float:
    """The strongest frequency, to within about a bin of the FFT; 0.0 for silence."""
    if samples.size == 0 or level_db(samples) < QUIET_DB:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    return float(np.argmax(spectrum) * RATE / samples.size)


def heard(
    samples: Samples,
    freqs: Iterable[float],
    *,
    min_level_db: float = -35.0,
    min_share: float = 0.15,
    min_seconds: float = 0.3,
) -> tuple[Heard, ...]:
    """Every stretch in which one of `freqs` sounds, by start time.

    A window of 0.1 s has the tone when it is `min_level_db` loud and has `min_share` of the window's power.
    Single lost windows (a lost packet) do not break a stretch; stretches shorter than `min_seconds` are dropped.
    """
    wanted = list(freqs)
    windows = _windows(samples)
    if not wanted or windows.shape[0] == 0:
        return ()
    levels, share = _levels_and_shares(windows, wanted)
    present = (levels >= min_level_db) & (share >= min_share)
    found = [
        Heard(hz, start * HOP_S, (end - 1) * HOP_S + WINDOW_S, float(np.median(levels[start:end, column])))
        for column, hz in enumerate(wanted)
        for start, end in _stretches(present[:, column])
    ]
    return tuple(sorted((h for h in found if h.seconds >= min_seconds), key=lambda h: (h.start_s, h.hz)))


def strongest(samples: Samples, freqs: Sequence[float], *, min_level_db: float = -35.0) -> list[float | None]:
    """For each window, `HOP_S` apart: which of `freqs` stands out (a quarter of the power), None where none does."""
    windows = _windows(samples)
    if windows.shape[0] == 0:
        return []
    levels, share = _levels_and_shares(windows, freqs)
    best = np.argmax(levels, axis=1)
    rows = np.arange(len(best))
    clear = (levels[rows, best] >= min_level_db) & (share[rows, best] >= 0.25)
    return [freqs[column] if found else None for column, found in zip(best.tolist(), clear.tolist(), strict=True)]


def tones_in(samples: Samples, freqs: Iterable[float], start_s: float = 0.0, end_s: float | None = None) -> set[float]:
    """Which of `freqs` are heard between two moments."""
    end = None if end_s is None else round(end_s * RATE)
    return {h.hz for h in heard(samples[round(start_s * RATE) : end], freqs)}


def first_sound_s(samples: Samples, after_s: float = 0.0, *, min_db: float = QUIET_DB) -> float | None:
    """When, in seconds from the first sample, something (anything) is next heard after `after_s`; None: never."""
    windows = _windows(samples)
    for index, window in enumerate(windows):
        start = index * HOP_S
        if start >= after_s and level_db(window) >= min_db:
            return start
    return None


def longest_silence_s(samples: Samples, start_s: float = 0.0, end_s: float | None = None) -> float:
    """The longest time without any sound between two moments."""
    end = None if end_s is None else round(end_s * RATE)
    windows = _windows(samples[round(start_s * RATE) : end])
    quiet = np.array([level_db(window) < QUIET_DB for window in windows])
    lengths = [(end_at - start_at) * HOP_S for start_at, end_at in _stretches(quiet, bridge=0)]
    return max(lengths, default=0.0)


def _windows(samples: Samples) -> NDArray[np.float64]:
    size, hop = round(WINDOW_S * RATE), round(HOP_S * RATE)
    if samples.size < size:
        return np.zeros((0, size))
    return np.lib.stride_tricks.sliding_window_view(samples, size)[::hop]


def _amplitudes(windows: NDArray[np.float64], freqs: Sequence[float]) -> NDArray[np.float64]:
    """Amplitude (0 … 1) of each frequency in each window; the Hann window keeps neighbours out."""
    size = windows.shape[1]
    hann = np.hanning(size)
    turns = np.outer(np.arange(size), np.array(freqs)) / RATE
    probe = hann[:, np.newaxis] * np.exp(-2j * np.pi * turns)
    return np.asarray(2 * np.abs(windows @ probe) / hann.sum())


def _levels_and_shares(
    windows: NDArray[np.float64], freqs: Sequence[float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Level in dB of each frequency in each window, and its share of the window's power."""
    amplitudes = _amplitudes(windows, freqs)
    power = np.maximum(np.mean(windows**2, axis=1), 1e-15)
    levels = 20 * np.log10(np.maximum(amplitudes, 1e-6))
    return levels, (amplitudes**2 / 2) / power[:, np.newaxis]


def _stretches(present: NDArray[np.bool_], *, bridge: int = 2) -> list[tuple[int, int]]:
    """Runs of True as (first, one past last); gaps of up to `bridge` windows are closed."""
    runs: list[tuple[int, int]] = []
    for index in np.flatnonzero(present).tolist():
        if runs and index - runs[-1][1] <= bridge:
            runs[-1] = (runs[-1][0], index + 1)
        else:
            runs.append((index, index + 1))
    return runs


def _decibel(value: float) -> float:
    return max(FLOOR_DB, 20 * float(np.log10(max(value, 1e-6))))
