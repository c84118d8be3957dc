"""Work orders: list, one, changes to a draft with an optimistic lock, acceptance, the numbers behind the mask.

In: filters, changes with the version they were made on. Out: orders; 409 with both versions when somebody was faster.
Never: a change to an order's origin.
"""

from __future__ import annotations

from http import HTTPMethod
from typing import Any

from pydantic import Field

from console.access import STAFF, Viewer, may_reveal, may_see
from console.call_shapes import caller_out
from console.masking import mask_number
from console.operations import Ask, Body, Operation
from console.paging import DIGITS, SpanQuery
from console.problems import ProblemError
from console.shapes import Hotline, OrderDetail, OrderEventOut, OrderRow, Page, Unmasked
from console.talk_shapes import MergeBody
from gateway.store import (
    Category,
    OrderFilter,
    OrderState,
    StaleVersionError,
    WorkOrder,
    WorkOrderEvent,
    accept_order,
    log_audit,
    merge_order,
    order_detail,
    order_of_call,
    orders_page,
    save_order,
)

TAG = "orders"
ID = "{order_id:[A-Za-z0-9._-]{1,60}}"
Stored = tuple[WorkOrder, tuple[WorkOrderEvent, ...]]


class OrdersQuery(SpanQuery):
    state: OrderState | None = None
    hotline: str = Field(default="", pattern=DIGITS)
    caller: str = Field(default="", pattern=DIGITS)
    seat: str = Field(default="", max_length=20)


class OrderPatch(Body):
    """Only the fields that are sent change. `version` is the one the changes were made on."""

    version: int
    title: str | None = Field(default=None, max_length=200)
    category: Category | None = None
    matter: str | None = Field(default=None, max_length=10_000)
    caller_name: str | None = Field(default=None, max_length=60)
    contact: str | None = Field(default=None, max_length=40, pattern=r"^[0-9+\- ()转]*$")
    address: str | None = Field(default=None, max_length=300)
    secret: bool | None = None

    def changes(self) -> dict[str, Any]:
        """What was sent. Null clears category and contact and is nothing for the others."""
        sent = {name: getattr(self, name) for name in self.model_fields_set - {"version"}}
        return {name: value for name, value in sent.items() if value is not None or name in ("category", "contact")}


class AcceptBody(Body):
    version: int


def _row_fields(order: WorkOrder) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "state": order.state,
        "hotline": Hotline(number=order.hotline_number, name=order.hotline_name, unit=order.hotline_unit),
        "title": order.title,
        "category": order.category,
        "caller_name": order.caller_name,
        "caller": caller_out(order.caller_number, withheld=order.caller_withheld),
        "seat": order.seat,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
        "version": order.version,
    }


def detail_out(stored: Stored, viewer: Viewer) -> OrderDetail:
    order, events = stored
    return OrderDetail(
        **_row_fields(order),
        linkedid=order.linkedid,
        dialled=order.dialled,
        choice=order.choice,
        contact=mask_number(order.contact) if order.contact else None,
        matter=order.matter,
        address=order.address,
        secret=order.secret,
        merged_into=order.merged_into,
        may_edit=may_see(viewer, _seats(order)) and order.merged_into is None,
        events=[OrderEventOut(at=event.at, by=event.by, what=event.what, detail=event.detail) for event in events],
    )


def _seats(order: WorkOrder) -> list[str]:
    return [order.seat] if order.seat else []


async def _stored(ask: Ask) -> Stored:
    """The order named in the path, if the viewer may see it; else 404."""
    async with ask.deps.store.reading() as session:
        found = await order_detail(session, ask.request.match_info["order_id"])
    if found is None or not may_see(ask.viewer, _seats(found[0])):
        raise ProblemError("not-found", "没有这张工单，或您无权查看")
    return found


async def orders(ask: Ask) -> Page[OrderRow]:
    query, viewer = ask.query_as(OrdersQuery), ask.viewer
    if not viewer.oversees and not viewer.seat:
        raise ProblemError("forbidden", "此账号没有对应的坐席")
    wanted = OrderFilter(
        state=query.state,
        seat=query.seat if viewer.oversees else viewer.seat,
        hotline=query.hotline,
        caller=query.caller,
        since=query.since,
        until=query.until,
    )
    async with ask.deps.store.reading() as session:
        page = await orders_page(session, wanted, cursor=query.cursor, limit=query.limit)
    return Page[OrderRow](items=[OrderRow(**_row_fields(order)) for order in page.items], next=page.next)


async def order(ask: Ask) -> OrderDetail:
    return detail_out(await _stored(ask), ask.viewer)


async def order_for_call(ask: Ask) -> OrderDetail:
    """The order of a call. 404 until the recorder has opened it, a moment after the seat answered."""
    async with ask.deps.store.reading() as session:
        row = await order_of_call(session, ask.request.match_info["linkedid"])
        found = await order_detail(session, row.order_id) if row else None
    if found is None or not may_see(ask.viewer, _seats(found[0])):
        raise ProblemError("not-found", "此通话还没有工单")
    return detail_out(found, ask.viewer)


