"""By what an order is judged: a profile, the working days, and the settings that no document fixes.

In: nothing. Out: frozen values; `Refusal` with a Chinese reason and the rule's place. Never: a number of a document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from .days import Days
from .events import OrderEvent
from .order import Level, Order
from .profile import Profile


@dataclass(frozen=True, slots=True)
class Settings:
    """What a city chooses where its document is silent; none of these moves a deadline.

    `warn_before`: how long before a deadline it is called near (never more than a quarter of the limit).
    `at_once_grace`: after so long a thing to be done at once counts as late. `propose_after`: a rung of the ladder is
    proposed (people decide) when handling is so long overdue. `clearly_overdue`, `often`: what the discipline body is
    told of (seed 002, article 16, gives no numbers).
    """

    warn_before: timedelta = timedelta(hours=24)
    at_once_grace: timedelta = timedelta(minutes=30)
    propose_after: Mapping[Level, timedelta] = field(
        default_factory=lambda: {
            Level.SHEET: timedelta(days=1),
            Level.JOINT_MEETING: timedelta(days=5),
            Level.INTERVIEW: timedelta(days=10),
            Level.BULLETIN: timedelta(days=20),
        }
    )
    clearly_overdue: timedelta = timedelta(days=10)
    often: int = 2
    failed_contacts_before_sms: int = 2  # "始终无法": the first attempt and at least one more
    bad_rating: int = 2  # so many stars or fewer are looked into (seed 003, article 15: 差评核实整改)
    clock_skew: timedelta = timedelta(minutes=1)  # between two nodes that write to one order


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything besides the order and the event that a decision looks at."""

    profile: Profile
    days: Days
    settings: Settings = Settings()


@dataclass(frozen=True, slots=True)
class Refusal:
    """The event may not happen; the order is as before. `slug` is stable, `chinese` for the page, `rule` the place."""

    slug: str
    chinese: str
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The event has happened. `events` are to be appended, all of them in this order: the event itself (completed with
    what the profile decided), then what follows from it. `order` is their fold on the order before."""

    order: Order
    events: tuple[OrderEvent, ...]


Outcome = Taken | Refusal
