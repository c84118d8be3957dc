"""Makes recordings of different origin sound alike: silence trimmed, one loudness, no clipping.

In: a `Sound`. Out: a new one. Never: rates or files.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator

from gateway.prompts.wav import Sound, SoundError

TARGET_DBFS = -20.0  # mean level of speech; telephone networks expect about -20 dBm0 and clip early
PEAK_DBFS = -3.0
SILENT_DBFS = -50.0  # nothing in the file is louder: nobody spoke

_FRAME_S = 0.01
_GATE_DB = -44.0  # below the loudest frame: silence, for trimming
_ACTIVE_DB = -25.0  # below the loudest frame: a gap between words, not part of the speech level
_LEAD_S = 0.06  # weak first consonants (j, q, x) lie below the gate
_TAIL_S = 0.05
_FADE_S = 0.005


def polish(sound: Sound, *, pause_s: float = 0.0, target_dbfs: float = TARGET_DBFS) -> Sound:
    """Trim, level, fade the ends, and add `pause_s` of silence. Raises SoundError when there is nothing but silence."""
    return add_silence(fade(set_level(trim(sound), target_dbfs)), pause_s)


def trim(sound: Sound) -> Sound:
    """Without silence at both ends, but for a breath of it."""
    levels = list(_frames(sound))
    loudest = max(levels, default=0.0)
    if _dbfs(loudest) < SILENT_DBFS:
        raise SoundError("there is no speech in the file: it is silent")
    heard = [number for number, level in enumerate(levels) if level > loudest * 10 ** (_GATE_DB / 20)]
    first = max(0.0, heard[0] * _FRAME_S - _LEAD_S)
    last = (heard[-1] + 1) * _FRAME_S + _TAIL_S
    return Sound(sound.rate, sound.samples[int(first * sound.rate) : int(last * sound.rate)])


def speech_level(sound: Sound) -> float:
    """Mean level in dBFS of the frames in which someone speaks."""
    levels = list(_frames(sound))
    gate = max(levels, default=0.0) * 10 ** (_ACTIVE_DB / 20)
    active = [level * level for level in levels if level >= gate]
    return _dbfs(math.sqrt(sum(active) / len(active))) if active else -math.inf


def set_level(sound: Sound, target_dbfs: float = TARGET_DBFS) -> Sound:
    """The same sound at `target_dbfs`, or less where its peaks would pass PEAK_DBFS."""
    gain = 10 ** ((target_dbfs - speech_level(sound)) / 20)
    peak = max(map(abs, sound.samples), default=0.0)
    if peak:
        gain = min(gain, 10 ** (PEAK_DBFS / 20) / peak)
    return Sound(sound.rate, array("d", (value * gain for value in sound.samples)))


def fade(sound: Sound) -> Sound:
    """A few milliseconds from and to zero, so that pieces join without clicks."""
    samples = array("d", sound.samples)
    count = min(int(_FADE_S * sound.rate), len(samples) // 2)
    for index in range(count):
        samples[index] *= index / count
        samples[-1 - index] *= index / count
    return Sound(sound.rate, samples)


def add_silence(sound: Sound, seconds: float) -> Sound:
    return Sound(sound.rate, sound.samples + array("d", bytes(8 * int(seconds * sound.rate))))


def _frames(sound: Sound) -> Iterator[float]:
    """Root mean square of each 10 ms."""
    size = max(1, int(_FRAME_S * sound.rate))
    for at in range(0, len(sound.samples), size):
        part = sound.samples[at : at + size]
        yield math.sqrt(sum(value * value for value in part) / len(part))


def _dbfs(level: float) -> float:
    return 20 * math.log10(level) if level > 0 else -math.inf
