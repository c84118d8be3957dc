"""What a caller hears and presses. This is the room's public face.

In: menus and prompt texts as TOML text, keys and silences, numbers to be spoken. Out: prompt ids to play and the
caller's choice. Never: opens a file, plays a sound or reads a clock; `run_menu` does its I/O through the `Phone`
it is given.
"""

from .check import MAX_OPTIONS, MenuError, Problem
from .driver import run_menu
from .load import load_menus, read_menus
from .model import (
    PERSON_KEY,
    Action,
    CallerGone,
    Done,
    Event,
    KeyPressed,
    Listen,
    Menu,
    MenuOption,
    MenuResult,
    Menus,
    MenuState,
    Outcome,
    Phone,
    Silence,
    Started,
)
from .numbers import NUMBER_PROMPTS, WAIT_PROMPTS, announce_wait, say_digits, say_number
from .prompts import (
    BEEP,
    FIXED_PROMPTS,
    Prompt,
    PromptError,
    PromptText,
    greeting_id,
    greeting_prompts,
    load_prompts,
)
from .step import MAX_WRONG, step

__all__ = [
    "BEEP",
    "FIXED_PROMPTS",
    "MAX_OPTIONS",
    "MAX_WRONG",
    "NUMBER_PROMPTS",
    "PERSON_KEY",
    "Action",
    "CallerGone",
    "Done",
    "Event",
    "KeyPressed",
    "Listen",
    "Menu",
    "MenuError",
    "MenuOption",
    "MenuResult",
    "MenuState",
    "Menus",
    "Outcome",
    "Phone",
    "Problem",
    "Prompt",
    "PromptError",
    "PromptText",
    "Silence",
    "Started",
    "WAIT_PROMPTS",
    "announce_wait",
    "greeting_id",
    "greeting_prompts",
    "load_menus",
    "load_prompts",
    "read_menus",
    "run_menu",
    "say_digits",
    "say_number",
    "step",
]
