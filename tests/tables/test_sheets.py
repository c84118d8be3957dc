"""Sheets as offices make them, and as attackers do."""

from __future__ import annotations

import asyncio
import io
import time
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from gateway.tables import apart
from gateway.tables.apart import read_apart
from gateway.tables.sheets import MAX_ROWS, SheetError, as_text, read_sheet, write_csv, write_xlsx

PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=12)
ROWS = st.lists(st.lists(PLAIN, min_size=1, max_size=5).filter(lambda row: bool(row[-1])), min_size=1, max_size=6)


def book(fill: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **options}) as workbook:
        fill(workbook)
    return buffer.getvalue()


def test_an_annex_as_an_office_makes_it_becomes_plain_rows() -> None:
    def fill(workbook: Any) -> None:
        page = workbook.add_worksheet("附件")
        page.merge_range(0, 0, 0, 4, "政务服务便民热线归并清单")
        page.write_row(1, 0, ["序号", "热线名称", "号码", "责任单位", "备注"])
        page.merge_range(2, 0, 2, 4, "整体并入")
        page.write_row(3, 0, [1, "科技热线", 12396, "市科技局"])
        page.write_row(4, 0, [2, " 民政热线\ufeff", "１２３４９", "市民政局"])
        page.merge_range(3, 4, 4, 4, "取消号码")

    rows = read_sheet(book(fill), "附件.xlsx")
    assert rows[0] == ["政务服务便民热线归并清单"] and rows[2] == ["整体并入"]
    assert rows[3] == ["1", "科技热线", "12396", "市科技局", "取消号码"]
    assert rows[4] == ["2", "民政热线", "１２３４９", "市民政局", "取消号码"]


def test_formulas_give_their_values_and_hidden_sheets_are_not_read() -> None:
    def fill(workbook: Any) -> None:
        first = workbook.add_worksheet("隐藏")
        first.write(0, 0, "hidden")
        second = workbook.add_worksheet("空")
        third = workbook.add_worksheet("内容")
        third.write_formula(0, 0, "=6000*2+333", value=12333)
        third.write_formula(0, 1, '=HYPERLINK("http://evil","x")', value="x")
        third.write_datetime(0, 2, date(2026, 5, 1), workbook.add_format({"num_format": "yyyy-mm-dd"}))
        second.activate()
        first.hide()

    assert read_sheet(book(fill), "x.xlsx") == [["12333", "x", "2026-05-01"]]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("号码,名称\n12333,人社热线\n".encode("gbk"), "a.csv"),
        ("号码,名称\n12333,人社热线\n".encode("utf-8-sig"), "a.csv"),
        ("号码,名称\n12333,人社热线\n".encode(), "a.CSV"),
        ("号码\t名称\r\n12333\t人社热线\r\n".encode("utf-16"), "a.txt"),
        ("号码;名称\n12333;人社热线\n".encode("gb18030"), "a.csv"),
        ('"号码" , "名称"\n 12333 ,人社热线'.replace('" , "', '","').encode(), "a.csv"),
    ],
)
def test_csv_in_every_encoding_and_separator(data: bytes, name: str) -> None:
    assert read_sheet(data, name) == [["号码", "名称"], ["12333", "人社热线"]]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12333.0, "12333"),
        (0.5, "0.5"),
        (True, "是"),
        (date(2026, 5, 1), "2026-05-01"),
        (datetime.fromisoformat("2026-05-01T08:30"), "2026-05-01T08:30:00"),
        (datetime.fromisoformat("2026-05-01T00:00"), "2026-05-01"),
        (" \ufeff12345　", "12345"),
        (1e20, "1e+20"),
        (float("nan"), "nan"),
    ],
)
def test_cells_read_as_a_person_sees_them(cell: object, text: str) -> None:
    assert as_text(cell) == text


@given(ROWS)
def test_what_is_written_reads_back_from_both_kinds(rows: list[list[str]]) -> None:
    assert read_sheet(write_xlsx(rows), "a.xlsx") == rows
    assert read_sheet(write_csv(rows), "a.csv") == rows or len(rows[0]) == 1  # one column has no separator to guess


