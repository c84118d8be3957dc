"""Work orders: list, one, changes to a draft with an optimistic lock, acceptance, the numbers behind the mask.

In: filters, changes with the version they were made on. Out: orders; 409 with both versions when somebody was faster.
Never: a change to an order's origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPMethod
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from console.access import DESK, Viewer, may_reveal
from console.call_shapes import caller_out
from console.masking import mask_number
from console.operations import Ask, Body, Operation
from console.orders_desk import ID, act, audit, audit_hand, event_of, is_hand, oversees, visible_row
from console.orders_rules import real_name_out
from console.orders_shapes import UNIT_ID
from console.orders_view import jsonable, masked, policy_viewer, row_facts
from console.orders_words import kind_word
from console.paging import DIGITS, SpanQuery
from console.problems import ProblemError
from console.shapes import CallerPromiseOut, Hotline, OrderDetail, OrderEventOut, OrderRow, Page, Unmasked
from console.talk_shapes import MergeBody
from gateway.orders.directory import unit_book
from gateway.orders.driver import apply, load, stored_events
from gateway.store import (
    Category,
    OrderFilter,
    OrderState,
    StaleVersionError,
    WorkOrder,
    order_of_call,
    orders_page,
)
from gateway.store.kinds import Role
from workorder.allowed import allowed
from workorder.events import EventKind, Json, OrderEvent
from workorder.order import Order
from workorder.privacy import Field as PrivacyField
from workorder.privacy import may_see
from workorder.rules import Rules

TAG = "orders"
IDENTITY = {
    "caller_name": PrivacyField.NAME,
    "contact": PrivacyField.CONTACT,
    "employer": PrivacyField.EMPLOYER,
    "address": PrivacyField.ADDRESS,
}
CLEARED = frozenset({"category", "contact", "employer"})  # null clears these and is nothing for the others


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
    subject: str | None = Field(default=None, max_length=120)
    area: str | None = Field(default=None, max_length=60)
    difficulty: str | None = Field(default=None, pattern="^(simple|urgent|complex|hard)?$")
    source: str | None = Field(default=None, pattern=r"^[0-9]{0,20}$")
    urgent: bool | None = None
    emergency: bool | None = None
    enforcement: bool | None = None
    mediation: bool | None = None
    public: bool | None = None
    written: bool | None = None
    accused: list[Annotated[str, Field(pattern=UNIT_ID)]] | None = Field(default=None, max_length=20)
    caller_name: str | None = Field(default=None, max_length=60)
    contact: str | None = Field(default=None, max_length=40, pattern=r"^[0-9+\- ()转]*$")
    employer: str | None = Field(default=None, max_length=100)
    address: str | None = Field(default=None, max_length=300)
    secret: bool | None = None

    def changes(self) -> dict[str, Any]:
        """What was sent."""
        sent = {name: getattr(self, name) for name in self.model_fields_set - {"version"}}
        return {name: value for name, value in sent.items() if value is not None or name in CLEARED}


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


def detail_out(
    row: WorkOrder, order: Order, rules: Rules, events: Sequence[OrderEvent], viewer: Viewer, *, may_edit: bool
) -> OrderDetail:
    """Who the caller is in full only for the seats that are writing it down; masked for everybody afterwards."""
    writing = row.state is OrderState.DRAFT and bool(viewer.seat) and viewer.seat in _seats(row)
    shown = {name: _shown(row, name, full=writing) for name in ("caller_name", "employer", "address")}
    fields = {**_row_fields(row), **shown}
    return OrderDetail(
        **fields,
        linkedid=row.linkedid,
        dialled=row.dialled,
        choice=row.choice,
        contact=mask_number(row.contact) if row.contact else None,
        matter=row.matter,
        secret=row.secret,
        merged_into=row.merged_into,
        may_edit=may_edit,
        real_name=real_name_out(rules.profile),
        promise=_promise_out(order),
        events=[
            OrderEventOut(
                at=event.at, by=event.by.id, what=event.kind.value, word=kind_word(event.kind), detail=_detail(event)
            )
            for event in events
        ],
    )


def _promise_out(order: Order) -> CallerPromiseOut | None:
    promise = order.caller_promise
    if promise is None:
        return None
    return CallerPromiseOut(
        at=promise.at, until=promise.until, unit=promise.unit, told=promise.told, kept_at=promise.kept_at
    )


def _detail(event: OrderEvent) -> dict[str, Any]:
    """Which fields were changed; texts stand in the order itself."""
    if event.kind in (EventKind.OPENED, EventKind.EDITED):
        return {"fields": sorted(event.data)}
    return dict(jsonable(event.data))


def _shown(row: WorkOrder, name: str, *, full: bool) -> str:
    value = getattr(row, name) or ""
    return value if full or not value else masked(IDENTITY[name], value)


def _seats(order: WorkOrder) -> list[str]:
    """Who took the call, and who talked with the caller after that."""
    return [*([order.seat] if order.seat else []), *order.hands]


async def _detail_of(ask: Ask, session: AsyncSession, row: WorkOrder) -> OrderDetail:
    order, rules, fresh = await load(session, row, ask.deps.rulebook)
    events = [] if fresh else await stored_events(session, row.order_id)
    actor = event_of(ask, EventKind.NOTED, "", {}).by
    return detail_out(row, order, rules, events, ask.viewer, may_edit=EventKind.EDITED in allowed(order, actor))


async def _stored(ask: Ask) -> OrderDetail:
    """The order named in the path, if it exists for the viewer; else 404."""
    async with ask.deps.store.reading() as session:
        row = await visible_row(session, ask.viewer, ask.request.match_info["order_id"])
        return await _detail_of(ask, session, row)


async def orders(ask: Ask) -> Page[OrderRow]:
    query, viewer = ask.query_as(OrdersQuery), ask.viewer
    house = oversees(viewer)
    if not house and not viewer.seat:
        raise ProblemError("forbidden", "此账号没有对应的坐席")
    wanted = OrderFilter(
        state=query.state,
        seat=query.seat if house else viewer.seat,
        talked=viewer.role is Role.EXPERT,  # who is brought in writes orders that others have taken
        hotline=query.hotline,
        caller=query.caller,
        since=query.since,
        until=query.until,
    )
    async with ask.deps.store.reading() as session:
        page = await orders_page(session, wanted, cursor=query.cursor, limit=query.limit)
    return Page[OrderRow](items=[OrderRow(**_masked_row(order)) for order in page.items], next=page.next)


def _masked_row(row: WorkOrder) -> dict[str, Any]:
    return {**_row_fields(row), "caller_name": _shown(row, "caller_name", full=False)}


async def order(ask: Ask) -> OrderDetail:
    found = await _stored(ask)
    await _opened_by_hand(ask, found.order_id)
    return found


async def _opened_by_hand(ask: Ask, order_id: str) -> None:
    """Who comes to another seat's order by having talked with its caller has left a trace."""
    async with ask.deps.store.reading() as session:
        hand = is_hand(ask.viewer, await visible_row(session, ask.viewer, order_id))
    if hand:
        async with ask.deps.store.session() as session:
            await audit_hand(ask, session, await visible_row(session, ask.viewer, order_id), "order.opened_by_hand")


