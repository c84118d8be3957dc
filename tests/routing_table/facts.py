"""What the demo city's proof is told of the world: the real prompts and menus, seats as the demo makes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import ivr
from routing_table import Table
from routing_table.proof import Facts, Finding, MenuFacts, prove
from tests.routing_table.city import DEMO

IVR = Path(ivr.__file__).parent
TODAY = date(2026, 11, 20)  # a Friday
SKILLS = frozenset({row.number for row in DEMO.rows} | {"general", "business"})
MENUS = ivr.load_menus({path.name: path.read_text("utf-8") for path in (IVR / "menus").glob("*.toml")})
FACTS = Facts(
    TODAY,
    prompts=frozenset(ivr.load_prompts((IVR / "prompts.toml").read_text("utf-8"))),
    menus={
        name: MenuFacts(frozenset(menu.prompts), frozenset(skill for option in menu.options for skill in option.skills))
        for name, menu in MENUS.items()
    },
    staffed_skills={"shared": SKILLS, "expert": frozenset({"12333", "12329", "12320", "12348"})},
    lines=frozenset({"unit-12328", "unit-12348", "emergency-110", "emergency-119", "emergency-120", "emergency-122"}),
)


def errors(table: Table, facts: Facts = FACTS) -> set[tuple[str, str]]:
    return _short(prove(table, facts).errors)


def warnings(table: Table, facts: Facts = FACTS) -> set[tuple[str, str]]:
    """Without the one that the demo city always has on that day: next year's notice is not out."""
    return _short(prove(table, facts).warnings) - {("provisional", "notice/2027/year")}


def _short(findings: Iterable[Finding]) -> set[tuple[str, str]]:
    for finding in findings:
        assert "{" not in str(finding) + finding.chinese
        assert finding.chinese != finding.code
    return {(finding.code, finding.place) for finding in findings}


def against(table: Table) -> Facts:
    return replace(FACTS, published=table)
