"""WAV files in and out, and any sane recording turned into what the telephone plays: 8 kHz, mono, 16 bit.

In: the bytes of a WAV file. Out: a `Sound`, or `SoundError` that says what is wrong with the file. Never: other
formats, and no library: `audioop` left Python in 3.13, and the house must run without numpy.
"""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from operator import mul

from gateway.errors import CallerFaultError

TELEPHONE_RATE = 8000
FULL_SCALE = 32768.0
MAX_BYTES = 64 * 1024 * 1024

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_RATES = (8000, 192_000)
_TAPS_PER_SIDE = 16  # zero crossings of the sinc on either side: about 70 dB against aliases
_CUTOFF = 0.94  # of half the lower rate: room for the filter to fall


class SoundError(CallerFaultError):
    """The file cannot be played on the telephone; the message says why."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Mono audio: `samples` from -1.0 to 1.0 at `rate` per second."""

    rate: int
    samples: array[float]

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


@dataclass(frozen=True, slots=True)
class Format:
    """The header of a WAV file."""

    kind: int
    channels: int
    rate: int
    bits: int


def read_wav(data: bytes) -> Sound:
    """Mix to mono whatever PCM (8 to 32 bit) or float WAV comes in. Raises SoundError when it is none, or cut short."""
    form, body = _parse(data)
    width = form.bits // 8
    if len(body) % (width * form.channels):
        raise SoundError("the audio data is cut off in the middle of a sample")
    values = _decode(form, body)
    if form.channels > 1:
        values = array(
            "d", (sum(values[at : at + form.channels]) / form.channels for at in range(0, len(values), form.channels))
        )
    return Sound(form.rate, values)


def read_format(data: bytes) -> Format:
    """The header alone. Raises SoundError."""
    return _parse(data)[0]


def _parse(data: bytes) -> tuple[Format, memoryview]:
    if len(data) > MAX_BYTES:
        raise SoundError(f"the file is larger than {MAX_BYTES // 1024 // 1024} MB")
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise SoundError("not a WAV file (RIFF/WAVE header missing)")
    form: Format | None = None
    for name, chunk in _chunks(memoryview(data)):
        if name == b"fmt ":
            form = _format(chunk)
        elif name == b"data":
            if form is None:
                raise SoundError("the WAV header has no format before its data")
            return form, chunk
    raise SoundError("the WAV file holds no audio data")


def _chunks(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = 12
    while at + 8 <= len(data):
        name, size = bytes(data[at : at + 4]), struct.unpack_from("<I", data, at + 4)[0]
        if at + 8 + size > len(data):
            raise SoundError("the file is cut off: its header promises more audio than is there")
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _format(chunk: memoryview) -> Format:
    if len(chunk) < 16:
        raise SoundError("the WAV header is cut off")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if kind == _EXTENSIBLE and len(chunk) >= 26:
        kind = struct.unpack_from("<H", chunk, 24)[0]
    if (kind, bits) not in {(_PCM, 8), (_PCM, 16), (_PCM, 24), (_PCM, 32), (_FLOAT, 32)}:
        raise SoundError(f"WAV encoding {kind} with {bits} bits cannot be read; save it as 16-bit PCM")
    if not 1 <= channels <= 8:
        raise SoundError(f"{channels} channels cannot be read; save it as mono")
    if not _RATES[0] <= rate <= _RATES[1]:
        raise SoundError(f"a rate of {rate} Hz cannot be used; record at 8000 Hz or more")
    return Format(kind, channels, rate, bits)


def _decode(form: Format, body: memoryview) -> array[float]:
    if form.kind == _FLOAT:
        floats = _numbers("f", body)
        if not all(map(math.isfinite, floats)):
            raise SoundError("the audio data holds values that are no numbers")
        return array("d", floats)
    if form.bits == 8:
        return array("d", ((value - 128) / 128.0 for value in body))
    if form.bits == 16:
        return array("d", (value / FULL_SCALE for value in _numbers("h", body)))
    if form.bits == 32:
        return array("d", (value / 2147483648.0 for value in _numbers("i", body)))
    starts = range(0, len(body), 3)
    return array("d", (int.from_bytes(body[at : at + 3], "little", signed=True) / 8388608.0 for at in starts))


def _numbers(code: str, body: memoryview) -> array[float]:
    values: array[float] = array(code)
    values.frombytes(body)
    if sys.byteorder == "big":
        values.byteswap()
    return values


def write_wav(sound: Sound) -> bytes:
    """The file as Asterisk plays it. Raises ValueError unless the sound is at the telephone's rate."""
    if sound.rate != TELEPHONE_RATE:
        raise ValueError(f"convert to {TELEPHONE_RATE} Hz first, this is {sound.rate}")
    whole = array("h", (max(-32768, min(32767, round(value * FULL_SCALE))) for value in sound.samples))
    if sys.byteorder == "big":
        whole.byteswap()
    body = whole.tobytes()
    header = struct.pack("<HHIIHH", _PCM, 1, TELEPHONE_RATE, TELEPHONE_RATE * 2, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(body))
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + header
        + (b"data" + struct.pack("<I", len(body)) + body)
    )


def to_rate(sound: Sound, rate: int = TELEPHONE_RATE) -> Sound:
    """Resample with a windowed sinc, one filter per phase. 10 s take about half a second."""
    if sound.rate == rate:
        return sound
    shared = math.gcd(sound.rate, rate)
    up, down = rate // shared, sound.rate // shared
    reach = math.ceil(_TAPS_PER_SIDE * max(1.0, down / up))
    padding = array("d", bytes(8 * reach))
    source = padding + sound.samples + padding
    result: array[float] = array("d")
    for number in range(len(sound.samples) * up // down):
        start, phase = divmod(number * down, up)
        taps = _filter(up, down, phase, reach)
        result.append(sum(map(mul, taps, source[start + 1 : start + 1 + len(taps)])))
    return Sound(rate, result)


@cache
def _filter(up: int, down: int, phase: int, reach: int) -> array[float]:
    """Weights of the `2 * reach` source samples around one result sample, with a Hann window; their sum is 1."""
    width = _CUTOFF * min(1.0, up / down)
    taps = array("d")
    for index in range(1 - reach, reach + 1):
        distance = index - phase / up
        sinc = 1.0 if distance == 0 else math.sin(math.pi * width * distance) / (math.pi * width * distance)
        taps.append(sinc * (0.5 + 0.5 * math.cos(math.pi * distance / (reach + 1))))
    total = sum(taps)
    return array("d", (tap / total for tap in taps))
