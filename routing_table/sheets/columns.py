"""Which layout a sheet has, and which column is which field.

In: rows of cells. Out: the header's row and its fields. Never: looks at data rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from routing_table.entities import Entity
from routing_table.flat import field_names
from routing_table.vocabulary import FIELDS

from .cells import word
from .model import Layout, Sheet

ROW_FIELDS = field_names(Entity.ROW)
HEADER_WITHIN = 20  # rows of titles above it
_OTHER_NAMES = {
    "热线号码": "number",
    "号码": "number",
    "名称": "name",
    "单位": "unit",
    "承办单位": "unit",
    "责任部门": "unit",
    "归并模式": "merge_mode",
    "说明": "note",
}
_ANNEX = frozenset({"name", "number", "unit"})


@dataclass(frozen=True, slots=True)
class Columns:
    """`header`: its index. `fields`: (column, field, the header's own text)."""

    layout: Layout
    header: int
    fields: tuple[tuple[int, str, str], ...]

    def said(self, field: str) -> str:
        return next((said for _, name, said in self.fields if name == field), FIELDS.get(field, field))


def find_columns(sheet: Sheet) -> Columns | None:
    """The first row that is a header of one of the layouts; None when there is none."""
    for index, row in enumerate(sheet[:HEADER_WITHIN]):
        names = [word(cell).replace(" ", "") for cell in row]
        fields = tuple((column, field_of(name), name) for column, name in enumerate(names) if field_of(name))
        found = {field for _, field, _ in fields}
        if len(found) < len(fields):
            continue  # a column twice
        if {"number", "name", "merge_mode"} <= found or {"number", "valid_from"} <= found:
            return Columns(Layout.OWN, index, fields)
        if found >= _ANNEX:
            return Columns(Layout.ANNEX, index, fields)
    return None


def field_of(name: str) -> str:
    """A row's field for a column's Chinese or English name; "" for a column that is not ours (序号)."""
    if name in ROW_FIELDS:
        return name
    said = {FIELDS[field]: field for field in ROW_FIELDS} | _OTHER_NAMES
    return said.get(name, "")
