"""Menus from TOML text, checked whole before the first call hears one.

In: file name → text, and optionally the ids of all prompts there are. Out: `Menus`, or `MenuError` with every problem
and its place ("12345-day.toml:14 option[2].key"). Never: opens a file, or returns menus of which some are wrong.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .model import ALL_KEYS, DEFAULT_TOTAL_S, DEFAULT_WAIT_S, PERSON_KEY, Menu, MenuOption, Menus

MAX_OPTIONS = 5  # people forget the first of more; the standard would rather have no menu at all
WAIT_S = (1.0, 15.0)
TOTAL_S = (10.0, 120.0)
MAX_PRIORITY = 9

_MENU_FIELDS = {"id": str, "prompt": str, "wait_s": float, "total_s": float, "barge_in": bool, "option": list}
_OPTION_FIELDS = {"key": str, "id": str, "prompt": str, "skills": list, "priority": int}
_REQUIRED = {"menu": ("id", "prompt", "option"), "option": ("key", "id", "prompt")}
_DEEPER = ("menu", "next", "option", "options", "submenu")
_NAMES = {str: "text", float: "a number", bool: "true or false", list: "a list", int: "a whole number"}
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_HEADER = re.compile(r"\s*\[\[?\s*([A-Za-z0-9_.\"'-]+)\s*\]\]?")
_ASSIGN = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*[.=]")
_AT_LINE = re.compile(r" ?\(at line (\d+), column \d+\)")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault and where it is: `place` is "file:line field"."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class MenuError(ValueError):
    """Menus that must not be used; `problems` lists all faults of all files."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def load_menus(texts: Mapping[str, str], known_prompts: Collection[str] | None = None) -> Menus:
    """Read every menu of `texts` (file name → TOML). `known_prompts`: ids that exist; None skips that check.

    Raises MenuError with all problems of all files.
    """
    readers = [_File(name, texts[name], known_prompts) for name in sorted(texts)]
    menus: dict[str, Menu] = {}
    owners: dict[str, str] = {}
    problems: list[Problem] = []
    for reader in readers:
        menu = reader.menu()
        problems += reader.problems
        if menu is None:
            continue
        if menu.id in menus:
            problems.append(Problem(reader.place("id"), f"menu {menu.id!r} is already in {owners[menu.id]}"))
        menus[menu.id] = menu
        owners[menu.id] = reader.name
    if problems:
        raise MenuError(tuple(problems))
    return MappingProxyType(menus)


