"""Reads a WAV file's header, also of one whose writer was cut off.

In: an open file. Out: `WavInfo`. Never: trusts the sizes in the header (a full disk leaves them as they were).
Layout: RIFF/WAVE, chunks `fmt ` and `data` (Microsoft Multimedia Programming Interface 1.0).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

_PCM = 1
CHUNKS_MAX = 64  # of a real file two or three; a bound against a header made to waste time


class WavError(ValueError):
    """Not a WAV file of PCM samples, or cut before the first sample."""


@dataclass(frozen=True, slots=True)
class WavInfo:
    """`data_bytes`: samples that are really in the file; `stated_bytes`: what the header says."""

    rate: int
    channels: int
    sample_bytes: int
    data_offset: int
    data_bytes: int
    stated_bytes: int

    @property
    def seconds(self) -> float:
        return self.data_bytes / (self.rate * self.channels * self.sample_bytes)

    @property
    def is_truncated(self) -> bool:
        """Whether the header promises more than there is, or was never brought up to date."""
        return self.stated_bytes != self.data_bytes


def read_wav(file: BinaryIO) -> WavInfo:
    """Raises WavError."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"WAVE":
        raise WavError("no WAV header")
    layout: tuple[int, int, int] | None = None
    for _ in range(CHUNKS_MAX):
        header = file.read(8)
        if len(header) < 8:
            break
        name, length = header[:4], struct.unpack("<I", header[4:])[0]
        if name == b"data" and layout is not None:
            rate, channels, sample_bytes = layout
            here = file.tell()
            frame = channels * sample_bytes
            # A header never brought up to date says 0; then everything up to the end is samples
            present = size - here if length == 0 else min(length, size - here)
            return WavInfo(rate, channels, sample_bytes, here, present // frame * frame, length)
        if name == b"fmt ":
            layout = _layout(file.read(length) if length <= 1024 else b"")
        else:
            file.seek(length, os.SEEK_CUR)
        file.seek(length % 2, os.SEEK_CUR)
    raise WavError("no samples in the file")


def _layout(chunk: bytes) -> tuple[int, int, int]:
    if len(chunk) < 16:
        raise WavError("short format chunk")
    kind, channels, rate, _, _, bits = struct.unpack("<HHIIHH", chunk[:16])
    if kind != _PCM or not channels or not rate or bits not in (8, 16, 24, 32):
        raise WavError("not PCM")
    return rate, channels, bits // 8
