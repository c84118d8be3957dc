"""Text in, `Table` out: the city's data files, and the published snapshot in JSON.

In: the text of the files (the caller opens them). Out: a table, or `TableError` with every problem and its place.
Never: opens a file, or lets a truncated, altered or hostile text through as a table.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace

from .checks import check
from .content import SECTIONS, Content, plain, read_table
from .fields import Problem
from .model import Table

FORMAT = 1
MAX_SNAPSHOT = 32 * 1024 * 1024  # characters; 10,000 rows are about 4 million
FILES = ("city.toml", "hotlines.csv", "calendar.toml")
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TOML_SECTIONS = {
    "unit_line": "unit_lines",
    "trunk": "trunks",
    "emergency": "emergencies",
    "never_opened": "never_opened",
    "calendar": "calendars",
    "notice": "notices",
}


class TableError(Exception):
    """The text is not a table. `problems` has all of them, in the order of the files."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def load_demo(files: Mapping[str, str], number: int = 1) -> Table:
    """A city from `city.toml`, `hotlines.csv` and `calendar.toml` (name → text). `number`: the readable version."""
    problems = [Problem(name, "is missing") for name in FILES if name not in files]
    if problems:
        raise TableError(tuple(problems))
    texts = {name: files[name].removeprefix("\ufeff") for name in FILES}
    own = [name for name in SECTIONS if name != "menus"]  # menus have files of their own
    sections: dict[str, list[object]] = {name: [] for name in own}
    lines: dict[str, list[_Lines]] = {name: [] for name in SECTIONS}
    city: object = {}
    for name in ("city.toml", "calendar.toml"):
        document = _toml(name, texts[name], problems)
        city = document.pop("city", city)
        _sort_into(name, texts[name], document, sections, lines, problems)
    if not isinstance(city, dict):
        problems.append(Problem("city.toml/city", "must be a table"))
        city = {}
    for line, record in _csv("hotlines.csv", texts["hotlines.csv"], problems):
        sections["hotlines"].append(record)
        lines["hotlines"].append(_Lines("hotlines.csv", line))

    def place(section: str, index: int, name: str) -> str:
        if section == "city":
            return _Lines.of("city.toml", texts["city.toml"], "[city]", 0)(name)
        return lines[section][index](name) if index < len(lines[section]) else f"{section}[{index}].{name}"

    return _finish(Content(city, sections, place, problems), number, expected=None)


def from_json(text: str, *, draft: bool = False) -> Table:
    """The snapshot that `to_json` wrote. Raises TableError for anything else: cut, altered, hostile, too large.

    `draft`: its fields must be well formed, but it may contradict itself, which `proof.prove` then finds.
    """
    if len(text) > MAX_SNAPSHOT:
        raise TableError((Problem("snapshot", f"longer than {MAX_SNAPSHOT} characters"),))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TableError((Problem("snapshot", f"not JSON: {error}"),)) from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TableError((Problem("format", f"must be {FORMAT}"),))
    version, content = document.get("version"), document.get("content")
    number = re.fullmatch(r"([1-9][0-9]{0,8})-[0-9a-f]{12}", version) if isinstance(version, str) else None
    if not number or not isinstance(content, dict) or not isinstance(content.get("city"), dict):
        raise TableError((Problem("version", "version, content and content.city are required"),))
    unknown = [Problem(name, "unknown section") for name in content if name not in (*SECTIONS, "city")]
    read = Content(content["city"], content, lambda section, i, name: f"content.{section}[{i}].{name}", unknown)
    return _finish(read, int(number[1]), expected=str(version), draft=draft)


