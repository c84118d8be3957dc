"""Lists of orders: what comes next first, newest first, or those with certain words.

In: whose lists they are, filters. Out: rows, pages, counts. Never: an order of another unit or another seat. What of a
row may be shown is the privacy policy's matter; that a unit cannot find out by searching what it may not read is this
one's: by words it searches only where the caller's identity is not kept from it.

By words: `finding`.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError
from gateway.store.kinds import Category, OrderState
from gateway.store.models import OrderUnit, WorkOrder
from gateway.store.rows import PAGE_MAX, Page, after_cursor, encode_cursor
from gateway.store.sealed import is_caller

from .finding import NEWEST, find
from .view import Queue

CITY_DAY = timedelta(days=1)
OPEN = tuple(queue.value for queue in Queue if queue is not Queue.DONE)  # an index finds these, not "all but one"


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose lists: `unit` and `seat` see their own, None of both is the house."""

    unit: str | None = None
    seat: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Empty fields do not filter; see `console.orders_shapes.InboxQuery`."""

    q: str = ""
    queue: Queue | None = None
    state: OrderState | None = None
    category: Category | None = None
    hotline: str = ""
    unit: str = ""
    subject: str = ""
    area: str = ""
    seat: str = ""
    contact: str = ""
    overdue: bool | None = None
    proposed: bool | None = None
    promised: bool | None = None
    supervised: bool | None = None
    provisional: bool | None = None
    hard_case: bool | None = None
    open: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    due_before: datetime | None = None
    sort: str = "due"


async def lines_page(
    session: AsyncSession, scope: Scope, wanted: Wanted, *, cursor: str | None = None, limit: int = 50
) -> Page[WorkOrder]:
    """Raises CallerFaultError for a cursor that is none, or words that nothing can be looked for with."""
    limit = min(max(limit, 1), PAGE_MAX)
    if wanted.q:
        return await _searched(session, scope, wanted, cursor, limit)
    query = select(WorkOrder).where(*scoped(scope), *conditions(wanted))
    if wanted.sort == "new":
        query = query.where(*after_cursor(cursor, WorkOrder.created_at, WorkOrder.order_id))
        rows = await _fetch(session, query.order_by(*NEWEST), limit)
        return _page(rows, limit, lambda row: encode_cursor(row.created_at, row.order_id))
    rows = await _fetch(session, _by_due(query, cursor), limit)
    return _page(rows, limit, _due_cursor)


def scoped(scope: Scope) -> list[ColumnElement[bool]]:
    """The orders that are the viewer's at all."""
    found: list[ColumnElement[bool]] = []
    if scope.unit is not None:
        mine = exists().where(OrderUnit.order_id == WorkOrder.order_id, OrderUnit.unit == scope.unit)
        found.append(mine)
    if scope.seat is not None:
        found.append(WorkOrder.seat == scope.seat)
    return found


def conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    pairs: tuple[tuple[object, ColumnElement[bool]], ...] = (
        (wanted.queue, WorkOrder.queue == (wanted.queue.value if wanted.queue else "")),
        (wanted.state, WorkOrder.state == wanted.state),
        (wanted.category, WorkOrder.category == wanted.category),
        (wanted.hotline, WorkOrder.hotline_number == wanted.hotline),
        (wanted.area, WorkOrder.area == wanted.area),
        (wanted.seat, WorkOrder.seat == wanted.seat),
        (wanted.unit, exists().where(OrderUnit.order_id == WorkOrder.order_id, OrderUnit.unit == wanted.unit)),
        (wanted.contact, or_(WorkOrder.contact_index == wanted.contact, is_caller(WorkOrder, wanted.contact))),
    )
    found = [condition for value, condition in pairs if value]
    if wanted.subject:
        below = WorkOrder.subject.startswith(f"{wanted.subject}/", autoescape=True)
        found.append(or_(WorkOrder.subject == wanted.subject, below))
    flags = (
        (wanted.overdue, WorkOrder.overdue.is_(True)),
        (wanted.proposed, WorkOrder.proposed != ""),
        (wanted.promised, WorkOrder.promised != ""),
        (wanted.supervised, WorkOrder.supervision != ""),
        (wanted.provisional, WorkOrder.provisional.is_(True)),
        (wanted.hard_case, WorkOrder.hard_case.is_(True)),
        (wanted.open, WorkOrder.queue.in_(OPEN)),
    )
    found += [condition if value else ~condition for value, condition in flags if value is not None]
    found += _registered(wanted)
    if wanted.due_before is not None:
        found.append(WorkOrder.due_at < wanted.due_before)
    return found