@given(st.sampled_from("=+-@\t\r"), PLAIN)
def test_no_exported_cell_is_a_formula(first: str, rest: str) -> None:
    text = write_csv([["x", first + rest]]).decode("utf-8-sig")
    assert not text.split(",", 1)[1].lstrip('"').startswith(("=", "+", "-", "@", "\t", "\r"))
    with zipfile.ZipFile(io.BytesIO(write_xlsx([["x"], [first + rest]]))) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_a_quote_mark_somebody_wrote_stays() -> None:
    rows = [["a", "'=1", "''+x", "'plain", "-", "=cmd|' /C calc'!A0"]]
    assert read_sheet(write_csv(rows), "a.csv") == rows


@pytest.mark.parametrize(
    ("data", "name", "why"),
    [
        (b"", "a.csv", "没有内容"),
        (b"   \n ,, \n", "a.csv", "没有内容"),
        (b"PK\x03\x04 not a zip", "a.xlsx", "工作簿"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls", "工作簿"),
        (b"\x00\x01\x02\x03", "a.csv", "文本"),
        (b"\xff\xff\xff\x80", "a.csv", "编码"),
        (b'a,"b\n', "a.csv", "CSV"),
        (b"MZ\x90", "a.exe", "文件类型"),
        (b"%PDF-1.7", "a.pdf", "文件类型"),
        (b"a\n" * (MAX_ROWS + 1), "a.csv", "行"),
        (b"," * 300 + b"x", "a.csv", "列"),
        (b"x" * 5000, "a.csv", "过长"),
    ],
)
async def test_what_is_no_sheet_is_refused_in_words(data: bytes, name: str, why: str) -> None:
    with pytest.raises(SheetError, match=why):
        read_sheet(data, name)
    with pytest.raises(SheetError, match=why):
        await read_apart(data, name)


def test_an_open_document_sheet_is_read() -> None:
    cells = "".join(
        f'<table:table-cell office:value-type="{kind}"{more}><text:p>{text}</text:p></table:table-cell>'
        for kind, more, text in (("string", "", "人社热线"), ("float", ' office:value="12333"', "12333"))
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="表"><table:table-row>{cells}</table:table-row></table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    assert read_sheet(buffer.getvalue(), "a.ods") == [["人社热线", "12333"]]


async def test_a_sheet_read_apart_is_the_same() -> None:
    rows = [["号码", "名称"], ["12333", "人社热线"]]
    assert await read_apart(write_xlsx(rows), "附件.xlsx") == rows
    assert await read_apart(write_csv(rows), "附件.csv") == rows


def _bomb(lie: bool) -> bytes:
    """A workbook whose sheet unpacks to 600 MB; with `lie`, its directory says 1 kB."""
    source = write_xlsx([["x"]])
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.endswith("sheet1.xml"):
                with new.open(item.filename, "w", force_zip64=True) as part:
                    part.write(data.replace(b"</sheetData></worksheet>", b""))
                    for _ in range(600):
                        part.write(b"<!--" + b" " * 1024 * 1024 + b"-->")
                    part.write(b"</sheetData></worksheet>")
            else:
                new.writestr(item.filename, data)
        if lie:
            for item in new.infolist():
                if item.filename.endswith("sheet1.xml"):
                    item.file_size = 1000
    return target.getvalue()


@pytest.mark.parametrize("lie", [False, True])
async def test_a_bomb_takes_neither_memory_nor_time(lie: bool) -> None:
    data = await asyncio.to_thread(_bomb, lie)
    assert len(data) < apart.MAX_BYTES
    began = time.monotonic()
    try:
        rows = await read_apart(data, "bomb.xlsx")
    except SheetError:
        rows = []
    assert rows in ([], [["x"]])
    assert time.monotonic() - began < apart.LIMIT_S


async def test_a_cell_at_the_end_of_the_sheet_does_not_fill_the_memory() -> None:
    def fill(workbook: Any) -> None:
        page = workbook.add_worksheet()
        page.write(0, 0, "x")
        page.write(1_048_575, 16_383, "far away")

    with pytest.raises(SheetError):
        await read_apart(book(fill), "far.xlsx")


async def test_files_beyond_the_limits_are_not_even_opened() -> None:
    with pytest.raises(SheetError, match="MB"):
        await read_apart(b"x" * (apart.MAX_BYTES + 1), "a.csv")
