"""Differences in words, and what holds for any two tables."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings

from routing_table import Table
from routing_table.difference import ChangeKind, difference
from routing_table.edits import Action, Edit, apply_edits
from routing_table.entities import Entity
from tests.routing_table.city import DEMO, changed
from tests.routing_table.random_tables import tables


def said(old: Table, new: Table) -> list[str]:
    return [change.chinese for change in difference(old, new)]


def edited(action: Action, entity: Entity, key: str, **value: object) -> Table:
    return apply_edits(DEMO, [Edit(action, entity, key, value)])


def test_a_changed_field_is_said_with_both_values() -> None:
    table = changed("12333", seats="merged", expert_seat_allowed=False)
    assert said(DEMO, table) == [
        "热线12333（全国人力资源和社会保障服务电话）的话务座席由“单位保留”改为“并入12345”",
        "热线12333（全国人力资源和社会保障服务电话）的可设专家座席由“是”改为“否”",
    ]
    assert str(difference(DEMO, table)[0]) == (
        "row 12333 (全国人力资源和社会保障服务电话): seats 'kept_by_unit' -> 'merged'"
    )


def test_what_came_and_went_is_said() -> None:
    table = edited(Action.REMOVE, Entity.UNIT_LINE, "unit-12328")
    assert said(DEMO, table) == ["删除单位线路unit-12328"]
    assert said(table, DEMO)[0] == "新增单位线路unit-12328"


def test_a_row_whose_first_day_changed_is_one_change() -> None:
    changes = difference(DEMO, changed("12356@2025-05-01", valid_from="2025-06-01"))
    assert [(it.kind, it.key, it.field, it.before, it.after) for it in changes] == [
        (ChangeKind.CHANGED, "12356@2025-06-01", "valid_from", "2025-05-01", "2025-06-01")
    ]


def test_hours_of_a_calendar_are_said_day_by_day() -> None:
    weekly = ["08:30-12:00 14:30-18:00"] * 4 + ["08:30-12:00"] + ["", "all"]
    exceptions = [{"day": "2026-12-24", "periods": "", "note": "搬迁"}]
    table = edited(Action.CHANGE, Entity.CALENDAR, "unit-12348", weekly=weekly, exceptions=exceptions)
    assert said(DEMO, table) == [
        "日历unit-12348的周五由“08:30-12:00 14:30-18:00”改为“08:30-12:00”",
        "日历unit-12348的周日由“不开放”改为“全天”",
        "日历unit-12348的例外日（2026-12-24）由“空”改为“- · 搬迁”",
    ]


def test_days_of_a_notice_are_said_as_ranges() -> None:
    notice = DEMO.notices[0]
    value = {"off": [day.isoformat() for day in notice.off if day.month != 10], "worked": []}
    changes = difference(DEMO, edited(Action.CHANGE, Entity.NOTICE, "2026", **value))
    assert changes[0].before.endswith("2026-09-25..2026-09-27 2026-10-01..2026-10-07")
    assert changes[0].after.endswith("2026-09-25..2026-09-27")


def test_another_order_is_a_change() -> None:
    table = replace(DEMO, rows=(*DEMO.rows[1:], DEMO.rows[0]))
    assert said(DEMO, table) == ["热线的先后顺序有变"]


def _settled(table: Table) -> Table:
    """Calendars share the table's notices, as every table that was read has it."""
    calendars = tuple(replace(calendar, notices=table.notices) for calendar in table.calendars)
    return replace(table, calendars=calendars, version="1-0")


@settings(max_examples=150, deadline=None)
@given(tables, tables)
def test_the_difference_is_empty_exactly_when_the_tables_are_equal(one: Table, other: Table) -> None:
    one, other = _settled(one), _settled(other)
    assert (difference(one, other) == ()) == (one == other)
    assert difference(one, one) == ()
    for change in difference(one, other):
        assert change.chinese
        assert str(change)
