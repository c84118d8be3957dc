"""Figures and lists as Excel, with who exported them, when and why on every page.

In: tables of text and numbers, a watermark. Out: a workbook. Never: a formula or a link out of somebody's text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import xlsxwriter  # type: ignore[import-untyped]  # it has no type hints

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """`rows`: the first is the head. `notes`: lines below the table (formulas, what was left out)."""

    name: str
    title: str
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()


def workbook(sheets: Iterable[Sheet], watermark: str) -> bytes:
    """`watermark` stands under the title, and in the header and footer of each printed page."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"comments": watermark})
        for sheet in sheets:
            _write(book, sheet, watermark)
    return buffer.getvalue()


def _write(book: xlsxwriter.Workbook, sheet: Sheet, watermark: str) -> None:
    page = book.add_worksheet(sheet.name[:31])
    title, head = book.add_format({"bold": True, "font_size": 14}), book.add_format({"bold": True, "border": 1})
    grey, body = book.add_format({"font_color": "#888888"}), book.add_format({"border": 1})
    page.write_string(0, 0, sheet.title, title)
    page.write_string(1, 0, watermark, grey)
    widths: dict[int, int] = {}
    for index, row in enumerate(sheet.rows, start=3):
        for column, cell in enumerate(row):
            _cell(page, index, column, cell, head if index == 3 else body)
            widths[column] = min(max(widths.get(column, 8), 2 * len(str(cell or "")) + 2), 48)
    for column, width in widths.items():
        page.set_column(column, column, width)
    for index, note in enumerate(sheet.notes, start=4 + len(sheet.rows)):
        page.write_string(index, 0, note, grey)
    page.freeze_panes(4, 0)
    plain = watermark.replace("&", "&&")[:200]
    page.set_header(f"&C{plain}")
    page.set_footer(f"&C{plain}&R&P/&N")
    page.set_landscape()


def _cell(page: xlsxwriter.worksheet.Worksheet, row: int, column: int, cell: Cell, form: object) -> None:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        page.write_number(row, column, cell, form)
    else:
        page.write_string(row, column, cell or "", form)
