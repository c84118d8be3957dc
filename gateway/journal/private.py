"""What of a journal line names a person, and what of that is needed at all.

In: the detail of an event. Out: it without what nobody needs; what may lie in the clear and what has to be sealed.
Never: a hotline's number, or one of ours, taken for a person's: those are public.

Asterisk writes the caller's number and name into every line of a call. The reducer needs the number once, the name
never, so the rest does not enter the store; the journal's files keep it for as long as they are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .event import JournalEvent

NEEDED_AT = frozenset({"CHAN_START", "hl.start"})  # of the caller's own channel: see `channels`
NAMES = frozenset({"cid_name"})
COLUMNS = NAMES | {"cid_num"}
FIELDS = frozenset({"caller", "number", "diversions"})
# Whom somebody brought in: a seat or a unit's line by its name, or an outside number
PARTIES = frozenset({"target", "who"})
_NUMBER = re.compile(r"[0-9]{7}")


def without_needless(event: JournalEvent) -> JournalEvent:
    """The event without numbers and names that nothing is made from."""
    needed = event.uniqueid == event.linkedid and event.event in NEEDED_AT
    dropped = NAMES if needed else COLUMNS
    if dropped.isdisjoint(event.detail):
        return event
    detail = {key: value for key, value in event.detail.items() if key not in dropped}
    place = (event.file_id, event.offset, event.at)
    return JournalEvent(*place, event.event, event.uniqueid, event.linkedid, event.channel, detail)


def split(detail: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(what may lie in the clear, what is to be sealed), both of the detail's own form."""
    private: dict[str, Any] = {}
    shown = dict(detail)
    for key in COLUMNS & shown.keys():
        private[key] = shown.pop(key)
    fields = detail.get("fields")
    if isinstance(fields, Mapping) and (found := {key: value for key, value in fields.items() if _names(key, value)}):
        private["fields"] = found
        shown["fields"] = {key: value for key, value in fields.items() if key not in found}
    return shown, private


def joined(shown: Mapping[str, Any], private: Mapping[str, Any]) -> dict[str, Any]:
    """The detail again, of what `split` gave."""
    both = {**shown, **private}
    if "fields" in shown and "fields" in private:
        both["fields"] = {**shown["fields"], **private["fields"]}
    return both


def _names(key: str, value: object) -> bool:
    """Whether this key of a user event says who somebody is."""
    return key in FIELDS or (key in PARTIES and isinstance(value, str) and _NUMBER.search(value) is not None)
