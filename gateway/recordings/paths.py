"""From the name in the journal to a file, and to nothing outside the recordings folder.

In: the folder and a relative name as the dialplan wrote it. Out: the path. Never: follows a link out of the folder.
"""

from __future__ import annotations

from pathlib import Path

from gateway.errors import CallerFaultError

NAME_MAX = 400


class OutsideError(CallerFaultError):
    """The name does not lie in the recordings folder."""


def find_recording(folder: Path, name: str) -> Path:
    """The file's path, there or not. Raises OutsideError for absolute names, `..`, links that lead out."""
    if not name or len(name) > NAME_MAX or "\x00" in name:
        raise OutsideError("录音文件名无效")
    root = folder.resolve()
    path = (root / name).resolve()
    if path == root or not path.is_relative_to(root):
        raise OutsideError("录音文件不在录音目录内")
    return path
