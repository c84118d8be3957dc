"""Figures over a period: the named rates in groups, a month's bulletin, a year's evaluation, what rises where.

In: a session, a period. Out: rates with what they left out, counts. Never: loads an order: those that count alike are
counted together (`WorkOrder.figures`), a million of them are a few thousand texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.store.models import WorkOrder
from routing_table import CITY_ZONE
from workorder.figures import FIGURES, Rate, Rise, Row, rate, rising
from workorder.model import Category

from .view import Queue, figures_row

WEEKS = 4  # of the same weekday that a day is held against
Group = tuple[Row, int]


@dataclass(frozen=True, slots=True)
class Slice:
    """Empty fields do not filter."""

    hotline: str = ""
    unit: str = ""
    area: str = ""
    category: str = ""

    def takes(self, row: Row) -> bool:
        return (
            self.hotline in ("", row.hotline)
            and self.unit in ("", row.unit)
            and self.area in ("", row.area)
            and self.category in ("", row.category or "-")
        )


KEYS: Mapping[str, Callable[[Row], str]] = {
    "hotline": lambda row: row.hotline,
    "unit": lambda row: row.unit or "",
    "area": lambda row: row.area,
    "category": lambda row: row.category.value if row.category else "",
    "source": lambda row: row.source,
}


@dataclass(frozen=True, slots=True)
class Tally:
    """One group of orders: how many, and every rate. `key` is "" for all, or for those without one."""

    key: str
    closed: int
    rates: tuple[Rate, ...]


async def closed_groups(session: AsyncSession, since: datetime, until: datetime, part: Slice = Slice()) -> list[Group]:
    """The orders closed from `since` to before `until`, in groups of those that count alike."""
    query = (
        select(WorkOrder.figures, func.count())
        .where(WorkOrder.closed_at >= since, WorkOrder.closed_at < until, WorkOrder.figures != "")
        .group_by(WorkOrder.figures)
    )
    rows = ((figures_row(text, since), number) for text, number in (await session.execute(query)).all())
    return [(row, number) for row, number in rows if part.takes(row)]


def tally(groups: Iterable[Group], key: str = "") -> Tally:
    """The rates of `workorder.figures`, each row counted as often as there are orders like it."""
    kept = tuple(groups)
    found = []
    for figure in FIGURES:
        hits = total = 0
        left_out: dict[str, int] = {}
        for row, number in kept:
            one = rate(figure, (row,))
            hits, total = hits + one.hits * number, total + one.total * number
            for reason, times in one.left_out.items():
                left_out[reason] = left_out.get(reason, 0) + times * number
        found.append(Rate(figure.id, hits, total, left_out))
    return Tally(key, sum(number for _row, number in kept), tuple(found))


def tallies_by(groups: Sequence[Group], by: str) -> list[Tally]:
    """A tally for each hotline, unit, area, category or source; the largest first."""
    key = KEYS[by]
    apart: dict[str, list[Group]] = {}
    for row, number in groups:
        apart.setdefault(key(row), []).append((row, number))
    return sorted((tally(own, name) for name, own in apart.items()), key=lambda one: (-one.closed, one.key))


# -- what comes in --------------------------------------------------------------------------------------------------

_COLUMNS = {
    "subject": WorkOrder.subject,
    "area": WorkOrder.area,
    "hotline": WorkOrder.hotline_number,
    "category": WorkOrder.category,
    "unit": WorkOrder.lead,
}


async def opened_by(session: AsyncSession, since: datetime, until: datetime, by: str) -> dict[str, int]:
    """How many orders were opened, by subject, area, hotline, category or unit."""
    column = _COLUMNS[by]
    query = (
        select(column, func.count()).where(WorkOrder.created_at >= since, WorkOrder.created_at < until).group_by(column)
    )
    return {str(getattr(key, "value", key) or ""): number for key, number in (await session.execute(query)).all()}


async def opened_per_day(session: AsyncSession, since: date, until: date) -> dict[date, int]:
    """How many orders were opened on each day of the city, `until` not among them."""
    found = {}
    for n in range((until - since).days):
        day = since + timedelta(days=n)
        start, end = span(day, day + timedelta(days=1))
        query = select(func.count()).where(WorkOrder.created_at >= start, WorkOrder.created_at < end)
        found[day] = await session.scalar(query) or 0
    return found


@dataclass(frozen=True, slots=True)
class HotSpot:
    """What rises, with the numbers of the same weekday in the weeks before, oldest first."""

    rise: Rise
    before: tuple[int, ...]


async def hot_spots(session: AsyncSession, day: date, by: str) -> list[HotSpot]:
    """What was notably more than on the same weekday before (`workorder.figures.rising`)."""
    start, end = span(day, day + timedelta(days=1))
    today = await opened_by(session, start, end, by)
    weeks = []
    for back in range(WEEKS, 0, -1):
        shift = timedelta(weeks=back)
        weeks.append(await opened_by(session, start - shift, end - shift, by))
    found = rising({key: number for key, number in today.items() if key}, weeks)
    return [HotSpot(rise, tuple(week.get(rise.key, 0) for week in weeks)) for rise in found]


def span(first: date, after: date) -> tuple[datetime, datetime]:
    """Days of the city as moments, the second not among them."""
    return datetime.combine(first, time(), CITY_ZONE), datetime.combine(after, time(), CITY_ZONE)


def month_span(month: str) -> tuple[datetime, datetime]:
    """`2026-11`. Raises ValueError."""
    first = date.fromisoformat(f"{month}-01")
    return span(first, (first + timedelta(days=32)).replace(day=1))


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A period in numbers, as the monthly bulletin and the yearly evaluation print them."""

    since: datetime
    until: datetime
    opened: int
    closed: int
    open_now: int
    overdue_now: int
    supervised_now: int
    opened_by_category: dict[str, int]
    opened_by_hotline: dict[str, int]
    opened_by_area: dict[str, int]
    opened_by_subject: dict[str, int]
    whole: Tally
    by_unit: list[Tally] = field(default_factory=list)
    by_hotline: list[Tally] = field(default_factory=list)


async def bulletin(session: AsyncSession, since: datetime, until: datetime) -> Bulletin:
    groups = await closed_groups(session, since, until)
    by_category = await opened_by(session, since, until, "category")

    async def number(*conditions: Any) -> int:
        return await session.scalar(select(func.count()).select_from(WorkOrder).where(*conditions)) or 0

    still_open = (WorkOrder.queue != Queue.DONE.value, WorkOrder.closed_at.is_(None))
    return Bulletin(
        since,
        until,
        sum(by_category.values()),
        sum(count for _row, count in groups),
        await number(*still_open),
        await number(*still_open, WorkOrder.overdue.is_(True)),
        await number(*still_open, WorkOrder.supervision != ""),
        {category.value: by_category.get(category.value, 0) for category in Category} | {"": by_category.get("", 0)},
        await opened_by(session, since, until, "hotline"),
        await opened_by(session, since, until, "area"),
        await opened_by(session, since, until, "subject"),
        tally(groups),
        tallies_by(groups, "unit"),
        tallies_by(groups, "hotline"),
    )
