"""What the proof of a table needs to know of this house: prompts with audio, menus, skills of the seats, lines.

In: config, a session. Out: `Facts`. Never: a look at the clock: the moment is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.config import Config
from gateway.errors import CallerFaultError
from gateway.house.city import load_lines
from gateway.menus import house_menus
from gateway.prompts.manifest import sound_file
from gateway.store.seats import seats_list
from gateway.store.tables import active_prompts
from routing_table import CITY_ZONE, Table
from routing_table.proof import Facts, MenuFacts


async def house_facts(config: Config, session: AsyncSession, at: datetime, published: Table | None) -> Facts:
    """Facts as they are now. What cannot be read (a wrong menu file, wrong lines) is None: not known, not judged."""
    staffed: dict[str, set[str]] = {}
    for seat in await seats_list(session):
        staffed.setdefault(seat.pool.value, set()).update(seat.skills)
    uploaded = {upload.prompt for upload in await active_prompts(session)}
    prompts, menus, lines = await asyncio.to_thread(_files, config)
    return Facts(
        today=at.astimezone(CITY_ZONE).date(),
        prompts=prompts | uploaded,
        menus=menus,
        staffed_skills={pool: frozenset(skills) for pool, skills in staffed.items()},
        lines=lines,
        published=published,
    )


def _files(config: Config) -> tuple[frozenset[str], Mapping[str, MenuFacts] | None, frozenset[str] | None]:
    return audible(config), menu_facts(config), _lines(config)


def audible(config: Config) -> frozenset[str]:
    """Prompts with a sound in the repository or in this node's sounds folder."""
    folders = (sound_file("x").parent, sound_file("x", config.state_dir / "sounds").parent)
    return frozenset(path.stem for folder in folders for path in folder.glob("*.wav"))


def menu_facts(config: Config) -> Mapping[str, MenuFacts] | None:
    """Of the menus folder: what a table without menus of its own is played with."""
    try:
        menus = house_menus(config.menus_dir)
    except (OSError, ValueError):
        return None
    return {
        name: MenuFacts(frozenset(menu.prompts), frozenset(skill for option in menu.options for skill in option.skills))
        for name, menu in menus.items()
    }


def _lines(config: Config) -> frozenset[str] | None:
    try:
        lines = load_lines(config)
    except CallerFaultError:
        return None
    units = {f"unit-{number}" for number in lines.units}
    return frozenset(units | {f"emergency-{number}" for number in lines.emergencies})
