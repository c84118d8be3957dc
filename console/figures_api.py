"""Figures: the named rates for any period and group, hot spots, the monthly bulletin, the yearly evaluation, Excel.

In: a period, a group. Out: rates with formula and exclusions; workbooks with a watermark. Never: another unit's rates
for a unit; an export without an entry in the audit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from http import HTTPMethod
from typing import Any
from urllib.parse import quote

from aiohttp import web

from console.access import OFFICE
from console.figures_shapes import (
    BulletinOut,
    DayOut,
    ExclusionOut,
    FigureOut,
    FiguresOut,
    FiguresQuery,
    HotSpotOut,
    HotSpotsOut,
    HotSpotsQuery,
    MonthOut,
    MonthQuery,
    RateOut,
    TallyOut,
    YearlyOut,
    YearQuery,
)
from console.operations import Ask, Operation
from console.orders_desk import audit
from console.problems import ProblemError
from gateway.orders.directory import UnitBook, unit_book
from gateway.orders.sheets import Cell, Sheet, workbook
from gateway.orders.tallies import (
    Bulletin,
    Slice,
    Tally,
    bulletin,
    closed_groups,
    hot_spots,
    month_span,
    opened_by,
    opened_per_day,
    span,
    tallies_by,
    tally,
)
from gateway.store.kinds import Role
from routing_table import CITY_ZONE
from workorder.figures import FIGURES, PERIOD_RULE
from workorder.words import CATEGORY_WORDS

TAG = "figures"
BASE = "/api/v1/figures"
READERS = OFFICE | {Role.AUDITOR}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST = timedelta(days=370)
DAYS_BACK = 28
_NAMES = {category.value: word for category, word in CATEGORY_WORDS.items()}


async def figures(ask: Ask) -> FiguresOut:
    """The rates over what was closed in the period. A unit sees its own."""
    query = _own(ask, ask.query_as(FiguresQuery))
    part = Slice(query.hotline, query.unit, query.area, query.category)
    async with ask.deps.store.reading() as session:
        groups = await closed_groups(session, query.since, query.until, part)
        book = await unit_book(session)
    return FiguresOut(
        since=query.since,
        until=query.until,
        rule=PERIOD_RULE,
        figures=figures_out(),
        whole=_tally_out(tally(groups), "", book),
        by=query.by,
        groups=[_tally_out(one, query.by, book) for one in tallies_by(groups, query.by)],
    )


def _own(ask: Ask, query: FiguresQuery) -> FiguresQuery:
    """A unit's own figures only, whatever it asks for. Raises ProblemError."""
    if not timedelta(0) < query.until - query.since <= LONGEST:
        raise ProblemError("bad-request", "统计期须在一年以内，且结束晚于开始")
    if ask.viewer.role is not Role.UNIT:
        return query
    if not ask.viewer.unit:
        raise ProblemError("forbidden", "此账号没有对应的承办单位")
    return query.model_copy(update={"unit": ask.viewer.unit})


def figures_out() -> list[FigureOut]:
    return [
        FigureOut(
            id=figure.id,
            name=figure.name,
            formula=figure.formula,
            source=figure.source,
            exclusions=[ExclusionOut(id=one.id, text=one.text, rule=one.rule) for one in figure.exclusions],
        )
        for figure in FIGURES
    ]


def _tally_out(one: Tally, by: str, book: UnitBook) -> TallyOut:
    rates = [
        RateOut(figure=rate.figure, hits=rate.hits, total=rate.total, value=rate.value, left_out=dict(rate.left_out))
        for rate in one.rates
    ]
    return TallyOut(key=one.key, name=_name(one.key, by, book), closed=one.closed, rates=rates)


def _name(key: str, by: str, book: UnitBook) -> str:
    if by == "unit":
        return book.name(key) if key else "未派单"
    return _NAMES.get(key, key) if by == "category" else key


