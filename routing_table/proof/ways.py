"""Every way of every number, walked at every moment that matters, by the same `lookup` that calls take.

In: table and facts. Out: findings about where ways end, and what they play, ring and ask for. Never: a way of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import cache

from routing_table.calendar import city_time
from routing_table.entities import row_key
from routing_table.links import MAX_HOPS
from routing_table.lookup import lookup
from routing_table.model import Arrival, LinkKind, NotRouted, Route, Row, Step, StepKind, Table
from routing_table.numbers import normalise_dialled
from routing_table.share import bucket_of

from .model import Facts, Finding, MenuFacts, finding
from .moments import first_day, moments

_PEOPLE = frozenset({StepKind.SHARED_SEATS, StepKind.EXPERT_SEATS})
_RUNG = frozenset({StepKind.UNIT_LINE, StepKind.EMERGENCY})
_PLAYED = frozenset({StepKind.PROMPT, StepKind.ANNOUNCEMENT, StepKind.MESSAGE})
_ENDS = frozenset({StepKind.ANNOUNCEMENT, StepKind.MESSAGE})
_POOL = {StepKind.SHARED_SEATS: "shared", StepKind.EXPERT_SEATS: "expert"}
Found = Iterator[Finding]


class Ways:
    """Walks once; remembers which lines are rung."""

    def __init__(self, table: Table, facts: Facts) -> None:
        self.table = table
        self.facts = facts
        self.rung: set[str] = set()
        own = None if table.menus is None else {menu.id: MenuFacts() for menu in table.menus}  # judged in `menus`
        self.menus = facts.menus if own is None else own

    def findings(self) -> list[Finding]:
        found = [item for row in self.table.rows for item in self._row(row)]
        found += [item for number in self.table.emergencies for item in self._emergency(number.number)]
        return list(dict.fromkeys(found))  # a mistake of a row shows at many moments

    def _row(self, row: Row) -> Found:
        told: set[tuple[str, str]] = set()
        for at in moments(self.table, row, self.facts.today):
            if _row_on(self.table, row.number, at.date()) is not row:
                continue  # hidden: found elsewhere
            for key in _keys(row.shared_percent):
                answer = lookup(self.table, Arrival(row.number, key=key), at)
                if isinstance(answer, Route):
                    for item in self._route(row, answer, at):
                        first = (item.code, item.place + "".join(item.args[:1] if _is_timeless(item) else ()))
                        if first not in told:
                            told.add(first)
                            yield item

    def _route(self, row: Row, answer: Route, at: datetime) -> Found:
        place = f"row/{row_key(row)}"
        when = f"{city_time(at):%Y-%m-%dT%H:%M}"
        yield from self._end(row, answer, place, when)
        for reason in answer.why:
            if reason.code == "chain-rescued":
                yield finding("dead-end", f"{place}/chain", when)
            elif reason.code == "chain-gone":
                yield finding("chain-gone", f"{place}/chain", reason.args[0], when)
            elif reason.code == "chain-no-expert":
                yield finding("expert-not-allowed", f"{place}/chain", row.number)
            elif reason.code == "chain-long":
                yield finding("chain-long", f"{place}/chain", MAX_HOPS)
        for step in answer.steps:
            yield from self._step(f"{place}/{_field(row, step)}", step)

    def _end(self, row: Row, answer: Route, place: str, when: str) -> Found:
        steps = answer.steps
        announced = len(steps) > 1 and steps[-1].kind is StepKind.HANGUP and steps[-2].kind in _ENDS
        if steps[-1].kind not in _PEOPLE and not announced:
            yield finding("no-person", f"{place}/chain", when)
        if announced and row.number == self.table.city.main:
            yield finding("main-announcement", f"{place}/chain", when)
        if announced and any(step.kind in _PEOPLE | _RUNG for step in steps):
            yield finding("behind-person", f"{place}/chain")

    def _step(self, place: str, step: Step) -> Found:
        facts = self.facts
        if step.kind in _PLAYED and facts.prompts is not None and step.ref not in facts.prompts:
            yield finding("no-prompt", place, step.ref)
        elif step.kind is StepKind.MENU:
            yield from self._menu(place, step.ref)
        elif step.kind in _PEOPLE:
            yield from self._seats(place, step)
        elif step.kind in _RUNG:
            self.rung.add(step.ref)
            if facts.lines is not None and step.ref not in facts.lines:
                yield finding("no-endpoint", place, step.ref)

    def _seats(self, place: str, step: Step) -> Found:
        if self.facts.staffed_skills is not None:
            pool = _POOL[step.kind]
            staffed = self.facts.staffed_skills.get(pool, frozenset())
            yield from (finding("no-seat", place, skill, pool) for skill in step.skills if skill not in staffed)

    def _menu(self, place: str, name: str) -> Found:
        if self.menus is None:
            return
        menu = self.menus.get(name)
        if menu is None:
            yield finding("no-menu", place, name)
            return
        if self.facts.prompts is not None:
            silent = sorted(menu.prompts - self.facts.prompts)
            yield from (finding("menu-no-prompt", place, name, prompt) for prompt in silent)
        if self.facts.staffed_skills is not None:
            staffed = self.facts.staffed_skills.get("shared", frozenset())
            yield from (finding("menu-no-seat", place, name, skill) for skill in sorted(menu.skills - staffed))

    def _emergency(self, number: str) -> Found:
        midnight = datetime.combine(self.facts.today, datetime.min.time())
        answer = lookup(self.table, Arrival(number), midnight)
        if not isinstance(answer, NotRouted):
            for step in answer.steps:
                yield from self._step(f"emergency/{number}/number", step)


def loops(table: Table, today: date) -> Found:
    """Chains that come back to where they began, whatever the day."""
    links: dict[str, set[str]] = {}
    for row in table.rows:
        if first_day(row, today) is not None:
            refs = {link.ref for link in row.chain if link.kind is LinkKind.HOTLINE}
            links.setdefault(row.number, set()).update(refs)
    for row in table.rows:
        circle = _circle(links, row.number) if row.chain and first_day(row, today) is not None else None
        if circle and len(circle) > 2:  # a link to itself is a contradiction already
            yield finding("loop", f"row/{row_key(row)}/chain", ">".join(circle))


def _circle(links: dict[str, set[str]], start: str) -> list[str] | None:
    """The shortest way from `start` back to it."""
    ways, seen = [[start]], {start}
    while ways:
        way = ways.pop(0)
        for number in sorted(links.get(way[-1], ())):
            if number == start:
                return [*way, start]
            if number not in seen:
                seen.add(number)
                ways.append([*way, number])
    return None


def _row_on(table: Table, number: str, day: date) -> Row | None:
    """The row that a call to this number meets on that day."""
    entry = table.by_number.get(normalise_dialled(number, table.city.area_code))
    if entry is None or entry.emergency or entry.never_opened:
        return None
    return next((row for row in entry.rows if row.valid_on(day)), None)


@cache
def _keys(percent: int) -> tuple[str, ...]:
    """Call keys on both sides of the share, 0 to 100; asked for at each moment of each row."""
    if not 0 < percent < 100:
        return ("",)
    names = [str(n) for n in range(2000)]
    inside = next((name for name in names if bucket_of(name) < percent), "")
    outside = next((name for name in names if bucket_of(name) >= percent), "")
    return (inside, outside)


def _is_timeless(item: Finding) -> bool:
    """Findings whose first argument is a thing, not a moment."""
    return item.code not in ("dead-end", "no-person", "main-announcement")


def _field(row: Row, step: Step) -> str:
    """The field to blame for a step."""
    if step.kind is StepKind.MENU:
        return "menu_open" if step.ref == row.menu_open else "menu_closed"
    if step.kind is StepKind.PROMPT:
        return "transition_from" if step.ref == "transition" else "greeting"
    if row.chain:
        return "chain"
    if step.kind in _PEOPLE:
        return "skills"
    return "cut_over" if step.kind is StepKind.ANNOUNCEMENT else "seats"
