"""Prompts as chords: each prompt of the city sounds as two tones of its own, so a test knows what a caller was told.

In: prompt ids, a sounds folder, PCM that a phone heard. Out: WAV files in the folder; which prompts were heard, when.
Never: replaces the check that the real prompts are there and are speech (that is the IVR's and the browser tests').

Low tones lie in 300–1350 Hz, high ones in 1500–2550 Hz; music is one low tone. Parties on the phone use 2700 Hz and up.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.prompts.manifest import sound_file
from ivr import BEEP
from tests.kit.tones import HOP_S, WINDOW_S, Samples, strongest, tone, write_wav

LOW = tuple(float(hz) for hz in range(300, 1351, 70))
HIGH = tuple(float(hz) for hz in range(1500, 2551, 70))
MUSIC_HZ = 210.0
PROMPT_S = 0.6
MENU_S = 1.0  # long enough to be cut short by a key
MIN_HEARD_S = 0.2
LOST_S = 0.3  # sound that a busy machine lost in the middle of a prompt
Chord = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Told:
    """One prompt that was heard, in seconds from the first sample."""

    prompt: str
    start_s: float
    end_s: float


class Prompts:
    """The chords of one city."""

    def __init__(self, ids: Iterable[str]) -> None:
        names = sorted(ids)
        if len(names) > len(LOW) * len(HIGH):
            raise ValueError(f"{len(names)} prompts, but only {len(LOW) * len(HIGH)} chords")
        self.chords: Mapping[str, Chord] = {
            name: (LOW[index % len(LOW)], HIGH[(index // len(LOW) + index) % len(HIGH)])
            for index, name in enumerate(names)
        }
        self._names = {chord: name for name, chord in self.chords.items()}

    def install(self, sounds: Path) -> None:
        """Write all prompts and the music below a state folder's `sounds`."""
        folder = sounds / "zh" / "hl"
        folder.mkdir(parents=True, exist_ok=True)
        for name, chord in self.chords.items():
            write_wav(folder / f"{name}.wav", tone(chord, MENU_S if name.startswith("menu-") else PROMPT_S))
        shutil.copyfile(sound_file(BEEP), folder / f"{BEEP}.wav")
        (sounds / "moh").mkdir(parents=True, exist_ok=True)
        write_wav(sounds / "moh" / "music.wav", tone([MUSIC_HZ], 10.0))

    def told(self, samples: Samples) -> list[Told]:
        """The prompts that were heard, in order; one that was played twice is there twice if there was a pause."""
        pairs = zip(strongest(samples, LOW), strongest(samples, HIGH), strict=True)
        names = [self._names.get((low, high)) if low and high else None for low, high in pairs]
        found: list[Told] = []
        for index, name in enumerate(names):
            if name is None:
                continue
            start, end = index * HOP_S, index * HOP_S + WINDOW_S
            if found and found[-1].prompt == name and start - found[-1].end_s <= LOST_S:
                found[-1] = Told(name, found[-1].start_s, end)
            else:
                found.append(Told(name, start, end))
        return [each for each in found if each.end_s - each.start_s >= MIN_HEARD_S]

    def names_told(self, samples: Samples) -> list[str]:
        return [each.prompt for each in self.told(samples)]
