"""Reads rows of JSON with all errors at once, each with its place.

In: what `json.loads` made of a text. Out: checked values. Never: guesses at a value of the wrong type.
Messages are Chinese: an admin reads them on a page.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

ROWS_MAX = 2000
_NOTHING: Mapping[str, object] = {}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """`place`: dotted, such as `roster.12333.0.ref`."""

    place: str
    message: str


class ReadError(ValueError):
    """One or more values are wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{one.place}: {one.message}" for one in problems))
        self.problems = tuple(problems)


@dataclass(slots=True)
class Row:
    """One JSON object and where it stands. Wrong values are noted and replaced by the default; `stop` raises."""

    value: object
    place: str = ""
    problems: list[Problem] = field(default_factory=list)

    def note(self, key: str, message: str) -> None:
        self.problems.append(Problem(self._at(key), message))

    def say(self, message: str) -> None:
        """Wrong as a whole."""
        self.problems.append(Problem(self.place, message))

    def stop(self) -> None:
        if self.problems:
            raise ReadError(self.problems)

    def only(self, *known: str) -> None:
        """A misspelt key would silently be left out."""
        for key in self._map():
            if key not in known:
                self.note(str(key), "没有这一项")

    def text(self, key: str, shape: str = ".*", *, most: int = 100, default: str = "", said: str = "格式不正确") -> str:
        value = self._map().get(key, default)
        if not isinstance(value, str):
            self.note(key, "应为文字")
            return default
        value = value.strip()
        if len(value) > most or not value.isprintable():
            self.note(key, f"最多 {most} 个字，不含换行")
            return default
        if re.fullmatch(shape, value, re.ASCII) is None:
            self.note(key, said)
        return value

    def whole(self, key: str, least: int, most: int, default: int) -> int:
        value = self._map().get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.note(key, f"应为 {least} 到 {most} 的整数")
            return default
        return value

    def number(self, key: str, least: float, most: float, default: float) -> float:
        value = self._map().get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.note(key, f"应为 {least:g} 到 {most:g} 的数")
            return default
        return float(value)

    def flag(self, key: str, default: bool = False) -> bool:
        value = self._map().get(key, default)
        if not isinstance(value, bool):
            self.note(key, "应为是或否")
            return default
        return value

    def list(self, key: str, most: int = ROWS_MAX) -> Sequence[object]:
        value = self._map().get(key, [])
        if not isinstance(value, list) or len(value) > most:
            self.note(key, f"应为列表，最多 {most} 项")
            return []
        return value

    def texts(self, key: str, shape: str, *, most: int = 100, said: str = "格式不正确") -> tuple[str, ...]:
        found = []
        for index, value in enumerate(self.list(key, most)):
            if isinstance(value, str) and re.fullmatch(shape, value, re.ASCII) and value.isprintable():
                found.append(value)
            else:
                self.note(f"{key}.{index}", said)
        return tuple(found)

    def rows(self, key: str, most: int = ROWS_MAX) -> Iterator["Row"]:
        for index, value in enumerate(self.list(key, most)):
            yield Row(value, self._at(f"{key}.{index}"), self.problems)

    def part(self, key: str) -> "Row":
        """An object inside; an absent one is empty."""
        return Row(self._map().get(key, {}), self._at(key), self.problems)

    def items(self) -> Iterator[tuple[str, "Row"]]:
        """Each key of the object with what stands there."""
        for key, value in self._map().items():
            yield str(key), Row(value, self._at(str(key)), self.problems)

    def each(self) -> Iterator["Row"]:
        """The list's members, when the value is a list."""
        if not isinstance(self.value, list) or len(self.value) > ROWS_MAX:
            self.say(f"应为列表，最多 {ROWS_MAX} 项")
            return
        for index, value in enumerate(self.value):
            yield Row(value, self._at(str(index)), self.problems)

    def _map(self) -> Mapping[str, object]:
        if isinstance(self.value, dict):
            return self.value
        problem = Problem(self.place, "应为一组键和值")
        if problem not in self.problems:
            self.problems.append(problem)
        return _NOTHING

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key
