"""Menus in the table: edited option by option, merged, told apart in words, proved, and in the hash."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing_table import TableError, from_json, to_json, versioned
from routing_table.content import plain_menu
from routing_table.difference import difference
from routing_table.edits import Action, Edit, apply_edits
from routing_table.entities import Entity, entities
from routing_table.menus import Menu, MenuOption, changed, gather, merged_order, spread
from routing_table.merge import merge
from tests.routing_table.city import DEMO
from tests.routing_table.facts import FACTS, MENUS, against, errors, warnings

OWN = versioned(
    replace(
        DEMO,
        menus=tuple(
            Menu(
                menu.id,
                menu.prompt,
                tuple(MenuOption(o.key, o.id, o.prompt, o.label, o.skills, o.priority) for o in menu.options),
                menu.wait_s,
                menu.total_s,
                menu.barge_in,
            )
            for menu in MENUS.values()
        ),
    ),
    1,
)
SEATLESS = {"key": "4", "id": "tax", "label": "税务", "prompt": "menu-inquiry", "skills": ["12366"]}


def edit(menu: str = "12345-day", action: Action = Action.CHANGE, **value: object) -> Edit:
    return Edit(action, Entity.MENU, menu, {name.replace("option_", "options."): it for name, it in value.items()})


def keys(menu: object) -> list[str]:
    assert isinstance(menu, Menu)
    return [option.key for option in menu.options]


def test_a_table_without_menus_keeps_its_hash_and_stays_without() -> None:
    assert DEMO.menus is None and '"menus"' not in to_json(DEMO)
    after = apply_edits(DEMO, [Edit(Action.CHANGE, Entity.ROW, "12333", {"note": "x"})])
    assert after.menus is None and apply_edits(DEMO, []).version == DEMO.version


def test_menus_are_part_of_the_snapshot_and_of_its_hash() -> None:
    assert OWN.version != DEMO.version
    assert from_json(to_json(OWN)) == OWN
    assert list(entities(OWN)[Entity.MENU]) == ["12345-day", "12345-night"]
    gone = apply_edits(OWN, [Edit(Action.REMOVE, Entity.MENU, name) for name in MENUS])
    assert gone.menus == () and from_json(to_json(gone)).menus == ()


def test_one_option_is_changed_added_taken_out_or_moved() -> None:
    menus = apply_edits(OWN, [edit(option_4=SEATLESS, option_1=None, order=["4", "3"])]).menus
    assert menus is not None and keys(menus[0]) == ["4", "3", "2"]
    assert menus[0].options[0].skills == ("12366",)
    assert menus[1] == (OWN.menus or ())[1]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"prompt": "../../etc/passwd"}, "menu/12345-day/prompt"),
        ({"options.1": {"key": "1", "id": "a", "prompt": "x y"}}, "menu/12345-day/options[0].prompt"),
        ({"options.1": {"key": "1", "id": "a", "prompt": "p", "next": "m"}}, "menu/12345-day/options[0].next"),
        ({"wait_s": "long"}, "menu/12345-day/wait_s"),
        ({"options": "none"}, "menu/12345-day/options"),
    ],
)
def test_what_is_not_well_formed_is_refused_with_its_place(value: dict[str, object], place: str) -> None:
    with pytest.raises(TableError) as refused:
        apply_edits(OWN, [replace(edit(), value=value)])
    assert [problem.place for problem in refused.value.problems] == [place]


def test_two_people_change_two_options_of_one_menu() -> None:
    record = entities(OWN)[Entity.MENU]["12345-day"]["options"]
    assert isinstance(record, list)
    mine = apply_edits(OWN, [edit(option_1={**record[0], "label": "我的"})])
    theirs = apply_edits(OWN, [edit(option_2={**record[1], "label": "对方"}, prompt="menu-other")])
    merged = merge(OWN, mine, theirs)
    assert merged.conflicts == ()
    menu = (merged.table.menus or ())[0]
    assert [option.label for option in menu.options] == ["我的", "对方", "企业服务"] and menu.prompt == "menu-other"


def test_two_people_on_one_option_are_asked_and_nothing_of_theirs_is_lost() -> None:
    record = entities(OWN)[Entity.MENU]["12345-day"]["options"]
    assert isinstance(record, list)
    mine = apply_edits(OWN, [edit(option_1={**record[0], "label": "我的"}, option_2=None)])
    theirs = apply_edits(OWN, [edit(option_1={**record[0], "label": "对方"})])
    merged = merge(OWN, mine, theirs)
    assert [(one.key, one.field) for one in merged.conflicts] == [("12345-day", "options.1")]
    assert "按键1" in merged.conflicts[0].chinese and "“我的" in merged.conflicts[0].chinese
    menu = (merged.table.menus or ())[0]
    assert [option.label for option in menu.options] == ["对方", "企业服务"]


def test_who_moved_the_options_decides_their_order() -> None:
    assert merged_order(["1", "2"], ["2", "1"], ["1", "2", "3"]) == ["2", "1", "3"]
    assert merged_order(["1", "2"], ["1", "2", "4"], ["2", "1"]) == ["2", "1", "4"]
    assert merged_order(["1", "2"], ["2", "1"], ["2", "1"]) == ["2", "1"]


def test_a_difference_names_the_key_in_words() -> None:
    after = apply_edits(OWN, [edit(option_4=SEATLESS, wait_s=5, barge_in=False), edit("12345-night", order=["2", "1"])])
    assert [change.chinese for change in difference(OWN, after)] == [
        "菜单12345-day的等待按键秒数由“3”改为“5”",
        "菜单12345-day的播放时可按键由“是”改为“否”",
        "菜单12345-day的按键4由“空”改为“税务，提示音menu-inquiry，编号tax，技能12366”",
        "菜单12345-night的先后顺序有变",
    ]
    assert difference(OWN, OWN) == ()


def test_records_are_spread_out_and_gathered_without_loss() -> None:
    for menu in OWN.menus or ():
        assert gather(spread(plain_menu(menu))) == plain_menu(menu)
    twice = {"id": "m", "options": [{"key": "1"}, {"key": "1"}]}
    assert spread(twice) == twice
    assert changed({"id": "m", "options": []}, {"prompt": "p"}) == {"id": "m", "options": [], "prompt": "p"}


def test_the_city_s_own_menus_are_proved_without_a_finding() -> None:
    assert errors(OWN, replace(FACTS, menus=None)) == set() == warnings(OWN, against(OWN))


def test_an_option_without_sound_or_seat_is_found_where_it_stands() -> None:
    table = apply_edits(OWN, [edit(option_4={**SEATLESS, "prompt": "menu-tax"}, prompt="menu-unheard")])
    assert errors(table, replace(FACTS, menus={})) == {
        ("menu-no-prompt", "menu/12345-day/prompt"),
        ("menu-no-prompt", "menu/12345-day/options.4"),
        ("menu-no-seat", "menu/12345-day/options.4"),
    }


def test_a_menu_that_is_being_written_is_only_told_to_be_unused() -> None:
    table = apply_edits(OWN, [edit("", Action.ADD, id="later", prompt="menu-unheard", options=[SEATLESS])])
    assert errors(table) == set()
    assert warnings(table, against(OWN)) == {("menu-unused", "menu/later/id")}


def test_a_menu_that_a_row_names_must_be_in_the_table_whatever_the_folder_has() -> None:
    table = apply_edits(OWN, [edit("12345-night", Action.REMOVE)])
    assert errors(table) == {("no-menu", "row/12345/menu_closed")}


def test_a_merged_number_has_no_menu() -> None:
    value = {"menu_open": "12345-day", "menu_calendar": "day"}
    table = apply_edits(OWN, [Edit(Action.CHANGE, Entity.ROW, "12333", value)])
    assert ("menu-legacy", "row/12333/menu_open") in errors(table)
