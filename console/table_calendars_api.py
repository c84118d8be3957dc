"""Calendars of the table as years, and official notices as edits.

In: a calendar's name and a year, a notice's text. Out: days, an edit; nothing is saved. Never: hours of its own making.
"""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from http import HTTPMethod

from pydantic import Field

from console.operations import Ask, Body, Operation
from console.problems import ProblemError
from console.table_desk import BASE, LOOK, TAG, DraftQuery, chosen_table, wrong_edits
from console.table_shapes import CalendarYear, DayOut, NoticeOut, edit_out
from routing_table import Calendar, TableError
from routing_table.calendar import hours_of
from routing_table.fields import say_periods
from routing_table.notices import notice_edit, parse_notice
from routing_table.reasons import WORDS

YEARS = (2000, 2100)


class NoticeBody(Body):
    year: int = Field(ge=YEARS[0], le=YEARS[1])
    text: str = Field(min_length=1, max_length=10_000)
    source: str = Field(default="", max_length=200)


class YearQuery(DraftQuery):
    year: int = Field(ge=YEARS[0], le=YEARS[1])


async def calendar_days(ask: Ask) -> CalendarYear:
    query, name = ask.query_as(YearQuery), ask.request.match_info["name"]
    async with ask.deps.store.reading() as session:
        _, table = await chosen_table(session, draft=query.draft)
    calendar = table.calendar_named.get(name)
    if calendar is None:
        raise ProblemError("not-found", "没有这个日历")
    first = date(query.year, 1, 1)
    count = (date(query.year + 1, 1, 1) - first).days
    days = [_day(calendar, first + timedelta(days=n)) for n in range(count)]
    return CalendarYear(name=name, year=query.year, provisional=any(day.provisional for day in days), days=days)


def _day(calendar: Calendar, day: date) -> DayOut:
    periods, why, provisional = hours_of(calendar, day)
    return DayOut(day=day, open=say_periods(periods), why=why, text=WORDS.get(why, ""), provisional=provisional)


async def notice(ask: Ask) -> NoticeOut:
    """The official text of a year → the edit that takes it in. Nothing is saved."""
    body = ask.body_as(NoticeBody)
    async with ask.deps.store.reading() as session:
        _, table = await chosen_table(session, draft=False)
    try:
        found = await asyncio.to_thread(parse_notice, body.text, body.year, body.source)
    except TableError as error:
        raise wrong_edits(error) from error
    edit = notice_edit(table, found)
    return NoticeOut(edit=edit_out(edit), off=sorted(found.off), worked=sorted(found.worked))


GET, POST = HTTPMethod.GET, HTTPMethod.POST
OPERATIONS = (
    Operation(
        POST,
        f"{BASE}/notice",
        "An official notice as an edit",
        notice,
        LOOK,
        TAG,
        body=NoticeBody,
        reply=NoticeOut,
    ),
    Operation(
        GET,
        f"{BASE}/calendars/{{name:[a-z0-9_-]{{1,64}}}}/days",
        "A calendar, day by day of one year",
        calendar_days,
        LOOK,
        TAG,
        query=YearQuery,
        reply=CalendarYear,
    ),
)
