"""A menu file is right as a whole or refused with every fault and its place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ivr import MAX_OPTIONS, Menu, MenuError, load_menus, load_prompts, read_menus

IVR = Path(__file__).parents[2] / "ivr"
GOOD = """\
id = "m"
prompt = "intro"
wait_s = 3
total_s = 30
barge_in = false

[[option]]
key = "1"
id = "one"
prompt = "first"
skills = ["12315", "business"]
priority = 2

[[option]]
key = "#"
id = "two"
prompt = "second"
"""


def problems(text: str, known: Sequence[str] | None = None) -> list[str]:
    with pytest.raises(MenuError) as caught:
        load_menus({"m.toml": text}, known)
    assert all(problem.chinese and not problem.chinese.isascii() for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


def test_a_good_menu_is_read_with_all_its_fields() -> None:
    menu = load_menus({"m.toml": GOOD}, ["intro", "first", "second"])["m"]
    assert (menu.wait_s, menu.total_s, menu.barge_in) == (3.0, 30.0, False)
    assert [option.key for option in menu.options] == ["1", "#"]
    assert menu.options[0].skills == ("12315", "business")
    assert (menu.options[0].priority, menu.options[1].priority) == (2, 0)
    assert menu.prompts == ("intro", "first", "second")


def test_the_shipped_menus_are_right_and_their_prompts_exist() -> None:
    known = load_prompts((IVR / "prompts.toml").read_text(encoding="utf-8"))
    menus = load_menus({path.name: path.read_text(encoding="utf-8") for path in (IVR / "menus").glob("*.toml")}, known)
    assert set(menus) == {"12345-day", "12345-night"}
    assert all(isinstance(menu, Menu) for menu in menus.values())


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('key = "#"', 'key = "1"', "m.toml:15 option[1].key: key '1' is already used by option[0]"),
        ('id = "two"', 'id = "one"', "m.toml:16 option[1].id: id 'one' is already used by option[0]"),
        ('key = "#"', 'key = "0"', "m.toml:15 option[1].key: key 0 always means a person"),
        ('key = "#"', 'key = "12"', "m.toml:15 option[1].key: a key is one of"),
        ('key = "#"', "key = 2", "m.toml:15 option[1].key: must be text"),
        ('prompt = "second"\n', "", "m.toml:14 option[1].prompt: is missing"),
        ('prompt = "intro"\n', "", "m.toml:1 prompt: is missing"),
        ('id = "m"', 'id = ""', "m.toml:1 id: must be a word"),
        ("wait_s = 3", "wait_s = 0.2", "m.toml:3 wait_s: must be 1 to 15, not 0.2"),
        ("wait_s = 3", 'wait_s = "3"', "m.toml:3 wait_s: must be a number"),
        ("wait_s = 3", "wait_s = nan", "m.toml:3 wait_s: must be 1 to 15"),
        ("wait_s = 3", "wait_s = 15", "m.toml:4 total_s: total_s must be more than twice wait_s"),
        ("total_s = 30", "total_s = 1000", "m.toml:4 total_s: must be 10 to 120"),
        ("barge_in = false", "barge_in = 1", "m.toml:5 barge_in: must be true or false"),
        ("barge_in = false", "barge = true", "m.toml:5 barge: unknown field"),
        ("priority = 2", "weight = 2", "m.toml:12 option[0].weight: unknown field"),
        ("priority = 2", "priority = 2.5", "m.toml:12 option[0].priority: must be a whole number"),
        ("priority = 2", "priority = -1", "m.toml:12 option[0].priority: must be 0 to 9"),
        ("priority = 2", 'menu = "m2"', "m.toml:12 option[0].menu: a menu has one level"),
        ('"business"]', '"a,b"]', "m.toml:11 option[0].skills: skill 2 must be a word"),
        ('["12315", "business"]', '"12315"', "m.toml:11 option[0].skills: must be a list"),
        ("barge_in = false", "barge_in = ", "m.toml:5: "),
    ],
)
def test_a_fault_is_told_with_file_line_and_field(old: str, new: str, problem: str) -> None:
    found = problems(GOOD.replace(old, new, 1))
    assert len(found) == 1
    assert found[0].startswith(problem)


def test_a_prompt_that_does_not_exist_is_refused() -> None:
    assert problems(GOOD, ["intro", "first"]) == ["m.toml:17 option[1].prompt: there is no prompt 'second'"]


def test_an_option_below_an_option_is_a_second_level() -> None:
    found = problems(GOOD + '\n[[option.option]]\nkey = "1"\n')
    assert found == ["m.toml:19 option[1].option: a menu has one level: an option cannot open another menu"]


def test_more_options_than_people_remember_are_refused() -> None:
    more = "".join(f'[[option]]\nkey = "{key}"\nid = "o{key}"\nprompt = "p"\n' for key in range(2, MAX_OPTIONS + 1))
    found = problems(GOOD + more)
    assert found == [f"m.toml:7 option: a menu has 1 to {MAX_OPTIONS} options, not {MAX_OPTIONS + 1}"]


@pytest.mark.parametrize("options", ["", "option = []\n", 'option = "none"\n', "option = [1]\n"])
def test_a_menu_without_options_is_refused(options: str) -> None:
    assert problems('id = "m"\nprompt = "intro"\n' + options)


def test_all_faults_of_all_files_come_at_once() -> None:
    with pytest.raises(MenuError) as caught:
        load_menus({"a.toml": 'id = "a"\n', "b.toml": "wait_s = 99\nid =", "c.toml": GOOD, "d.toml": GOOD})
    places = [problem.place for problem in caught.value.problems]
    assert places == ["a.toml:1 prompt", "a.toml:1 option", "a.toml:1 option", "b.toml:2", "d.toml:1 id"]
    assert "menu 'm' is already in c.toml" in str(caught.value)


def record(**more: object) -> dict[str, object]:
    option = {"key": "1", "id": "one", "label": "政策咨询", "prompt": "first"}
    return {"id": "m", "prompt": "intro", "options": [option], **more}


def test_an_option_has_a_name_for_people() -> None:
    named = GOOD.replace('id = "one"', 'id = "one"\nlabel = "政策咨询"')
    assert [option.label for option in load_menus({"m.toml": named})["m"].options] == ["政策咨询", ""]


def test_a_record_is_held_to_the_same_rules_as_a_file_and_told_in_chinese() -> None:
    assert read_menus([record()])["m"].options[0].label == "政策咨询"
    wrong = [
        {"key": "0", "id": "one", "prompt": "p"},
        {"key": "2", "id": "one", "prompt": "", "label": "长" * 30, "menu": "deeper"},
    ]
    with pytest.raises(MenuError) as caught:
        read_menus([record(options=wrong, wait_s=20), record()])
    said = {problem.place: problem.chinese for problem in caught.value.problems}
    assert said == {
        "menu/m/wait_s": "应为1至15",
        "menu/m/options[0].key": "按键0固定转人工，不能另作他用",
        "menu/m/options[1].menu": "菜单只有一层，选项不能再开菜单",
        "menu/m/options[1].label": "一行文字，最多20个字",
        "menu/m/options[1].prompt": "必填",
        "menu/m/options[1].id": "编号one已被另一选项使用",
    }
