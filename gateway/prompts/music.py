"""Music on hold: the folk song 茉莉花 (Jiangsu, traditional, in the public domain), played by our own soft strings.

In: nothing. Out: one loop of about 47 s whose end flows into its beginning, for `asterisk_conf/sounds/moh`. Never:
chance or a recording: the same file comes out each time. Run: `python -m gateway.prompts.music [FILE]`.
"""

from __future__ import annotations

import math
import sys
from array import array
from pathlib import Path

from gateway.prompts.level import set_level
from gateway.prompts.manifest import SOUNDS_DIR
from gateway.prompts.wav import TELEPHONE_RATE, Sound, write_wav

MUSIC_DBFS = -26.0  # below speech: a caller holds the receiver to the ear for minutes
BEATS_PER_MINUTE = 72
TONIC_HZ = 392.0  # G4: the lowest note of the tune, D4, still lies near the telephone's 300 Hz

# Numbered notation as the tune is written: degree, "," an octave lower, "'" higher; a slash and its length in beats.
MELODY = """
3/1 3/.5 5/.5 6/.5 1'/.5 1'/.5 6/.5   5/1 5/.5 6/.5 5/2
3/1 3/.5 5/.5 6/.5 1'/.5 1'/.5 6/.5   5/1 5/.5 6/.5 5/2
5/1 5/1 5/1 3/.5 5/.5                 6/1 6/1 5/2
3/1 2/.5 3/.5 5/1 3/.5 2/.5           1/1 1/.5 2/.5 1/2
3/.5 2/.5 1/.5 3/.5 2/1.5 3/.5        5/1 6/.5 1'/.5 5/2
2/1 3/.5 5/.5 2/.5 3/.5 1/.5 6,/.5    5,/2 6,/1 1/1
2/1.5 3/.5 1/.5 2/.5 1/.5 6,/.5       5,/4
"""
# One bar of four beats each: open chords, one note a beat.
ACCOMPANIMENT = """
1 5 3' 5   1 5 2' 5
1 5 3' 5   1 5 2' 5
1 5 3' 5   6, 3 1' 3
6, 3 1' 3  1 5 3' 5
1 5 3' 5   1 5 2' 5
5, 2 6 2   5, 2 5 2
5, 2 6 2   5, 2 5 2
"""

_SEMITONES = {"1": 0, "2": 2, "3": 4, "5": 7, "6": 9}  # the five tones of the tune
_PARTIALS = ((1, 1.0, 1.1), (2, 0.42, 1.7), (3, 0.2, 2.6), (4, 0.08, 3.6))  # number, strength, decay per second
_ATTACK_S = 0.012
_RING_S = 2.4


def music() -> Sound:
    """The loop, at MUSIC_DBFS and the telephone's rate."""
    beat_s = 60 / BEATS_PER_MINUTE
    notes = [note.split("/") for note in MELODY.split()]
    beats = sum(float(length) for _, length in notes)
    samples = array("d", bytes(8 * round(beats * beat_s * TELEPHONE_RATE)))
    at = 0.0
    for degree, length in notes:
        _pluck(samples, at * beat_s, _hertz(degree), 1.0)
        at += float(length)
    for beat, degree in enumerate(ACCOMPANIMENT.split()):
        _pluck(samples, beat * beat_s, _hertz(degree), 0.3)
    return set_level(Sound(TELEPHONE_RATE, samples), MUSIC_DBFS)


def _hertz(degree: str) -> float:
    octaves = degree.count("'") - degree.count(",")
    return float(TONIC_HZ * 2 ** (_SEMITONES[degree[0]] / 12 + octaves))


def _pluck(samples: array[float], start_s: float, hertz: float, strength: float) -> None:
    """Add one plucked string. What rings past the end is added to the beginning: the loop has no seam."""
    first = round(start_s * TELEPHONE_RATE)
    for index in range(round(_RING_S * TELEPHONE_RATE)):
        at_s = index / TELEPHONE_RATE
        swell = min(1.0, at_s / _ATTACK_S) * min(1.0, (_RING_S - at_s) / 0.3)
        value = 0.0
        for number, loudness, decay in _PARTIALS:
            value += loudness * math.exp(-decay * at_s) * math.sin(math.tau * hertz * number * at_s)
        samples[(first + index) % len(samples)] += strength * swell * value


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else SOUNDS_DIR / "moh" / "hotline.wav"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(write_wav(music()))
