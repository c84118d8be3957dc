"""One cell, as people and Excel write it, into one text.

In: text with full-width digits, ideographic spaces, line breaks and a BOM; floats for numbers; dates; None. Out: text.
Never: raises, or changes the punctuation of a name.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta

from .model import Cell

EXCEL_EPOCH = date(1899, 12, 30)
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_BREAK = re.compile(r"\s*[\r\n]+\s*")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")
_SEPARATORS = re.compile(r"[,，、;；\s]+")


def label(cell: Cell) -> str:
    """Text for people: trimmed, on one line; its punctuation stays."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if (cell.hour, cell.minute) == (0, 0) else cell.isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = _INVISIBLE.sub("", str(cell)).replace("\u3000", " ").replace("\xa0", " ").replace("\t", " ").strip()
    return _BREAK.sub(_joined, text)


def _joined(match: re.Match[str]) -> str:
    """A line broken between two Chinese characters is one word."""
    around = match.string[match.start() - 1 : match.start()] + match.string[match.end() : match.end() + 1]
    return "" if all(ord(char) >= 0x2E80 for char in around) else " "


def word(cell: Cell) -> str:
    """Text for the machine: full-width characters as ASCII too."""
    return unicodedata.normalize("NFKC", label(cell)).strip()


def words(cell: Cell) -> str:
    """A list, whatever stands between its words."""
    return " ".join(part for part in _SEPARATORS.split(word(cell)) if part)


def day(cell: Cell) -> str:
    """ISO for every usual way to write a day, Excel's day numbers too; anything else as it is."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and 10_000 <= cell <= 100_000:
        return (EXCEL_EPOCH + timedelta(days=int(cell))).isoformat()
    text = word(cell)
    match = _DATE.fullmatch(text)
    return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}" if match else text


def percent(cell: Cell) -> str:
    """'30%', 30 and the 0.3 that Excel keeps for 30 %."""
    if isinstance(cell, float) and 0 < cell < 1:
        return str(round(cell * 100))
    return word(cell).removesuffix("%").strip()
