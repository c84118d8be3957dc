"""Edits are all or none, with every problem and its place; two admins' edits are merged or asked about."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing_table import Table, TableError, from_json, to_json
from routing_table.difference import difference
from routing_table.edits import Action, Edit, apply_edits, read_edit
from routing_table.entities import Entity, entities, entity
from routing_table.merge import merge
from tests.routing_table.city import DEMO, changed


def places(*edits: Edit) -> list[str]:
    with pytest.raises(TableError) as caught:
        apply_edits(DEMO, edits)
    return [problem.place for problem in caught.value.problems]


def test_no_edits_change_nothing() -> None:
    assert apply_edits(DEMO, []) == DEMO


def test_every_entity_can_be_replaced_by_itself() -> None:
    edits = [
        Edit(Action.REPLACE, kind, key, record)
        for kind, known in entities(DEMO).items()
        for key, record in known.items()
    ]
    assert len(edits) > 40
    assert apply_edits(DEMO, edits) == DEMO


def test_an_edited_table_is_a_snapshot() -> None:
    table = changed("12348", chain="unit_line shared_seats", shared_percent=25, shared_calendar="day")
    assert from_json(to_json(table)) == table
    assert table.version != DEMO.version


def test_a_field_is_emptied_by_none() -> None:
    assert changed("12356@2025-05-01", priority=None).by_number["12356"].rows[1].priority == 0


def test_a_row_is_found_by_its_bare_number_when_it_is_the_only_one() -> None:
    assert changed("12396", note="x").by_number["12396"].rows[0].note == "x"
    assert places(Edit(Action.CHANGE, Entity.ROW, "12356", {"note": "x"})) == ["row/12356"]


def test_all_problems_come_at_once_with_their_places() -> None:
    assert places(
        Edit(Action.REMOVE, Entity.ROW, "12999"),
        Edit(Action.ADD, Entity.CALENDAR, "", {"name": "day"}),
        Edit(Action.REMOVE, Entity.CITY, "city"),
    ) == ["row/12999", "calendar/day", "city/city"]
    assert places(
        Edit(Action.CHANGE, Entity.ROW, "12315", {"greeting": "../etc", "priority": -1}),
        Edit(Action.CHANGE, Entity.UNIT_LINE, "unit-12348", {"colour": "red"}),
        Edit(Action.CHANGE, Entity.CALENDAR, "day", {"weekly": ["25:00-26:00"] * 7}),
    ) == [*["calendar/day/weekly"] * 7, "row/12315/greeting", "row/12315/priority", "unit_line/unit-12348/colour"]


def test_a_contradiction_may_stand_in_a_draft() -> None:
    table = changed("12315", menu_open="x", menu_calendar="gone")
    assert from_json(to_json(table), draft=True) == table
    with pytest.raises(TableError):
        from_json(to_json(table))


def test_an_edit_is_read_from_a_plain_record() -> None:
    edit = read_edit({"action": "change", "entity": "row", "key": "12315", "value": {"note": "x"}})
    assert edit == Edit(Action.CHANGE, Entity.ROW, "12315", {"note": "x"})


@pytest.mark.parametrize(
    "record", [None, [], {}, {"action": "x", "entity": "row"}, {"action": "add", "entity": "row", "value": 3, "a": 1}]
)
def test_what_is_no_edit_is_refused(record: object) -> None:
    with pytest.raises(TableError):
        read_edit(record)


plain_values = st.one_of(st.none(), st.booleans(), st.integers(-5, 20000), st.text(max_size=20), st.lists(st.text()))
edits = st.builds(
    Edit,
    st.sampled_from(Action),
    st.sampled_from(Entity),
    st.sampled_from(["12315", "12348", "day", "carrier", "110", "2026", "city", "", "x"]),
    st.dictionaries(
        st.sampled_from(
            ["number", "name", "unit", "chain", "weekly", "off", "valid_from", "hotline", "calendar", "ref"]
        ),
        plain_values,
        max_size=4,
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(edits, max_size=3))
def test_random_edits_give_a_table_that_reads_back_or_are_refused_with_places(some: list[Edit]) -> None:
    try:
        table = apply_edits(DEMO, some)
    except TableError as error:
        assert all(problem.place and problem.message for problem in error.problems)
    else:
        assert from_json(to_json(table), draft=True) == table
        assert (difference(DEMO, table) == ()) == (table == DEMO)


# -- two admins ----------------------------------------------------------------------------------------------------


def test_edits_of_different_fields_of_one_row_are_both_kept() -> None:
    merged = merge(DEMO, changed("12315", note="mine"), changed("12315", greeting="greet-12345"))
    assert merged.conflicts == ()
    row = merged.table.by_number["12315"].rows[0]
    assert (row.note, row.greeting) == ("mine", "greet-12345")


def test_the_same_field_is_asked_about_and_nothing_is_lost() -> None:
    merged = merge(DEMO, changed("12315", note="mine", priority=5), changed("12315", note="theirs"))
    (conflict,) = merged.conflicts
    assert (conflict.key, conflict.field, conflict.mine, conflict.theirs) == ("12315", "note", "mine", "theirs")
    assert conflict.chinese == "热线12315的备注：您改为“mine”，对方改为“theirs”"
    row = merged.table.by_number["12315"].rows[0]
    assert (row.note, row.priority) == ("theirs", 5)


def test_the_same_edit_twice_is_no_conflict() -> None:
    both = changed("12315", note="same")
    assert merge(DEMO, both, both) == merge(DEMO, DEMO, both)


def test_removing_what_the_other_changed_is_asked_about() -> None:
    removed = apply_edits(DEMO, [Edit(Action.REMOVE, Entity.UNIT_LINE, "unit-12328")])
    edited = apply_edits(DEMO, [Edit(Action.CHANGE, Entity.UNIT_LINE, "unit-12328", {"calendar": "day"})])
    (conflict,) = merge(DEMO, removed, edited).conflicts
    assert (conflict.field, conflict.mine) == ("", "-")
    assert entity(merge(DEMO, removed, edited).table, Entity.UNIT_LINE, "unit-12328") is not None
    assert merge(DEMO, removed, DEMO).conflicts == ()
    assert entity(merge(DEMO, removed, DEMO).table, Entity.UNIT_LINE, "unit-12328") is None


@settings(max_examples=60, deadline=None)
@given(*[st.sampled_from([None, "a", "b"])] * 4)
def test_a_merge_is_the_same_from_both_sides_but_for_conflicts(
    mine_note: str | None, my_unit: str | None, their_note: str | None, their_unit: str | None
) -> None:
    def side(note: str | None, unit: str | None) -> Table:
        table = DEMO if note is None else changed("12315", note=note)
        return table if unit is None else changed("12315", table=table, unit=unit)

    mine, theirs = side(mine_note, my_unit), side(their_note, their_unit)
    one, other = merge(DEMO, mine, theirs), merge(DEMO, theirs, mine)
    assert len(one.conflicts) == len(other.conflicts)
    if not one.conflicts:
        assert one.table == other.table
