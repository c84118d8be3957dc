"""Is everybody whom the document names really there? What it names and the house does not have, in Chinese.

In: `People`, the seats, lines and hotlines there are. Out: warnings with their place. Never: refuses anything: a roster
may be written before its seats are made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gateway.people.document import People
from transfer.reading import Problem
from transfer.roster import Entry
from transfer.target import TargetKind


@dataclass(frozen=True, slots=True)
class House:
    """What can be named: seat ids (`experts` of them in the expert pool), unit lines, trunks, hotline numbers.

    `skills`: what any seat can; None: not asked.
    """

    seats: Collection[str]
    experts: Collection[str]
    units: Collection[str]
    trunks: Collection[str]
    hotlines: Collection[str]
    skills: Collection[str] | None = None


def look_over(people: People, house: House) -> tuple[Problem, ...]:
    """Everything that somebody should look at, in the document's order."""
    return (*_roster(people, house), *_outside(people, house), *_wrap_up(people, house))


def _roster(people: People, house: House) -> Iterator[Problem]:
    for number, entries in sorted(people.roster.hotlines.items()):
        if number not in house.hotlines:
            yield Problem(f"roster.{number}", "路由表中没有这条热线")
        for index, entry in enumerate(entries):
            message = _missing(entry, house)
            if message:
                yield Problem(f"roster.{number}.{index}", message)


def _missing(entry: Entry, house: House) -> str:
    match entry.kind:
        case TargetKind.SEAT if entry.ref not in house.seats:
            return f"没有坐席 {entry.ref}，轮到时会被跳过"
        case TargetKind.SEAT if entry.ref not in house.experts:
            return f"坐席 {entry.ref} 不是专家座席"
        case TargetKind.UNIT if entry.ref not in house.units:
            return f"没有配置 {entry.ref} 的直通线路，呼叫会失败"
        case TargetKind.OUTSIDE if entry.trunk not in house.trunks:
            return f"没有配置中继 {entry.trunk}，呼叫会失败"
        case _:
            return ""


def _outside(people: People, house: House) -> Iterator[Problem]:
    for index, rule in enumerate(people.outside.rules):
        if rule.trunk not in house.trunks:
            yield Problem(f"outside.rules.{index}", f"没有配置中继 {rule.trunk}，呼叫会失败")


def _wrap_up(people: People, house: House) -> Iterator[Problem]:
    rules = people.wrap_up.skills
    if not people.results and (people.wrap_up.must_close or any(rule.must_close for rule in rules.values())):
        yield Problem("wrap_up.must_close", "还没有办理结果可选，“须填写结果”暂不生效")
    for skill in sorted(rules):
        if house.skills is not None and skill not in house.skills:
            yield Problem(f"wrap_up.skills.{skill}", f"没有坐席具备技能 {skill}，这一项用不到")
