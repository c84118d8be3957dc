"""Gives the verdict on one recording: there, whole, and as long as the call was.

In: the folder, the name from the journal, the seconds the recording should have run. Out: `Verdict`, whose `reason` is
Chinese (it is shown). Never: changes or moves a file; says `verified` of what it could not read to the end.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from gateway.store.kinds import RecordingState

from .paths import OutsideError, find_recording
from .wav import WavError, WavInfo, read_wav

# MixMonitor writes whole 20 ms frames, and only while frames flow: it starts with the first frame after the answer and
# stops within a frame of the hang-up. Measured on Asterisk 22.10: -0.01 to +0.03 s. The rest is for a loaded machine.
# On a full disk (tried with a 64 kB one) Asterisk brings the header up to date with the cut: only the length tells.
TOLERANCE_S = 0.5
LOST_TOLERANCE_S = 2.5  # of a killed PBX: what it had in its buffer, 32 kB or 2 s
CUT_OFF = "通话随交换机中断,录到中断为止"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`seconds`: length of the samples really there; None when unreadable."""

    state: RecordingState
    reason: str
    seconds: float | None = None
    size: int | None = None
    sha256: str | None = None


def verify(folder: Path, name: str, expected_s: float | None, at_least_s: float | None = None) -> Verdict:
    """Judge one file. Blocking (it reads the file whole): call it in a thread.

    `verified`: readable, header true, no shorter than `expected_s` less TOLERANCE_S and no longer than it plus that.
    Of a call that the PBX took with it nobody knows the length: it is `verified` when it is readable and no shorter
    than `at_least_s` (to the last thing known of it) less LOST_TOLERANCE_S; nobody closed it: its header may say 0.
    `incomplete`: there, but cut, of the wrong length, or unreadable. `missing`: not there, or not in the folder.
    """
    try:
        path = find_recording(folder, name)
        with path.open("rb") as file:
            size = path.stat().st_size
            try:
                info = read_wav(file)
            except WavError as error:
                return Verdict(RecordingState.INCOMPLETE, f"文件无法读取:{error}", size=size)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OutsideError as error:
        return Verdict(RecordingState.MISSING, str(error))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return Verdict(RecordingState.MISSING, "录音文件不存在")
    except OSError as error:
        return Verdict(RecordingState.INCOMPLETE, f"文件无法读取:{error.strerror}")
    lost = expected_s is None and at_least_s is not None
    reason = _fault_of_lost(info, at_least_s or 0.0) if lost else _fault(info, expected_s)
    state = RecordingState.INCOMPLETE if reason else RecordingState.VERIFIED
    return Verdict(state, reason or (CUT_OFF if lost else ""), round(info.seconds, 3), size, digest)


def _fault_of_lost(info: WavInfo, at_least_s: float) -> str:
    if info.is_truncated and info.stated_bytes:
        return f"文件被截断:文件头记载 {info.stated_bytes} 字节,实有 {info.data_bytes} 字节"
    if info.seconds < at_least_s - LOST_TOLERANCE_S:
        return f"录音短于通话:{info.seconds:.1f} 秒,至少应为 {at_least_s:.1f} 秒"
    return ""


def _fault(info: WavInfo, expected_s: float | None) -> str:
    if info.is_truncated:
        return f"文件被截断:文件头记载 {info.stated_bytes} 字节,实有 {info.data_bytes} 字节"
    if expected_s is None:
        return "通话时长未知,无法核对"
    if info.seconds < expected_s - TOLERANCE_S:
        return f"录音短于通话:{info.seconds:.1f} 秒,应为 {expected_s:.1f} 秒"
    if info.seconds > expected_s + TOLERANCE_S:
        return f"录音长于通话:{info.seconds:.1f} 秒,应为 {expected_s:.1f} 秒"
    return ""
