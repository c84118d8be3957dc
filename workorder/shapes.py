"""What each kind of event carries in `data`.

In: an event. Out: the list of what is wrong with its data (empty: it can be folded); readers of single values. Never:
whether the event is allowed now (`life`). An unknown key is wrong too: what nobody reads would be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from .events import EventKind, Json, OrderEvent
from .limits import parse_limit
from .model import Category
from .order import ContactResult, FollowUpResult, Level, PromiseSource

MAX_TEXT = 20_000
MAX_ITEMS = 200

Check = Callable[[Json], bool]


def _text(value: Json) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _filled(value: Json) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= MAX_TEXT


def _flag(value: Json) -> bool:
    return isinstance(value, bool)


def _count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1_000_000


def _stars(value: Json) -> bool:
    return _count(value) and isinstance(value, int) and 1 <= value <= 5


def _texts(value: Json) -> bool:
    return isinstance(value, list | tuple) and len(value) <= MAX_ITEMS and all(_filled(item) for item in value)


def _some(value: Json) -> bool:
    return _texts(value) and bool(value)


def _record(value: Json) -> bool:
    return isinstance(value, Mapping) and all(_text(item) for item in value.values())


def _moment(value: Json) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def _limit(value: Json) -> bool:
    try:
        return isinstance(value, str) and parse_limit(value) is not None
    except ValueError:
        return False


def _steps(value: Json) -> bool:
    return isinstance(value, list | tuple) and all(_record(item) for item in value)


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _member(kind: type[StrEnum]) -> Check:
    values = frozenset(member.value for member in kind)
    return lambda value: isinstance(value, str) and value in values


_CATEGORY = _or_none(_member(Category))
_FACTS: Mapping[str, Check] = {
    "category": _CATEGORY,
    "subject": _text,
    "area": _text,
    "title": _text,
    "matter": _text,
    "difficulty": _text,
    "source": _text,
    "urgent": _flag,
    "emergency": _flag,
    "enforcement": _flag,
    "mediation": _flag,
    "identity": _texts,
    "accused": _texts,
    "public": _flag,
    "written": _flag,
}
_OPENING: Mapping[str, Check] = {
    "profile": _filled,
    "profile_version": _text,
    "channel": _filled,
    "hotline": _text,
    "seat": _or_none(_text),
    "secrecy": _flag,
}
# A key that may be absent ends in "?". `counted`, `final`, `outcome`, `stage` of a sole approval, `until`, `step` and
# `rule` of CALLER_PROMISED, everything of DEADLINE_SET: `life`'s own words, replaced or refused whatever a page sends.
SHAPES: Mapping[EventKind, Mapping[str, Check]] = {
    EventKind.OPENED: {f"{name}?": check for name, check in {**_OPENING, **_FACTS}.items()},
    EventKind.EDITED: {f"{name}?": check for name, check in _FACTS.items()},
    EventKind.ACCEPTED: {},
    EventKind.NOT_ACCEPTED: {"ground": _filled, "channel": _text},
    EventKind.MATERIALS_ASKED: {"materials": _texts, "until": _moment},
    EventKind.MATERIALS_GIVEN: {"materials?": _texts},
    EventKind.REPEAT_NOTED: {"of?": _text, "new_facts?": _flag, "call?": _text},
    EventKind.MERGED: {"into?": _filled, "from?": _filled},
    EventKind.ANSWERED_DIRECTLY: {"answer": _filled, "article?": _text},
    EventKind.LEADER_ASKED: {"purpose": _filled, "leader?": _text},
    EventKind.LEADER_DECIDED: {"leader": _filled, "lead": _filled, "units?": _texts, "instruction?": _text},
    EventKind.DISPATCHED: {"units": _some, "lead?": _or_none(_filled), "suggested?": _flag},
    EventKind.UNIT_ADDED: {"unit": _filled},
    EventKind.RECALLED: {},
    EventKind.SIGNED: {},
    EventKind.RETURN_ASKED: {
        "ground": _filled,
        "evidence?": _texts,
        "suggestion?": _text,
        "approved_by?": _text,
    },
    EventKind.RETURN_APPROVED: {},
    EventKind.RETURN_REFUSED: {},
    EventKind.RETURN_LAPSED: {"unit": _filled},
    EventKind.CONTACTED: {"result": _member(ContactResult), "channel": _filled, "cause?": _text, "counted?": _flag},
    EventKind.MATERIAL_ADDED: {"materials": _texts},
    EventKind.PROGRESS_TOLD: {"channel": _filled},
    EventKind.CO_ANSWERED: {"done": _flag, "text": _filled},
    EventKind.PROMISED: {"until": _moment, "answer": _filled},
    EventKind.CALLER_PROMISED: {
        "source": _member(PromiseSource),
        "since?": _moment,
        "unit?": _text,
        "told?": _flag,
        "until?": _or_none(_moment),
        "step?": _text,
        "rule?": _text,
    },
    EventKind.EXTENSION_ASKED: {"amount": _count, "caller_told?": _flag, "approved_by?": _text},
    EventKind.EXTENSION_APPROVED: {"stage?": _text, "final?": _flag},
    EventKind.EXTENSION_REFUSED: {},
    EventKind.PAUSED: {},
    EventKind.RESUMED: {},
    EventKind.COOPERATION_LOST: {},
    EventKind.COOPERATION_BACK: {},
    EventKind.ANSWERED: {"ground": _filled, "report": _record, "approved_by?": _text, "opinion?": _text},
    EventKind.REVIEW_PASSED: {},
    EventKind.REVIEW_SENT_BACK: {},
    EventKind.CLOSED: {"ground": _filled},
    EventKind.WITHDRAWN: {},
    EventKind.FOLLOWED_UP: {
        "channel": _filled,
        "result": _member(FollowUpResult),
        "solved?": _or_none(_flag),
        "unit_fault?": _flag,
        "text?": _text,
        "recording?": _text,
        "again_at?": _or_none(_moment),
        "outcome?": _text,
    },
    EventKind.REEXAMINED: {"redo": _flag},
    EventKind.EXCLUDED: {"ground": _filled, "approved_by?": _text},
    EventKind.RATED: {"stars": _stars, "solved": _flag, "text?": _text, "outcome?": _text},
    EventKind.EVALUATED: {"period": _filled},
    EventKind.ARCHIVED: {"dossier?": _flag},
    EventKind.DEADLINE_SET: {
        "step": _filled,
        "due": _or_none(_moment),
        "start": _moment,
        "limit": _text,
        "rule": _filled,
        "profile_version": _text,
        "provisional": _flag,
        "explained": _steps,
    },
    EventKind.RECLASSIFIED: {
        "category?": _member(Category),
        "difficulty?": _text,
        "urgent?": _flag,
        "source?": _text,
        "enforcement?": _flag,
    },
    EventKind.OVERRIDDEN: {"limit": _limit, "basis": _filled},
    EventKind.CALENDAR_CHANGED: {"notice": _filled},
    EventKind.DUE_SOON: {"step": _filled, "due": _moment},
    EventKind.OVERDUE: {"step": _filled, "due": _moment},
    EventKind.URGED: {"step?": _text},
    EventKind.SUPERVISED: {"level": _member(Level)},
    EventKind.SUPERVISION_PROPOSED: {"level": _member(Level)},
    EventKind.SUPERVISION_ANSWERED: {"text": _filled, "approved_by?": _text},
    EventKind.HARD_CASE_RAISED: {},
    EventKind.URGENT_REPORTED: {"leaders": _texts},
    EventKind.NUISANCE_MARKED: {"ground": _filled, "evidence": _texts},
    EventKind.NUISANCE_LIFTED: {"mark": _count},
    EventKind.HANDED_OVER: {"to": _filled},
    EventKind.DISCIPLINE_TOLD: {"reasons": _some},
    EventKind.SECRECY_SET: {"secret": _flag},
    EventKind.NOTED: {"text": _filled},
}


def problems(event: OrderEvent) -> tuple[str, ...]:
    """Each wrong, missing or unknown key of the event's data, named; empty when it can be folded."""
    shape = SHAPES[event.kind]
    known = {name.rstrip("?") for name in shape}
    found = [f"{name}: unknown" for name in event.data if name not in known]
    for name, check in shape.items():
        key, optional = name.rstrip("?"), name.endswith("?")
        if key not in event.data:
            found += [] if optional else [f"{key}: missing"]
        elif not check(event.data[key]):
            found.append(f"{key}: wrong")
    return tuple(found)


