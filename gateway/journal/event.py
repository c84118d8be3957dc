"""One line of the journal as a value.

In: nothing. Out: `JournalEvent`, the same whether it was just read from the file or comes back from the store.
Never: interprets (that is the reducer's).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class JournalError(ValueError):
    """The line is not a journal line. The message holds no caller's data."""


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """`event`: CEL type (CHAN_START…) or the name of a user event (hl.offer). Identity: (file_id, offset).

    `detail`: the other columns under their names in cel_custom.conf, empty ones left out. `extra` holds the parsed
    JSON of Asterisk's own events; `fields` the keys of a user event.
    """

    file_id: str
    offset: int
    at: datetime
    event: str
    uniqueid: str
    linkedid: str
    channel: str
    detail: Mapping[str, Any]

    def text(self, key: str) -> str:
        """A column as text, "" when empty."""
        return str(self.detail.get(key, ""))

    def field(self, key: str) -> str:
        """A key of a user event as text, "" when absent."""
        return _entry(self.detail.get("fields"), key)

    def extra_of(self, key: str) -> str:
        """A key of Asterisk's own extra, e.g. bridge_id or hangupsource, "" when absent."""
        return _entry(self.detail.get("extra"), key)


def _entry(mapping: object, key: str) -> str:
    return str(mapping.get(key, "")) if isinstance(mapping, Mapping) else ""
