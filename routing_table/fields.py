"""Records of plain values (from CSV, TOML or JSON) into the dataclasses of the model, all problems at once.

In: one record, the place to blame per field, a list to put problems into. Out: the dataclass, or None when a field is
unusable. Never: raises for bad content, or lets an id through that could not be a file or endpoint name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from .calendar import DAY_MINUTES, Period, city_time
from .model import AfterAnnouncement, EmergencyPolicy, Link, LinkKind, MergeMode, Seats
from .numbers import digits_of

Place = Callable[[str], str]  # field name -> where it is written
T = TypeVar("T")

MAX_LABEL = 200
MAX_LIST = 400
MAX_CHAIN = 8
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_IDS = frozenset(
    {"greeting", "menu_open", "menu_closed", "menu_calendar", "shared_calendar", "calendar", "ref", "default_calendar"}
    | {"id", "prompt"}
)
_NUMBERS = frozenset({"number", "hotline", "main", "default"})
_SEAT_LINKS = frozenset({LinkKind.SHARED_SEATS, LinkKind.EXPERT_SEATS})
_NUMBER_LINKS = frozenset({LinkKind.HOTLINE, LinkKind.EMERGENCY})
_WORDS = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False, "是": True, "否": False}
_PERIOD = re.compile(r"([0-2]?[0-9]):([0-5][0-9])-([0-2]?[0-9]):([0-5][0-9])")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. `place` is file:line/column, file:line/key, or a path into the JSON."""

    place: str
    message: str
    chinese: str = ""  # where whoever found it says it for pages as well

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class WrongError(ValueError):
    """A value that cannot be read; the message says what is wanted."""


def read_record(
    kind: type[T], record: Mapping[str, object], place: Place, problems: list[Problem], **given: object
) -> T | None:
    """Fill `kind` from `record`; `given` fields are set by the caller and may not stand in the record.

    Every unknown, missing and unreadable field becomes a problem; then the answer is None.
    """
    before = len(problems)
    values: dict[str, object] = dict(given)
    wanted = {field.name: field for field in fields(kind) if field.name not in given}  # type: ignore[arg-type]
    known = ", ".join(wanted)
    problems += [Problem(place(name), f"unknown field; known are {known}") for name in record if name not in wanted]
    for name, field in wanted.items():
        value = record.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            if field.default is MISSING and field.default_factory is MISSING:
                problems.append(Problem(place(name), "is required"))
            continue
        try:
            values[name] = _READERS[str(field.type)](value, name)
        except WrongError as wrong:
            problems.append(Problem(place(name), f"{_short(value)}: {wrong}"))
    return kind(**values) if len(problems) == before else None


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text if len(text) <= 40 else text[:40] + "…")


def read_label(value: object, name: str) -> str:
    """Text of one line. Ids and numbers, by field name, are held to their form."""
    if not isinstance(value, str):
        raise WrongError("must be text")
    text = value.strip()
    if name in _IDS and not _ID.fullmatch(text):
        raise WrongError("an id of lower-case letters, digits and -")
    if name in _NUMBERS:
        return read_number(text)
    if len(text) > MAX_LABEL or not text.isprintable():
        raise WrongError(f"one line of at most {MAX_LABEL} characters")
    return text


def read_number(text: str) -> str:
    number = digits_of(text)
    if not 3 <= len(number) <= 20:
        raise WrongError("a telephone number of 3 to 20 digits")
    return number


def read_words(value: object, name: str) -> tuple[str, ...]:
    parts: Any = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) > MAX_LIST or not all(isinstance(part, str) for part in parts):
        raise WrongError(f"a list of at most {MAX_LIST} words")
    if name == "aliases":
        return tuple(read_number(part) for part in parts)
    for part in parts:
        if not _ID.fullmatch(part):
            raise WrongError("words of lower-case letters, digits and -")
    return tuple(parts)


def read_chain(value: object, _name: str = "") -> tuple[Link, ...]:
    """'unit_line:unit-12348 shared_seats', or a list of such words."""
    parts: Any = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) > MAX_CHAIN or not all(isinstance(part, str) for part in parts):
        raise WrongError(f"a chain of at most {MAX_CHAIN} links")
    return tuple(_link(part) for part in parts)


