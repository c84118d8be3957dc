"""Numbers that the documents leave open, as a profile reads them: which there are, and what each means.

In: a profile's readings. Out: the settings with these numbers in place of the house's; the words that explain one.
Never: a number that a document gives (those are limits and rules of the profile), a reading without its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from .order import Level
from .profile import Article, Profile, Reading


@dataclass(frozen=True, slots=True)
class Settings:
    """What a city chooses where its document is silent; none of these moves a deadline.

    `warn_before`: how long before a deadline it is called near (never more than a quarter of the limit).
    `at_once_grace`: after so long a thing to be done at once counts as late. `propose_after`: a rung of the ladder is
    proposed (people decide) when handling is so long overdue. `clearly_overdue`, `often`: what the discipline body is
    told of (seed 002, article 16, gives no numbers). `sent_back_often`: so many reports sent back are badly handled.
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
    sent_back_often: int = 2
    clock_skew: timedelta = timedelta(minutes=1)  # between two nodes that write to one order


def _proposed(level: Level) -> Callable[[Settings, int], Settings]:
    return lambda base, days: replace(base, propose_after={**base.propose_after, level: timedelta(days=days)})


READINGS: Mapping[str, Callable[[Settings, int], Settings]] = {
    "warn_before_hours": lambda base, n: replace(base, warn_before=timedelta(hours=n)),
    "at_once_grace_minutes": lambda base, n: replace(base, at_once_grace=timedelta(minutes=n)),
    "propose_sheet_days": _proposed(Level.SHEET),
    "propose_joint_meeting_days": _proposed(Level.JOINT_MEETING),
    "propose_interview_days": _proposed(Level.INTERVIEW),
    "propose_bulletin_days": _proposed(Level.BULLETIN),
    "clearly_overdue_days": lambda base, n: replace(base, clearly_overdue=timedelta(days=n)),
    "often": lambda base, n: replace(base, often=n),
    "failed_contacts_before_sms": lambda base, n: replace(base, failed_contacts_before_sms=n),
    "bad_rating": lambda base, n: replace(base, bad_rating=min(n, 5)),
    "sent_back_often": lambda base, n: replace(base, sent_back_often=n),
}


def with_readings(base: Settings, readings: Iterable[Reading]) -> Settings:
    """The settings with a profile's own numbers."""
    for reading in readings:
        base = READINGS[reading.id](base, reading.value)
    return base


def say(readings: Iterable[Reading], name: str) -> str:
    """How a number that decided something came about, for the event's reason: "" when the profile reads nothing."""
    found = next((reading for reading in readings if reading.id == name), None)
    return f"（本市理解：{found.text}）" if found else ""


def readings_of(profile: Profile) -> tuple[tuple[str, str, int | None], ...]:
    """Everything that is read in this profile: (place, how and why, the number if it is one)."""
    articles: list[Article | None] = [row.article for row in profile.limits]
    articles += [rule.article for rule in profile.extensions]
    rules = (profile.returns, profile.contact, profile.repeats, profile.lead, profile.follow_up)
    articles += [rule.article for rule in rules if rule is not None]
    articles += [profile.promise, profile.pause, profile.override, profile.nuisance, profile.urgent]
    found = [(article.rule, article.reading, None) for article in articles if article is not None and article.reading]
    return (*dict.fromkeys(found), *((entry.rule, entry.text, entry.value) for entry in profile.readings))
