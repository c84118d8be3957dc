"""A policy profile from its TOML text.

In: the text (the caller opens the file). Out: a `Profile`, or `ProfileError` with every problem and its place.
Never: opens a file; guesses what a key could mean.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from .hours import OfficeHours, Period, parse_hours
from .limits import MAX_DAYS, parse_limit
from .model import Category
from .profile import (
    ApprovalRule,
    Article,
    ContactRule,
    Difficulty,
    ExtensionRule,
    FollowUpRule,
    Item,
    Lead,
    LeadRule,
    LimitRow,
    Profile,
    Reading,
    RealNameRule,
    RepeatAnswer,
    RepeatRule,
    ReturnRule,
    Step,
    When,
)
from .readings import READINGS

_E = TypeVar("_E", bound=StrEnum)
_R = TypeVar("_R")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LISTS = (
    "closing_grounds",
    "report_fields",
    "not_accepted",
    "supervision",
    "supervised_matters",
    "handed_on",
    "not_ranked",
    "hard_cases",
    "urgent_leaders",
    "privacy",
    "feeds",
    "figures",
)
WEEK = ("mon", "tue", "wed", "thu", "fri")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong and where: `limit[3].limit`."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class ProfileError(Exception):
    """The text is no profile. `problems` has all of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def load_profile(text: str) -> Profile:
    """The profile of a TOML text. Raises ProfileError."""
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ProfileError((Problem("profile", f"not TOML: {error}"),)) from None
    problems: list[Problem] = []
    profile = _profile(_Table(document, "", problems), _version(document))
    if problems:
        raise ProfileError(tuple(problems))
    return profile


def _version(document: Mapping[str, object]) -> str:
    """`karamay-1-0123456789ab`: an altered profile cannot pass under the version of the one before."""
    content = json.dumps(document, ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=str)
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return f"{document.get('name')}-{document.get('version')}-{digest}"


@dataclass(slots=True)
class _Table:
    """One TOML table and which of its keys were read; the others are problems."""

    values: dict[str, object]
    place: str
    problems: list[Problem]
    read: set[str] = field(default_factory=set)

    def wrong(self, key: str, message: str) -> None:
        self.problems.append(Problem(f"{self.place}{key}", message))

    def take(self, key: str, kind: type[_R], default: _R) -> _R:
        self.read.add(key)
        value = self.values.get(key, default)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.wrong(key, f"must be {_KINDS[kind]}")
            return default
        return value

    def text(self, key: str, default: str | None = None) -> str:
        found = self.take(key, str, default or "").strip()
        if not found and default is None:
            self.wrong(key, "is missing")
        return found

    def whole(self, key: str, most: int = MAX_DAYS) -> int | None:
        if key not in self.values:
            self.read.add(key)
            return None
        found = self.take(key, int, 1)
        if not 0 < found <= most:
            self.wrong(key, f"must be 1 to {most}")
        return found

    def parsed(self, key: str, parse: Callable[[str], _R]) -> _R | None:
        written = self.text(key, "")
        try:
            return parse(written) if written else None
        except ValueError as error:
            self.wrong(key, str(error))
            return None

    def words(self, key: str) -> tuple[str, ...]:
        found = self.take(key, list, [])
        if not all(isinstance(word, str) and word for word in found):
            self.wrong(key, "must be a list of texts")
            return ()
        return tuple(found)

    def members(self, key: str, kind: type[_E]) -> frozenset[_E]:
        found = []
        for word in self.words(key):
            try:
                found.append(kind(word))
            except ValueError:
                self.wrong(key, f"{word!r} is not one of {', '.join(kind)}")
        return frozenset(found)

    def member(self, key: str, kind: type[_E], default: _E | None = None) -> _E | None:
        return self.parsed(key, lambda word: _member(word, kind)) or default

    def tables(self, key: str) -> list[_Table]:
        found = self.take(key, list, [])
        if not all(isinstance(entry, dict) for entry in found):
            self.wrong(key, "must be tables")
            return []
        return [_Table(entry, f"{self.place}{key}[{n}].", self.problems) for n, entry in enumerate(found)]

    def part(self, key: str, make: Callable[[_Table], _R]) -> _R | None:
        """A sub-table made into a value; None when it is not there."""
        self.read.add(key)
        if key not in self.values:
            return None
        entry = self.values[key]
        if not isinstance(entry, dict):
            self.wrong(key, "must be a table")
            return None
        table = _Table(entry, f"{self.place}{key}.", self.problems)
        made = make(table)
        table.end()
        return made

    def end(self) -> None:
        for key in sorted(self.values.keys() - self.read):
            self.wrong(key, "unknown key")


