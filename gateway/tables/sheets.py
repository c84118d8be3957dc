"""Sheets as people make them into rows of text, and rows into sheets.

In: the bytes of a CSV file (UTF-8 with or without BOM, UTF-16 with BOM, GBK), an Excel or an OpenDocument workbook.
Out: rows of stripped text, one for each line of the sheet, values never formulas; bytes of CSV and XLSX.
Never: trusts a size that a file claims. Whoever reads a stranger's file calls `apart.read_apart`: this module alone
does not bound memory and time.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from pathlib import PurePath

import xlsxwriter  # type: ignore[import-untyped]  # it has no type hints
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from gateway.errors import CallerFaultError

MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELL = 4_000  # characters; the longest field of the table has 200
MAX_TEXT = 8_000_000  # characters of all cells

Row = list[str]
Cell = str | int | float | bool | date | datetime | time | object

_WORKBOOKS = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}
DELIMITER_LOOK = 100_000  # characters
_DELIMITERS = (",", "\t", ";", "，")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for a formula (OWASP: CSV injection)


class SheetError(CallerFaultError):
    """The file cannot be read as a sheet; the message says why, in Chinese."""


def read_sheet(data: bytes, name: str) -> list[Row]:
    """The rows of the first visible sheet that holds anything, or of a CSV file. Raises SheetError.

    A cell merged over several rows has its value in each of them; merged over columns, in the first only. A number is
    written without its ".0". Row 1 of the sheet is index 0: empty lines stay, so that places can be named.
    """
    kind = PurePath(name).suffix.lower()
    if kind in _WORKBOOKS or data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        return _checked(_workbook(data))
    if kind not in {".csv", ".txt", ".tsv", ""}:
        raise SheetError(f"不支持的文件类型 {kind[:20]}", place="file", remedy="请使用 xlsx、xls、ods 或 csv")
    return _checked(_read_csv(data))


def _checked(rows: Iterable[Sequence[str]]) -> list[Row]:
    found: list[Row] = []
    length = 0
    for row in rows:
        cells = list(row)
        while cells and not cells[-1]:
            cells.pop()
        length += sum(map(len, cells))
        if len(found) >= MAX_ROWS:
            raise SheetError(f"超过 {MAX_ROWS} 行", place="file", remedy="请拆分后导入")
        if len(cells) > MAX_COLUMNS:
            raise SheetError(f"第 {len(found) + 1} 行超过 {MAX_COLUMNS} 列", place="file")
        if length > MAX_TEXT or any(len(cell) > MAX_CELL for cell in cells):
            raise SheetError(f"第 {len(found) + 1} 行的内容过长", place="file")
        found.append(cells)
    while found and not found[-1]:
        found.pop()
    if not found:
        raise SheetError("文件中没有内容", place="file")
    return found


# -- workbooks -----------------------------------------------------------------------------------------------------


def _workbook(data: bytes) -> list[Row]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for sheet in _visible(book):
            rows = _rows(sheet)
            if any(any(row) for row in rows):
                return rows
    except (CalamineError, ValueError, OSError) as error:
        raise SheetError(
            f"无法读取此工作簿：{str(error)[:200]}", place="file", remedy="请另存为 xlsx 后重试"
        ) from error
    raise SheetError("工作簿中没有内容", place="file")


def _visible(book: CalamineWorkbook) -> Iterable[CalamineSheet]:
    for index, sheet in enumerate(book.sheets_metadata):
        if sheet.visible == SheetVisibleEnum.Visible:
            yield book.get_sheet_by_index(index)


def _rows(sheet: CalamineSheet) -> list[Row]:
    if sheet.total_height > MAX_ROWS:
        raise SheetError(f"超过 {MAX_ROWS} 行", place="file", remedy="请拆分后导入")
    if sheet.total_width > MAX_COLUMNS:
        raise SheetError(f"超过 {MAX_COLUMNS} 列", place="file")
    rows = [[as_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, _right) in sheet.merged_cell_ranges or ():
        if top < len(rows) and left < len(rows[top]):
            for index in range(top + 1, min(bottom + 1, len(rows))):
                if left < len(rows[index]):
                    rows[index][left] = rows[top][left]
    return rows


def as_text(cell: Cell) -> str:
    """A cell as a person sees it: no ".0", dates as ISO, stray spaces and BOMs gone."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second, cell.microsecond) == (0, 0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell).replace("\ufeff", "").strip()


def write_xlsx(rows: Iterable[Sequence[str]], sheet: str = "路由表") -> bytes:
    """Every cell as text: a telephone number keeps its zeros, and nothing is ever a formula or a link."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        page, text = book.add_worksheet(sheet), book.add_format({"num_format": "@"})
        head = book.add_format({"num_format": "@", "bold": True})
        widths: dict[int, int] = {}
        for index, row in enumerate(rows):
            for column, cell in enumerate(row):
                page.write_string(index, column, cell, text if index else head)
                widths[column] = min(max(widths.get(column, 8), 2 * len(cell) + 2), 40)
        for column, width in widths.items():
            page.set_column(column, column, width, text)
        page.freeze_panes(1, 0)
    return buffer.getvalue()


# -- CSV -----------------------------------------------------------------------------------------------------------


def _read_csv(data: bytes) -> list[Row]:
    text = _decoded(data)
    if "\x00" in text:
        raise SheetError("不是文本文件", place="file", remedy="请使用 xlsx、xls、ods 或 csv")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows: list[Row] = []
    try:
        for row in reader:
            if len(rows) > MAX_ROWS:
                break
            rows.append([_unguarded(cell.replace("\ufeff", "").strip()) for cell in row])
    except csv.Error as error:
        raise SheetError(f"第 {reader.line_num} 行不是有效的 CSV：{error}", place="file") from error
    return rows


def _decoded(data: bytes) -> str:
    unicode_text = data[:2] in (b"\xff\xfe", b"\xfe\xff")  # as Excel calls it; GB 18030 holds GBK and GB 2312
    for encoding in ("utf-16",) if unicode_text else ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetError("无法识别文件的编码", place="file", remedy="请另存为 UTF-8 或 GBK 编码的 CSV，或使用 xlsx")


def _delimiter(text: str) -> str:
    """The one that the first line with any holds most of, outside quotes."""
    for line in _QUOTED.sub("", text[:DELIMITER_LOOK]).splitlines()[:20]:
        counts = {mark: line.count(mark) for mark in _DELIMITERS}
        best = max(counts, key=lambda mark: counts[mark])
        if counts[best]:
            return best
    return ","


def write_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with BOM (Excel takes it for GBK otherwise). A cell that looks like a formula gets a leading apostrophe,
    which `read_sheet` takes away again. All is quoted where a cell could be taken for several."""
    cells = [[_guarded(cell) for cell in row] for row in rows]
    dubious = any(mark in cell for row in cells for cell in row for mark in (*_DELIMITERS[1:], '"'))
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL if dubious else csv.QUOTE_MINIMAL).writerows(cells)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode()


def _guarded(cell: str) -> str:
    return "'" + cell if cell.lstrip("'").startswith(_FORMULA) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA) else cell
