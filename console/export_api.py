"""The list of orders as Excel, however long: read page by page, written as it is read.

In: the inbox's filters. Out: a stream of a workbook with a watermark. Never: a particular of a caller; more than a page
of orders in memory; a file that looks whole and is not: when the database goes away, so does the connection.

Each page of rows is read in a transaction of its own, so no limit on one of them is a limit on the list. An order whose
deadline moves meanwhile may be passed over, as on the page; none stands in the list twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import closing
from http import HTTPMethod

from aiohttp import web

from console.operations import Ask, Operation
from console.orders_desk import audit
from console.orders_shapes import InboxQuery, LineOut
from console.orders_view import line_out, policy_viewer
from console.orders_words import QUEUES
from console.orders_work_api import LOOKERS, TAG, check_search, rows_of
from console.problems import ProblemError
from gateway.orders.directory import UnitBook, unit_book
from gateway.orders.sheet_stream import Column, SheetStream
from gateway.store.rows import PAGE_MAX
from routing_table import CITY_ZONE
from workorder.words import CATEGORY_WORDS

log = logging.getLogger(__name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORT_MAX = 200_000  # rows: what one file of a list may carry out of the house
SEND_S = 30.0  # a browser that takes nothing for so long is gone
COLUMNS = tuple(
    Column(*one)
    for one in (
        *(("工单号", 18), ("状态", 12), ("类别", 10), ("类目", 28), ("区域", 12), ("标题", 44), ("热线", 10)),
        *(("承办单位", 28), ("时限", 18), ("逾期", 8), ("登记时间", 18)),
    )
)


async def orders_xlsx(ask: Ask) -> web.StreamResponse:
    """The list as the viewer may see it, at most 200,000 rows; no particulars of callers. Audited when it begins, and
    with the number of rows when it ends."""
    query = ask.query_as(InboxQuery)
    check_search(ask.viewer, query)
    if ask.deps.exports.locked():
        raise ProblemError("too-many", "正在导出的人较多，请稍后再试")
    async with ask.deps.exports:
        asked = query.model_dump(mode="json", exclude_defaults=True, exclude={"contact", "cursor"})
        lines, following, book = await _page(ask, query, None, None)  # a wrong filter is told before anything is sent
        async with ask.deps.store.session() as session:
            await audit(ask, session, "orders.exported", "orders", asked=asked)
        response = web.StreamResponse(headers={"Content-Disposition": 'attachment; filename="orders.xlsx"'})
        response.content_type = XLSX
        await response.prepare(ask.request)
        try:
            await _stream(ask, query, response, lines, following, book)
        except (ProblemError, TimeoutError, ConnectionError) as error:
            log.warning("an export broke off: %r", error)
            if ask.request.transport is not None:
                ask.request.transport.abort()
        return response


async def _stream(
    ask: Ask,
    query: InboxQuery,
    response: web.StreamResponse,
    lines: list[LineOut],
    following: str | None,
    book: UnitBook,
) -> None:
    at, viewer = ask.deps.clock(), ask.viewer
    mark = f"{viewer.display_name}（{viewer.user}）{at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M} 导出 · 内部资料 请勿外传"
    with closing(SheetStream("工单", "工单清单", mark, COLUMNS)) as sheet:
        await _send(response, sheet.begin())
        told: set[str] = set()
        while lines or following:
            fresh = [line for line in lines if line.order_id not in told][: EXPORT_MAX - len(told)]
            told.update(line.order_id for line in fresh)
            await _send(response, await asyncio.to_thread(sheet.rows, [tuple(_cells(line)) for line in fresh]))
            if not following or len(told) >= EXPORT_MAX:
                break
            lines, following, book = await _page(ask, query, following, book)
        notes = [f"只列出前 {EXPORT_MAX} 件，请缩小范围后分次导出"] if following else []
        await _send(response, sheet.end(notes))
        async with ask.deps.store.session() as session:
            await audit(ask, session, "orders.export-ended", "orders", rows=len(told), whole=not following)
    await response.write_eof()


async def _send(response: web.StreamResponse, piece: bytes) -> None:
    if piece:
        async with asyncio.timeout(SEND_S):
            await response.write(piece)


async def _page(
    ask: Ask, query: InboxQuery, cursor: str | None, book: UnitBook | None
) -> tuple[list[LineOut], str | None, UnitBook]:
    eyes = policy_viewer(ask.viewer)
    async with ask.deps.store.reading() as session:
        known = book or await unit_book(session)
        page = await rows_of(ask, session, query.model_copy(update={"cursor": cursor, "limit": PAGE_MAX}))
        return [line_out(row, eyes, known) for row in page.items], page.next, known


def _cells(line: LineOut) -> Iterator[str]:
    yield line.order_id
    yield QUEUES[line.queue]
    yield CATEGORY_WORDS[line.category] if line.category else ""
    yield line.subject
    yield line.area
    yield line.title
    yield line.hotline.number
    yield "、".join(unit.name for unit in line.units)
    yield f"{line.due_at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}" if line.due_at else ""
    yield "是" if line.overdue else ""
    yield f"{line.created_at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M}"


OPERATIONS = (
    Operation(
        HTTPMethod.GET,
        "/api/v1/orders/export.xlsx",
        "The list as Excel (audited)",
        orders_xlsx,
        LOOKERS,
        TAG,
        query=InboxQuery,
        content_type=XLSX,
    ),
)
