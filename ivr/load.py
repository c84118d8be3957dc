"""Menus from TOML text or from records, checked whole before the first call hears one.

In: file name → text, or menus as plain records; optionally the ids of all prompts there are. Out: `Menus`, or
`MenuError` with every problem and its place ("12345-day.toml:14 option[2].key", "menu/12345-day/options[2].key").
Never: opens a file, or returns menus of which some are wrong.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType

from .check import Checker, MenuError, Problem
from .model import Menu, Menus

_HEADER = re.compile(r"\s*\[\[?\s*([A-Za-z0-9_.\"'-]+)\s*\]\]?")
_ASSIGN = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*[.=]")
_AT_LINE = re.compile(r" ?\(at line (\d+), column \d+\)")


def load_menus(texts: Mapping[str, str], known_prompts: Collection[str] | None = None) -> Menus:
    """Read every menu of `texts` (file name → TOML). `known_prompts`: ids that exist; None skips that check.

    Raises MenuError with all problems of all files.
    """
    found: list[tuple[str, Checker, Menu | None]] = []
    for name in sorted(texts):
        lines = dict(_positions(texts[name]))
        checker = Checker(_Places(name, lines), options="option", known=known_prompts)
        found.append((name, checker, _parse(name, texts[name], checker)))
    return _collect(found)


def read_menus(records: Iterable[Mapping[str, object]]) -> Menus:
    """Menus from records with `id`, `prompt`, `options` …; places are "menu/<id>/<field>".

    Raises MenuError with all problems of all menus.
    """
    found: list[tuple[str, Checker, Menu | None]] = []
    for record in records:
        name = str(record.get("id", ""))
        checker = Checker(lambda path, name=name: f"menu/{name}/{path}")  # type: ignore[misc]  # mypy: default of a lambda
        found.append((name, checker, checker.menu(record)))
    return _collect(found)


def _collect(found: Iterable[tuple[str, Checker, Menu | None]]) -> Menus:
    menus: dict[str, Menu] = {}
    owners: dict[str, str] = {}
    problems: list[Problem] = []
    for name, checker, menu in found:
        if menu is not None and menu.id in menus:
            checker.say("id", f"menu {menu.id!r} is already in {owners[menu.id]}", f"编号{menu.id}已被另一菜单使用")
        problems += checker.problems
        if menu is not None:
            menus[menu.id] = menu
            owners[menu.id] = name
    if problems:
        raise MenuError(tuple(problems))
    return MappingProxyType(menus)


class _Places:
    """ "file:line path"; the line of the nearest enclosing table where the field itself is missing."""

    def __init__(self, name: str, lines: Mapping[str, int]) -> None:
        self._name = name
        self._lines = lines

    def __call__(self, path: str) -> str:
        line = self._lines.get(path) or self._lines.get(path.rpartition(".")[0]) or 1
        return f"{self._name}:{line} {path}"


def _parse(name: str, text: str, checker: Checker) -> Menu | None:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = found.group(1) if found else str(text.count("\n") + 1)
        checker.problems.append(Problem(f"{name}:{line}", _AT_LINE.sub("", str(error)), "文件格式有误"))
        return None
    return checker.menu(raw)


def _positions(text: str) -> Iterator[tuple[str, int]]:
    """Where each table and field of a menu file starts: ("option[1].key", 12). Text inside long strings may fool it."""
    at, count = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header:
            name = header.group(1)
            if name == "option" and line.lstrip().startswith("[["):
                at, count = f"option[{count}]", count + 1
                if count == 1:
                    yield "option", number
            else:
                last = f"option[{count - 1}]"
                at = name.replace("option", last, 1) if name.startswith("option.") and count else name
            yield at, number
            continue
        assign = _ASSIGN.match(line)
        if assign:
            field = assign.group(1)
            yield (f"{at}.{field}" if at else field), number
