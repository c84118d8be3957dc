"""The menus of a table: who comes to them, what they play, whom they ask for.

In: table and facts. Out: findings at `menu/<id>/<field>`. Never: the rules of one menu, which nothing may be saved
without (ivr's), or a judgement about a menu that no call comes to: it is being written.
"""

from __future__ import annotations

from collections.abc import Iterator

from routing_table.entities import row_key
from routing_table.menus import OPTION, Menu
from routing_table.model import Table

from .model import Facts, Finding, finding
from .moments import first_day

Found = Iterator[Finding]


def menus(table: Table, facts: Facts) -> Found:
    """Menus on numbers that have none; of each menu in use prompts without audio and skills without a seat."""
    named: set[str] = set()
    for row in table.rows:
        if first_day(row, facts.today) is None:
            continue
        for field, name in (("menu_open", row.menu_open), ("menu_closed", row.menu_closed)):
            if not name:
                continue
            named.add(name)
            if row.number != table.city.main:
                yield finding("menu-legacy", f"row/{row_key(row)}/{field}")
    for menu in table.menus or ():
        if menu.id in named:
            yield from _menu(menu, facts)
        else:
            yield finding("menu-unused", f"menu/{menu.id}/id")


def _menu(menu: Menu, facts: Facts) -> Found:
    played = [("prompt", menu.prompt)] + [(OPTION + option.key, option.prompt) for option in menu.options]
    if facts.prompts is not None:
        for field, prompt in played:
            if prompt not in facts.prompts:
                yield finding("menu-no-prompt", f"menu/{menu.id}/{field}", menu.id, prompt)
    if facts.staffed_skills is not None:
        staffed = facts.staffed_skills.get("shared", frozenset())
        for option in menu.options:
            for skill in option.skills:
                if skill not in staffed:
                    yield finding("menu-no-seat", f"menu/{menu.id}/{OPTION}{option.key}", menu.id, skill)
