"""What the gateway decides on: swapped whole, and never for something worse."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

import routing_table
from gateway.config import Config
from gateway.errors import FatalError
from gateway.menus import as_table_menus, house_menus, with_menus
from gateway.published import POLL_S, Published, load_snapshot, parse_seats
from tests.gateway.published_files import write_published


@pytest.fixture
def config(tmp_path: Path) -> Config:
    made = replace(Config(), state_dir=tmp_path)
    write_published(made)
    return made


async def test_a_changed_file_is_in_force_within_a_second(config: Config) -> None:
    published = Published(config.published_dir, config.menus_dir, config.prompts_dir)
    seen: list[int] = []
    published.on_change = lambda snapshot: seen.append(len(snapshot.seats))
    following = asyncio.create_task(published.follow())
    (config.published_dir / "seats.json").write_text('{"version": "2", "seats": []}', "utf-8")
    await asyncio.sleep(POLL_S * 1.8)
    assert seen == [0]
    following.cancel()


async def test_a_bad_file_does_not_replace_a_good_one(config: Config) -> None:
    published = Published(config.published_dir, config.menus_dir, config.prompts_dir)
    before = published.now
    following = asyncio.create_task(published.follow())
    (config.published_dir / "table.json").write_text('{"half', "utf-8")
    await asyncio.sleep(POLL_S * 1.8)
    assert published.now is before
    assert not following.done()
    following.cancel()


def test_the_table_s_own_menus_are_played_and_the_folder_s_only_where_it_has_none(config: Config) -> None:
    folder = config.state_dir / "menus"
    folder.mkdir()
    assert set(load_snapshot(config.published_dir, config.menus_dir, config.prompts_dir).menus) == set(
        house_menus(config.menus_dir)
    )
    first, *_ = as_table_menus(house_menus(config.menus_dir))
    file = config.published_dir / "table.json"
    table = with_menus(routing_table.from_json(file.read_text("utf-8")), (replace(first, prompt="menu-recorded"),))
    file.write_text(routing_table.to_json(table), "utf-8")
    menus = load_snapshot(config.published_dir, folder, config.prompts_dir).menus
    assert [menu.prompt for menu in menus.values()] == ["menu-recorded"]  # also a prompt that only the store has
    nobody = replace(first, options=(replace(first.options[0], key="0"),))
    file.write_text(routing_table.to_json(routing_table.versioned(replace(table, menus=(nobody,)), 2)), "utf-8")
    with pytest.raises(FatalError, match="key 0"):
        load_snapshot(config.published_dir, folder, config.prompts_dir)


def test_without_a_table_there_is_no_start(tmp_path: Path) -> None:
    with pytest.raises(FatalError, match=r"table\.json"):
        load_snapshot(tmp_path, Config().menus_dir, tmp_path)


@pytest.mark.parametrize(
    "seats, told",
    [
        ('[{"id": "801"}]', r"seats\[0\]"),
        ('[{"id": "8/1", "name": "x", "pool": "shared", "skills": []}]', "letters and digits"),
        ('[{"id": "801", "name": "x", "pool": "lounge", "skills": []}]', "lounge"),
        ("[" + ", ".join(['{"id": "1", "name": "x", "pool": "shared", "skills": []}'] * 2) + "]", "twice"),
    ],
)  # fmt: skip
def test_a_wrong_seat_directory_is_refused_with_its_place(seats: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_seats('{"version": "1", "seats": ' + seats + "}")
