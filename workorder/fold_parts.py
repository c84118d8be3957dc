"""Pieces that several events share: a deadline met, a round begun, an order given back, requests that lapse.

In: an order, an event whose data is sound. Out: the order after it. Never: refuses, raises, asks a profile (`evolve`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .events import OrderEvent
from .model import OrderState
from .order import (
    PROMISE,
    Order,
    Verdict,
)


def meet(order: Order, step: str, at: datetime | None) -> Order:
    """The order with that step's deadline met at `at` (None: open again). The deadline itself does not move."""
    due = order.dues.get(step)
    if due is None or (at is not None and due.met_at is not None):
        return order
    return replace(order, dues={**order.dues, step: replace(due, met_at=at)})


def keep_promise(order: Order, at: datetime, *, answered: bool) -> Order:
    """What the caller was promised is kept: by an answer, or by a contact where no more than that was promised."""
    promise = order.caller_promise
    if promise is None or promise.kept_at is not None or not (answered or promise.step != "handle"):
        return order
    return replace(meet(order, PROMISE, at), caller_promise=replace(promise, kept_at=at))


def note(order: Order, event: OrderEvent, what: str) -> Order:
    return replace(order, notes=(*order.notes, (event.at, event.by.id, what)))


def close(order: Order, ground: str, at: datetime) -> Order:
    kept = keep_promise(order, at, answered=True)
    return replace(settle(kept, at), state=OrderState.CLOSED, ground=ground, closed_at=at)


def settle(order: Order, at: datetime) -> Order:
    """Requests that nobody decided are over, and a clock that stood no longer does."""
    lapsed, pauses = order, order.pauses
    if order.pending_return is not None:
        last = replace(order.returns[-1], verdict=Verdict.LAPSED, decided_at=at)
        lapsed = replace(lapsed, returns=(*order.returns[:-1], last))
    if order.pending_extension is not None:
        asked = replace(order.extensions[-1], verdict=Verdict.LAPSED, decided_at=at)
        lapsed = replace(lapsed, extensions=(*order.extensions[:-1], asked))
    if pauses and pauses[-1].end is None:
        lapsed = replace(lapsed, pauses=(*pauses[:-1], replace(pauses[-1], end=at)))
    return lapsed


def clear_round(order: Order, at: datetime) -> Order:
    """The unit is out of it: its deadlines, and whether it met them, are history. A promise to the caller stays."""
    stays = {step: due for step, due in order.dues.items() if step == PROMISE and due.met_at is None}
    past = order.past + tuple(due for step, due in order.dues.items() if step not in stays)
    return replace(settle(order, at), dues=stays, past=past, dispatched_at=None)


def new_round(order: Order, at: datetime) -> Order:
    """Handled again: the closing is history, the deadlines of the round before are kept in `past`."""
    return replace(
        clear_round(order, at),
        round=order.round + 1,
        closed_at=None,
        ground="",
        promise=None,
        evaluated_in="",
        uncooperative_since=None,
        refused_returns=frozenset(),
        return_closed=frozenset(),
    )


def given_back(order: Order, at: datetime) -> Order:
    """To be dispatched anew."""
    return replace(clear_round(order, at), state=OrderState.ACCEPTED, lead=None, co=(), signed={}, joined={})


def lead_on(order: Order, outcome: str, at: datetime) -> Order:
    """What the profile made of a follow-up or rating: `done`, `reexamine`, `again` (to the same unit), else nothing."""
    if outcome == "done":
        return replace(order, state=OrderState.FOLLOWED_UP)
    if outcome == "reexamine":
        return replace(order, state=OrderState.REEXAMINING)
    if outcome == "again":
        return replace(new_round(order, at), state=OrderState.HANDLING, dispatched_at=at)
    return order


def decide_return(order: Order, event: OrderEvent, verdict: Verdict) -> tuple[Order, str]:
    asked = order.returns[-1]
    decided = replace(asked, verdict=verdict, decided_at=event.at, decided_by=event.by.id)
    return replace(order, returns=(*order.returns[:-1], decided)), asked.unit


def sign(order: Order, unit: str, at: datetime) -> Order:
    signed = {**order.signed, unit: at}
    if unit != order.lead:
        return replace(order, signed=signed)
    state = OrderState.HANDLING if order.state is OrderState.DISPATCHED else order.state
    return replace(meet(order, "sign_for", at), signed=signed, state=state)
