"""The menus that go with a table: its own, as ivr plays them; those of the house for a table from before it had any.

In: a table, the menus folder. Out: `ivr.Menus`, or every fault with its place (`menu/12345-day/options[1].key`).
Never: touches a database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import ivr
import routing_table
from routing_table import Problem, Table, TableError
from routing_table.content import plain_menu
from routing_table.menus import Menu, MenuOption


def menu_problems(records: Iterable[Mapping[str, object]]) -> tuple[Problem, ...]:
    """What ivr's rules say against these menus, all at once."""
    try:
        ivr.read_menus(records)
    except ivr.MenuError as error:
        return tuple(Problem(one.place, one.message, one.chinese) for one in error.problems)
    return ()


def menus_of(table: Table) -> ivr.Menus | None:
    """The table's own menus, None where it has none of its own. Raises ivr.MenuError."""
    return None if table.menus is None else ivr.read_menus(plain_menu(menu) for menu in table.menus)


def read_snapshot(text: str) -> tuple[Table, ivr.Menus | None]:
    """A published snapshot with its menus. Raises TableError for anything that could not be played to callers."""
    table = routing_table.from_json(text)
    try:
        return table, menus_of(table)
    except ivr.MenuError as error:
        problems = tuple(Problem(one.place, one.message, one.chinese) for one in error.problems)
        raise TableError(problems) from error


def house_menus(folder: Path, prompts: Collection[str] | None = None) -> ivr.Menus:
    """The menus in the folder's files. `prompts`: ids that exist. Raises OSError, ivr.MenuError."""
    texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.toml"))}
    return ivr.load_menus(texts, prompts)


def as_table_menus(menus: ivr.Menus) -> tuple[Menu, ...]:
    """As a table carries them."""
    return tuple(
        Menu(
            menu.id,
            menu.prompt,
            tuple(
                MenuOption(option.key, option.id, option.prompt, option.label, option.skills, option.priority)
                for option in menu.options
            ),
            wait_s=menu.wait_s,
            total_s=menu.total_s,
            barge_in=menu.barge_in,
        )
        for menu in menus.values()
    )


def with_menus(table: Table, menus: tuple[Menu, ...] | None) -> Table:
    """The table, with these menus where it has none of its own; under the number of its version and a new hash."""
    if table.menus is not None or menus is None:
        return table
    return routing_table.versioned(replace(table, menus=menus), int(table.version.partition("-")[0]))
