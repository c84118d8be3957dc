"""`published/people.json`: its parts, read with every error at once, and written.

In: JSON. Out: `People`. Never: a database, or half a document: the gateway keeps what it has when a new one is wrong.

    {"version": "3f2a…", "roster": {"12333": [entry]}, "outside": policy,
     "results": [{"code", "text", "settled"}], "wrap_up": {"default_s", "must_close", "skills": {skill: …}}}
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from transfer.outside import OutsidePolicy, policy_json, read_policy, with_roster
from transfer.reading import Problem, ReadError, Row
from transfer.roster import SKILL, Roster, read_roster, roster_json

CODE = r"[a-z][a-z0-9_-]{0,30}"
RESULTS_MAX = 100
WRAP_S = (0.0, 1800.0)  # half an hour after each call is no wrap-up any more
PARTS = ("roster", "outside", "results", "wrap_up")


@dataclass(frozen=True, slots=True)
class ResultCode:
    """How a call ended, chosen by the seat. `settled`: on the line or not; None: the seat says it besides."""

    code: str
    text: str
    settled: bool | None = None


@dataclass(frozen=True, slots=True)
class WrapRule:
    """After a call of this skill. `must_close`: no timer, the seat closes the wrap-up with a result code."""

    seconds: float
    must_close: bool = False


@dataclass(frozen=True, slots=True)
class WrapUp:
    """`default_s` None: the house's setting (`wrap_up_s`). `skills`: the first skill of a call that is named counts."""

    default_s: float | None = None
    must_close: bool = False
    skills: Mapping[str, WrapRule] = field(default_factory=dict)

    def rule(self, skills: tuple[str, ...], default_s: float) -> WrapRule:
        for skill in skills:
            if skill in self.skills:
                return self.skills[skill]
        return WrapRule(default_s if self.default_s is None else self.default_s, self.must_close)


@dataclass(frozen=True, slots=True)
class People:
    """What is in force. `outside` as it is written; `policy` lets the roster's own numbers through as well."""

    version: str = ""
    roster: Roster = Roster()
    outside: OutsidePolicy = OutsidePolicy()
    results: tuple[ResultCode, ...] = ()
    wrap_up: WrapUp = WrapUp()

    @property
    def policy(self) -> OutsidePolicy:
        return with_roster(self.outside, self.roster)


NOBODY = People()  # no file yet: no experts by roster, no outside calls


def read_people(text: str) -> People:
    """The document. Raises ReadError with every problem and its place; ValueError for what is no JSON."""
    row = Row(json.loads(text))
    row.only("version", *PARTS)
    people = People(
        version=row.text("version"),
        roster=read_roster(row.part("roster")),
        outside=read_policy(row.part("outside")),
        results=_codes(row.rows("results", RESULTS_MAX)),
        wrap_up=read_wrap_up(row.part("wrap_up")),
    )
    row.stop()
    return people


def people_json(people: People) -> dict[str, Any]:
    return {
        "version": people.version,
        "roster": roster_json(people.roster),
        "outside": policy_json(people.outside),
        "results": results_json(people.results),
        "wrap_up": wrap_up_json(people.wrap_up),
    }


def with_version(people: People) -> People:
    """The version is the content's own: it changes when and only when the content does."""
    content = {key: value for key, value in people_json(people).items() if key != "version"}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return People(version, people.roster, people.outside, people.results, people.wrap_up)


def people_text(people: People) -> str:
    return json.dumps(people_json(people), ensure_ascii=False, indent=1) + "\n"


def results_json(results: tuple[ResultCode, ...]) -> list[dict[str, Any]]:
    return [{"code": one.code, "text": one.text, "settled": one.settled} for one in results]


def wrap_up_json(wrap_up: WrapUp) -> dict[str, Any]:
    skills = sorted(wrap_up.skills.items())
    rules = {skill: {"seconds": rule.seconds, "must_close": rule.must_close} for skill, rule in skills}
    return {"default_s": wrap_up.default_s, "must_close": wrap_up.must_close, "skills": rules}


def read_part(reader: Callable[[Row], Any], value: object, place: str) -> Any:
    """One part by itself, as a page sends it. Raises ReadError."""
    row = Row(value, place)
    found = reader(row)
    row.stop()
    return found


def read_results(row: Row) -> tuple[ResultCode, ...]:
    """A list of codes by itself."""
    return _codes(row.each())


def _codes(rows: Iterable[Row]) -> tuple[ResultCode, ...]:
    found: list[ResultCode] = []
    for one in rows:
        one.only("code", "text", "settled")
        code = one.text("code", CODE, said="应为小写字母开头的字母、数字")
        if code in {known.code for known in found}:
            one.note("code", "重复")
        settled = one.flag("settled") if _get(one, "settled") is not None else None
        found.append(ResultCode(code, one.text("text", r".+", most=40, said="请填写名称"), settled))
    return tuple(found)


def read_wrap_up(row: Row) -> WrapUp:
    row.only("default_s", "must_close", "skills")
    skills: dict[str, WrapRule] = {}
    for skill, one in row.part("skills").items():
        one.only("seconds", "must_close")
        if re.fullmatch(SKILL, skill, re.ASCII) is None:
            one.say("技能名称不正确")
        skills[skill] = WrapRule(one.number("seconds", *WRAP_S, 0.0), one.flag("must_close"))
    default = row.number("default_s", *WRAP_S, 0.0) if _get(row, "default_s") is not None else None
    return WrapUp(default, row.flag("must_close"), skills)


def _get(row: Row, key: str) -> object:
    return row.value.get(key) if isinstance(row.value, dict) else None


__all__ = [
    "NOBODY",
    "PARTS",
    "People",
    "Problem",
    "ReadError",
    "ResultCode",
    "WrapRule",
    "WrapUp",
    "people_json",
    "people_text",
    "read_part",
    "read_people",
    "read_results",
    "read_wrap_up",
    "results_json",
    "with_version",
    "wrap_up_json",
]