class _File:
    """One file being read: collects its problems, knows where its fields are."""

    def __init__(self, name: str, text: str, known_prompts: Collection[str] | None) -> None:
        self.name = name
        self.text = text
        self.known = known_prompts
        self.problems: list[Problem] = []
        self.lines = dict(_positions(text))

    def place(self, path: str) -> str:
        """ "file:line path"; the line of the nearest enclosing table where the field itself is missing."""
        line = self.lines.get(path) or self.lines.get(path.rpartition(".")[0]) or 1
        return f"{self.name}:{line} {path}"

    def menu(self) -> Menu | None:
        try:
            raw = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            found = _AT_LINE.search(str(error))
            line = found.group(1) if found else str(self.text.count("\n") + 1)
            self.problems.append(Problem(f"{self.name}:{line}", _AT_LINE.sub("", str(error))))
            return None
        self._check_fields(raw, "", _MENU_FIELDS, _REQUIRED["menu"])
        self._check_word(raw, "id", "")
        self._check_prompt(raw, "")
        for field, bounds in (("wait_s", WAIT_S), ("total_s", TOTAL_S)):
            self._check_range(raw, field, "", bounds)
        self._check_time(raw)
        options = self._options(raw)
        if self.problems:
            return None
        return Menu(
            raw["id"],
            raw["prompt"],
            options,
            wait_s=float(raw.get("wait_s", DEFAULT_WAIT_S)),
            total_s=float(raw.get("total_s", DEFAULT_TOTAL_S)),
            barge_in=raw.get("barge_in", True),
        )

    def _options(self, raw: Mapping[str, object]) -> tuple[MenuOption, ...]:
        entries = raw.get("option", [])
        if not isinstance(entries, list):
            return ()
        if not 1 <= len(entries) <= MAX_OPTIONS:
            self._say("option", f"a menu has 1 to {MAX_OPTIONS} options, not {len(entries)}")
        seen: dict[tuple[str, object], str] = {}
        options: list[MenuOption] = []
        for index, entry in enumerate(entries):
            at = f"option[{index}]"
            option = self._option(entry, at)
            self._check_twice(entry, at, seen)
            if option is not None:
                options.append(option)
        return tuple(options)

    def _option(self, raw: object, at: str) -> MenuOption | None:
        if not isinstance(raw, dict):
            self._say(at, "must be a table: [[option]]")
            return None
        before = len(self.problems)
        self._check_fields(raw, at, _OPTION_FIELDS, _REQUIRED["option"])
        self._check_key(raw.get("key"), f"{at}.key")
        self._check_word(raw, "id", at)
        self._check_prompt(raw, at)
        self._check_range(raw, "priority", at, (0, MAX_PRIORITY))
        for number, skill in enumerate(_list(raw.get("skills"))):
            if not isinstance(skill, str) or not _WORD.fullmatch(skill):
                self._say(f"{at}.skills", f"skill {number + 1} must be a word of letters, digits, _ and -: {skill!r}")
        if len(self.problems) > before:
            return None
        return MenuOption(
            raw["key"], raw["id"], raw["prompt"], tuple(raw.get("skills", ())), int(raw.get("priority", 0))
        )

    def _say(self, path: str, message: str) -> None:
        self.problems.append(Problem(self.place(path), message))

    def _check_fields(
        self, raw: Mapping[str, object], at: str, fields: Mapping[str, type], required: tuple[str, ...]
    ) -> None:
        for field, value in raw.items():
            path = _join(at, field)
            if at and field in _DEEPER:
                self._say(path, "a menu has one level: an option cannot open another menu")
            elif field not in fields:
                self._say(path, f"unknown field; known are {', '.join(fields)}")
            elif not _is(value, fields[field]):
                self._say(path, f"must be {_NAMES[fields[field]]}")
        for field in required:
            if field not in raw:
                self._say(_join(at, field), "is missing")

    def _check_word(self, raw: Mapping[str, object], field: str, at: str) -> None:
        value = raw.get(field)
        if isinstance(value, str) and not _WORD.fullmatch(value):
            self._say(_join(at, field), f"must be a word of letters, digits, _ and -: {value!r}")

    def _check_prompt(self, raw: Mapping[str, object], at: str) -> None:
        value = raw.get("prompt")
        if isinstance(value, str) and self.known is not None and value not in self.known:
            self._say(_join(at, "prompt"), f"there is no prompt {value!r}")

    def _check_range(self, raw: Mapping[str, object], field: str, at: str, bounds: tuple[float, float]) -> None:
        value = raw.get(field)
        if isinstance(value, int | float) and not isinstance(value, bool) and not bounds[0] <= value <= bounds[1]:
            self._say(_join(at, field), f"must be {bounds[0]:g} to {bounds[1]:g}, not {value:g}")

    def _check_time(self, raw: Mapping[str, object]) -> None:
        """The menu may be played twice (one wrong key), so two silences must fit into its total time."""
        wait, total = raw.get("wait_s", DEFAULT_WAIT_S), raw.get("total_s", DEFAULT_TOTAL_S)
        if _is(wait, float) and _is(total, float) and float(str(total)) <= 2 * float(str(wait)):
            self._say("total_s" if "total_s" in raw else "wait_s", "total_s must be more than twice wait_s")

    def _check_key(self, key: object, path: str) -> None:
        if not isinstance(key, str):
            return
        if key == PERSON_KEY:
            self._say(path, "key 0 always means a person and cannot be given another meaning")
        elif len(key) != 1 or key not in ALL_KEYS:
            self._say(path, f"a key is one of 1-9, * and #: {key!r}")

    def _check_twice(self, raw: object, at: str, seen: dict[tuple[str, object], str]) -> None:
        if not isinstance(raw, dict):
            return
        for field in ("key", "id"):
            value = raw.get(field)
            if not isinstance(value, str):
                continue
            if (field, value) in seen:
                self._say(f"{at}.{field}", f"{field} {value!r} is already used by {seen[field, value]}")
            seen.setdefault((field, value), at)


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
            yield _join(at, assign.group(1)), number


def _join(at: str, field: str) -> str:
    return f"{at}.{field}" if at else field


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _is(value: object, kind: type) -> bool:
    if kind in (int, float):
        wanted = int if kind is int else int | float
        return isinstance(value, wanted) and not isinstance(value, bool)
    return isinstance(value, kind)
