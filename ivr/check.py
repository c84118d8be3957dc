"""The rules of a menu, over plain values: whatever a file or a page says is held to them before a caller hears it.

In: a menu as a mapping and the way to name a place in it. Out: a `Menu`, or every problem in English and Chinese.
Never: stops at the first fault, or gives back a menu of which some is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from .model import ALL_KEYS, DEFAULT_TOTAL_S, DEFAULT_WAIT_S, PERSON_KEY, Menu, MenuOption

MAX_OPTIONS = 5  # people forget the first of more; the standard would rather have no menu at all
WAIT_S = (1.0, 15.0)
TOTAL_S = (10.0, 120.0)
MAX_PRIORITY = 9
MAX_LABEL = 20  # it stands in lists and on the card of a ringing call
MAX_WORD = 40
MAX_SKILLS = 20

_MENU_FIELDS = {"id": str, "prompt": str, "wait_s": float, "total_s": float, "barge_in": bool}
_OPTION_FIELDS = {"key": str, "id": str, "label": str, "prompt": str, "skills": list, "priority": int}
_DEEPER = ("menu", "next", "option", "options", "submenu")
_NAMES = {
    str: ("text", "应为文字"),
    float: ("a number", "应为数字"),
    bool: ("true or false", "应为是或否"),
    list: ("a list", "应为列表"),
    int: ("a whole number", "应为整数"),
}
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_WORD_SAID = ("a word of letters, digits, _ and -", "只能用字母、数字、_和-")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault and where it is: `place` is "file:line field", or whatever the reader was told to call it."""

    place: str
    message: str
    chinese: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class MenuError(ValueError):
    """Menus that must not be used; `problems` lists all faults of all of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Checker:
    """One menu being read: collects its problems. `options`: what the list of options is called in it."""

    def __init__(
        self, place: Callable[[str], str], *, options: str = "options", known: Collection[str] | None = None
    ) -> None:
        self.place = place
        self.options_name = options
        self.known = known
        self.problems: list[Problem] = []

    def menu(self, raw: Mapping[str, object]) -> Menu | None:
        self._check_fields(
            raw, "", _MENU_FIELDS | {self.options_name: list}, required=("id", "prompt", self.options_name)
        )
        self._check_word(raw, "id", "")
        self._check_prompt(raw, "")
        for field, bounds in (("wait_s", WAIT_S), ("total_s", TOTAL_S)):
            self._check_range(raw, field, "", bounds)
        self._check_time(raw)
        options = self._options(raw)
        if self.problems:
            return None
        return Menu(
            str(raw["id"]),
            str(raw["prompt"]),
            options,
            wait_s=_seconds(raw, "wait_s", DEFAULT_WAIT_S),
            total_s=_seconds(raw, "total_s", DEFAULT_TOTAL_S),
            barge_in=bool(raw.get("barge_in", True)),
        )

    def say(self, path: str, message: str, chinese: str) -> None:
        self.problems.append(Problem(self.place(path), message, chinese))

    def _options(self, raw: Mapping[str, object]) -> tuple[MenuOption, ...]:
        entries = raw.get(self.options_name, [])
        if not isinstance(entries, list):
            return ()
        if not 1 <= len(entries) <= MAX_OPTIONS:
            self.say(
                self.options_name,
                f"a menu has 1 to {MAX_OPTIONS} options, not {len(entries)}",
                f"一个菜单应有1至{MAX_OPTIONS}个选项，现有{len(entries)}个",
            )
        seen: dict[tuple[str, object], str] = {}
        options: list[MenuOption] = []
        for index, entry in enumerate(entries[: 4 * MAX_OPTIONS]):
            at = f"{self.options_name}[{index}]"
            option = self._option(entry, at)
            self._check_twice(entry, at, seen)
            if option is not None:
                options.append(option)
        return tuple(options)

    def _option(self, raw: object, at: str) -> MenuOption | None:
        if not isinstance(raw, dict):
            self.say(at, "must be a table: [[option]]", "格式不正确")
            return None
        before = len(self.problems)
        self._check_fields(raw, at, _OPTION_FIELDS, required=("key", "id", "prompt"))
        self._check_key(raw.get("key"), f"{at}.key")
        self._check_word(raw, "id", at)
        self._check_label(raw, at)
        self._check_prompt(raw, at)
        self._check_range(raw, "priority", at, (0, MAX_PRIORITY))
        self._check_skills(raw, at)
        if len(self.problems) > before:
            return None
        return MenuOption(
            raw["key"],
            raw["id"],
            raw["prompt"],
            tuple(raw.get("skills", ())),
            int(raw.get("priority", 0)),
            label=raw.get("label", ""),
        )

    def _check_fields(
        self, raw: Mapping[str, object], at: str, fields: Mapping[str, type], required: tuple[str, ...]
    ) -> None:
        for field, value in raw.items():
            path = _join(at, field)
            if at and field in _DEEPER:
                self.say(
                    path, "a menu has one level: an option cannot open another menu", "菜单只有一层，选项不能再开菜单"
                )
            elif field not in fields:
                self.say(path, f"unknown field; known are {', '.join(fields)}", "没有这个字段")
            elif not _is(value, fields[field]):
                english, chinese = _NAMES[fields[field]]
                self.say(path, f"must be {english}", chinese)
        for field in required:
            if field not in raw:
                self.say(_join(at, field), "is missing", "必填")

    def _check_word(self, raw: Mapping[str, object], field: str, at: str) -> None:
        value = raw.get(field)
        if isinstance(value, str) and not (_WORD.fullmatch(value) and len(value) <= MAX_WORD):
            english, chinese = _WORD_SAID
            self.say(_join(at, field), f"must be {english}: {value[:MAX_WORD]!r}", chinese if value else "必填")

    def _check_label(self, raw: Mapping[str, object], at: str) -> None:
        value = raw.get("label")
        if isinstance(value, str) and not (len(value) <= MAX_LABEL and value.isprintable()):
            self.say(f"{at}.label", f"one line of at most {MAX_LABEL} characters", f"一行文字，最多{MAX_LABEL}个字")

    def _check_skills(self, raw: Mapping[str, object], at: str) -> None:
        skills = raw.get("skills")
        if not isinstance(skills, list):
            return
        if len(skills) > MAX_SKILLS:
            self.say(f"{at}.skills", f"at most {MAX_SKILLS} skills", f"最多{MAX_SKILLS}项技能")
        for number, skill in enumerate(skills[:MAX_SKILLS]):
            if not isinstance(skill, str) or not _WORD.fullmatch(skill):
                english, chinese = _WORD_SAID
                self.say(f"{at}.skills", f"skill {number + 1} must be {english}: {skill!r:.60}", f"技能{chinese}")

    def _check_prompt(self, raw: Mapping[str, object], at: str) -> None:
        value = raw.get("prompt")
        if not isinstance(value, str):
            return
        if not value:
            self.say(_join(at, "prompt"), "must name a prompt", "必填")
        elif self.known is not None and value not in self.known:
            self.say(_join(at, "prompt"), f"there is no prompt {value!r}", f"没有提示音{value}")

    def _check_range(self, raw: Mapping[str, object], field: str, at: str, bounds: tuple[float, float]) -> None:
        value = raw.get(field)
        if isinstance(value, int | float) and not isinstance(value, bool) and not bounds[0] <= value <= bounds[1]:
            span = f"{bounds[0]:g} to {bounds[1]:g}"
            self.say(_join(at, field), f"must be {span}, not {value:g}", f"应为{bounds[0]:g}至{bounds[1]:g}")

    def _check_time(self, raw: Mapping[str, object]) -> None:
        """The menu may be played twice (one wrong key), so two silences must fit into its total time."""
        wait, total = raw.get("wait_s", DEFAULT_WAIT_S), raw.get("total_s", DEFAULT_TOTAL_S)
        if _is(wait, float) and _is(total, float) and float(str(total)) <= 2 * float(str(wait)):
            field = "total_s" if "total_s" in raw else "wait_s"
            self.say(field, "total_s must be more than twice wait_s", "总时长应大于等待按键时间的两倍")

    def _check_key(self, key: object, path: str) -> None:
        if not isinstance(key, str):
            return
        if key == PERSON_KEY:
            self.say(
                path, "key 0 always means a person and cannot be given another meaning", "按键0固定转人工，不能另作他用"
            )
        elif len(key) != 1 or key not in ALL_KEYS:
            self.say(path, f"a key is one of 1-9, * and #: {key[:MAX_WORD]!r}", "按键应为1至9、*、#中的一个")

    def _check_twice(self, raw: object, at: str, seen: dict[tuple[str, object], str]) -> None:
        if not isinstance(raw, dict):
            return
        for field, said in (("key", "按键"), ("id", "编号")):
            value = raw.get(field)
            if not isinstance(value, str):
                continue
            if (field, value) in seen:
                self.say(
                    f"{at}.{field}",
                    f"{field} {value!r} is already used by {seen[field, value]}",
                    f"{said}{value}已被另一选项使用",
                )
            seen.setdefault((field, value), at)


def _seconds(raw: Mapping[str, object], field: str, otherwise: float) -> float:
    value = raw.get(field, otherwise)
    return float(value) if isinstance(value, int | float) else otherwise


def _join(at: str, field: str) -> str:
    return f"{at}.{field}" if at else field


def _is(value: object, kind: type) -> bool:
    if kind in (int, float):
        wanted = int if kind is int else int | float
        return isinstance(value, wanted) and not isinstance(value, bool)
    return isinstance(value, kind)