async def hot(ask: Ask) -> HotSpotsOut:
    """What rises, where, against the same weekday of the four weeks before; and how many came in day by day."""
    query = ask.query_as(HotSpotsQuery)
    day = _day(ask, query.day)
    start, end = span(day, day + timedelta(days=1))
    async with ask.deps.store.reading() as session:
        found = await hot_spots(session, day, query.by)
        today = await opened_by(session, start, end, query.by)
        days = await opened_per_day(session, day - timedelta(days=DAYS_BACK), day + timedelta(days=1))
        book = await unit_book(session)
    items = [
        HotSpotOut(
            key=_name(spot.rise.key, query.by, book),
            today=spot.rise.today,
            usual=spot.rise.usual,
            score=spot.rise.score,
            before=list(spot.before),
        )
        for spot in found
    ]
    return HotSpotsOut(
        day=day,
        by=query.by,
        items=items,
        days=[DayOut(day=one, opened=number) for one, number in days.items()],
        today={_name(key, query.by, book): number for key, number in today.items() if key},
    )


def _day(ask: Ask, text: str) -> date:
    if not text:
        return ask.deps.clock().astimezone(CITY_ZONE).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ProblemError("bad-request", "没有这一天") from None


async def monthly(ask: Ask) -> BulletinOut:
    return BulletinOut(**await _bulletin(ask, *_month(ask.query_as(MonthQuery))))


def _month(query: MonthQuery) -> tuple[str, datetime, datetime]:
    year, month = query.month.split("-")
    return (f"{year}年{int(month)}月运行通报", *month_span(query.month))


async def _bulletin(ask: Ask, title: str, since: datetime, until: datetime) -> dict[str, Any]:
    async with ask.deps.store.reading() as session:
        found = await bulletin(session, since, until)
        book = await unit_book(session)
    return _bulletin_fields(title, found, book)


def _bulletin_fields(title: str, found: Bulletin, book: UnitBook) -> dict[str, Any]:
    counted = (
        "since until opened closed open_now overdue_now supervised_now opened_by_hotline opened_by_area "
        "opened_by_subject"
    )
    return {
        **{name: getattr(found, name) for name in counted.split()},
        "title": title,
        "rule": PERIOD_RULE,
        "opened_by_category": {_NAMES.get(key, "未分类"): number for key, number in found.opened_by_category.items()},
        "figures": figures_out(),
        "whole": _tally_out(found.whole, "", book),
        "by_unit": [_tally_out(one, "unit", book) for one in found.by_unit],
        "by_hotline": [_tally_out(one, "hotline", book) for one in found.by_hotline],
    }


async def yearly(ask: Ask) -> YearlyOut:
    """The evaluation of a year, with its months: closed in the period counts in it, open goes to the next."""
    year = ask.query_as(YearQuery).year
    since, until = span(date(year, 1, 1), date(year + 1, 1, 1))
    fields = await _bulletin(ask, f"{year}年度考核评估", since, until)
    months = []
    async with ask.deps.store.reading() as session:
        for number in range(1, 13):
            month = f"{year}-{number:02d}"
            groups = await closed_groups(session, *month_span(month))
            months.append(MonthOut(month=month, whole=_tally_out(tally(groups), "", UnitBook())))
    return YearlyOut(**fields, months=months)


# -- Excel ----------------------------------------------------------------------------------------------------------


async def figures_xlsx(ask: Ask) -> web.Response:
    found = await figures(ask)
    title = f"各项比率 {found.since:%Y-%m-%d} 至 {found.until:%Y-%m-%d}"
    sheet = Sheet("各项比率", title, _rate_rows([found.whole, *found.groups]), _notes(found.figures))
    return await _export(ask, "figures", [sheet], "figures.xlsx", since=str(found.since), until=str(found.until))


async def monthly_xlsx(ask: Ask) -> web.Response:
    month = ask.query_as(MonthQuery).month
    return await _export(ask, "bulletin", _bulletin_sheets(await monthly(ask)), f"bulletin-{month}.xlsx", month=month)


async def yearly_xlsx(ask: Ask) -> web.Response:
    found, year = await yearly(ask), ask.query_as(YearQuery).year
    months = [one.whole.model_copy(update={"name": one.month}) for one in found.months]
    sheets = [*_bulletin_sheets(found), Sheet("按月", f"{found.title} 按月", _rate_rows(months))]
    return await _export(ask, "yearly", sheets, f"yearly-{year}.xlsx", year=year)


