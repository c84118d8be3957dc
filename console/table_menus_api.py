"""The menus that a row may name, with what they say.

In: the menus of this house. Out: their options and texts. Never: changes them.
"""

from __future__ import annotations

import asyncio
from http import HTTPMethod

import ivr
from console.operations import Ask, Operation
from console.problems import ProblemError
from console.table_desk import BASE, LOOK, TAG
from console.table_shapes import MenuOptionOut, MenuOut, Menus
from gateway.prompts import read_prompts


async def menus(ask: Ask) -> Menus:
    """The menus a row may name, with what they say."""
    try:
        found, texts = await asyncio.to_thread(_read_menus, ask)
    except (OSError, ValueError) as error:
        raise ProblemError("not-now", "菜单文件有误，请管理员检查") from error
    return Menus(
        items=[
            MenuOut(
                id=menu.id,
                prompt=menu.prompt,
                text=texts.get(menu.prompt, ""),
                options=[
                    MenuOptionOut(
                        key=option.key,
                        id=option.id,
                        prompt=option.prompt,
                        text=texts.get(option.prompt, ""),
                        skills=list(option.skills),
                    )
                    for option in menu.options
                ],
            )
            for menu in found.values()
        ]
    )


def _read_menus(ask: Ask) -> tuple[ivr.Menus, dict[str, str]]:
    folder = ask.deps.config.menus_dir
    found = ivr.load_menus({path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.toml"))})
    return found, {prompt.id: prompt.text for prompt in read_prompts().values()}


GET = HTTPMethod.GET
OPERATIONS = (Operation(GET, f"{BASE}/menus", "The menus", menus, LOOK, TAG, reply=Menus),)