def to_json(table: Table) -> str:
    """The published snapshot: format, version, content. Equal tables give equal text."""
    document = {"format": FORMAT, "version": table.version, "content": plain(table)}
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def versioned(table: Table, number: int) -> Table:
    """The same table under its own version: `<number>-<first 12 hex digits of the SHA-256 of its content>`."""
    content = json.dumps(plain(table), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return replace(table, version=f"{number}-{hashlib.sha256(content.encode()).hexdigest()[:12]}")


def _finish(content: Content, number: int, expected: str | None, *, draft: bool = False) -> Table:
    table = read_table(content, "")
    if table is None:
        raise TableError(tuple(content.problems))

    def place(key: str) -> str:
        section, index, name = key.split("/")
        return content.place(section, int(index), name)

    problems = [] if draft else check(table, place)
    if problems:
        raise TableError(tuple(problems))
    done = versioned(table, number)
    if expected is not None and done.version != expected:
        raise TableError((Problem("version", f"{expected} does not fit the content, which is {done.version}"),))
    return done


class _Lines:
    """Where one record is written: the file, its line, and for TOML the line of each key."""

    def __init__(self, file: str, line: int, keys: Mapping[str, int] | None = None, prefix: str = "") -> None:
        self.file, self.line, self.keys, self.prefix = file, line, keys or {}, prefix

    def __call__(self, name: str) -> str:
        return f"{self.file}:{self.keys.get(name.partition('.')[0], self.line)}/{self.prefix}{name}"

    @classmethod
    def of(cls, file: str, text: str, header: str, nth: int) -> _Lines:
        """The nth record under a TOML header such as [[trunk]] (tomllib itself tells no lines)."""
        numbered = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
        heads = [number for number, line in numbered if line.startswith(header)]
        if nth >= len(heads):
            return cls(file, 1, prefix=header.strip("[]") + ".")
        keys: dict[str, int] = {}
        for number, line in numbered[heads[nth] :]:
            if line.startswith("[") and "=" not in line:
                break
            key = re.match(r"([A-Za-z_]+)\s*=", line)
            if key:
                keys.setdefault(key[1], number)
        return cls(file, heads[nth], keys, header.strip("[]") + ".")


def _toml(name: str, text: str, problems: list[Problem]) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        problems.append(Problem(name, str(error)))
        return {}


def _sort_into(
    name: str,
    text: str,
    document: Mapping[str, object],
    sections: Mapping[str, list[object]],
    lines: Mapping[str, list[_Lines]],
    problems: list[Problem],
) -> None:
    for key, records in document.items():
        section = _TOML_SECTIONS.get(key)
        if section is None or not isinstance(records, list):
            problems.append(Problem(f"{name}/{key}", f"[[table]]s known here: {', '.join(_TOML_SECTIONS)}"))
            continue
        for nth, record in enumerate(records):
            sections[section].append(_week(record) if section == "calendars" else record)
            lines[section].append(_Lines.of(name, text, f"[[{key}]]", nth))


def _week(record: object) -> object:
    """A calendar as people write it: `weekdays`, `weekend`, or single days; a make-up day works as a Monday."""
    if not isinstance(record, dict) or "weekly" in record:
        return record
    rest = {key: value for key, value in record.items() if key not in (*_WEEK, "weekdays", "weekend")}
    groups = [record.get("weekdays", "")] * 5 + [record.get("weekend", "")] * 2
    rest["weekly"] = [record.get(day, group) for day, group in zip(_WEEK, groups, strict=True)]
    rest.setdefault("makeup", rest["weekly"][0])
    return rest


def _csv(name: str, text: str, problems: list[Problem]) -> list[tuple[int, dict[str, object]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    found: list[tuple[int, dict[str, object]]] = []
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if len(set(header)) != len(header):
            problems.append(Problem(f"{name}:1", "a column is there twice"))
        for cells in reader:
            if len(cells) > len(header):
                problems.append(Problem(f"{name}:{reader.line_num}", f"{len(cells)} cells for {len(header)} columns"))
            elif any(cell.strip() for cell in cells):
                record: dict[str, object] = dict(zip(header, cells, strict=False))
                found.append((reader.line_num, record))
    except csv.Error as error:
        problems.append(Problem(f"{name}:{reader.line_num}", str(error)))
    return found