def _rate_rows(tallies: Iterable[TallyOut]) -> list[list[Cell]]:
    head: list[Cell] = ["范围", "办结", *(text for figure in FIGURES for text in (figure.name, "分子", "分母"))]
    rows: list[list[Cell]] = [head]
    for one in tallies:
        row: list[Cell] = [one.name or "全部", one.closed]
        for rate in one.rates:
            row += ["—" if rate.value is None else f"{rate.value:.1%}", rate.hits, rate.total]
        rows.append(row)
    return rows


def _notes(shown: Iterable[FigureOut]) -> list[str]:
    notes = [PERIOD_RULE]
    for figure in shown:
        left = "；".join(f"{one.text}（{one.rule}）" if one.rule else one.text for one in figure.exclusions)
        notes.append(f"{figure.name} = {figure.formula}。依据：{figure.source}。不计入：{left}")
    return notes


def _bulletin_sheets(found: BulletinOut) -> list[Sheet]:
    counts: list[list[Cell]] = [
        ["项目", "数量"],
        ["本期登记", found.opened],
        ["本期办结", found.closed],
        ["目前未办结", found.open_now],
        ["目前逾期", found.overdue_now],
        ["目前督办", found.supervised_now],
    ]
    apart = (
        ("类别", found.opened_by_category),
        ("热线", found.opened_by_hotline),
        ("区域", found.opened_by_area),
        ("类目", found.opened_by_subject),
    )
    for what, numbers in apart:
        counts += [[f"{what}：{key or '未填'}", number] for key, number in sorted(numbers.items(), key=_largest)]
    return [
        Sheet("概况", found.title, counts),
        Sheet("按单位", f"{found.title} 按单位", _rate_rows([found.whole, *found.by_unit]), _notes(found.figures)),
        Sheet("按热线", f"{found.title} 按热线", _rate_rows(found.by_hotline), _notes(found.figures)),
    ]


def _largest(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


async def _export(ask: Ask, what: str, sheets: list[Sheet], name: str, **detail: Any) -> web.Response:
    """The workbook; who took it, when and from where is in it and in the audit."""
    at, viewer = ask.deps.clock(), ask.viewer
    mark = f"{viewer.display_name}（{viewer.user}）{at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M} 导出 · 内部资料 请勿外传"
    data = await asyncio.to_thread(workbook, sheets, mark)
    async with ask.deps.store.session() as session:
        await audit(ask, session, f"{what}.exported", what, **detail)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return web.Response(body=data, content_type=XLSX, headers=headers)


GET = HTTPMethod.GET
OWN = READERS | {Role.UNIT}
OPERATIONS = (
    Operation(GET, BASE, "The named rates", figures, OWN, TAG, query=FiguresQuery, reply=FiguresOut),
    Operation(
        GET, f"{BASE}/rates.xlsx", "The same as Excel", figures_xlsx, OWN, TAG, query=FiguresQuery, content_type=XLSX
    ),
    Operation(GET, f"{BASE}/hotspots", "What rises", hot, READERS, TAG, query=HotSpotsQuery, reply=HotSpotsOut),
    Operation(
        GET, f"{BASE}/bulletin", "The monthly bulletin", monthly, READERS, TAG, query=MonthQuery, reply=BulletinOut
    ),
    Operation(
        GET,
        f"{BASE}/bulletin.xlsx",
        "The bulletin as Excel",
        monthly_xlsx,
        READERS,
        TAG,
        query=MonthQuery,
        content_type=XLSX,
    ),
    Operation(GET, f"{BASE}/yearly", "The yearly evaluation", yearly, READERS, TAG, query=YearQuery, reply=YearlyOut),
    Operation(
        GET,
        f"{BASE}/yearly.xlsx",
        "The evaluation as Excel",
        yearly_xlsx,
        READERS,
        TAG,
        query=YearQuery,
        content_type=XLSX,
    ),
)
