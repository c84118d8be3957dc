"""By what an order is judged: a profile, the working days, and the settings that no document fixes (`readings`).

In: nothing. Out: frozen values; `Refusal` with a Chinese reason and the rule's place. Never: a number of a document.
"""

from __future__ import annotations

from dataclasses import dataclass

from .days import Days
from .events import OrderEvent
from .order import Order
from .profile import Profile
from .readings import Settings, with_readings

__all__ = ["Outcome", "Refusal", "Rules", "Settings", "Taken"]


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything besides the order and the event that a decision looks at. `base`: the house's own settings."""

    profile: Profile
    days: Days
    base: Settings = Settings()

    @property
    def settings(self) -> Settings:
        """The house's settings with the profile's readings."""
        return with_readings(self.base, self.profile.readings)


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
