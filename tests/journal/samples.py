"""Journals recorded from Asterisk 22.10 (SIPp callers and seats), one call each, named for what happened in it."""

from __future__ import annotations

from pathlib import Path

from gateway.journal import JournalEvent, cut_records, parse_record

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.csv"))


def raw(name: str) -> bytes:
    return (FOLDER / f"{name}.csv").read_bytes()


def events_in(data: bytes, file_id: str = "f") -> list[JournalEvent]:
    return [parse_record(record, file_id, offset) for offset, record in cut_records(data).records]


def events(name: str) -> list[JournalEvent]:
    return events_in(raw(name), name)
