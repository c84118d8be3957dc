"""Sheets as admins write them: our own export, and the annex as cities publish it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing_table import Table, TableError, from_json, to_json, versioned
from routing_table.edits import apply_edits
from routing_table.sheets import Cell, ImportResult, Layout, export_rows, import_rows
from tests.routing_table.city import DEMO, changed
from tests.routing_table.random_tables import tables

DAY = date(2026, 11, 20)
HEADER: list[Cell] = ["序号", "热线名称", "号码", "责任单位", "备注"]
ABSORBED = "取消号码，话务座席统一归并到12345热线，取消在有关部门设置的话务座席"
KEPT = (
    "有关部门根据具体情况可暂时保留话务座席与12345热线建立电话转接机制。其中，12348、12333、12329、12320热线在市有关部门"
    "取消话务座席或未提供接听服务的可在12345 热线设专家"  # the seed's page is cut here
)
MERGED = "保留号码话务座席并入12345热线统一管理，取消设置的话务座席"
EMPTY = replace(DEMO, rows=DEMO.rows[:1], unit_lines=())


def annex() -> list[list[Cell]]:
    """The annex of source 004, as a sheet: merged remarks stand in the first row, numbers are floats."""
    sheet: list[list[Cell]] = [["附件"], ["市12345热线归并清单"], ["（共28条）"], ["一、整体并入"], list(HEADER)]
    rows = [row for row in DEMO.rows if row.hotline.merge_mode.value == "absorbed"]
    for n, row in enumerate(rows):
        sheet.append([n + 1.0, row.hotline.name, float(row.number), row.hotline.unit, None if n else ABSORBED])
    sheet += [["二、双号并行", None, None, None, None], list(HEADER)]
    rows = [row for row in DEMO.rows if row.hotline.merge_mode.value == "parallel" and row.number != "12356"]
    for n, row in enumerate(rows):
        name = f"  {row.hotline.name[:4]}\n{row.hotline.name[4:]}\u3000"
        number = row.number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
        sheet.append([n + 1, name, f" {number} ", row.hotline.unit, {0: KEPT, 5: MERGED}.get(n)])
    return [*sheet, ["下载Word 下载PDF"]]


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return len(result.added), len(result.changed), len(result.unchanged), len(result.refused)


# -- our own layout ------------------------------------------------------------------------------------------------


def test_what_is_exported_imports_back_identically() -> None:
    result = import_rows(DEMO, export_rows(DEMO), day=DAY)
    assert result.layout is Layout.OWN
    assert counts(result) == (0, 0, len(DEMO.rows), 0)
    assert result.edits == ()


def test_an_export_builds_the_same_rows_again() -> None:
    result = import_rows(EMPTY, export_rows(DEMO), day=DAY)
    assert counts(result) == (29, 0, 1, 0)
    assert apply_edits(EMPTY, result.edits).rows == DEMO.rows


def _cell(sheet: list[list[Cell]], number: str, column: str, value: Cell) -> list[list[Cell]]:
    at = sheet[0].index(column)
    return [[value if n == at and row[0] == number else cell for n, cell in enumerate(row)] for row in sheet]


def test_cells_as_admins_write_them() -> None:
    sheet = export_rows(DEMO)
    sheet = [["\ufeff号码", *sheet[0][1:]], *sheet[1:]]
    for column, value in {
        "保留号码": "　是 ",
        "取消号码日期": None,
        "责任单位": "市市场\n监管局",
        "割接比例": 0.3,
        "接续顺序": "单位线路：unit-12348，共享坐席",
        "绑定号码": "0872-2312315、08722312316",
        "失效日期": "2030年1月5日",
        "生效日期": "",
        "优先级": 5.0,
        "号码": "１２３１５",
    }.items():
        index = next(n for n, row in enumerate(sheet) if row[1] == "市场监管投诉举报热线")
        sheet[index][export_rows(DEMO)[0].index(column)] = value
    result = import_rows(DEMO, sheet, day=DAY)
    assert counts(result) == (0, 1, 29, 0)
    row = apply_edits(DEMO, result.edits).by_number["12315"].rows[0]
    assert (row.hotline.unit, row.priority, row.valid_until, row.shared_percent) == (
        "市市场监管局",
        5,
        date(2030, 1, 5),
        30,
    )
    assert " ".join(map(str, row.chain)) == "unit_line:unit-12348 shared_seats"
    assert row.aliases == ("08722312315", "08722312316")


@pytest.mark.parametrize(
    "cell",
    [
        "2030-01-05",
        "2030/1/5",
        "2030.1.5",
        "２０３０年１月５日",
        datetime(2030, 1, 5),  # noqa: DTZ001 - as Excel has it
        date(2030, 1, 5),
        47488.0,
        47488,
    ],
)
def test_every_usual_way_to_write_a_day(cell: Cell) -> None:
    result = import_rows(DEMO, _cell(export_rows(DEMO), "12315", "失效日期", cell), day=DAY)
    assert [change.after for outcome in result.changed for change in outcome.changes] == ["2030-01-05"]


@pytest.mark.parametrize(
    "column, value, reason",
    [
        ("保留号码", "也许", "应为“是”或“否”"),
        ("归并方式", "吞并", "应为：主号码、整体并入、双号并行、设分中心、紧急号码"),
        ("失效日期", "明年", "应为日期，如2026-12-01"),
        ("失效日期", "2026-02-30", "没有这一天"),
        ("热线名称", "", "必填"),
        ("问候语", "../x", "只能用小写字母、数字和-"),
        ("接续顺序", "人工", "应为“类别”或“类别:名称”，如“单位线路:unit-12348 共享坐席”"),
        ("优先级", "高", "应为0至9999的整数"),
    ],
)
def test_a_cell_that_cannot_be_read_refuses_the_whole_sheet_and_says_where(
    column: str, value: str, reason: str
) -> None:
    sheet = _cell(_cell(export_rows(DEMO), "12315", column, value), "12317", "备注", "新的备注")
    result = import_rows(DEMO, sheet, day=DAY)
    assert counts(result) == (0, 1, 28, 1)
    (refused,) = result.refused
    row = next(n for n, cells in enumerate(sheet, 1) if cells[0] == "12315")
    assert (refused.row, refused.field, refused.value, refused.chinese) == (row, column, value, reason)
    assert result.edits == ()  # nothing half done


def test_emergency_numbers_numbers_never_opened_and_doubles_are_refused() -> None:
    sheet = export_rows(DEMO)
    line = list(sheet[-1])
    more: list[list[Cell]] = [[number, *line[1:]] for number in ("110", "12398", "12385", "")]
    result = import_rows(DEMO, [*sheet, *more], day=DAY)
    assert [refused.chinese for refused in result.refused] == [
        "是紧急号码，不能列为热线",
        "在本市从未提供接听，不得开通",
        "表中重复",
        "必填",
    ]


def test_columns_that_are_missing_leave_their_fields_alone() -> None:
    sheet: list[list[Cell]] = [["号码", "热线名称", "归并方式"], ["12333", "人社热线", "双号并行"]]
    result = import_rows(DEMO, sheet, day=DAY)
    assert [change.chinese for outcome in result.changed for change in outcome.changes] == [
        "热线12333（人社热线）的热线名称由“全国人力资源和社会保障服务电话”改为“人社热线”"
    ]


@pytest.mark.parametrize("sheet", [[], [[]], [["x", "y"], [1, 2]], [["号码", "号码", "热线名称"]]])
def test_a_sheet_without_a_known_header_is_refused(sheet: list[list[Cell]]) -> None:
    result = import_rows(DEMO, sheet, day=DAY)
    assert result.layout is None
    assert len(result.refused) == 1


# -- the annex -----------------------------------------------------------------------------------------------------


def test_the_annex_over_the_city_it_made_changes_nothing() -> None:
    result = import_rows(DEMO, annex(), day=DAY)
    assert result.layout is Layout.ANNEX
    assert counts(result) == (0, 0, 28, 0)


def test_the_annex_makes_the_hotlines_of_an_empty_city() -> None:
    result = import_rows(EMPTY, annex(), day=DAY)
    assert counts(result) == (28, 0, 0, 0)
    table = apply_edits(EMPTY, result.edits)
    made = {row.number: row for row in table.rows}
    for row in DEMO.rows[1:]:
        if row.number != "12356":
            found = made[row.number]
            assert found.hotline == row.hotline
            assert (found.number_kept, found.seats) == (row.number_kept, row.seats)
            assert (found.transfer_mechanism, found.expert_seat_allowed) == (
                row.transfer_mechanism,
                row.expert_seat_allowed,
            )
    assert not made["12328"].expert_seat_allowed  # the annex does not name it
    assert (made["12396"].transition_from, made["12396"].cut_over) == (DAY, date(2027, 2, 20))
    again = import_rows(table, annex(), day=date(2026, 12, 24))
    assert counts(again) == (0, 0, 28, 0)


def test_the_dates_of_the_wizard_are_taken() -> None:
    result = import_rows(EMPTY, annex(), day=DAY, transition_from=date(2026, 12, 1), cut_over=date(2027, 6, 1))
    row = apply_edits(EMPTY, result.edits).by_number["12396"].rows[0]
    assert (row.valid_from, row.transition_from, row.cut_over) == (DAY, date(2026, 12, 1), date(2027, 6, 1))


def test_a_hotline_that_the_annex_newly_absorbs_gets_a_transition() -> None:
    sheet: list[list[Cell]] = [["一、整体并入"], list(HEADER), [1, "市场监管投诉举报热线", 12315, "市市场监管局", None]]
    result = import_rows(DEMO, sheet, day=DAY)
    row = apply_edits(DEMO, result.edits).by_number["12315"].rows[0]
    assert (row.number_kept, row.transition_from, row.cut_over) == (False, DAY, date(2027, 2, 20))


def test_a_line_of_the_annex_that_does_not_say_enough_is_refused() -> None:
    line: list[Cell] = [1, "市场监管投诉举报热线", 12315, "市市场监管局", None]
    header: list[Cell] = list(HEADER)
    sheet = [header, line]
    result = import_rows(DEMO, sheet, day=DAY)
    assert [refused.field for refused in result.refused] == ["归并方式"]
    sheet = [["二、双号并行"], header, line]
    result = import_rows(DEMO, sheet, day=DAY)
    assert [refused.chinese for refused in result.refused] == ["备注未写明话务座席保留还是并入"]
    lost: list[Cell] = [1, "某热线", "见附件", "某局", None]
    sheet = [["（一）整体并入（18条）"], header, lost]
    result = import_rows(DEMO, sheet, day=DAY)
    assert [(refused.row, refused.field, refused.value) for refused in result.refused] == [(3, "号码", "见附件")]


# -- for any table and any sheet -----------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(tables)
def test_export_then_import_is_identity_for_every_table_that_loads(table: Table) -> None:
    try:
        table = from_json(to_json(versioned(table, 1)))
    except TableError:
        return
    result = import_rows(table, export_rows(table), day=DAY)
    assert counts(result)[:2] == (0, 0)
    assert result.refused == ()


cells = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(["号码", "热线名称", "责任单位", "备注", "归并方式", "生效日期", "一、整体并入", "二、双号并行"]),
    st.sampled_from(["12315", "１２３３３", 12348.0, 12396, "110", "是", "否", "双号并行", MERGED, KEPT, "2026-1-1"]),
    st.floats(allow_nan=True),
    st.dates(),
    st.booleans(),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(cells, max_size=6), max_size=8), st.booleans())
def test_no_sheet_makes_the_import_raise_and_twice_changes_nothing(rows: list[list[Cell]], own: bool) -> None:
    header: list[Cell] = ["号码", "热线名称", "责任单位", "归并方式", "生效日期"] if own else list(HEADER)
    sheet: list[list[Cell]] = [["二、双号并行"], header, *rows]
    result = import_rows(DEMO, sheet, day=DAY)
    table = apply_edits(DEMO, result.edits)
    again = import_rows(table, sheet, day=DAY)
    if not result.refused:
        assert counts(again) == (0, 0, len(result.added) + len(result.changed) + len(result.unchanged), 0)


def test_the_same_file_twice_changes_nothing() -> None:
    sheet = _cell(export_rows(DEMO), "12348", "割接比例", "25%")
    table = apply_edits(DEMO, import_rows(DEMO, sheet, day=DAY).edits)
    assert table == changed("12348", shared_percent=25)
    assert counts(import_rows(table, sheet, day=DAY)) == (0, 0, 30, 0)
