"""Work orders and tasks as they are stored: lists, one order, running numbers, tasks that are done.

In: a session, filters; for a task who has done it, and when. Out: rows and pages. Never: changes an order: that is
`gateway.orders.driver`'s alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from .errors import ConflictError, NotFoundError
from .kinds import OrderState, TaskState
from .models import Counter, Leg, Task, WorkOrder, WorkOrderEvent
from .rows import PAGE_MAX, Page, after_cursor, insert_new, page_of
from .sealed import is_caller


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Empty fields do not filter. `talked`: also orders of others' calls in which the seat talked with the caller."""

    state: OrderState | None = None
    seat: str = ""
    talked: bool = False
    hotline: str = ""
    caller: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def next_number(session: AsyncSession, name: str, count: int = 1) -> int:
    """The next running number of that name, from 1; with `count` the first of so many, all the caller's.

    Atomic; a rolled-back transaction gives its numbers back.
    """
    await insert_new(session, Counter, [{"name": name, "value": 0}])
    values = {"value": Counter.value + count}
    statement = update(Counter).where(Counter.name == name).values(values).returning(Counter.value)
    return (await session.execute(statement)).scalar_one() - count + 1


async def order_detail(session: AsyncSession, order_id: str) -> tuple[WorkOrder, tuple[WorkOrderEvent, ...]] | None:
    order = await session.get(WorkOrder, order_id)
    if order is None:
        return None
    query = select(WorkOrderEvent).where(WorkOrderEvent.order_id == order_id).order_by(WorkOrderEvent.id)
    return order, tuple(await session.scalars(query))


async def order_of_call(session: AsyncSession, linkedid: str) -> WorkOrder | None:
    return await session.scalar(select(WorkOrder).where(WorkOrder.linkedid == linkedid))


async def orders_page(
    session: AsyncSession, wanted: OrderFilter = OrderFilter(), *, cursor: str | None = None, limit: int = 50
) -> Page[WorkOrder]:
    """Orders newest first. Raises CallerFaultError for a cursor that is none."""
    limit = min(max(limit, 1), PAGE_MAX)
    query = (
        select(WorkOrder)
        .where(*_conditions(wanted), *after_cursor(cursor, WorkOrder.created_at, WorkOrder.order_id))
        .order_by(WorkOrder.created_at.desc(), WorkOrder.order_id.desc())
        .limit(limit + 1)
    )
    rows = (await session.scalars(query)).all()
    return page_of(rows, limit, lambda order: (order.created_at, order.order_id))


def _conditions(wanted: OrderFilter) -> list[ColumnElement[bool]]:
    pairs = (
        (wanted.state, WorkOrder.state == wanted.state),
        (wanted.seat, _of_seat(wanted)),
        (wanted.hotline, WorkOrder.hotline_number == wanted.hotline),
        (wanted.caller, is_caller(WorkOrder, wanted.caller)),
    )
    found: list[ColumnElement[bool]] = [condition for value, condition in pairs if value]
    if wanted.since is not None:
        found.append(WorkOrder.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(WorkOrder.created_at < wanted.until)
    return found


def _of_seat(wanted: OrderFilter) -> ColumnElement[bool]:
    own = WorkOrder.seat == wanted.seat
    if not wanted.talked:
        return own
    calls = select(Leg.linkedid).where(Leg.seat == wanted.seat, Leg.joined_at.is_not(None))
    return or_(own, WorkOrder.linkedid.in_(calls))


async def tasks_page(
    session: AsyncSession, state: TaskState | None = TaskState.OPEN, *, cursor: str | None = None, limit: int = 50
) -> Page[Task]:
    """Tasks newest first."""
    limit = min(max(limit, 1), PAGE_MAX)
    query = select(Task).where(*after_cursor(cursor, Task.created_at, Task.task_id))
    if state is not None:
        query = query.where(Task.state == state)
    rows = (await session.scalars(query.order_by(Task.created_at.desc(), Task.task_id.desc()).limit(limit + 1))).all()
    return page_of(rows, limit, lambda task: (task.created_at, task.task_id))


async def open_tasks(session: AsyncSession) -> int:
    """How many callers still wait to be called back."""
    return await session.scalar(select(func.count()).where(Task.state == TaskState.OPEN)) or 0


async def close_task(session: AsyncSession, task_id: str, *, by: str, note: str, at: datetime) -> Task:
    """Mark a task done. Raises NotFoundError, or ConflictError when somebody has done it already."""
    statement = (
        update(Task)
        .where(Task.task_id == task_id, Task.state == TaskState.OPEN)
        .values(state=TaskState.DONE, done_by=by, done_at=at, note=note)
        .returning(Task)
        .execution_options(populate_existing=True)
    )
    closed = await session.scalar(statement)
    if closed is not None:
        return closed
    existing = await session.get(Task, task_id)
    if existing is None:
        raise NotFoundError("没有这个任务", place=task_id)
    raise ConflictError("任务已由他人完成", place=task_id, remedy=existing.done_by or "")
