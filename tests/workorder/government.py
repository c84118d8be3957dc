"""What the clock's tests share: the five profiles as shipped, the working days as known, and short ways to ask."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from gateway.orders.calendar import days_of, load_profiles
from tests.routing_table.city import DEMO
from workorder.asking import Deadline, Extension, Matter, Override, Pause, Refused
from workorder.clock import due
from workorder.days import Days, YearDays
from workorder.model import Category
from workorder.profile import Difficulty, Profile, Step
from workorder.words import read_category, read_difficulty

PROFILES = load_profiles()
DAYS = days_of(DEMO)
VECTORS = Path(__file__).with_name("vectors.csv")


def profile(name: str) -> Profile:
    return PROFILES[name]


def matter(category: str = "", difficulty: str = "", source: str = "", *, enforcement: bool = False) -> Matter:
    kind: Category | None = read_category(category)
    how_hard: Difficulty | None = read_difficulty(difficulty)
    return Matter(kind, source or "12345", how_hard, enforcement)


def ask(
    name: str,
    about: Matter,
    at: str,
    step: Step = Step.HANDLE,
    *extensions: Extension,
    override: Override | None = None,
    pauses: tuple[Pause, ...] = (),
    days: Days = DAYS,
) -> Deadline | Refused:
    return due(PROFILES[name], days, step, about, datetime.fromisoformat(at), extensions, pauses, override)


def due_at(
    name: str,
    about: Matter,
    at: str,
    step: Step = Step.HANDLE,
    *extensions: Extension,
    override: Override | None = None,
) -> str:
    """The due moment in city time, without its offset."""
    found = ask(name, about, at, step, *extensions, override=override)
    assert isinstance(found, Deadline), found
    assert found.due.utcoffset() == timedelta(hours=8)
    return found.due.replace(tzinfo=None).isoformat()


def refused(
    name: str,
    about: Matter,
    at: str,
    step: Step = Step.HANDLE,
    *extensions: Extension,
    override: Override | None = None,
) -> Refused:
    found = ask(name, about, at, step, *extensions, override=override)
    assert isinstance(found, Refused), found
    return found


def with_notice(days: Days, year: int, off: set[date], worked: set[date] | None = None) -> Days:
    """The same days with one year's notice come in."""
    notice = YearDays(frozenset(off), frozenset(worked or ()), f"国务院办公厅关于{year}年部分节假日安排的通知")
    return Days({**days.official, year: notice})