_KINDS: dict[type, str] = {str: "a text", int: "a whole number", bool: "true or false", list: "a list"}


def _member(word: str, kind: type[_E]) -> _E:
    try:
        return kind(word)
    except ValueError:
        raise ValueError(f"{word!r} is not one of {', '.join(kind)}") from None


def _profile(table: _Table, version: str) -> Profile:
    name = table.text("name")
    if name and not _NAME.fullmatch(name):
        table.wrong("name", "small letters, digits and hyphens")
    if table.whole("version", 9999) is None:
        table.wrong("version", "is missing")
    categories = table.members("categories", Category)
    if not categories:
        table.wrong("categories", "at least one")
    hours = table.part("hours", _hours)
    if hours is None and "hours" not in table.values:
        table.wrong("hours", "is missing")
    limits = tuple(_limit(entry, categories) for entry in table.tables("limit"))
    extensions = tuple(_extension(entry, categories) for entry in table.tables("extension"))
    lists = {key: _items(table, key) for key in LISTS}
    fallback = OfficeHours(((Period(0, 1),),) * 5)
    profile = Profile(
        name=name,
        version=version,
        title=table.text("title"),
        categories=categories,
        hours=hours[0] if hours else fallback,
        hours_article=hours[1] if hours else Article("", ""),
        limits=limits,
        extensions=extensions,
        sources=frozenset(table.words("sources")),
        returns=table.part("return", _return),
        contact=table.part("contact", _contact),
        repeats=table.part("repeat", _repeat),
        real_name=table.part("real_name", _real_name),
        lead=table.part("lead", _lead),
        follow_up=table.part("follow_up", _follow_up),
        promise=table.part("promise", _article),
        pause=table.part("pause", _article),
        override=table.part("override", _article),
        nuisance=table.part("nuisance", _article),
        urgent=table.part("urgent", _article),
        answer=table.part("answer", _approval),
        supervision_answer=table.part("supervision_answer", _approval),
        written=table.part("written", _article),
        dossier=table.part("dossier", _article),
        readings=_readings(table),
        **lists,
    )
    table.end()
    return profile


def _article(table: _Table) -> Article:
    return Article(table.text("rule"), table.text("text"), table.text("reading", ""))


def _approval(table: _Table) -> ApprovalRule:
    rule = ApprovalRule(_article(table), _items(table, "approvals"))
    if not rule.approvals:
        table.wrong("approvals", "at least one")
    return rule


def _readings(table: _Table) -> tuple[Reading, ...]:
    found = []
    for entry in table.tables("reading"):
        name = entry.text("id")
        if name and name not in READINGS:
            entry.wrong("id", f"{name!r} is not one of {', '.join(READINGS)}")
        if "value" not in entry.values:
            entry.wrong("value", "is missing")
        found.append(Reading(name, entry.whole("value") or 1, entry.text("rule"), entry.text("text")))
        entry.end()
    ids = [reading.id for reading in found]
    for twice in sorted({name for name in ids if ids.count(name) > 1}):
        table.wrong("reading", f"{twice} is there twice")
    return tuple(found)


def _hours(table: _Table) -> tuple[OfficeHours, Article] | None:
    article = _article(table)
    usual = table.parsed("weekdays", parse_hours) or ()
    weekly = tuple(table.parsed(day, parse_hours) or usual for day in WEEK)
    try:
        return OfficeHours(weekly, table.parsed("makeup", parse_hours) or ()), article
    except ValueError as error:
        table.wrong("weekdays", str(error))
        return None


