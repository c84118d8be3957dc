"""Verdicts on recordings: whole, cut, short, missing, and names that lead elsewhere."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.recordings import OutsideError, find_recording, verify
from gateway.store import RecordingState
from tests.recordings.samples import REAL, wav_bytes, write_wav


def test_a_real_recording_is_verified(tmp_path: Path) -> None:
    shutil.copy(REAL, tmp_path / "a.wav")
    verdict = verify(tmp_path, "a.wav", 1.001)
    assert (verdict.state, verdict.reason, verdict.seconds) == (RecordingState.VERIFIED, "", 1.0)
    assert verdict.size == REAL.stat().st_size
    assert verdict.sha256 == hashlib.sha256(REAL.read_bytes()).hexdigest()


@pytest.mark.parametrize("cut", [16_043, 12_000, 46, 44, 43, 30, 12, 8, 1, 0])
def test_a_real_recording_cut_anywhere_is_incomplete(tmp_path: Path, cut: int) -> None:
    (tmp_path / "a.wav").write_bytes(REAL.read_bytes()[:cut])
    verdict = verify(tmp_path, "a.wav", 1.0)
    assert verdict.state is RecordingState.INCOMPLETE and verdict.reason and verdict.size == cut


def test_a_header_that_was_never_brought_up_to_date_is_incomplete_with_its_true_length(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", 4.0, stated=0)
    verdict = verify(tmp_path, "a.wav", 4.0)
    assert verdict.state is RecordingState.INCOMPLETE and verdict.seconds == 4.0 and "截断" in verdict.reason


@pytest.mark.parametrize(
    ("seconds", "expected", "state"),
    [
        (10.0, 10.4, RecordingState.VERIFIED),
        (10.0, 10.6, RecordingState.INCOMPLETE),
        (10.0, 9.6, RecordingState.VERIFIED),
        (10.0, 9.4, RecordingState.INCOMPLETE),
        (10.0, None, RecordingState.INCOMPLETE),
        (0.0, 5.0, RecordingState.INCOMPLETE),
    ],
)
def test_the_length_must_be_the_call_s(
    tmp_path: Path, seconds: float, expected: float | None, state: RecordingState
) -> None:
    write_wav(tmp_path / "a.wav", seconds)
    assert verify(tmp_path, "a.wav", expected).state is state


@pytest.mark.parametrize(
    ("seconds", "stated", "at_least", "state"),
    [
        (10.0, 0, 9.0, RecordingState.VERIFIED),  # the PBX was killed: nobody brought the header up to date
        (10.0, None, 9.0, RecordingState.VERIFIED),
        (8.0, 0, 10.0, RecordingState.VERIFIED),  # what it had in its buffer went with it
        (7.0, 0, 10.0, RecordingState.INCOMPLETE),
        (10.0, 400_000, 9.0, RecordingState.INCOMPLETE),  # closed once, then cut
        (0.0, 0, 0.0, RecordingState.VERIFIED),
    ],
)
def test_of_a_lost_call_what_was_recorded_up_to_the_loss_is_verified(
    tmp_path: Path, seconds: float, stated: int | None, at_least: float, state: RecordingState
) -> None:
    write_wav(tmp_path / "a.wav", seconds, stated=stated)
    verdict = verify(tmp_path, "a.wav", None, at_least)
    assert verdict.state is state and verdict.sha256
    assert ("随交换机中断" in verdict.reason) is (state is RecordingState.VERIFIED)


def test_a_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    assert verify(tmp_path, "2026/11/21/x.wav", 1.0).state is RecordingState.MISSING
    (tmp_path / "folder.wav").mkdir()
    assert verify(tmp_path, "folder.wav", 1.0).state is RecordingState.MISSING


@pytest.mark.parametrize(
    "name", ["../secret.wav", "/etc/passwd", "a/../../secret.wav", "link/secret.wav", "", ".", "a\0b"]
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    write_wav(tmp_path / "secret.wav", 1.0)
    (folder / "link").symlink_to(tmp_path)
    with pytest.raises(OutsideError):
        find_recording(folder, name)
    assert verify(folder, name, 1.0).state is RecordingState.MISSING


@given(noise=st.binary(max_size=200))
def test_noise_is_never_verified(tmp_path_factory: pytest.TempPathFactory, noise: bytes) -> None:
    folder = tmp_path_factory.mktemp("noise")
    (folder / "a.wav").write_bytes(noise)
    assert verify(folder, "a.wav", 0.0).state is RecordingState.INCOMPLETE


@given(at=st.integers(0, 43), byte=st.integers(0, 255))
def test_a_damaged_header_never_ends_in_an_error(tmp_path_factory: pytest.TempPathFactory, at: int, byte: int) -> None:
    data = bytearray(wav_bytes(0.1))
    data[at] = byte
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "a.wav").write_bytes(bytes(data))
    assert verify(folder, "a.wav", 0.1).state in set(RecordingState)
