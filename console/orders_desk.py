"""What the handlers on orders share: the order of the path for this viewer, acts, their consequences on other orders.

In: a request. Out: an order's file; or a problem: 404 for what does not exist for the viewer, whatever the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from console.access import OVERSEERS, Viewer
from console.operations import Ask
from console.orders_shapes import OrderFile
from console.orders_view import actor_of, file_out, policy_viewer, row_facts
from console.problems import ProblemError
from gateway.orders.directory import unit_book
from gateway.orders.driver import Applied, apply, find_row, load, stored_events
from gateway.orders.listing import Scope
from gateway.store import NotFoundError, StaleVersionError, log_audit
from gateway.store.kinds import Role
from gateway.store.models import Evidence, WorkOrder
from workorder.events import SYSTEM, EventKind, OrderEvent
from workorder.privacy import may_see

ID = "{order_id:[A-Za-z0-9._-]{1,60}}"
GONE = "没有这张工单，或您无权查看"
K = EventKind
_NAMES_UNITS = {K.DISPATCHED: "units", K.LEADER_DECIDED: "units", K.UNIT_ADDED: "unit"}


def scope_of(viewer: Viewer) -> Scope:
    """Whose lists the viewer sees. Raises ProblemError for an account without a unit or a seat."""
    if viewer.role is Role.UNIT:
        if not viewer.unit:
            raise ProblemError("forbidden", "此账号没有对应的承办单位")
        return Scope(unit=viewer.unit)
    if viewer.role in (Role.SEAT, Role.EXPERT):
        if not viewer.seat:
            raise ProblemError("forbidden", "此账号没有对应的坐席")
        return Scope(seat=viewer.seat)
    return Scope()


def path_id(ask: Ask) -> str:
    return ask.request.match_info["order_id"]


async def visible_row(session: AsyncSession, viewer: Viewer, order_id: str) -> WorkOrder:
    """The row, if the order exists for the viewer. Raises ProblemError not-found."""
    try:
        row = await find_row(session, order_id)
    except NotFoundError:
        raise ProblemError("not-found", GONE) from None
    if not may_see(policy_viewer(viewer), row_facts(row)):
        raise ProblemError("not-found", GONE)
    return row


async def file_of(ask: Ask, order_id: str) -> OrderFile:
    """The order's file as the viewer may see it."""
    async with ask.deps.store.reading() as session:
        row = await visible_row(session, ask.viewer, order_id)
        order, rules, fresh = await load(session, row, ask.deps.rulebook)
        events = [*fresh, *([] if fresh else await stored_events(session, order_id))]
        query = select(Evidence).where(Evidence.order_id == order_id).order_by(Evidence.id)
        evidence = tuple(await session.scalars(query))
        book = await unit_book(session)
    return file_out(row, order, events, evidence, rules, ask.viewer, book)


async def act(
    ask: Ask,
    session: AsyncSession,
    order_id: str,
    events: Sequence[OrderEvent],
    *,
    version: int | None = None,
    key: str = "",
    identity: dict[str, str | None] | None = None,
) -> Applied:
    """Let it happen, if the order exists for the viewer; with what it does to another order."""
    row = await visible_row(session, ask.viewer, order_id)
    for event in events:
        await _check_units(session, event)
        other = _other(event)
        if other:
            await visible_row(session, ask.viewer, other)
    applied = await apply(session, ask.deps.rulebook, row.order_id, events, version=version, key=key, identity=identity)
    if applied.events:
        for event in events:
            await _elsewhere(ask, session, order_id, event)
    return applied


def event_of(ask: Ask, kind: EventKind, why: str, data: dict[str, Any]) -> OrderEvent:
    actor = actor_of(ask.viewer)
    if actor is None:
        raise ProblemError("forbidden", "审计账号只能查看")
    return OrderEvent(kind, ask.deps.clock(), actor, why, data)


async def _check_units(session: AsyncSession, event: OrderEvent) -> None:
    """Raises CallerFaultError for a unit that is not in the directory."""
    if event.kind not in _NAMES_UNITS:
        return
    named = event.data.get(_NAMES_UNITS[event.kind], [])
    listed = [named] if isinstance(named, str) else named
    more = [event.data.get("lead")] if event.kind is K.LEADER_DECIDED else []
    if isinstance(listed, list):
        (await unit_book(session)).check(str(unit) for unit in [*listed, *more] if unit)


def _other(event: OrderEvent) -> str:
    name = {K.MERGED: "into", K.REPEAT_NOTED: "of"}.get(event.kind, "")
    value = event.data.get(name) if name else None
    return value if isinstance(value, str) else ""


async def _elsewhere(ask: Ask, session: AsyncSession, order_id: str, event: OrderEvent) -> None:
    """A merge and a repeat are events of the first order too."""
    other = _other(event)
    if not other:
        return
    if event.kind is K.MERGED:
        told = OrderEvent(K.MERGED, event.at, event.by, event.why, {"from": order_id})
    else:
        told = OrderEvent(K.REPEAT_NOTED, event.at, SYSTEM, f"重复件 {order_id}", {})
    await apply(session, ask.deps.rulebook, other, told)


def is_hand(viewer: Viewer, row: WorkOrder) -> bool:
    """Somebody who talked with the caller after the seat that took the call: may write the order, and it is noted."""
    return bool(viewer.seat) and viewer.seat in row.hands


async def audit_hand(ask: Ask, session: AsyncSession, row: WorkOrder, what: str) -> None:
    if is_hand(ask.viewer, row):
        await audit(ask, session, what, f"order:{row.order_id}", seat=ask.viewer.seat, taken_by=row.seat)


async def audit(ask: Ask, session: AsyncSession, what: str, subject: str, **detail: Any) -> None:
    await log_audit(
        session, ask.viewer.user, what, subject, at=ask.deps.clock(), ip=ask.request.remote or "", detail=detail
    )


async def conflict(ask: Ask, order_id: str, error: StaleVersionError) -> ProblemError:
    """409 with the order as it is now."""
    current = await file_of(ask, order_id)
    extra = {"current": current.model_dump(mode="json")}
    return ProblemError("conflict", f"当前版本为 {error.current}", extra=extra)


def oversees(viewer: Viewer) -> bool:
    return viewer.role in OVERSEERS or viewer.role is Role.OFFICE
