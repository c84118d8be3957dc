"""Work orders and tasks: opened by the recorder, worked on by people.

In: a session, what to change, who changes it, when. Out: rows, pages, or StaleVersionError when somebody was faster.
Never: changes an order's origin (hotline, call, caller's number), or deletes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError

from .errors import ConflictError, NotFoundError, StaleVersionError
from .kinds import OrderState, TaskState
from .models import Counter, Leg, Task, WorkOrder, WorkOrderEvent
from .rows import PAGE_MAX, Page, after_cursor, insert_new, page_of
from .sealed import sealed_values

EDITABLE = frozenset({"caller_name", "contact", "category", "title", "matter", "address", "secret"})


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
        (wanted.caller, WorkOrder.caller_number == wanted.caller),
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


async def save_order(
    session: AsyncSession, order_id: str, changes: Mapping[str, Any], *, version: int, by: str, at: datetime
) -> WorkOrder:
    """Write a seat's changes (keys of EDITABLE) if the order still is at `version`, and log them.

    Raises StaleVersionError (409 for a page), NotFoundError, CallerFaultError for a field that may not change.
    """
    if unknown := sorted(set(changes) - EDITABLE):
        raise CallerFaultError("此字段不可修改", place=", ".join(unknown))
    return await _change(session, order_id, dict(changes), version=version, by=by, at=at, what="saved")


async def accept_order(session: AsyncSession, order_id: str, *, version: int, by: str, at: datetime) -> WorkOrder:
    """The seat takes the draft in as an accepted order. Raises StaleVersionError, NotFoundError, ConflictError."""
    order = await session.get(WorkOrder, order_id)
    if order is not None and order.state is not OrderState.DRAFT:
        raise ConflictError("工单已受理", place="state")
    values = {"state": OrderState.ACCEPTED}
    return await _change(session, order_id, values, version=version, by=by, at=at, what="accepted")


async def _change(
    session: AsyncSession, order_id: str, values: dict[str, Any], *, version: int, by: str, at: datetime, what: str
) -> WorkOrder:
    statement = (
        update(WorkOrder)
        .where(WorkOrder.order_id == order_id, WorkOrder.version == version)
        .values(**sealed_values(WorkOrder, order_id, values), version=version + 1, updated_at=at)
        .returning(WorkOrder)
        .execution_options(populate_existing=True)
    )
    changed = await session.scalar(statement)
    if changed is None:
        current = await session.scalar(select(WorkOrder.version).where(WorkOrder.order_id == order_id))
        raise NotFoundError("没有这个工单", place=order_id) if current is None else StaleVersionError(current)
    detail = {"version": version + 1, "fields": sorted(values)}
    session.add(WorkOrderEvent(order_id=order_id, at=at, by=by, what=what, detail=detail))
    await session.flush()
    return changed


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