async def _conflict(ask: Ask, yours: dict[str, Any]) -> ProblemError:
    current = detail_out(await _stored(ask), ask.viewer)
    extra = {"current": current.model_dump(mode="json"), "yours": yours}
    return ProblemError("conflict", f"当前版本为 {current.version}", extra=extra)


async def change(ask: Ask) -> OrderDetail:
    """Save changes of a page. Raises ProblemError conflict with `current` and `yours`."""
    stored, body = await _stored(ask), ask.body_as(OrderPatch)
    changes = body.changes()
    if not changes:
        return detail_out(stored, ask.viewer)
    order_id, at = stored[0].order_id, ask.deps.clock()
    try:
        async with ask.deps.store.session() as session:
            await save_order(session, order_id, changes, version=body.version, by=ask.viewer.user, at=at)
    except StaleVersionError as error:
        raise await _conflict(ask, changes) from error
    return detail_out(await _stored(ask), ask.viewer)


async def accept(ask: Ask) -> OrderDetail:
    """Take the draft in. It must say what it is about first."""
    stored, body = await _stored(ask), ask.body_as(AcceptBody)
    lacking = [
        word
        for word, value in (("标题", stored[0].title), ("类别", stored[0].category), ("诉求内容", stored[0].matter))
        if not value
    ]
    if lacking:
        raise ProblemError("not-now", f"请先填写：{'、'.join(lacking)}")
    order_id, at = stored[0].order_id, ask.deps.clock()
    try:
        async with ask.deps.store.session() as session:
            await accept_order(session, order_id, version=body.version, by=ask.viewer.user, at=at)
    except StaleVersionError as error:
        raise await _conflict(ask, {}) from error
    return detail_out(await _stored(ask), ask.viewer)


async def merge(ask: Ask) -> OrderDetail:
    """This order says the same as another: the other goes on, and says which have been merged into it."""
    stored, body = await _stored(ask), ask.body_as(MergeBody)
    order_id, at = stored[0].order_id, ask.deps.clock()
    try:
        async with ask.deps.store.session() as session:
            await merge_order(session, order_id, body.into, version=body.version, by=ask.viewer.user, at=at)
            detail = {"into": body.into}
            await log_audit(
                session,
                ask.viewer.user,
                "order.merged",
                f"order:{order_id}",
                at=at,
                ip=ask.request.remote or "",
                detail=detail,
            )
    except StaleVersionError as error:
        raise await _conflict(ask, {}) from error
    return detail_out(await _stored(ask), ask.viewer)


async def reveal(ask: Ask) -> Unmasked:
    """Caller's and contact number in full, for overseers and the seat of the order; audited."""
    found, _events = await _stored(ask)
    if not may_reveal(ask.viewer, _seats(found)):
        raise ProblemError("forbidden", "只有承接此工单的坐席和班长可以查看完整号码")
    async with ask.deps.store.session() as session:
        await log_audit(
            session,
            ask.viewer.user,
            "number.revealed",
            f"order:{found.order_id}",
            at=ask.deps.clock(),
            ip=ask.request.remote or "",
        )
    return Unmasked(number=found.caller_number, raw=found.caller_raw, contact=found.contact)


OPERATIONS = (
    Operation(
        HTTPMethod.GET,
        "/api/v1/orders",
        "Work orders, newest first",
        orders,
        STAFF,
        TAG,
        query=OrdersQuery,
        reply=Page[OrderRow],
    ),
    Operation(HTTPMethod.GET, f"/api/v1/orders/{ID}", "One work order", order, STAFF, TAG, reply=OrderDetail),
    Operation(
        HTTPMethod.PATCH,
        f"/api/v1/orders/{ID}",
        "Change a work order; 409 with both versions when it has moved on",
        change,
        STAFF,
        TAG,
        body=OrderPatch,
        reply=OrderDetail,
    ),
    Operation(
        HTTPMethod.POST,
        f"/api/v1/orders/{ID}/accept",
        "Take a draft in",
        accept,
        STAFF,
        TAG,
        body=AcceptBody,
        reply=OrderDetail,
    ),
    Operation(
        HTTPMethod.POST,
        f"/api/v1/orders/{ID}/merge",
        "Merge into another order about the same matter",
        merge,
        STAFF,
        TAG,
        body=MergeBody,
        reply=OrderDetail,
        keyed=True,
    ),
    Operation(
        HTTPMethod.POST, f"/api/v1/orders/{ID}/reveal", "Whole numbers (audited)", reveal, STAFF, TAG, reply=Unmasked
    ),
    Operation(
        HTTPMethod.GET,
        "/api/v1/calls/{linkedid:[A-Za-z0-9._-]{1,80}}/order",
        "The work order of a call",
        order_for_call,
        STAFF,
        TAG,
        reply=OrderDetail,
    ),
)
