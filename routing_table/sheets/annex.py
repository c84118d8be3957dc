"""The annex as cities publish it: 序号, 热线名称, 号码, 责任单位, 备注 under the sections 整体并入 and 双号并行.

In: the rows under its header. Out: for each numbered line the fields that section and remark mean. Never: guesses:
a line whose section or remark does not say what becomes of the seats is refused.

A remark stands in the first of the rows that it is merged over, the rows below have nothing there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .cells import label, word
from .columns import Columns, field_of
from .model import Cell, Sheet

_SECTION = re.compile(r"^[(]?[一二三四五六七八九十\d]*[)]?[、.]?(整体并入|双号并行|设分中心)[^,。]{0,12}$")
_MODES = {"整体并入": "absorbed", "双号并行": "parallel", "设分中心": "subcentre"}
_SEATS_STAY = re.compile(r"保留(?:原有?)?(?:话务)?[座坐]席")
_SEATS_GO = re.compile(r"[座坐]席.{0,8}(?:并入|归并)|取消.{0,12}[座坐]席")
_EXPERTS = re.compile(r"[^。;]*专家")
_CODE = re.compile(r"\d{5}")
NO_SECTION = "no section such as 一、整体并入 above it"
NO_SEATS = "the remark does not say whether the seats stay or are merged"


@dataclass(slots=True)
class Line:
    """One hotline of the annex. `row`: index in the sheet. `wrong`: field and reason, when it cannot be used."""

    row: int
    number: str
    fields: dict[str, object] = field(default_factory=dict)
    wrong: tuple[str, str] | None = None


def read_annex(sheet: Sheet, columns: Columns) -> Iterator[Line]:
    """Every line with a number or a name, in order."""
    mode = unit = remark = ""
    for index, cells in enumerate(sheet):  # from the top: the first section stands above the header
        section = section_of(cells)
        if section:
            mode, unit, remark = section, "", ""
            continue
        at = {name: cells[column] if column < len(cells) else None for column, name, _ in columns.fields}
        if _is_header(cells) or not (label(at["name"]) and (label(at["number"]) or label(at["unit"]))):
            continue  # the header again, a title, "共28条", a page's foot
        unit = label(at["unit"]) or unit
        remark = label(at.get("note")) or remark
        line = Line(index, word(at["number"]), {"name": label(at["name"]), "unit": unit})
        _switch(line, mode, unicodedata.normalize("NFKC", remark))
        yield line


def section_of(cells: Sequence[Cell]) -> str:
    """The merge mode that a section row names, else ""."""
    texts = [word(cell).replace(" ", "") for cell in cells if word(cell)]
    match = _SECTION.match(texts[0]) if texts and len(set(texts)) == 1 else None
    return _MODES[match[1]] if match else ""


def _is_header(cells: Sequence[Cell]) -> bool:
    return {"number", "name"} <= {field_of(word(cell).replace(" ", "")) for cell in cells}


def _switch(line: Line, mode: str, remark: str) -> None:
    """The four switches from the section and the remark."""
    if not mode:
        line.wrong = ("merge_mode", NO_SECTION)
        return
    stay = mode == "subcentre" or (mode == "parallel" and bool(_SEATS_STAY.search(remark)))
    if mode == "parallel" and not stay and not _SEATS_GO.search(remark):
        line.wrong = ("note", NO_SEATS)
        return
    line.fields |= {
        "merge_mode": mode,
        "number_kept": mode != "absorbed",
        "seats": "kept_by_unit" if stay else "merged",
        "transfer_mechanism": stay,
        "expert_seat_allowed": mode == "parallel" and stay and _may_have_experts(line.number, remark),
    }


def _may_have_experts(number: str, remark: str) -> bool:
    """The sentence about experts names numbers ('12348、12333、12329、12320热线……设专家'), or means all."""
    sentences = _EXPERTS.findall(remark)
    named = [code for sentence in sentences for code in _CODE.findall(sentence) if code != "12345"]
    return bool(sentences) and (not named or number in named)