def _registered(wanted: Wanted) -> list[ColumnElement[bool]]:
    since = [WorkOrder.created_at >= wanted.since] if wanted.since is not None else []
    return [*since, *([WorkOrder.created_at < wanted.until] if wanted.until is not None else [])]


# -- what comes next first; orders without a deadline after those with one, oldest first ----------------------------


def _by_due(query: Select[WorkOrder], cursor: str | None) -> Select[WorkOrder]:
    if cursor:
        due, order_id = _read_due_cursor(cursor)
        key = literal(order_id, WorkOrder.order_id.type)
        if due is None:
            query = query.where(WorkOrder.due_at.is_(None), WorkOrder.order_id > key)
        else:
            later = tuple_(WorkOrder.due_at, WorkOrder.order_id) > tuple_(literal(due, WorkOrder.due_at.type), key)
            query = query.where(or_(and_(WorkOrder.due_at.is_not(None), later), WorkOrder.due_at.is_(None)))
    return query.order_by(WorkOrder.due_at.asc().nulls_last(), WorkOrder.order_id)


def _due_cursor(row: WorkOrder) -> str:
    return _pack([row.due_at.isoformat() if row.due_at else "", row.order_id])


def _read_due_cursor(cursor: str) -> tuple[datetime | None, str]:
    try:
        due, order_id = _unpack(cursor)
        moment = datetime.fromisoformat(due) if due else None
        if not isinstance(order_id, str) or (moment is not None and moment.tzinfo is None):
            raise ValueError
    except (ValueError, TypeError, binascii.Error) as error:
        raise CallerFaultError("翻页标记无效", place="cursor", remedy="请从第一页重新开始") from error
    return moment, order_id


def _pack(value: list[str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _unpack(cursor: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())


# -- by words, newest first -----------------------------------------------------------------------------------------


async def _searched(
    session: AsyncSession, scope: Scope, wanted: Wanted, cursor: str | None, limit: int
) -> Page[WorkOrder]:
    mine = scoped(scope)
    if scope.unit is not None:
        mine.append(WorkOrder.guarded.is_(False))
    span = [*_registered(wanted), *after_cursor(cursor, WorkOrder.created_at, WorkOrder.order_id)]
    others = [*mine, *conditions(replace(wanted, since=None, until=None))]
    ids = await find(session, span, others, wanted.q, limit + 1)
    rows = await session.scalars(select(WorkOrder).where(WorkOrder.order_id.in_(ids)).order_by(*NEWEST))
    return _page(rows.all(), limit, lambda row: encode_cursor(row.created_at, row.order_id))


async def _fetch(session: AsyncSession, query: Select[WorkOrder], limit: int) -> Sequence[WorkOrder]:
    return (await session.scalars(query.limit(limit + 1))).all()


def _page(rows: Sequence[WorkOrder], limit: int, mark: Any) -> Page[WorkOrder]:
    items = tuple(rows[:limit])
    return Page(items, mark(items[-1]) if len(rows) > limit else None)


# -- counts ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counts:
    queues: dict[str, int]
    overdue: int
    due_today: int
    proposed: int
    promised: int


async def counts(session: AsyncSession, scope: Scope, now: datetime) -> Counts:
    """What an inbox shows beside its names."""
    mine = scoped(scope)
    open_ = WorkOrder.queue.in_(OPEN)
    by_queue = select(WorkOrder.queue, func.count()).where(*mine, open_).group_by(WorkOrder.queue)
    queues: dict[str, int] = {queue: int(number) for queue, number in (await session.execute(by_queue)).all()}

    async def number(*more: ColumnElement[bool]) -> int:
        return await session.scalar(select(func.count()).select_from(WorkOrder).where(*mine, open_, *more)) or 0

    return Counts(
        queues,
        await number(WorkOrder.due_at < now),
        await number(WorkOrder.due_at >= now, WorkOrder.due_at < now + CITY_DAY),
        await number(WorkOrder.proposed != ""),
        await number(WorkOrder.promised != ""),
    )
