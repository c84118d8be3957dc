"""The menus of the table, with what they say and which rows lead there; what an option is called.

In: an id, whether the draft is meant. Out: menus. Never: changes them: that is an edit of the draft (entity `menu`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPMethod

from sqlalchemy.ext.asyncio import AsyncSession

import ivr
from console.access import EVERYONE
from console.operations import Ask, Operation
from console.problems import ProblemError
from console.table_desk import BASE, LOOK, TAG, DraftQuery, chosen_table
from console.table_menu_shapes import ChoiceOut, Choices, MenuOptionOut, MenuOut, MenuRow, Menus
from gateway.config import Config
from gateway.menus import house_menus, menus_of
from gateway.prompts import read_prompts
from gateway.store.tables import active_prompts, read_head
from routing_table import Table
from routing_table.entities import row_key


async def menus(ask: Ask) -> Menus:
    """The menus a row may name."""
    async with ask.deps.store.reading() as session:
        _, table = await chosen_table(session, draft=ask.query_as(DraftQuery).draft)
        texts = await _texts(session)
    found = await asyncio.to_thread(playable, ask.deps.config, table)
    return Menus(items=[_menu_out(menu, table, texts) for menu in found.values()])


async def menu(ask: Ask) -> MenuOut:
    found = {one.id: one for one in (await menus(ask)).items}.get(ask.request.match_info["id"])
    if found is None:
        raise ProblemError("not-found", "没有这个菜单")
    return found


async def choices(ask: Ask) -> Choices:
    """What callers choose, by name. Everybody who may see a call may know it."""
    async with ask.deps.store.reading() as session:
        if await read_head(session) is None:
            return Choices(items=[])
        _, table = await chosen_table(session, draft=False)
    found = await asyncio.to_thread(playable, ask.deps.config, table)
    items = [
        ChoiceOut(menu=one.id, option=option.id, label=option.label or option.id)
        for one in found.values()
        for option in one.options
    ]
    return Choices(items=items)


def playable(config: Config, table: Table) -> ivr.Menus:
    """The menus that callers of this table hear. Raises ProblemError for a folder with wrong files."""
    try:
        own = menus_of(table)
        return house_menus(config.menus_dir) if own is None else own
    except (OSError, ivr.MenuError) as error:
        raise ProblemError("not-now", "菜单文件有误，请管理员检查") from error


async def _texts(session: AsyncSession) -> Mapping[str, str]:
    texts = {prompt.id: prompt.text for prompt in read_prompts().values()}
    return texts | {upload.prompt: upload.text for upload in await active_prompts(session) if upload.text}


def _menu_out(menu: ivr.Menu, table: Table, texts: Mapping[str, str]) -> MenuOut:
    return MenuOut(
        id=menu.id,
        prompt=menu.prompt,
        text=texts.get(menu.prompt, ""),
        wait_s=menu.wait_s,
        total_s=menu.total_s,
        barge_in=menu.barge_in,
        rows=[
            MenuRow(key=row_key(row), name=row.hotline.name, field=field, calendar=row.menu_calendar)
            for row in table.rows
            for field, name in (("menu_open", row.menu_open), ("menu_closed", row.menu_closed))
            if name == menu.id
        ],
        options=[
            MenuOptionOut(
                key=option.key,
                id=option.id,
                label=option.label,
                prompt=option.prompt,
                text=texts.get(option.prompt, ""),
                skills=list(option.skills),
                priority=option.priority,
            )
            for option in menu.options
        ],
    )


GET = HTTPMethod.GET
OPERATIONS = (
    Operation(GET, f"{BASE}/menus", "The menus", menus, LOOK, TAG, query=DraftQuery, reply=Menus),
    Operation(
        GET,
        f"{BASE}/menus/{{id:[a-z0-9][a-z0-9_-]{{0,63}}}}",
        "One menu",
        menu,
        LOOK,
        TAG,
        query=DraftQuery,
        reply=MenuOut,
    ),
    Operation(
        GET, "/api/v1/choices", "What callers choose in menus, by name", choices, EVERYONE, "calls", reply=Choices
    ),
)
