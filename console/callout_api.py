"""Calls that the house places for a seat or the office: the button of a missed call and of an order, and the tries so
far. Missed calls are rung back by seats, orders followed up by whoever works on them.

In: a task's or order's id and a purpose. Out: 202 with the call's id (how it goes is in the live state), tries with
their cause. Never: a number from the browser: it is the one that stands in the task or order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPMethod
from typing import Literal

from pydantic import BaseModel

from console.access import DESK, STAFF, Viewer, may_look_up
from console.operations import Ask, Body, Operation
from console.orders_desk import visible_row
from console.problems import ProblemError
from console.shapes import TryOut
from console.talk_api import audit, own_seat
from gateway.journal.kinds import OutPurpose
from gateway.store import Role, Task, TaskState, WorkOrder
from gateway.store.callouts import tries_of
from gateway.store.models import OutCall
from routing_table import normalise_caller

TAG = "callouts"
TASK = "{task_id:[A-Za-z0-9._-]{1,60}}"
ORDER = "{order_id:[A-Za-z0-9._-]{1,60}}"


class TaskCallBody(Body):
    purpose: Literal[OutPurpose.CALL_BACK] = OutPurpose.CALL_BACK


class OrderCallBody(Body):
    purpose: OutPurpose


class CallPlacedOut(BaseModel):
    """`call`: the linkedid under which the call is in the live state. The seat's own phone rings first."""

    call: str
    seat: str
    reference: str
    purpose: OutPurpose


class TriesOut(BaseModel):
    items: list[TryOut]


def try_out(one: OutCall, viewer: Viewer) -> TryOut:
    return TryOut(
        call=one.linkedid,
        purpose=one.purpose,
        seat=one.seat,
        by=one.by,
        at=one.asked_at,
        ended_at=one.ended_at,
        result=one.result,
        talked_s=one.talked_s,
        may_open=may_look_up(viewer, [one.seat]),
    )


async def task_call(ask: Ask) -> CallPlacedOut:
    seat, task_id = own_seat(ask), ask.request.match_info["task_id"]
    async with ask.deps.store.reading() as session:
        task = await session.get(Task, task_id)
    if task is None:
        raise ProblemError("not-found", "没有这个任务")
    if task.state is not TaskState.OPEN:
        raise ProblemError("conflict", "任务已完成，不需要再回拨")
    hotline = (task.hotline_number, task.hotline_name)
    return await _place(ask, seat, ask.body_as(TaskCallBody).purpose, f"task:{task_id}", task.caller_number, hotline)


async def order_call(ask: Ask) -> CallPlacedOut:
    seat, order = own_seat(ask), await _order(ask)
    number = _number(ask, order.contact) or order.caller_number
    hotline = (order.hotline_number, order.hotline_name)
    return await _place(ask, seat, ask.body_as(OrderCallBody).purpose, f"order:{order.order_id}", number, hotline)


async def task_calls(ask: Ask) -> TriesOut:
    return await _tries(ask, f"task:{ask.request.match_info['task_id']}")


async def order_calls(ask: Ask) -> TriesOut:
    return await _tries(ask, f"order:{(await _order(ask)).order_id}")


async def _order(ask: Ask) -> WorkOrder:
    """The order named in the path, if the viewer may see it; else 404: ids are guessable."""
    async with ask.deps.store.reading() as session:
        return await visible_row(session, ask.viewer, ask.request.match_info["order_id"])


def _number(ask: Ask, contact: str | None) -> str | None:
    """The number that the caller has left, as it is dialled."""
    return normalise_caller(contact, ask.deps.config.area_code).number if contact else None


async def _place(
    ask: Ask, seat: str, purpose: OutPurpose, reference: str, number: str | None, hotline: tuple[str, str]
) -> CallPlacedOut:
    """Written down first, then rung: a call that cannot be answered for is not placed."""
    if number is None:
        raise ProblemError("not-now", "没有可拨打的号码")
    await audit(ask, "call.placed", reference, purpose=purpose.value, seat=seat)
    words = {"seat": seat, "by": ask.viewer.user, "purpose": purpose.value, "reference": reference, "number": number}
    placed = await ask.deps.gateway.post("/v1/out", {**words, "hotline": hotline[0], "hotline_name": hotline[1]})
    return CallPlacedOut(call=str(placed["call"]), seat=seat, reference=reference, purpose=purpose)


async def _tries(ask: Ask, reference: str) -> TriesOut:
    async with ask.deps.store.reading() as session:
        found: Sequence[OutCall] = (await tries_of(session, [reference])).get(reference, ())
    return TriesOut(items=[try_out(one, ask.viewer) for one in found])


def _placing(
    path: str,
    summary: str,
    handler: Callable[[Ask], Awaitable[CallPlacedOut]],
    body: type[Body],
    roles: frozenset[Role] = STAFF,
) -> Operation:
    return Operation(
        HTTPMethod.POST,
        path,
        summary,
        handler,
        roles,
        TAG,
        body=body,
        reply=CallPlacedOut,
        status=202,
        keyed=True,
    )


OPERATIONS = (
    _placing(f"/api/v1/tasks/{TASK}/call", "Ring me, then the citizen who was missed", task_call, TaskCallBody),
    _placing(
        f"/api/v1/orders/{ORDER}/call", "Ring me, then the citizen of this order", order_call, OrderCallBody, DESK
    ),
    Operation(
        HTTPMethod.GET, f"/api/v1/tasks/{TASK}/calls", "Tries to call back", task_calls, STAFF, TAG, reply=TriesOut
    ),
    Operation(
        HTTPMethod.GET, f"/api/v1/orders/{ORDER}/calls", "Tries to reach them", order_calls, DESK, TAG, reply=TriesOut
    ),
)
