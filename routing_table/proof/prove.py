"""The proof before publishing: `prove(table, facts)`.

In: a table, published or draft, and what it cannot say about the world. Out: every finding at once. Never: stops at
the first, raises for a table that `load` would refuse, or reads a clock.
"""

from __future__ import annotations

from routing_table.model import Table

from . import rules
from .menus import menus
from .model import Facts, Finding, Findings, Severity
from .news import news
from .ways import Ways, loops


def prove(table: Table, facts: Facts) -> Findings:
    """Every error and warning, once each. Without errors every way ends at a person or a deliberate announcement."""
    ways = Ways(table, facts)
    found: list[Finding] = [*rules.contradicting(table), *rules.numbers(table, facts), *rules.validity(table, facts)]
    found += [*loops(table, facts.today), *ways.findings()]
    found += [
        *rules.dates(table, facts),
        *rules.chains(table),
        *rules.lines(table, facts, ways.rung),
        *rules.calendars(table, facts),
        *menus(table, facts),
    ]
    if facts.published is not None:
        found += news(table, facts.published, facts.today)
    unique = tuple(dict.fromkeys(found))
    return Findings(
        tuple(item for item in unique if item.severity is Severity.ERROR),
        tuple(item for item in unique if item.severity is Severity.WARNING),
    )
