"""Menus in the versions, on both databases: published, taken back and refused together with the table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import ivr
from gateway.config import Config
from gateway.errors import FatalError
from gateway.menus import with_menus
from gateway.store import Store
from gateway.store.kinds import VersionKind, VersionState
from gateway.store.tables import find_version
from gateway.tables import versions
from gateway.tables.files import first_menus, first_table, put_file
from gateway.tables.versions import Actor, EditConflictError
from routing_table import Table, TableError, from_json, to_json, versioned
from routing_table.edits import Edit, read_edit
from routing_table.entities import Entity, entities
from tests.routing_table.city import DEMO
from tests.tables.scene import AT, FACTS, LI, WANG, ZHAO, change, draft, edited, filled, in_force, published, submitted

MENUS = first_menus(Config())
OWN = with_menus(DEMO, MENUS)


def option(key: str, label: str, **more: object) -> dict[str, object]:
    return {"key": key, "id": f"o{key}", "label": label, "prompt": "menu-inquiry", **more}


def menu(**value: object) -> Edit:
    fields = {name.replace("option_", "options."): it for name, it in value.items()}
    return read_edit({"action": "change", "entity": "menu", "key": "12345-day", "value": fields})


def labels(table: Table, name: str = "12345-day") -> dict[str, str]:
    return {one.key: one.label for found in table.menus or () if found.id == name for one in found.options}


async def test_a_published_menu_is_in_force_with_its_table_and_goes_back_with_it(store: Store) -> None:
    await filled(store, OWN)
    await edited(store, WANG, menu(option_4=option("4", "税务")), change("12333", note="同一版"))
    await submitted(store)
    done = await published(store)
    assert labels(from_json(done.content))["4"] == "税务"
    async with store.session() as session:
        await versions.rollback(session, LI, 1, "撤回", replace(FACTS, published=OWN))
    _, table = await in_force(store)
    assert "4" not in labels(table) and table.menus == OWN.menus


async def test_what_breaks_a_menu_s_rules_is_not_saved_and_all_of_it_is_told(store: Store) -> None:
    await filled(store, OWN)
    wrong = menu(option_0=option("0", "人工"), option_4=option("4", "", prompt="", menu="deeper"), wait_s=20)
    with pytest.raises(TableError) as refused:
        await edited(store, WANG, wrong)
    said = {problem.place: problem.chinese for problem in refused.value.problems}
    assert said["menu/12345-day/options[3].key"] == "按键0固定转人工，不能另作他用"
    assert said["menu/12345-day/options[4].menu"] == "菜单只有一层，选项不能再开菜单"
    assert said["menu/12345-day/options[4].prompt"] == "必填" and said["menu/12345-day/wait_s"] == "应为1至15"
    async with store.session() as session:
        await versions.start_draft(session, WANG)
    assert (await draft(store))[1].menus == OWN.menus


async def test_two_admins_edit_one_menu_and_are_asked_about_the_same_option_only(store: Store) -> None:
    await filled(store, OWN)
    begun = await edited(store, WANG, menu(option_1=option("1", "甲")))
    await edited(store, LI, menu(option_2=option("2", "乙")), revision=0)
    assert labels((await draft(store))[1]) == {"1": "甲", "2": "乙", "3": "企业服务"}
    with pytest.raises(EditConflictError) as asked:
        await edited(store, ZHAO, menu(option_1=option("1", "丙"), option_3=None), revision=begun.revision - 1)
    assert [(one.entity, one.field) for one in asked.value.conflicts] == [(Entity.MENU, "options.1")]
    assert labels((await draft(store))[1])["3"] == "企业服务"


async def test_options_that_are_too_many_only_together_are_refused(store: Store) -> None:
    """Each of the two kept the rule of five; what they would make together does not."""
    await filled(store, OWN)
    await edited(store, WANG, menu(option_4=option("4", "甲"), option_5=option("5", "乙")))
    with pytest.raises(TableError, match="5 options"):
        await edited(store, LI, menu(option_6=option("6", "丙")), revision=0)


async def test_a_store_from_before_menus_were_versioned_takes_them_in_once(store: Store) -> None:
    await filled(store)
    system = Actor("system", AT)
    async with store.session() as session:
        taken = await versions.take_in(session, lambda: DEMO, system, menus=lambda: MENUS)
    async with store.session() as session:
        assert (await versions.take_in(session, lambda: DEMO, system, menus=lambda: ())).number == 2
    assert (taken.number, taken.kind, taken.state) == (2, VersionKind.TAKEN_IN, VersionState.PUBLISHED)
    version, table = await in_force(store)
    assert (version.number, table.menus) == (2, MENUS)
    async with store.reading() as session:
        old = await find_version(session, 1)
        assert old.state is VersionState.RETIRED and (await versions.read_content(old)).menus is None


async def test_a_version_that_says_nothing_of_menus_comes_back_with_those_in_force(store: Store) -> None:
    await filled(store)
    async with store.session() as session:
        await versions.take_in(session, lambda: DEMO, Actor("system", AT), menus=lambda: MENUS)
    await edited(store, WANG, menu(option_4=option("4", "税务")), change("12333", note="x"))
    await submitted(store)
    await published(store)
    async with store.session() as session:
        back = await versions.rollback(session, LI, 1, "撤回", FACTS)
    table = from_json(back.content)
    assert labels(table)["4"] == "税务" and next(row.note for row in table.rows if row.number == "12333") != "x"


async def test_a_draft_from_before_is_brought_onto_a_version_with_menus(store: Store) -> None:
    await filled(store)
    await edited(store, WANG, change("12333", note="开始得早"))
    async with store.session() as session:
        await versions.take_in(session, lambda: DEMO, Actor("system", AT), menus=lambda: MENUS)
    async with store.session() as session:
        await versions.rebase(session, WANG)
    assert (await draft(store))[1].menus == MENUS


def test_the_first_version_of_an_installation_carries_the_city_s_menus(tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path)
    assert first_table(config) == OWN and labels(OWN)["3"] == "企业服务"
    put_file(config, to_json(versioned(DEMO, 7)))
    assert first_table(config) == with_menus(versioned(DEMO, 7), MENUS)
    folder = tmp_path / "menus"
    folder.mkdir()
    (folder / "bad.toml").write_text('id = "m"\n', "utf-8")
    with pytest.raises(FatalError, match=r"bad\.toml:1 prompt"):
        first_table(Config(state_dir=tmp_path, menus_dir=folder))


def test_a_file_whose_menus_break_their_rules_does_not_reach_a_gateway(tmp_path: Path) -> None:
    first = MENUS[0]
    wrong = replace(first, options=(replace(first.options[0], key="0"),))
    with pytest.raises(FatalError, match="key 0 always means a person"):
        put_file(Config(state_dir=tmp_path), to_json(versioned(replace(DEMO, menus=(wrong,)), 2)))
    assert not (tmp_path / "published" / "table.json").exists()


def test_what_the_table_carries_is_what_the_files_said() -> None:
    assert set(entities(OWN)[Entity.MENU]) == set(
        ivr.load_menus({path.name: path.read_text("utf-8") for path in Config().menus_dir.glob("*.toml")})
    )