async def order_for_call(ask: Ask) -> OrderDetail:
    """The order of a call. 404 until the recorder has opened it, a moment after the seat answered."""
    async with ask.deps.store.reading() as session:
        row = await order_of_call(session, ask.request.match_info["linkedid"])
        if row is None or not may_see(policy_viewer(ask.viewer), row_facts(row)):
            raise ProblemError("not-found", "此通话还没有工单")
        found = await _detail_of(ask, session, row)
    await _opened_by_hand(ask, found.order_id)
    return found


async def _conflict(ask: Ask, yours: dict[str, Any]) -> ProblemError:
    current = await _stored(ask)
    extra = {"current": current.model_dump(mode="json"), "yours": yours}
    return ProblemError("conflict", f"当前版本为 {current.version}", extra=extra)


async def change(ask: Ask) -> OrderDetail:
    """Save changes of a page. Raises ProblemError conflict with `current` and `yours`."""
    body, order_id = ask.body_as(OrderPatch), ask.request.match_info["order_id"]
    changes = body.changes()
    try:
        async with ask.deps.store.session() as session:
            row = await visible_row(session, ask.viewer, order_id)
            identity = {
                name: value for name in IDENTITY if name in changes and _is_new(row, name, value := changes[name])
            }
            events = await _events(ask, session, {k: v for k, v in changes.items() if k not in IDENTITY}, identity)
            if events:
                await apply(session, ask.deps.rulebook, order_id, events, version=body.version, identity=identity)
                await audit_hand(ask, session, row, "order.written_by_hand")
    except StaleVersionError as error:
        raise await _conflict(ask, changes) from error
    return await _stored(ask)


def _is_new(row: WorkOrder, name: str, value: str | None) -> bool:
    """A masked value that comes back is no change."""
    held = getattr(row, name) or ""
    return (value or "") != held and not (held and value == masked(IDENTITY[name], held))


