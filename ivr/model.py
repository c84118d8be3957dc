"""The nouns of a menu: what it offers, what can happen in it, what comes of it, and the phone it is played on.

In and out: frozen dataclasses. Never: behaviour; that is `step` (pure) and `run_menu` (the driver).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

PERSON_KEY = "0"  # a person, at any moment; no menu can give it another meaning
ALL_KEYS = "0123456789*#"
DEFAULT_WAIT_S = 4.0
DEFAULT_TOTAL_S = 60.0  # two rounds of a five-option menu with both silences, and some


@dataclass(frozen=True, slots=True)
class MenuOption:
    """One choice. `prompt` is the line that offers it ("企业服务请按一"), `label` its name on pages ("企业服务").

    `skills` and `priority` are added to those of the call's route.
    """

    key: str
    id: str
    prompt: str
    skills: tuple[str, ...] = ()
    priority: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """One level of choices. `prompt` opens the menu, then each option's own line is played in order.

    `wait_s`: silence after the last prompt that means "a person, please". `total_s`: the driver's bound on the whole
    menu, prompts included. `barge_in`: any key cuts the prompts short; without it only the person key does.
    """

    id: str
    prompt: str
    options: tuple[MenuOption, ...]
    wait_s: float = DEFAULT_WAIT_S
    total_s: float = DEFAULT_TOTAL_S
    barge_in: bool = True

    @property
    def prompts(self) -> tuple[str, ...]:
        """All prompt ids of the menu in the order they are played."""
        return (self.prompt, *(option.prompt for option in self.options))


Menus = Mapping[str, Menu]  # by menu id


class Outcome(StrEnum):
    """How a menu ended. All but `CHOSEN` lead to a person without further questions."""

    CHOSEN = "chosen"
    ZERO = "zero"
    SILENCE = "silence"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class MenuResult:
    """The caller's choice: `option` is an option's id, or None where the caller goes straight to a person."""

    menu: str
    option: str | None
    outcome: Outcome
    skills: tuple[str, ...] = ()
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """The caller has come to the menu."""


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """The caller pressed a key, during a prompt or after it."""

    key: str


@dataclass(frozen=True, slots=True)
class Silence:
    """The time to press a key is over."""


Event = Started | KeyPressed | Silence


@dataclass(frozen=True, slots=True)
class Listen:
    """Play `prompts`; a key of `barge_in` cuts them short. Afterwards wait `wait_s` seconds for a key."""

    prompts: tuple[str, ...]
    barge_in: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class Done:
    """The menu is over."""

    result: MenuResult


Action = Listen | Done


@dataclass(frozen=True, slots=True)
class MenuState:
    """Where a caller is in a menu: wrong keys so far, and the result once there is one."""

    wrong: int = 0
    result: MenuResult | None = None


class CallerGone(Exception):  # noqa: N818  # an event in the caller's life, not an error of ours
    """Raised by a `Phone` when the caller has hung up."""


class Phone(Protocol):
    """One caller's line, as far as prompts and keys go. Every method raises CallerGone once the caller has hung up."""

    async def play(self, prompts: Sequence[str], *, barge_in: str = "") -> str | None:
        """Play prompt ids in order. Returns the key of `barge_in` that cut them short, or None at their end."""

    async def read_key(self, seconds: float) -> str | None:
        """Wait up to `seconds` for one key (0-9, *, #). None is silence."""

    async def music(self, on: bool) -> None:
        """Music on hold on or off."""
