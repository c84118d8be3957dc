"""Real calls against a draft: who would have gone elsewhere.

In: two tables and past calls. Out: how many, and which ways they would have taken instead. Never: more than one
lookup for calls that must go the same way (same number, same slot of time), so that 100,000 calls take ≤ 2 s.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .model import NotRouted, Route, Table


@dataclass(frozen=True, slots=True)
class PastCall:
    """A call as it arrived. `at` is aware; `key` its linkedid."""

    dialled: str
    at: datetime
    caller: str | None = None
    diversions: tuple[str, ...] = ()
    trunk: str | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """`count` calls to `number` that went the way `from_` would go the way `to` (coded: see `way`)."""

    number: str
    from_: str
    to: str
    count: int
    examples: tuple[str, ...] = ()  # keys of the first few


@dataclass(frozen=True, slots=True)
class Replay:
    """`moved`: other people or another end, most calls first. `heard`: the same people after other prompts or menus."""

    calls: int
    moved: tuple[Moved, ...] = ()
    heard: tuple[Moved, ...] = ()


def replay(old: Table, new: Table, calls: Iterable[PastCall]) -> Replay:
    raise NotImplementedError


def way(answer: Route | NotRouted) -> str:
    """Where a call goes, as one word: 'unit_line:unit-12348>shared_seats[12348]', 'announcement:cancelled', 'none'."""
    raise NotImplementedError


def say_way(way: str) -> str:
    """A way in Chinese."""
    raise NotImplementedError