def _known(table: _Table, key: str, categories: frozenset[Category]) -> frozenset[Category]:
    found = table.members(key, Category)
    for category in sorted(found - categories):
        table.wrong(key, f"{category} is not among the profile's categories")
    return found


def _limit(table: _Table, categories: frozenset[Category]) -> LimitRow:
    step = table.member("step", Step)
    if step is None and not table.values.get("step"):
        table.wrong("step", "is missing")
    row = LimitRow(
        step=step or Step.HANDLE,
        limit=table.parsed("limit", parse_limit),
        article=_article(table),
        categories=_known(table, "categories", categories),
        sources=frozenset(table.words("sources")),
        difficulties=table.members("difficulties", Difficulty),
        enforcement=table.take("enforcement", bool, False),
        when=table.member("when", When, When.ALWAYS) or When.ALWAYS,
        round_the_clock=table.take("round_the_clock", bool, False),
        roll_over=table.take("roll_over", bool, False),
        from_signing=table.take("from_signing", bool, False),
    )
    table.end()
    return row


def _extension(table: _Table, categories: frozenset[Category]) -> ExtensionRule:
    lengths = table.take("lengths", list, [])
    if not all(isinstance(n, int) and not isinstance(n, bool) and 0 < n <= MAX_DAYS for n in lengths):
        table.wrong("lengths", f"whole numbers from 1 to {MAX_DAYS}")
        lengths = []
    rule = ExtensionRule(
        article=_article(table),
        categories=_known(table, "categories", categories),
        allowed=table.take("allowed", bool, True),
        lengths=frozenset(lengths),
        max_times=table.whole("max_times"),
        max_total=table.whole("max_total"),
        closed_last=table.whole("closed_last"),
        approvals=_items(table, "approvals"),
        duties=_items(table, "duties"),
    )
    table.end()
    return rule


def _items(table: _Table, key: str) -> tuple[Item, ...]:
    found = []
    for entry in table.tables(key):
        found.append(Item(entry.text("id"), entry.text("text"), entry.text("rule", ""), entry.text("channel", "")))
        entry.end()
    ids = [item.id for item in found]
    for twice in sorted({name for name in ids if ids.count(name) > 1}):
        table.wrong(key, f"{twice} is there twice")
    return tuple(found)


def _return(table: _Table) -> ReturnRule:
    return ReturnRule(
        article=_article(table),
        grounds=_items(table, "grounds"),
        forbidden=_items(table, "forbidden"),
        evidence=_items(table, "evidence"),
        approvals=_items(table, "approvals"),
        late_is_accepted=table.take("late_is_accepted", bool, False),
        second_allowed=table.take("second_allowed", bool, True),
    )


def _contact(table: _Table) -> ContactRule:
    return ContactRule(
        article=_article(table),
        causes=_items(table, "causes"),
        retry_after_minutes=table.whole("retry_after_minutes", 24 * 60),
        then_sms=table.take("then_sms", bool, False),
    )


def _repeat(table: _Table) -> RepeatRule:
    return RepeatRule(_article(table), table.member("answer", RepeatAnswer), table.whole("hard_case_from", 1000))


def _real_name(table: _Table) -> RealNameRule:
    return RealNameRule(_article(table), table.members("categories", Category), _items(table, "fields"))


def _lead(table: _Table) -> LeadRule:
    lead = table.member("lead", Lead)
    if lead is None and not table.values.get("lead"):
        table.wrong("lead", "is missing")
    return LeadRule(_article(table), lead or Lead.OFFICE_NAMES)


def _follow_up(table: _Table) -> FollowUpRule:
    return FollowUpRule(
        article=_article(table),
        handle_again=table.take("handle_again", bool, True),
        only_units_fault=table.take("only_units_fault", bool, False),
        second=table.take("second", bool, False),
        by_office=table.take("by_office", bool, False),
    )
