"""Tells the pages that orders have come or changed: numbers and counts, each page only of orders that exist for it.

In: the events' table (told of by NOTIFY, polled as well), the relay's pages. Out: `orders` messages on the pages' event
stream, at most one a second. Never: a word of what an order is about; a message to a unit about another's order.

A unit that an order was taken from hears that it is gone, once, if it had it when this console last looked at it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from console.access import OFFICE, Viewer
from console.deps import Deps
from console.orders_view import policy_viewer, row_facts
from console.problems import ProblemError
from gateway.orders.listing import Counts, Scope, counts
from gateway.orders.view import Queue
from gateway.store.kinds import Role
from gateway.store.listen import listen
from gateway.store.models import WorkOrder
from gateway.store.order_news import CHANNEL, Place, here, read_on
from workorder.privacy import may_see

log = logging.getLogger(__name__)

POLL_S = 3.0
GAP_S = 1.0  # what happens in between is told together
TOLD_MAX = 100  # orders in one message; of more the page is told that there were many
UNITS_MAX = 20  # units whose counts are reckoned in one turn; the other pages ask for themselves
KNOWN_MAX = 20_000
CHUNK = 500  # numbers in one IN
HOUSE = OFFICE | {Role.AUDITOR}

Shape = dict[str, Any]


class OrdersWatch:
    """`start` and `stop` belong to the application."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._units: OrderedDict[str, frozenset[str]] = OrderedDict()  # who had an order when it was last looked at

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="orders-live")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        await self._deps.store.opened.wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(listen(self._deps.store.store, self._wake, CHANNEL), name="orders-listen")
            group.create_task(self._follow(), name="orders-follow")

    async def _follow(self) -> None:
        place: Place | None = None
        while True:
            try:
                place = await self._turn(place)
            except ProblemError as error:
                log.warning("orders: %s", error.detail)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_S):
                    await self._wake.wait()
            self._wake.clear()
            await asyncio.sleep(GAP_S)

    async def _turn(self, place: Place | None) -> Place:
        async with self._deps.store.reading() as session:
            if place is None:
                return await here(session)
            ids = await read_on(session, place)
            if ids:
                await self._tell(session, ids)
        return place

    async def _tell(self, session: AsyncSession, ids: list[str]) -> None:
        rows: list[WorkOrder] = []
        for first in range(0, len(ids), CHUNK):
            query = select(WorkOrder).where(WorkOrder.order_id.in_(ids[first : first + CHUNK]))
            rows += await session.scalars(query)
        gone = {row.order_id: self._left(row) for row in rows}
        viewers = {page.lens.viewer for page in self._deps.relay.pages()}
        told = {viewer: _message(viewer, rows, gone) for viewer in viewers}
        scopes = _scopes(viewer for viewer, message in told.items() if message)
        found = {scope: await counts(session, scope, self._deps.clock()) for scope in scopes}
        for viewer, message in told.items():
            if message:
                message["counts"] = _counts_out(found.get(_scope(viewer)))
        self._deps.relay.tell(lambda viewer: told.get(viewer))

    def _left(self, row: WorkOrder) -> frozenset[str]:
        """Units that had the order and have it no more."""
        now = frozenset(row.units)
        before = self._units.pop(row.order_id, now)
        self._units[row.order_id] = now
        if len(self._units) > KNOWN_MAX:
            self._units.popitem(last=False)
        return before - now


def _message(viewer: Viewer, rows: Iterable[WorkOrder], gone: dict[str, frozenset[str]]) -> Shape | None:
    """What this viewer is told; None for nothing."""
    if viewer.role not in HOUSE and not (viewer.role is Role.UNIT and viewer.unit):
        return None
    eyes = policy_viewer(viewer)
    changed = [_line(row) for row in rows if may_see(eyes, row_facts(row))]
    left = [order_id for order_id, units in gone.items() if viewer.role is Role.UNIT and viewer.unit in units]
    if not changed and not left:
        return None
    many = len(changed) > TOLD_MAX
    return {"type": "orders", "changed": changed[:TOLD_MAX], "gone": left, "many": many, "counts": None}


def _line(row: WorkOrder) -> Shape:
    """Where the order stands, for a page to see which of its lists it belongs to."""
    return {
        "order_id": row.order_id,
        "version": row.version,
        "queue": row.queue,
        "open": row.queue != Queue.DONE.value,
        "overdue": row.overdue,
        "proposed": row.proposed != "",
        "supervised": row.supervision != "",
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "created_at": row.created_at.isoformat(),
    }


def _scope(viewer: Viewer) -> Scope:
    return Scope(unit=viewer.unit) if viewer.role is Role.UNIT else Scope()


def _scopes(viewers: Iterable[Viewer]) -> list[Scope]:
    found = dict.fromkeys(_scope(viewer) for viewer in viewers)
    return [scope for scope in found if scope.unit is None] + [scope for scope in found if scope.unit][:UNITS_MAX]


def _counts_out(found: Counts | None) -> Shape | None:
    if found is None:
        return None
    return {
        "queues": found.queues,
        "overdue": found.overdue,
        "due_today": found.due_today,
        "proposed": found.proposed,
        "promised": found.promised,
    }


WATCH: web.AppKey[OrdersWatch] = web.AppKey("orders_watch", OrdersWatch)
