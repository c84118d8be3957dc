"""The tone after which a caller's message begins: made, not spoken, so it is in no list of texts.

In: nothing. Out: a short tone for `asterisk_conf/sounds/zh/hl/beep.wav`. Never: chance: the same file comes out each
time. Run: `python -m gateway.prompts.beep [FILE]`.
"""

from __future__ import annotations

import math
import sys
from array import array
from pathlib import Path

from gateway.prompts.level import set_level
from gateway.prompts.manifest import sound_file
from gateway.prompts.wav import TELEPHONE_RATE, Sound, write_wav
from ivr import BEEP

BEEP_DBFS = -20.0  # as loud as speech
BEEP_HZ = 1000.0
BEEP_S = 0.4
_PAUSE_S = 0.15  # apart from the sentence before it
_FADE_S = 0.01  # no click


def beep() -> Sound:
    """A pause, then the tone, at BEEP_DBFS and the telephone's rate."""
    samples = array("d", bytes(8 * round(_PAUSE_S * TELEPHONE_RATE)))
    for index in range(round(BEEP_S * TELEPHONE_RATE)):
        at_s = index / TELEPHONE_RATE
        swell = min(1.0, at_s / _FADE_S, (BEEP_S - at_s) / _FADE_S)
        samples.append(swell * math.sin(math.tau * BEEP_HZ * at_s))
    return set_level(Sound(TELEPHONE_RATE, samples), BEEP_DBFS)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else sound_file(BEEP)
    target.write_bytes(write_wav(beep()))