async def _events(
    ask: Ask, session: AsyncSession, changes: dict[str, Any], identity: dict[str, str | None]
) -> list[OrderEvent]:
    facts: dict[str, Json] = {name: value for name, value in changes.items() if name != "secret"}
    if "accused" in changes:
        book = await unit_book(session)
        book.check(changes["accused"])
        facts["accused"] = list(book.one_body(changes["accused"]))
    found = [event_of(ask, EventKind.EDITED, "", facts)] if facts or identity else []
    if "secret" in changes:
        found.append(event_of(ask, EventKind.SECRECY_SET, "", {"secret": changes["secret"]}))
    return found


async def accept(ask: Ask) -> OrderDetail:
    """Take the draft in. It must say what it is about first."""
    body, order_id = ask.body_as(AcceptBody), ask.request.match_info["order_id"]
    try:
        async with ask.deps.store.session() as session:
            row = await visible_row(session, ask.viewer, order_id)
            words = (("标题", row.title), ("类别", row.category), ("诉求内容", row.matter))
            if lacking := [word for word, value in words if not value]:
                raise ProblemError("not-now", f"请先填写：{'、'.join(lacking)}")
            if row.state is not OrderState.DRAFT:
                raise ProblemError("not-now", "工单已受理")
            event = event_of(ask, EventKind.ACCEPTED, "", {})
            await apply(session, ask.deps.rulebook, order_id, event, version=body.version)
            await audit_hand(ask, session, row, "order.accepted_by_hand")
    except StaleVersionError as error:
        raise await _conflict(ask, {}) from error
    return await _stored(ask)


async def merge(ask: Ask) -> OrderDetail:
    """This order says the same as another: the other goes on, and says which have been merged into it."""
    body, order_id = ask.body_as(MergeBody), ask.request.match_info["order_id"]
    event = event_of(ask, EventKind.MERGED, "同一诉求", {"into": body.into})
    try:
        async with ask.deps.store.session() as session:
            await act(ask, session, order_id, [event], version=body.version)
            await audit(ask, session, "order.merged", f"order:{order_id}", into=body.into)
    except StaleVersionError as error:
        raise await _conflict(ask, {}) from error
    return await _stored(ask)


async def reveal(ask: Ask) -> Unmasked:
    """Caller's and contact number in full, for overseers, the office and the seat of the order; audited."""
    async with ask.deps.store.session() as session:
        found = await visible_row(session, ask.viewer, ask.request.match_info["order_id"])
        if not may_reveal(ask.viewer, _seats(found)) and not oversees(ask.viewer):
            raise ProblemError("forbidden", "只有承接此工单的坐席和班长可以查看完整号码")
        await audit(ask, session, "number.revealed", f"order:{found.order_id}")
    return Unmasked(number=found.caller_number, raw=found.caller_raw, contact=found.contact)


OPERATIONS = (
    Operation(
        HTTPMethod.GET,
        "/api/v1/orders",
        "Work orders, newest first",
        orders,
        DESK,
        TAG,
        query=OrdersQuery,
        reply=Page[OrderRow],
    ),
    Operation(HTTPMethod.GET, f"/api/v1/orders/{ID}", "One work order", order, DESK, TAG, reply=OrderDetail),
    Operation(
        HTTPMethod.PATCH,
        f"/api/v1/orders/{ID}",
        "Change a work order; 409 with both versions when it has moved on",
        change,
        DESK,
        TAG,
        body=OrderPatch,
        reply=OrderDetail,
    ),
    Operation(
        HTTPMethod.POST,
        f"/api/v1/orders/{ID}/accept",
        "Take a draft in",
        accept,
        DESK,
        TAG,
        body=AcceptBody,
        reply=OrderDetail,
    ),
    Operation(
        HTTPMethod.POST,
        f"/api/v1/orders/{ID}/merge",
        "Merge into another order about the same matter",
        merge,
        DESK,
        TAG,
        body=MergeBody,
        reply=OrderDetail,
        keyed=True,
    ),
    Operation(
        HTTPMethod.POST, f"/api/v1/orders/{ID}/reveal", "Whole numbers (audited)", reveal, DESK, TAG, reply=Unmasked
    ),
    Operation(
        HTTPMethod.GET,
        "/api/v1/calls/{linkedid:[A-Za-z0-9._-]{1,80}}/order",
        "The work order of a call",
        order_for_call,
        DESK,
        TAG,
        reply=OrderDetail,
    ),
)
