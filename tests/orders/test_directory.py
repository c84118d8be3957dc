"""The directory as a whole and as a sheet: every problem with its row and remedy; what goes out comes in unchanged."""

from __future__ import annotations

import time
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.orders.directory import (
    DirectoryError,
    Subject,
    Unit,
    UnitBook,
    catalogue_problems,
    put_units,
    unit_problems,
)
from gateway.orders.directory_sheets import Sheet, read, rows_of
from gateway.tables.sheets import read_sheet, write_xlsx
from tests.orders.scene import MONDAY, Scene
from workorder.suggest import Entry

WATER = Unit("water", "市水务局", body="水务", area="全市", phone="0872-1")


def test_every_problem_names_its_row_and_what_to_do() -> None:
    units = [
        WATER,
        Unit("water", "重复"),
        Unit("pipes", "管网所", parent="nobody"),
        Unit("self", "自身", parent="self"),
    ]
    found = unit_problems(units, UnitBook(1, {"gone": Unit("gone", "撤销局")}))
    assert [(one.row, one.field) for one in found] == [
        *((1, "编号"), (2, "编号"), (3, "上级"), (4, "上级"), (5, "编号"))
    ]
    assert all(one.remedy for one in found)
    assert "第 3 行（pipes）：上级单位 nobody 不存在，请先添加上级单位" in str(found[2])


def test_the_catalogue_knows_subjects_and_those_above_them() -> None:
    subjects = [Subject("水务/供水/停水"), Subject("水务/供水/停水")]
    lines = [Entry("水务", "water"), Entry("水务/供水", "water"), Entry("交通", "water"), Entry("水务", "nobody")]
    found = catalogue_problems(subjects, lines, UnitBook(1, {"water": WATER}))
    assert [(one.row, one.field) for one in found] == [
        *((1, "类目"), (2, "类目"), (3, "派单目录的类目"), (4, "派单目录的单位"))
    ]


def test_five_thousand_units_are_judged_in_no_time() -> None:
    units = [Unit(f"u{n}", f"单位{n}", parent=f"u{n - 1}" if n else "") for n in range(5000)]
    start = time.process_time()
    assert unit_problems(units, UnitBook(1, {unit.id: unit for unit in units})) == []
    assert time.process_time() - start < 0.5


async def test_a_document_with_problems_is_not_kept(scene: Scene) -> None:
    async with scene.store.session() as session:
        with pytest.raises(DirectoryError) as caught:
            await put_units(session, [WATER, WATER], number=0, why="x", by="admin", at=MONDAY)
    assert len(caught.value.problems) == 2


NAMES = st.text(st.sampled_from("市水务局abc1 -"), min_size=1, max_size=12).map(str.strip).filter(bool)
UNITS = st.builds(
    Unit,
    id=st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True),
    name=NAMES,
    parent=st.sampled_from(["", "water"]),
    body=st.sampled_from(["", "水务", "roads"]),
    area=st.sampled_from(["", "东区"]),
    phone=st.sampled_from(["", "0872-12345"]),
    active=st.booleans(),
)


@given(units=st.lists(UNITS, min_size=1, max_size=6))
def test_what_goes_out_comes_in_unchanged(units: list[Unit]) -> None:
    entries, problems = read(Sheet.UNITS, rows_of(Sheet.UNITS, map(asdict, units)))
    assert problems == [] and [Unit(**entry) for entry in entries] == units


def test_it_does_so_through_a_real_workbook_too() -> None:
    subjects = [Subject("水务/供水", public=True, hotline="12345"), Subject("市政")]
    data = write_xlsx(rows_of(Sheet.SUBJECTS, map(asdict, subjects)))
    entries, problems = read(Sheet.SUBJECTS, read_sheet(data, "x.xlsx"))
    assert problems == [] and [Subject(**entry) for entry in entries] == subjects


def test_a_sheet_is_told_row_by_row_what_is_wrong_with_it() -> None:
    rows = [["单位目录"][:0], ["编号", "名称", "启用"], ["水务", "市水务局", "是"], [], ["roads", "", "也许"]]
    entries, found = read(Sheet.UNITS, rows)
    assert [(one.row, one.field) for one in found] == [(3, "编号"), (5, "名称"), (5, "启用")]
    assert "字母、数字" in found[0].remedy and len(entries) == 2
    assert read(Sheet.UNITS, [["编号", "电话"], ["a", "1"]])[1][0].what == "缺少名称"
    assert read(Sheet.UNITS, [])[1][0].what == "表格是空的"
    assert read(Sheet.UNITS, [["编号", "名称"], ["a", "b"]])[0][0]["active"] is True
