"""One step of a menu: pure, and total over state and event.

In: the menu, where the caller is, what happened. Out: the new state and what to do. Never: loops for ever: each event
either ends the menu or uses up the one wrong key a caller has.
Source: GB/T 33358-2016 as reported advises against menus, so every doubt ends at a person.
"""

from __future__ import annotations

from .model import (
    ALL_KEYS,
    PERSON_KEY,
    Action,
    Done,
    Event,
    KeyPressed,
    Listen,
    Menu,
    MenuOption,
    MenuResult,
    MenuState,
    Outcome,
    Silence,
    Started,
)
from .prompts import Prompt

MAX_WRONG = 2  # the second wrong key brings a person


def step(menu: Menu, state: MenuState, event: Event) -> tuple[MenuState, Action]:
    """What follows `event`. Once the menu is over every event gives the same `Done` again."""
    if state.result is not None:
        return state, Done(state.result)
    match event:
        case Started():
            return state, _listen(menu)
        case Silence():
            return _end(menu, state, Outcome.SILENCE)
        case KeyPressed(key):
            return _key(menu, state, key)


def _key(menu: Menu, state: MenuState, key: str) -> tuple[MenuState, Action]:
    if key == PERSON_KEY:
        return _end(menu, state, Outcome.ZERO)
    for option in menu.options:
        if option.key == key:
            return _end(menu, state, Outcome.CHOSEN, option)
    wrong = state.wrong + 1
    if wrong >= MAX_WRONG:
        return _end(menu, MenuState(wrong), Outcome.WRONG)
    return MenuState(wrong), _listen(menu, Prompt.WRONG_KEY)


def _listen(menu: Menu, *first: str) -> Listen:
    return Listen((*first, *menu.prompts), ALL_KEYS if menu.barge_in else PERSON_KEY, menu.wait_s)


def _end(menu: Menu, state: MenuState, outcome: Outcome, option: MenuOption | None = None) -> tuple[MenuState, Done]:
    result = MenuResult(menu.id, None, outcome)
    if option is not None:
        result = MenuResult(menu.id, option.id, outcome, option.skills, option.priority)
    return MenuState(state.wrong, result), Done(result)
