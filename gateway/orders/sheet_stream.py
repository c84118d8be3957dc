"""A long list as Excel, written while it is read: bytes go out as rows come in, so that neither time nor memory grows
with the list.

In: title, watermark, columns, rows of text. Out: the bytes of a workbook with one sheet (ECMA-376, strict text: no
formula, no link), in pieces. Never: keeps a row; a character that XML has not.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

ROWS_MAX = 1_000_000  # Excel's own limit is 1,048,576
CELL_MAX = 32_767
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PLAIN, TITLE, GREY, BOLD = range(4)  # places in the styles


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    width: int  # characters


class _Pipe(io.RawIOBase):
    """What the archive writes, until it is taken. It cannot go back, so the archive tells sizes after the data."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]  # any buffer
        self._held += piece
        return len(piece)

    def take(self) -> bytes:
        found = bytes(self._held)
        self._held.clear()
        return found


class SheetStream:
    """`begin`, `rows` as often as wanted, `end`: each gives the bytes that are due. Belongs in `closing`."""

    def __init__(self, name: str, title: str, watermark: str, columns: Sequence[Column]) -> None:
        self._columns, self._title, self._watermark = tuple(columns), title, watermark
        self._pipe = _Pipe()
        self._archive = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=4)
        self._number = 0
        for path, text in _parts(name, watermark).items():
            self._archive.writestr(path, _HEAD + text)
        self._sheet = self._archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True)

    def begin(self) -> bytes:
        widths = "".join(
            f'<col min="{n}" max="{n}" width="{column.width}" customWidth="1"/>'
            for n, column in enumerate(self._columns, start=1)
        )
        self._say(
            f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
            f'<pane ySplit="4" topLeftCell="A5" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f"<cols>{widths}</cols><sheetData>"
        )
        self._row([self._title], TITLE)
        self._row([self._watermark], GREY)
        self._row([], PLAIN)
        self._row([column.title for column in self._columns], BOLD)
        return self._pipe.take()

    def rows(self, rows: Iterable[Sequence[str]]) -> bytes:
        for row in rows:
            self._row(row, PLAIN)
        return self._pipe.take()

    def end(self, notes: Iterable[str] = ()) -> bytes:
        for note in notes:
            self._row([note], GREY)
        mark = escape(self._watermark.replace("&", "&&")[:200])
        self._say(
            '</sheetData><pageSetup orientation="landscape"/>'
            f"<headerFooter><oddHeader>&amp;C{mark}</oddHeader><oddFooter>&amp;C{mark}&amp;R&amp;P/&amp;N</oddFooter>"
            "</headerFooter></worksheet>"
        )
        self.close()
        return self._pipe.take()

    def close(self) -> None:
        """What has not ended is no file; closing again does nothing."""
        self._sheet.close()
        self._archive.close()

    def _row(self, cells: Sequence[str], style: int) -> None:
        self._number += 1
        told = "".join(_cell(f"{_letters(n)}{self._number}", cell, style) for n, cell in enumerate(cells) if cell)
        self._say(f'<row r="{self._number}">{told}</row>')

    def _say(self, text: str) -> None:
        self._sheet.write(text.encode())


def _cell(place: str, text: str, style: int) -> str:
    clean = escape(_NOT_XML.sub("", text)[:CELL_MAX])
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{clean}</t></is></c>'


def _letters(column: int) -> str:
    """0 is A, 26 is AA."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(ord("A") + rest) + found
    return found


def _parts(name: str, watermark: str) -> dict[str, str]:
    fonts = '<font/><font><b/><sz val="14"/></font><font><color rgb="FF888888"/></font><font><b/></font>'
    styles = "".join(f'<xf fontId="{n}" fillId="0" borderId="0" xfId="0" applyFont="1"/>' for n in range(4))
    core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    return {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
            '<Override PartName="/docProps/core.xml" '
            'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{_RELATIONS}">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
            f'<Relationship Id="rId2" Type="{_RELATIONS}/metadata/core-properties" Target="docProps/core.xml"/>'
            "</Relationships>"
        ),
        "docProps/core.xml": (
            f'<cp:coreProperties xmlns:cp="{core}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:description>{escape(_NOT_XML.sub('', watermark))}</dc:description></cp:coreProperties>"
        ),
        "xl/workbook.xml": (
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
            f'<sheet name="{escape(name[:31])}" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_RELATIONS}">'
            f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
        ),
        "xl/styles.xml": (
            f'<styleSheet xmlns="{_MAIN}"><fonts count="4">{fonts}</fonts>'
            '<fills count="2"><fill><patternFill patternType="none"/></fill>'
            '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
            '<cellStyleXfs count="1"><xf fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            f'<cellXfs count="4">{styles}</cellXfs></styleSheet>'
        ),
    }
