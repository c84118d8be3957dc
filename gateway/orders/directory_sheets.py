"""Directory and catalogue as sheets: what goes out comes in again unchanged.

In: rows of a sheet as `gateway.tables.sheets` reads them, or the documents. Out: entries, every problem with its row,
or rows. Never: saves; takes a sheet in part; deletes because a row is missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .directory import Problem

YES, NO = frozenset({"是", "启用", "y", "yes", "true", "1"}), frozenset({"否", "停用", "n", "no", "false", "0"})


class Sheet(StrEnum):
    UNITS = "units"
    SUBJECTS = "subjects"
    ENTRIES = "entries"


@dataclass(frozen=True, slots=True)
class Column:
    """`form`: what a value must look like; `told`: that, in words. `flag`: yes or no; `other`: what empty means."""

    field: str
    title: str
    form: str
    told: str
    needed: bool = False
    flag: bool = False
    other: bool = False


_PATH = r"[^/]+(/[^/]+)*"
COLUMNS: dict[Sheet, tuple[Column, ...]] = {
    Sheet.UNITS: (
        Column("id", "编号", r"[A-Za-z0-9_-]{1,40}", "填写 1 至 40 位字母、数字、“-”或“_”", needed=True),
        Column("name", "名称", r".{1,80}", "填写单位名称，不超过 80 字", needed=True),
        Column("parent", "上级编号", r"[A-Za-z0-9_-]{0,40}", "填写上级单位的编号，没有则留空"),
        Column("body", "归属机构", r".{0,40}", "同一机构的单位填写相同内容，不超过 40 字"),
        Column("area", "区域", r".{0,60}", "不超过 60 字"),
        Column("phone", "电话", r".{0,40}", "不超过 40 字"),
        Column("active", "启用", "", "填写“是”或“否”", flag=True, other=True),
    ),
    Sheet.SUBJECTS: (
        Column("path", "类目", rf"(?=.{{1,120}}$){_PATH}", "用“/”分级，各级都不为空，不超过 120 字", needed=True),
        Column("public", "可公开", "", "填写“是”或“否”", flag=True),
        Column("hotline", "专属热线", r"[0-9]{0,20}", "只填数字，没有则留空"),
    ),
    Sheet.ENTRIES: (
        Column("subject", "类目", rf"(?=.{{1,120}}$){_PATH}", "填写类目目录中的类目", needed=True),
        Column("unit", "承办单位编号", r"[A-Za-z0-9_-]{1,40}", "填写单位目录中的编号", needed=True),
        Column("area", "区域", r".{0,60}", "不超过 60 字，全市则留空"),
    ),
}


def rows_of(sheet: Sheet, entries: Iterable[dict[str, Any]]) -> list[list[str]]:
    """With a head, for `gateway.tables.sheets.write_xlsx`."""
    columns = COLUMNS[sheet]
    body = [[_written(column, entry.get(column.field)) for column in columns] for entry in entries]
    return [[column.title for column in columns], *body]


def _written(column: Column, value: object) -> str:
    if column.flag:
        return "是" if value else "否"
    return str(value or "")


def read(sheet: Sheet, rows: Sequence[Sequence[str]]) -> tuple[list[dict[str, Any]], list[Problem]]:
    """Entries and problems. Rows are counted as the spreadsheet shows them; the first that is not empty is the head."""
    head = next((n for n, row in enumerate(rows) if any(row)), None)
    if head is None:
        return [], [Problem(1, "", "", "表格是空的", "请先导出现有目录，在其上修改")]
    titles = [cell.strip() for cell in rows[head]]
    missing = [column.title for column in COLUMNS[sheet] if column.needed and column.title not in titles]
    if missing:
        remedy = f"表头须为：{'、'.join(column.title for column in COLUMNS[sheet])}；可先导出现有目录"
        return [], [Problem(head + 1, "", "表头", f"缺少{'、'.join(missing)}", remedy)]
    places = {column.field: titles.index(column.title) for column in COLUMNS[sheet] if column.title in titles}
    entries, problems = [], []
    for number, row in enumerate(rows[head + 1 :], start=head + 2):
        if any(cell.strip() for cell in row):
            entry, wrong = _entry(sheet, number, lambda field, row=row: _cell(row, places.get(field)))  # type: ignore[misc]
            entries.append(entry)
            problems += wrong
    return entries, problems


def _cell(row: Sequence[str], place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""


def _entry(sheet: Sheet, number: int, cell: Callable[[str], str]) -> tuple[dict[str, Any], list[Problem]]:
    entry: dict[str, Any] = {}
    problems = []
    key = cell(COLUMNS[sheet][0].field)
    for column in COLUMNS[sheet]:
        said = cell(column.field)
        if column.flag:
            word = said.casefold()
            entry[column.field] = word in YES if word else column.other
            fits = not word or word in YES | NO
        else:
            entry[column.field] = said
            fits = re.fullmatch(column.form, said) is not None
        if not fits:
            what = f"“{said[:20]}”不符合要求" if said else "没有填写"
            problems.append(Problem(number, key, column.title, what, column.told))
    return entry, problems
