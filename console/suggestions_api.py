"""Which unit an order should go to: for one order, or for all that a dispatcher has picked, in one request.

In: orders. Out: units for each, best first, with the reasons that the dispatcher reads. Never: dispatches; an order
that does not exist for the viewer.
"""

from __future__ import annotations

from http import HTTPMethod

from sqlalchemy import select

from console.access import DESK
from console.operations import Ask, Operation
from console.orders_desk import ID, path_id, visible_row
from console.orders_shapes import ManySuggestionsOut, OrderSuggestionsOut, SuggestBody, SuggestedOut, SuggestionsOut
from console.orders_view import policy_viewer, row_facts, unit_ref
from gateway.orders.directory import UnitBook, unit_book
from gateway.orders.suggesting import suggested
from gateway.store.models import WorkOrder
from workorder.privacy import may_see
from workorder.suggest import Suggestion

TAG = "orders"


async def suggestions(ask: Ask) -> SuggestionsOut:
    """Units for the order, best first, each with the reasons."""
    async with ask.deps.store.reading() as session:
        row = await visible_row(session, ask.viewer, path_id(ask))
        book = await unit_book(session)
        found = await suggested(session, [row], book)
    return SuggestionsOut(items=_items(found[row.order_id], book))


async def many(ask: Ask) -> ManySuggestionsOut:
    """The same for up to a hundred orders."""
    ids = list(dict.fromkeys(ask.body_as(SuggestBody).order_ids))
    eyes = policy_viewer(ask.viewer)
    async with ask.deps.store.reading() as session:
        rows = await session.scalars(select(WorkOrder).where(WorkOrder.order_id.in_(ids)))
        seen = sorted((row for row in rows if may_see(eyes, row_facts(row))), key=lambda row: ids.index(row.order_id))
        book = await unit_book(session)
        found = await suggested(session, seen, book)
    items = [OrderSuggestionsOut(order_id=row.order_id, items=_items(found[row.order_id], book)) for row in seen]
    return ManySuggestionsOut(items=items)


def _items(found: tuple[Suggestion, ...], book: UnitBook) -> list[SuggestedOut]:
    return [SuggestedOut(unit=unit_ref(one.unit, book), score=one.score, why=list(one.why)) for one in found]


OPERATIONS = (
    Operation(
        HTTPMethod.POST,
        "/api/v1/orders/suggestions",
        "Units for many orders",
        many,
        DESK,
        TAG,
        body=SuggestBody,
        reply=ManySuggestionsOut,
    ),
    Operation(
        HTTPMethod.GET,
        f"/api/v1/orders/{ID}/suggestions",
        "Units, with reasons",
        suggestions,
        DESK,
        TAG,
        reply=SuggestionsOut,
    ),
)
