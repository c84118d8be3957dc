"""What the clock is asked and what it answers, as values.

In: nothing. Out: frozen values. Never: a reckoning (`clock`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .limits import Limit
from .model import Category
from .profile import Difficulty, Step


@dataclass(frozen=True, slots=True)
class Matter:
    """What decides which limit holds. `source`: the number or body an order came through, such as 12345 or 12319."""

    category: Category | None = None
    source: str = "12345"
    difficulty: Difficulty | None = None
    enforcement: bool = False


@dataclass(frozen=True, slots=True)
class Extension:
    """So many working days more. `applied_at` None: in time. `approvals` None: asked as if all were given.

    `granted`: the decision stands and is not judged again (a later notice must not take it back).
    """

    days: int
    applied_at: datetime | None = None
    approvals: tuple[str, ...] | None = None
    granted: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands from `since` until `until`; None: it still stands. One that ends before it begins is none."""

    since: datetime
    until: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Override:
    """A limit that another law or a superior body sets, with its basis in Chinese."""

    limit: Limit
    basis: str


@dataclass(frozen=True, slots=True)
class Question:
    """All that a deadline depends on besides the profile and the working days; kept with the order."""

    step: Step
    matter: Matter
    at: datetime
    extensions: tuple[Extension, ...] = ()
    pauses: tuple[Pause, ...] = ()
    override: Override | None = None


@dataclass(frozen=True, slots=True)
class Explained:
    """One line of the reckoning: by `rule` the clock went from `from_` to `to`; `why` in Chinese for an official."""

    rule: str
    from_: datetime
    to: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """`due` in city time. The first step begins when the matter was received, each goes on where the one before ended,
    the last ends at `due`. `provisional`: a year's notice is not known; reckon again when it comes."""

    due: datetime
    limit: Limit
    rule: str
    profile_version: str
    steps: tuple[Explained, ...]
    provisional: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """No deadline. `rule`: the document's place, or what is missing there. `missing`: a field of the question without
    which it cannot be answered (`category`, `difficulty`), else ""."""

    rule: str
    why: str
    missing: str = ""
