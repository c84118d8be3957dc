"""Cuts and parses `journal.csv`, the file that Asterisk's cel_custom writes (columns: asterisk_conf/cel_custom.conf).

In: bytes. Out: records with their offsets, and `JournalEvent`s. Never: guesses at a record whose end is not there yet,
or lets a torn line (power cut, full disk) swallow the ones after it.

What a caller may send as a name cannot forge a record: Asterisk doubles each quote inside a column, so a line that
begins with a single quote, a name, `","` and a time is always a record's beginning.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from .event import JournalError, JournalEvent

COLUMNS = (
    "eventtype",
    "eventtime",
    "uniqueid",
    "linkedid",
    "channame",
    "context",
    "exten",
    "appname",
    "appdata",
    "cid_num",
    "cid_name",
    "cid_dnid",
    "peer",
    "extra",
    "userdeftype",
    "userfield",
)
RECORD_MAX = 65_536  # bytes; Asterisk's own buffers are far smaller, so a longer "record" is a quote that never closes
ASTERISK_CUTS = 1023  # bytes: what Asterisk 22.10 leaves of a longer record (it adds the line end, not the quote)
FIELDS_MAX = 64  # keys of a user event
_DETAIL = ("context", "exten", "appname", "cid_num", "cid_name", "cid_dnid", "peer", "userfield")
_START = re.compile(rb'"[\w.-]{1,64}","\d{9,11}\.\d{6}","')
_START_TEXT = re.compile(_START.pattern.decode())
_USER_EXTRA = '{"extra":"'  # how Asterisk wraps a user event's text
_TIME = re.compile(r"(\d{9,11})\.(\d{6})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cut:
    """`records`: (offset from the beginning of the data, bytes with the line end). `consumed`: where to go on."""

    records: tuple[tuple[int, bytes], ...]
    consumed: int


def cut_records(data: bytes) -> Cut:
    """All whole records at the beginning of `data`; what follows `consumed` waits for more.

    The answer is the same however the file is split into reads: only whole lines are looked at. A record is whole at
    the first line end outside quotes. When a line inside open quotes begins like a record, what came before was torn
    and is given out as it is (parsing it says so).
    """
    records: list[tuple[int, bytes]] = []
    start = position = quotes = 0
    while (end := data.find(b"\n", position) + 1) > 0:
        if position > start and _START.match(data, position):
            records.append((start, data[start:position]))
            start, quotes = position, 0
        quotes += data.count(b'"', position, end)
        position = end
        if quotes % 2 == 0 or position - start > RECORD_MAX:
            records.append((start, data[start:position]))
            start, quotes = position, 0
    return Cut(tuple(records), start)


def parse_record(record: bytes, file_id: str, offset: int) -> JournalEvent:
    """One record as an event. Bytes that are no UTF-8 and NUL become U+FFFD. Raises JournalError.

    A record glued to a torn one (Asterisk died in mid-line and was started again) is found inside it.
    """
    text = record.decode("utf-8", "replace").replace("\x00", "\ufffd").removesuffix("\n")
    row = _row(text)
    if row is None:
        glued = (_row(text[match.start() :]) for match in _START_TEXT.finditer(text, 1))
        row = next((found for found in glued if found is not None), None) or _cut_row(text)
    if row is None:
        raise JournalError(f"not a journal record at offset {offset}")
    return _event(dict(zip(COLUMNS, row, strict=True)), file_id, offset)


def _row(text: str) -> list[str] | None:
    try:
        row = next(csv.reader([text], strict=True))
    except (csv.Error, StopIteration):
        return None
    return row if len(row) == len(COLUMNS) and row[3] and _TIME.fullmatch(row[1]) else None


def _cut_row(text: str) -> list[str] | None:
    """The columns of a record that Asterisk cut at its limit, the last one as far as it goes; None for any other."""
    if len(text.encode()) < ASTERISK_CUTS - 8:  # a character cut in two is replaced by one of other length
        return None
    row = next(csv.reader([text]), [])
    if not len(COLUMNS) > len(row) > COLUMNS.index("cid_num") or not row[3] or not _TIME.fullmatch(row[1]):
        return None
    row += [""] * (len(COLUMNS) - len(row))
    row[COLUMNS.index("userdeftype")] = row[0] if row[0].startswith("hl.") else ""
    return row


def _event(row: Mapping[str, str], file_id: str, offset: int) -> JournalEvent:
    detail: dict[str, Any] = {key: row[key] for key in _DETAIL if row[key]}
    extra = _json(row["extra"])
    if row["userdeftype"]:
        pairs = parse_qsl(_query(row["extra"], extra), keep_blank_values=True, max_num_fields=FIELDS_MAX)
        detail["fields"] = {key: value.replace("\x00", "\ufffd") for key, value in pairs}
    elif extra:
        detail["extra"] = extra
    return JournalEvent(
        file_id=file_id,
        offset=offset,
        at=_instant(row["eventtime"], offset),
        event=row["userdeftype"] or row["eventtype"],
        uniqueid=row["uniqueid"],
        linkedid=row["linkedid"],
        channel=row["channame"],
        detail=detail,
    )


def _query(text: str, extra: Mapping[str, Any]) -> str:
    """A user event's `k=v&k=v`; of a cut one without the key that the cut went through."""
    if extra or not text.startswith(_USER_EXTRA):
        return str(extra.get("extra", ""))
    return text.removeprefix(_USER_EXTRA).rpartition("&")[0]


def _json(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text) if text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _instant(text: str, offset: int) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        raise JournalError(f"no time at offset {offset}")
    return datetime.fromtimestamp(int(match[1]), UTC).replace(microsecond=int(match[2]))
