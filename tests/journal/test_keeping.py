from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.journal import close_to_others, drop_old, open_to_others, rotate
from gateway.journal.keeping import KEEP, OLDEST
from tests.journal.samples import events, raw


def test_a_journal_is_renamed_once_its_first_line_is_a_day_old(tmp_path: Path) -> None:
    path = tmp_path / "journal.csv"
    begun = events("answered")[0].at
    assert rotate(path, begun) is None
    path.write_bytes(raw("answered"))
    assert rotate(path, begun + OLDEST - timedelta(seconds=2)) is None
    renamed = rotate(path, begun + OLDEST + timedelta(seconds=2))
    assert renamed is not None and renamed.read_bytes() == raw("answered") and not path.exists()


def test_old_files_go_only_when_they_are_in_the_store(tmp_path: Path) -> None:
    path = tmp_path / "journal.csv"
    now = datetime.now(UTC)
    for name in ("journal-1.csv", "journal-2.csv", "journal-new.csv", "journal.csv"):
        (tmp_path / name).write_bytes(raw("answered"))
        if name != "journal-new.csv":
            os.utime(tmp_path / name, times=((now - KEEP).timestamp() - 60,) * 2)
    dropped = drop_old(path, now, lambda file: file.name != "journal-2.csv")
    assert [file.name for file in dropped] == ["journal-1.csv"]
    assert path.exists()


def test_a_shorter_time_may_be_set(tmp_path: Path) -> None:
    old = tmp_path / "journal-1.csv"
    old.write_bytes(raw("answered"))
    now = datetime.now(UTC) + timedelta(days=1, seconds=1)
    assert drop_old(tmp_path / "journal.csv", now, lambda _file: True) == []
    assert drop_old(tmp_path / "journal.csv", now, lambda _file: True, timedelta(days=1)) == [old]


def test_journals_are_closed_to_others(tmp_path: Path) -> None:
    path = tmp_path / "journal.csv"
    files = [path, tmp_path / "journal-1.csv"]
    assert close_to_others(path) == []
    for file, mode in zip(files, (0o640, 0o600), strict=True):
        file.write_bytes(raw("answered"))
        file.chmod(mode)
    assert open_to_others(path) == [path] == close_to_others(path)
    assert open_to_others(path) == [] and {file.stat().st_mode & 0o777 for file in files} == {0o600}
