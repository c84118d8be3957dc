"""Recordings: is what MixMonitor left on disk the whole conversation?

In: a file name from the journal and how long the call was recorded. Out: `Verdict`. Never: a database, or a path
outside the recordings folder.
"""

from __future__ import annotations

from .paths import OutsideError, find_recording
from .verify import TOLERANCE_S, Verdict, verify
from .wav import WavError, WavInfo, read_wav

__all__ = ["TOLERANCE_S", "OutsideError", "Verdict", "WavError", "WavInfo", "find_recording", "read_wav", "verify"]
