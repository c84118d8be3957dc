"""Every hotline's merge, with figures of the days before and after it.

In: the table, calls of the store. Out: stages and counts. Never: a count of a day that is not over.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPMethod

from pydantic import Field

from console.operations import Ask, Operation
from console.table_desk import BASE, LOOK, TAG, DraftQuery, chosen_table
from console.table_shapes import FiguresOut, LifeCycleOut, LifeCycles
from gateway.store.past_calls import Figures, figures
from routing_table import CITY_ZONE
from routing_table.life_cycle import LifeCycle, life_cycles

PIVOTS_MAX = 60  # different days of merging that figures are counted around


class LifeQuery(DraftQuery):
    days: int = Field(default=28, ge=1, le=366)


async def lifecycle(ask: Ask) -> LifeCycles:
    """Each hotline's stage, and figures of as many days before and after its merge."""
    query, now = ask.query_as(LifeQuery), ask.deps.clock()
    today = now.astimezone(CITY_ZONE).date()
    async with ask.deps.store.reading() as session:
        _, table = await chosen_table(session, draft=query.draft)
        cycles = life_cycles(table, today)
        counted: dict[tuple[date, date], dict[str, Figures]] = {}
        for span in _spans(cycles, today, query.days):
            counted[span] = dict(await figures(session, _midnight(span[0]), _midnight(span[1])))
    return LifeCycles(items=[_cycle_out(cycle, today, query.days, counted) for cycle in cycles])


Span = tuple[date, date]


def _spans(cycles: tuple[LifeCycle, ...], today: date, days: int) -> list[Span]:
    """What has to be counted, most hotlines first; beyond PIVOTS_MAX days of merging nothing is."""
    wanted: dict[Span, int] = defaultdict(int)
    for cycle in cycles:
        for span in _around(cycle, today, days):
            if span:
                wanted[span] += 1
    return sorted(wanted, key=lambda span: (-wanted[span], span))[: 2 * PIVOTS_MAX]


def _around(cycle: LifeCycle, today: date, days: int) -> tuple[Span | None, Span | None]:
    """The days before and after the merge; before the merge, the days up to today. Today itself is not over."""
    pivot = cycle.merged_on
    if pivot is None or pivot >= today:
        return (today - timedelta(days=days), today), None
    if pivot - date.min < timedelta(days=days):
        return None, None
    return (pivot - timedelta(days=days), pivot), (pivot, min(pivot + timedelta(days=days), today))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CITY_ZONE).astimezone(UTC)


def _cycle_out(cycle: LifeCycle, today: date, days: int, counted: dict[Span, dict[str, Figures]]) -> LifeCycleOut:
    spans = _around(cycle, today, days)
    before, after = (_figures(counted, span, cycle.number) for span in spans)
    lengths = [(span[1] - span[0]).days if span else 0 for span in spans]
    return LifeCycleOut(
        number=cycle.number,
        name=cycle.name,
        stage=cycle.stage.value,
        since=cycle.since,
        until=cycle.until,
        merged_on=cycle.merged_on,
        before=before,
        after=after,
        before_days=lengths[0],
        after_days=lengths[1],
    )


def _figures(counted: dict[Span, dict[str, Figures]], span: Span | None, number: str) -> FiguresOut | None:
    if span is None or span not in counted:
        return None
    return FiguresOut.model_validate(counted[span].get(number, Figures()), from_attributes=True)


GET = HTTPMethod.GET
OPERATIONS = (
    Operation(
        GET,
        f"{BASE}/lifecycle",
        "Every hotline's merge, with figures before and after",
        lifecycle,
        LOOK,
        TAG,
        query=LifeQuery,
        reply=LifeCycles,
    ),
)
