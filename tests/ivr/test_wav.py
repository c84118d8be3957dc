"""Any sane recording becomes a telephone sound; a bad one is refused with a reason."""

from __future__ import annotations

import io
import math
import struct
import wave
from array import array

import pytest

from gateway.prompts.level import PEAK_DBFS, polish, set_level, speech_level, trim
from gateway.prompts.wav import Sound, SoundError, read_format, read_wav, to_rate, write_wav


def tone(hertz: float, seconds: float, rate: int, loudness: float = 0.5) -> array[float]:
    return array("d", (loudness * math.sin(math.tau * hertz * at / rate) for at in range(round(seconds * rate))))


def strength(sound: Sound, hertz: float) -> float:
    """Amplitude of one frequency (Goertzel by correlation), edges left out."""
    part = sound.samples[sound.rate // 10 : -sound.rate // 10]
    turn = math.tau * hertz / sound.rate
    real = sum(value * math.cos(turn * at) for at, value in enumerate(part))
    imaginary = sum(value * math.sin(turn * at) for at, value in enumerate(part))
    return 2 * math.hypot(real, imaginary) / len(part)


def pcm(
    values: array[float], rate: int, bits: int, channels: int = 1, *, kind: int = 1, extensible: bool = False
) -> bytes:
    body = bytearray()
    for value in values:
        for channel in range(channels):
            here = value if channel == 0 else 0.0
            if kind == 3:
                body += struct.pack("<f", here)
            elif bits == 8:
                body.append(128 + round(here * 127))
            else:
                body += round(here * (2 ** (bits - 1) - 1)).to_bytes(bits // 8, "little", signed=True)
    align = channels * bits // 8
    head = struct.pack("<HHIIHH", 0xFFFE if extensible else kind, channels, rate, rate * align, align, bits)
    if extensible:
        guid = struct.pack("<H", kind) + b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
        head += struct.pack("<HHI", 22, bits, 0) + guid
    chunks = b"fmt " + struct.pack("<I", len(head)) + head + b"LIST\x03\x00\x00\x00abc\x00"
    chunks += b"data" + struct.pack("<I", len(body)) + bytes(body)
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000])
def test_a_tone_keeps_pitch_and_loudness_at_any_rate(rate: int) -> None:
    sound = to_rate(Sound(rate, tone(1000, 0.5, rate)))
    assert sound.rate == 8000
    assert sound.seconds == pytest.approx(0.5, abs=0.001)
    assert strength(sound, 1000) == pytest.approx(0.5, rel=0.01)


def test_what_the_telephone_cannot_carry_does_not_come_back_as_another_tone() -> None:
    sound = to_rate(Sound(48000, tone(6500, 0.5, 48000)))  # would fold to 1500 Hz
    assert strength(sound, 1500) < 0.001


@pytest.mark.parametrize(("bits", "kind"), [(8, 1), (16, 1), (24, 1), (32, 1), (32, 3)])
@pytest.mark.parametrize("extensible", [False, True])
def test_every_common_encoding_is_read(bits: int, kind: int, extensible: bool) -> None:
    sound = read_wav(pcm(tone(440, 0.3, 8000), 8000, bits, kind=kind, extensible=extensible))
    assert strength(sound, 440) == pytest.approx(0.5, abs=0.01)


def test_stereo_is_mixed_to_mono() -> None:
    sound = read_wav(pcm(tone(440, 0.3, 8000), 8000, 16, channels=2))
    assert sound.seconds == pytest.approx(0.3)
    assert strength(sound, 440) == pytest.approx(0.25, abs=0.01)


def test_what_is_written_is_a_wav_that_others_read() -> None:
    data = write_wav(Sound(8000, tone(440, 0.25, 8000)))
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (1, 2, 8000, 2000)
    assert read_format(data).rate == 8000
    assert read_wav(data).samples[100] == pytest.approx(tone(440, 0.25, 8000)[100], abs=1e-4)


def test_too_loud_samples_are_cut_and_do_not_wrap() -> None:
    sound = read_wav(write_wav(Sound(8000, array("d", [1.5, -1.5]))))
    assert list(sound.samples) == pytest.approx([1.0, -1.0], abs=1e-4)


def test_only_the_telephones_rate_is_written() -> None:
    with pytest.raises(ValueError, match="convert"):
        write_wav(Sound(16000, array("d", [0.0])))


GOOD = pcm(tone(440, 0.1, 8000), 8000, 16)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a WAV"),
        (b"ID3\x03" + bytes(100), "not a WAV"),
        (GOOD[:12], "no audio data"),
        (GOOD[:20], "cut off"),
        (GOOD[:-100], "cut off"),
        (GOOD.replace(b"fmt ", b"fmx "), "no format"),
        (pcm(tone(440, 0.1, 8000), 8000, 16, kind=6), "encoding 6"),
        (pcm(tone(440, 0.1, 8000), 4000, 16), "4000 Hz"),
        (pcm(tone(440, 0.01, 8000), 8000, 16, channels=9), "9 channels"),
        (pcm(array("d", [math.nan] * 100), 8000, 32, kind=3), "no numbers"),
    ],
)
def test_a_file_that_is_no_recording_is_refused_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(SoundError, match=reason):
        read_wav(data)


def test_silence_around_speech_is_trimmed_but_for_a_breath() -> None:
    quiet = array("d", bytes(8 * 8000))
    sound = trim(Sound(8000, quiet + tone(440, 0.5, 8000) + quiet))
    assert 0.5 < sound.seconds < 0.65


def test_a_silent_file_is_refused() -> None:
    with pytest.raises(SoundError, match="silent"):
        polish(Sound(8000, array("d", bytes(8 * 8000))))


@pytest.mark.parametrize("loudness", [0.01, 0.1, 0.99])
def test_quiet_and_loud_recordings_come_out_alike(loudness: float) -> None:
    sound = set_level(Sound(8000, tone(440, 0.5, 8000, loudness)))
    assert speech_level(sound) == pytest.approx(-20, abs=0.1)


def test_a_peak_is_never_lifted_into_clipping() -> None:
    spiky = tone(440, 0.5, 8000, 0.02)
    spiky[2000] = 0.9
    assert max(map(abs, set_level(Sound(8000, spiky)).samples)) <= 10 ** (PEAK_DBFS / 20) + 1e-9


def test_the_pause_after_a_sentence_is_silent() -> None:
    sound = polish(Sound(8000, tone(440, 0.5, 8000)), pause_s=0.2)
    assert max(map(abs, sound.samples[-1500:])) == 0
