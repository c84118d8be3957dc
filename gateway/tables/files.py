"""The node's `published/table.json`: read, compared with the store's head, replaced whole.

In: config, a version's text. Out: the file. Never: a text that does not load as a table, or a half-written file.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import ivr
import routing_table
from gateway.config import Config
from gateway.errors import FatalError
from gateway.menus import as_table_menus, house_menus, read_snapshot, with_menus
from gateway.prompts import read_prompts
from routing_table import Table, TableError
from routing_table.menus import Menu

_VERSION = re.compile(r'"version":\s*"([0-9]+-[0-9a-f]{12})"')


def table_file(config: Config) -> Path:
    return config.published_dir / "table.json"


def file_version(config: Config) -> str:
    """The version that the file says it is, "" when it is not there or unreadable. Reads only its beginning."""
    try:
        with table_file(config).open(encoding="utf-8") as file:
            found = _VERSION.search(file.read(400))
    except (OSError, UnicodeDecodeError):
        return ""
    return found[1] if found else ""


def first_table(config: Config) -> Table:
    """What becomes the first version of a store that has none: the published file, else the city's own files.

    One without menus gets those of the menus folder. Raises FatalError with every problem.
    """
    menus = first_menus(config)
    try:
        if table_file(config).exists():
            return with_menus(routing_table.from_json(table_file(config).read_text("utf-8")), menus)
        files = {name: (config.city_dir / name).read_text("utf-8") for name in routing_table.FILES}
        return with_menus(routing_table.load_demo(files), menus)
    except (OSError, ValueError, TableError) as error:
        raise FatalError(f"the city's routing table cannot be loaded: {error}") from error


def first_menus(config: Config) -> tuple[Menu, ...]:
    """The menus folder's, for a table that has none. Raises FatalError with every problem."""
    try:
        return as_table_menus(house_menus(config.menus_dir, frozenset(read_prompts())))
    except (OSError, ivr.MenuError) as error:
        raise FatalError(f"the city's menus cannot be loaded: {error}") from error


def put_file(config: Config, text: str) -> None:
    """Replace the file whole, durably. Raises FatalError for a text that no gateway could read, OSError."""
    try:
        read_snapshot(text)
    except TableError as error:
        raise FatalError(f"the version in force cannot be read here: {error}") from error
    path = table_file(config)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
