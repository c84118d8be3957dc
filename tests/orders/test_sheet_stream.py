"""A list of any length is an Excel file that spreadsheets read, text only, with its watermark on every page."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from contextlib import closing
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from gateway.orders.sheet_stream import Column, SheetStream
from gateway.tables.sheets import read_sheet

COLUMNS = (Column("工单号", 18), Column("标题", 40))
MARK = "李<敏>（banzhang）导出 & 勿外传"


def written(rows: Sequence[tuple[str, ...]], notes: tuple[str, ...] = ()) -> bytes:
    sheet = SheetStream("工单", "工单清单", MARK, COLUMNS)
    pieces = [sheet.begin(), *(sheet.rows([row]) for row in rows), sheet.end(notes)]
    return b"".join(pieces)


TEXT = st.text(st.sampled_from("停水ab<&>\"'=1+- \x00\x0b\ufffe😀"), max_size=8)


@given(rows=st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_every_row_is_read_back_as_the_text_it_was(rows: list[tuple[str, str]]) -> None:
    found = read_sheet(written(rows), "x.xlsx")
    assert [found[0][0], found[1][0], found[3]] == ["工单清单", MARK, ["工单号", "标题"]]
    clean = [[cell.translate(dict.fromkeys((0, 0x0B, 0xFFFE))).strip() for cell in row] for row in rows]
    kept = [row + [""] * (2 - len(row)) for row in found[4:]]
    assert kept == clean[: len(kept)] and not any(cell for row in clean[len(kept) :] for cell in row)


def test_each_part_is_well_formed_and_each_page_says_who_took_it() -> None:
    with zipfile.ZipFile(io.BytesIO(written([("1", '=HYPERLINK("http://x")')], ("只列出前 1 件",)))) as book:
        assert book.testzip() is None
        parts = {name: book.read(name) for name in book.namelist()}
    for content in parts.values():
        ElementTree.fromstring(content)
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    assert sheet.count("勿外传") == 3 and "<f>" not in sheet and "只列出前 1 件" in sheet


def test_bytes_go_out_as_rows_come_in() -> None:
    with closing(SheetStream("工单", "工单清单", MARK, COLUMNS)) as sheet:
        first = len(sheet.begin())
        sent = [len(sheet.rows([(f"{n}-{m}", f"标题{m * n}") for m in range(500)])) for n in range(40)]
        assert first > 500 and sum(map(bool, sent)) > 5
        assert len(sheet.end()) < sum(sent) / 2