def text(data: Mapping[str, Json], key: str, default: str = "") -> str:
    """A text of checked data."""
    value = data.get(key)
    return value if isinstance(value, str) else default


def maybe(data: Mapping[str, Json], key: str) -> str | None:
    """A text of checked data, None when it is absent or null."""
    value = data.get(key)
    return value if isinstance(value, str) else None


def flag(data: Mapping[str, Json], key: str) -> bool:
    return data.get(key) is True


def count(data: Mapping[str, Json], key: str) -> int:
    value = data.get(key)
    return value if isinstance(value, int) else 0


def texts(data: Mapping[str, Json], key: str) -> tuple[str, ...]:
    value = data.get(key)
    if isinstance(value, str) or not isinstance(value, Sequence):
        return ()
    return tuple(item for item in value if isinstance(item, str))


def record(data: Mapping[str, Json], key: str) -> dict[str, str]:
    value = data.get(key)
    return {name: str(item) for name, item in value.items()} if isinstance(value, Mapping) else {}


def records(data: Mapping[str, Json], key: str) -> tuple[dict[str, str], ...]:
    value = data.get(key)
    if isinstance(value, str) or not isinstance(value, Sequence):
        return ()
    return tuple({name: str(part) for name, part in item.items()} for item in value if isinstance(item, Mapping))


def moment(data: Mapping[str, Json], key: str) -> datetime:
    """An aware moment of checked data; ValueError when it is none."""
    return datetime.fromisoformat(text(data, key))
