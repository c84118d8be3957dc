"""Asking the table: where a call would go, what a draft would have done to real calls, calendars, merges, notices.

In: numbers, moments, unsaved edits, spans. Out: answers; nothing is changed. Never: another code than a live call's.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPMethod
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

import ivr
from console.operations import Ask, Body, Operation
from console.paging import Moment, SpanQuery
from console.problems import ProblemError
from console.shapes import Page
from console.table_desk import BASE, LOOK, TAG, chosen_table, read_edits, wrong_edits
from console.table_shapes import (
    AuditOut,
    CalendarYear,
    DayOut,
    EditIn,
    FiguresOut,
    HotlineOut,
    LifeCycleOut,
    LifeCycles,
    MenuOptionOut,
    MenuOut,
    Menus,
    MovedOut,
    NoticeOut,
    ReplayOut,
    RouteOut,
    StepOut,
    edit_out,
)
from gateway.prompts import read_prompts
from gateway.store.audit import audit_page
from gateway.store.past_calls import Figures, figures
from gateway.tables import versions
from gateway.tables.replaying import read_calls, replay_calls
from routing_table import CITY_ZONE, Arrival, Calendar, NotRouted, Route, Table, TableError, Trunk, lookup
from routing_table.calendar import hours_of
from routing_table.edits import apply_edits
from routing_table.fields import say_periods
from routing_table.life_cycle import LifeCycle, life_cycles
from routing_table.notices import notice_edit, parse_notice
from routing_table.reasons import WORDS
from routing_table.replay import Moved, say_way

# Whoever asks without a trunk is believed about the Diversion, and nothing is assumed about the number.
ASKING = Trunk("(asking)", believe_diversion=True)
REPLAY_S = 60.0
MOVED_MAX = 1000
PIVOTS_MAX = 60  # different days of merging that figures are counted around
YEARS = (2000, 2100)


class DraftQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    draft: bool = False


class RouteBody(Body):
    """`edits`: not saved; made on the draft, or on the table in force."""

    number: str = Field(min_length=1, max_length=80)
    caller: str | None = Field(default=None, max_length=80)
    at: Moment | None = None
    trunk: str | None = Field(default=None, max_length=80)
    diversions: list[Annotated[str, Field(max_length=400)]] = Field(default_factory=list, max_length=5)
    draft: bool = False
    edits: list[EditIn] = Field(default_factory=list, max_length=200)


class ReplayBody(Body):
    """Calls that arrived in [since, until)."""

    since: Moment
    until: Moment


class NoticeBody(Body):
    year: int = Field(ge=YEARS[0], le=YEARS[1])
    text: str = Field(min_length=1, max_length=10_000)
    source: str = Field(default="", max_length=200)


class YearQuery(DraftQuery):
    year: int = Field(ge=YEARS[0], le=YEARS[1])


class LifeQuery(DraftQuery):
    days: int = Field(default=28, ge=1, le=366)


class AuditQuery(SpanQuery):
    who: str = Field(default="", max_length=80)
    what: str = Field(default="", max_length=200, pattern=r"^[A-Za-z0-9._-]*(,[A-Za-z0-9._-]+)*$")
    subject: str = Field(default="", max_length=120)


# -- one call ------------------------------------------------------------------------------------------------------


async def route(ask: Ask) -> RouteOut:
    body = ask.body_as(RouteBody)
    edits = read_edits(body.edits)
    async with ask.deps.store.reading() as session:
        _, table = await chosen_table(session, draft=body.draft)
    try:
        table = await asyncio.to_thread(apply_edits, table, edits) if edits else table
    except TableError as error:
        raise wrong_edits(error) from error
    trunk = body.trunk
    if not trunk:
        table, trunk = replace(table, trunks=(*table.trunks, ASKING)), ASKING.name
    at = body.at or ask.deps.clock()
    return route_out(
        lookup(table, Arrival(body.number, body.caller, tuple(body.diversions), trunk), at), body.number, at
    )


def route_out(answer: Route | NotRouted, asked: str, at: datetime) -> RouteOut:
    reasons = [reason.chinese for reason in answer.why]
    if isinstance(answer, NotRouted):
        return RouteOut(
            routed=False,
            number=answer.number or asked,
            mode=answer.mode.value if answer.mode else "",
            hotline=None,
            greeting="",
            skills=[],
            steps=[],
            reason=answer.cause.chinese,
            reasons=reasons,
            table_version=answer.table_version,
            at=at,
        )
    hotline = answer.hotline
    return RouteOut(
        routed=True,
        number=answer.number,
        mode=answer.mode.value,
        hotline=HotlineOut(
            number=hotline.number, name=hotline.name, unit=hotline.unit, merge_mode=hotline.merge_mode.value
        ),
        greeting=answer.greeting,
        skills=list(answer.skills),
        steps=[
            StepOut(
                kind=step.kind.value, ref=step.ref, skills=list(step.skills), priority=step.priority, join=step.join
            )
            for step in answer.steps
        ],
        reason="",
        reasons=reasons,
        table_version=answer.table_version,
        at=at,
    )


# -- many calls ----------------------------------------------------------------------------------------------------


async def replay(ask: Ask) -> ReplayOut:
    """Real calls against the draft. Its own, longer time: weeks of a large city are read."""
    body = ask.body_as(ReplayBody)
    async with ask.deps.heavy:
        try:
            async with asyncio.timeout(REPLAY_S), ask.deps.store.store.reading() as session:
                _, old = await versions.published_table(session)
                _, new = await versions.draft_table(session)
                read = await read_calls(session, body.since, body.until)
        except TimeoutError:
            raise ProblemError("store-away", "读取通话记录用时过长，请缩短时间段") from None
        done = await replay_calls(old, new, read)
    return ReplayOut(
        calls=done.result.calls,
        moved=[_moved(move) for move in done.result.moved[:MOVED_MAX]],
        heard=[_moved(move) for move in done.result.heard[:MOVED_MAX]],
        seconds=done.seconds,
        cut=done.cut,
    )


def _moved(move: Moved) -> MovedOut:
    return MovedOut(
        number=move.number,
        from_way=move.from_,
        to_way=move.to,
        from_text=say_way(move.from_),
        to_text=say_way(move.to),
        count=move.count,
        examples=list(move.examples),
    )


# -- calendars -----------------------------------------------------------------------------------------------------


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


# -- merges --------------------------------------------------------------------------------------------------------


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


# -- menus and the audit -------------------------------------------------------------------------------------------


async def menus(ask: Ask) -> Menus:
    """The menus a row may name, with what they say."""
    try:
        found, texts = await asyncio.to_thread(_read_menus, ask)
    except (OSError, ValueError) as error:
        raise ProblemError("not-now", "菜单文件有误，请管理员检查") from error
    return Menus(
        items=[
            MenuOut(
                id=menu.id,
                prompt=menu.prompt,
                text=texts.get(menu.prompt, ""),
                options=[
                    MenuOptionOut(
                        key=option.key,
                        id=option.id,
                        prompt=option.prompt,
                        text=texts.get(option.prompt, ""),
                        skills=list(option.skills),
                    )
                    for option in menu.options
                ],
            )
            for menu in found.values()
        ]
    )


def _read_menus(ask: Ask) -> tuple[ivr.Menus, dict[str, str]]:
    folder = ask.deps.config.menus_dir
    found = ivr.load_menus({path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.toml"))})
    return found, {prompt.id: prompt.text for prompt in read_prompts().values()}


async def audit(ask: Ask) -> Page[AuditOut]:
    query = ask.query_as(AuditQuery)
    async with ask.deps.store.reading() as session:
        page = await audit_page(
            session,
            who=query.who,
            what=query.what,
            subject=query.subject,
            since=query.since,
            until=query.until,
            cursor=query.cursor,
            limit=query.limit,
        )
    items = [AuditOut.model_validate(entry, from_attributes=True) for entry in page.items]
    return Page[AuditOut](items=items, next=page.next)


def table_used(table: Table) -> dict[str, list[str]]:
    """Prompt id → keys of the rows that play it as their greeting or in their chain."""
    used: dict[str, list[str]] = defaultdict(list)
    for row in table.rows:
        key = f"{row.number}@{row.valid_from.isoformat()}" if row.valid_from else row.number
        prompts = {row.greeting or f"greet-{row.number}"}
        prompts |= {link.ref for link in row.chain if link.kind.value in ("announcement", "message") and link.ref}
        for prompt in prompts:
            used[prompt].append(key)
    return used


GET, POST = HTTPMethod.GET, HTTPMethod.POST
OPERATIONS = (
    Operation(
        POST, f"{BASE}/route", "Where a call would go, and why", route, LOOK, TAG, body=RouteBody, reply=RouteOut
    ),
    Operation(
        POST, f"{BASE}/replay", "Real calls against the draft", replay, LOOK, TAG, body=ReplayBody, reply=ReplayOut
    ),
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
    Operation(GET, f"{BASE}/menus", "The menus", menus, LOOK, TAG, reply=Menus),
    Operation(
        GET, "/api/v1/audit", "Who did what, newest first", audit, LOOK, "audit", query=AuditQuery, reply=Page[AuditOut]
    ),
)
