"""WAV files as MixMonitor writes them: 8 kHz, 16 bit, one channel."""

from __future__ import annotations

import struct
from pathlib import Path

RATE = 8000
REAL = Path(__file__).parent / "mixmonitor.wav"  # one second by Asterisk 22.10


def wav_bytes(seconds: float, *, stated: int | None = None) -> bytes:
    """`stated`: what the header says about the number of bytes, when not the truth."""
    data = b"\x10\x00" * int(seconds * RATE)
    size = len(data) if stated is None else stated
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size) + data


def write_wav(path: Path, seconds: float, *, stated: int | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav_bytes(seconds, stated=stated))
    return path
