"""What the events of intake and dispatch make of an order.

In: an order, an event whose data is sound. Out: the order after it. Never: refuses, raises, asks a profile (`evolve`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .events import Json, OrderEvent
from .fold_parts import decide_return, given_back, keep_promise, meet
from .model import Category, OrderState
from .order import (
    Answer,
    LeaderAsk,
    Order,
    Verdict,
)
from .shapes import flag, maybe, moment, text, texts

_TEXTS = (
    "subject",
    "area",
    "title",
    "matter",
    "difficulty",
    "source",
    "profile",
    "profile_version",
    "channel",
    "hotline",
)


_FLAGS = ("urgent", "emergency", "enforcement", "mediation", "public", "secrecy", "written")


_SETS = ("identity", "accused")


def facts(data: Mapping[str, Json]) -> dict[str, object]:
    found: dict[str, object] = {name: text(data, name) for name in _TEXTS if name in data}
    found |= {name: flag(data, name) for name in _FLAGS if name in data}
    found |= {name: frozenset(texts(data, name)) for name in _SETS if name in data}
    if "category" in data:
        category = maybe(data, "category")
        found["category"] = Category(category) if category else None
    if "seat" in data:
        found["seat"] = maybe(data, "seat")
    return found


def with_facts(order: Order, event: OrderEvent) -> Order:
    return replace(order, **facts(event.data))  # type: ignore[arg-type]  # the shapes have checked each


def opened(order: Order, event: OrderEvent) -> Order:
    return replace(with_facts(order, event), state=OrderState.DRAFT, opened_at=event.at)


def accepted(order: Order, event: OrderEvent) -> Order:
    return replace(order, state=OrderState.ACCEPTED, accepted_at=event.at)


def not_accepted(order: Order, event: OrderEvent) -> Order:
    data = event.data
    return replace(
        order,
        state=OrderState.NOT_ACCEPTED,
        ground=text(data, "ground"),
        right_channel=text(data, "channel"),
        closed_at=event.at,
    )


def materials_asked(order: Order, event: OrderEvent) -> Order:
    state = OrderState.MATERIALS if order.state is OrderState.ACCEPTED else order.state
    return replace(order, state=state, materials_until=moment(event.data, "until"))


def materials_given(order: Order, event: OrderEvent) -> Order:
    state = OrderState.ACCEPTED if order.state is OrderState.MATERIALS else order.state
    return replace(meet(order, "materials", event.at), state=state, materials_until=None)


def repeat_noted(order: Order, event: OrderEvent) -> Order:
    of = text(event.data, "of")
    if of:
        return replace(order, repeat_of=of, new_facts=flag(event.data, "new_facts"))
    return replace(order, repeats=order.repeats + 1)


def merged(order: Order, event: OrderEvent) -> Order:
    into = maybe(event.data, "into")
    if into:
        return replace(order, state=OrderState.MERGED, merged_into=into, closed_at=event.at)
    return replace(order, merged=(*order.merged, text(event.data, "from")), repeats=order.repeats + 1)


def answered_directly(order: Order, event: OrderEvent) -> Order:
    report = {"answer": text(event.data, "answer"), "basis": text(event.data, "article")}
    answer = Answer(
        event.at, None, event.by.id, "solved", report, direct=True, verdict=Verdict.APPROVED, decided_at=event.at
    )
    done = meet(meet(keep_promise(order, event.at, answered=True), "dispatch", event.at), "handle", event.at)
    return replace(done, state=OrderState.CLOSED, answers=(*order.answers, answer), ground="solved", closed_at=event.at)


def leader_asked(order: Order, event: OrderEvent) -> Order:
    state = OrderState.WITH_LEADER if order.state is OrderState.ACCEPTED else order.state
    ask = LeaderAsk(event.at, text(event.data, "purpose"), text(event.data, "leader"))
    return replace(order, state=state, leader_asks=(*order.leader_asks, ask))


def leader_decided(order: Order, event: OrderEvent) -> Order:
    data = event.data
    lead, named = text(data, "lead"), texts(data, "units")
    units = (lead, *(unit for unit in named if unit != lead))
    asked = order.leader_asks[-1] if order.leader_asks else LeaderAsk(event.at, "assign")
    decided = replace(
        asked,
        leader=text(data, "leader"),
        lead=lead,
        units=units,
        decided_at=event.at,
        instruction=text(data, "instruction"),
    )
    after = replace(order, leader_asks=(*order.leader_asks[:-1], decided), lead_named_by=text(data, "leader"))
    if order.state is OrderState.WITH_LEADER:
        return replace(after, state=OrderState.ACCEPTED)
    if order.lead is None:
        return after
    if order.pending_return is not None:  # the decision is an answer to it too
        stays = order.pending_return.unit in units
        after, _unit = decide_return(after, event, Verdict.REFUSED if stays else Verdict.APPROVED)
    joined = {unit: order.joined.get(unit, event.at) for unit in units}
    after = replace(after, lead=lead, co=units[1:], joined=joined)
    if lead == order.lead or lead in order.signed:
        state = OrderState.HANDLING if lead in order.signed else OrderState.DISPATCHED
        return replace(after, state=state)
    # The new lead signs and may return in its own time; how long the matter may take does not change.
    theirs = tuple(due for step, due in after.dues.items() if step in ("sign_for", "return"))
    kept = {step: due for step, due in after.dues.items() if step not in ("sign_for", "return")}
    return replace(after, state=OrderState.DISPATCHED, dues=kept, past=after.past + theirs)


def dispatched(order: Order, event: OrderEvent) -> Order:
    units = texts(event.data, "units")
    lead = maybe(event.data, "lead") or units[0]
    return replace(
        meet(order, "dispatch", event.at),
        state=OrderState.DISPATCHED,
        joined=dict.fromkeys(units, event.at),
        lead=lead,
        co=tuple(unit for unit in dict.fromkeys(units) if unit != lead),
        dispatched_at=event.at,
        dispatch_why=event.why,
        signed={},
        return_closed=frozenset(),
    )


def unit_added(order: Order, event: OrderEvent) -> Order:
    unit = text(event.data, "unit")
    return replace(order, co=tuple(dict.fromkeys((*order.co, unit))), joined={**order.joined, unit: event.at})


def recalled(order: Order, event: OrderEvent) -> Order:
    return given_back(order, event.at)