def _link(text: str) -> Link:
    kind, _, ref = text.strip().partition(":")
    try:
        link = Link(LinkKind(kind), ref)
    except ValueError:
        raise WrongError(f"links are kind or kind:ref, the kind one of {', '.join(LinkKind)}") from None
    if link.kind in _SEAT_LINKS and ref:
        raise WrongError(f"{kind} has no ref")
    if link.kind in _NUMBER_LINKS:
        return Link(link.kind, read_number(ref))
    if (ref or link.kind is LinkKind.ANNOUNCEMENT) and not _ID.fullmatch(ref):
        raise WrongError(f"{kind}: an id of lower-case letters, digits and -")
    return link


def read_flag(value: object, _name: str = "") -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _WORDS:
        return _WORDS[value.strip().lower()]
    raise WrongError("yes or no")


def read_whole(value: object, _name: str = "") -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,4}", value.strip()):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 9999:
        raise WrongError("a whole number from 0 to 9999")
    return value


def read_seconds(value: object, _name: str = "") -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 3600:
        raise WrongError("seconds, more than 0")
    return float(value)


def read_day(value: object, _name: str = "") -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            raise WrongError("no such day") from None
    raise WrongError("a date, YYYY-MM-DD")


def read_moment(value: object, _name: str = "") -> datetime:
    """Without an offset it is city time."""
    if isinstance(value, datetime):
        return city_time(value)
    if isinstance(value, str) and len(value) <= 40 and "T" in value:
        try:
            return city_time(datetime.fromisoformat(value.strip()))
        except ValueError:
            raise WrongError("no such moment") from None
    raise WrongError("a moment, YYYY-MM-DDTHH:MM")


def read_periods(value: object, _name: str = "") -> tuple[Period, ...]:
    """'08:30-12:00 14:30-18:00'; an end at or before its start is on the next day; '' is closed; 'all' is all day."""
    if not isinstance(value, str) or len(value) > MAX_LABEL:
        raise WrongError("periods such as 08:30-12:00 14:30-18:00, all, or nothing for closed")
    if value.strip() == "all":
        return (Period(0, DAY_MINUTES),)
    periods: list[Period] = []
    for text in value.split():
        match = _PERIOD.fullmatch(text)
        if not match:
            raise WrongError("periods such as 08:30-12:00 14:30-18:00, all, or nothing for closed")
        start, end = (int(match[i]) * 60 + int(match[i + 1]) for i in (1, 3))
        if start >= DAY_MINUTES or end > DAY_MINUTES:
            raise WrongError("times run from 00:00 to 24:00")
        period = Period(start, end if end > start else end + DAY_MINUTES)
        if periods and period.start < periods[-1].end:
            raise WrongError("periods in order, without overlap")
        periods.append(period)
    return tuple(periods)


def say_periods(periods: tuple[Period, ...]) -> str:
    """The text that `read_periods` reads back to the same."""
    if periods == (Period(0, DAY_MINUTES),):
        return "all"
    return " ".join(f"{_clock(period.start)}-{_clock_end(period.end)}" for period in periods)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _clock_end(minute: int) -> str:
    return _clock(minute if minute <= DAY_MINUTES else minute - DAY_MINUTES)


def read_list(value: object, place: str, problems: list[Problem]) -> list[Mapping[str, object]]:
    """A list of records; anything else is a problem and counts as empty."""
    if value is None:
        return []
    if not isinstance(value, list) or len(value) > 20_000:
        problems.append(Problem(place, "must be a list of records"))
        return []
    for index, record in enumerate(value):
        if not isinstance(record, dict):
            problems.append(Problem(f"{place}[{index}]", "must be a record"))
    return [record for record in value if isinstance(record, dict)]


def _enum(kind: type[StrEnum]) -> Callable[[object, str], StrEnum]:
    def read(value: object, _name: str) -> StrEnum:
        try:
            return kind(value.strip() if isinstance(value, str) else "")
        except ValueError:
            raise WrongError(f"one of {', '.join(kind)}") from None

    return read


_READERS: dict[str, Callable[[Any, str], object]] = {
    "str": read_label,
    "bool": read_flag,
    "int": read_whole,
    "float": read_seconds,
    "date": read_day,
    "date | None": read_day,
    "datetime": read_moment,
    "tuple[str, ...]": read_words,
    "tuple[Link, ...]": read_chain,
    "tuple[Period, ...]": read_periods,
    "MergeMode": _enum(MergeMode),
    "Seats": _enum(Seats),
    "AfterAnnouncement": _enum(AfterAnnouncement),
    "EmergencyPolicy": _enum(EmergencyPolicy),
}
