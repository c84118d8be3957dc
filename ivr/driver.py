"""Plays a menu to one caller over a `Phone`, within a bounded time.

In: a phone and a menu. Out: the choice. Never: decides anything (that is `step`), or holds a caller longer than the
menu's `total_s`: what is over time counts as silence and so leads to a person.
"""

from __future__ import annotations

import asyncio

from .model import Done, Event, KeyPressed, Listen, Menu, MenuResult, MenuState, Outcome, Phone, Silence, Started
from .step import step


async def run_menu(phone: Phone, menu: Menu) -> MenuResult:
    """Play `menu` until the caller has chosen or goes to a person.

    Raises CallerGone when the caller hangs up; other errors of the phone pass through, for the call's owner to judge.
    """
    deadline = asyncio.timeout(menu.total_s)
    try:
        async with deadline:
            return await _walk(phone, menu)
    except TimeoutError:
        if not deadline.expired():
            raise  # the phone's own failure, not our bound
        return MenuResult(menu.id, None, Outcome.SILENCE)


async def _walk(phone: Phone, menu: Menu) -> MenuResult:
    state = MenuState()
    event: Event = Started()
    while True:
        state, action = step(menu, state, event)
        match action:
            case Done(result):
                return result
            case Listen():
                event = await _hear(phone, action)


async def _hear(phone: Phone, listen: Listen) -> Event:
    key = await phone.play(listen.prompts, barge_in=listen.barge_in)
    if key is None:
        key = await phone.read_key(listen.wait_s)
    return Silence() if key is None else KeyPressed(key)
