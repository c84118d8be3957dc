"""What the events of handling make of an order.

In: an order, an event whose data is sound. Out: the order after it. Never: refuses, raises, asks a profile (`evolve`).
"""

from __future__ import annotations

from dataclasses import replace

from .events import OrderEvent
from .fold_parts import decide_return, given_back, keep_promise, meet, note, settle, sign
from .model import OrderState
from .order import (
    Answer,
    CallerPromise,
    CoAnswer,
    Contact,
    ContactResult,
    ExtensionAsked,
    Order,
    Promise,
    PromiseSource,
    Return,
    Standstill,
    Verdict,
)
from .shapes import count, flag, moment, record, text, texts


def signed(order: Order, event: OrderEvent) -> Order:
    return sign(order, event.by.unit or "", event.at)


def return_asked(order: Order, event: OrderEvent) -> Order:
    data, unit = event.data, event.by.unit or ""
    asked = Return(
        event.at,
        unit,
        text(data, "ground"),
        event.why,
        texts(data, "evidence"),
        text(data, "suggestion"),
        text(data, "approved_by"),
    )
    after = replace(order, returns=(*order.returns, asked))
    return replace(meet(after, "return", event.at), state=OrderState.RETURN_ASKED) if unit == order.lead else after


def return_approved(order: Order, event: OrderEvent) -> Order:
    after, unit = decide_return(order, event, Verdict.APPROVED)
    if unit != order.lead:
        return replace(after, co=tuple(other for other in order.co if other != unit))
    return given_back(after, event.at)


def return_refused(order: Order, event: OrderEvent) -> Order:
    after, unit = decide_return(order, event, Verdict.REFUSED)
    after = replace(after, refused_returns=order.refused_returns | {unit})
    if order.state is not OrderState.RETURN_ASKED:
        return after
    return replace(after, state=OrderState.HANDLING if unit in order.signed else OrderState.DISPATCHED)


def return_lapsed(order: Order, event: OrderEvent) -> Order:
    unit = text(event.data, "unit")
    closed = replace(meet(order, "return", event.at), return_closed=frozenset({unit, *order.units}))
    return closed if unit in order.signed else sign(closed, unit, event.at)


def contacted(order: Order, event: OrderEvent) -> Order:
    data = event.data
    result = ContactResult(text(data, "result"))
    attempt = Contact(
        event.at,
        event.by.id,
        event.by.unit,
        result,
        text(data, "channel"),
        text(data, "cause"),
        counted=flag(data, "counted"),
    )
    done = result in (ContactResult.REACHED, ContactResult.TOLD)
    after = keep_promise(meet(order, "first_contact", event.at), event.at, answered=False) if done else order
    return replace(after, contacts=(*order.contacts, attempt))


def progress_told(order: Order, event: OrderEvent) -> Order:
    return replace(keep_promise(order, event.at, answered=False), told=order.told + 1)


def material_added(order: Order, event: OrderEvent) -> Order:
    return note(order, event, f"补充材料：{'、'.join(texts(event.data, 'materials'))}")


def co_answered(order: Order, event: OrderEvent) -> Order:
    answer = CoAnswer(event.at, event.by.unit or "", flag(event.data, "done"), text(event.data, "text"))
    return replace(order, co_answers=(*order.co_answers, answer))


def promised(order: Order, event: OrderEvent) -> Order:
    promise = Promise(event.at, event.by.unit, moment(event.data, "until"), text(event.data, "answer"))
    return replace(meet(order, "handle", event.at), promise=promise)


def caller_promised(order: Order, event: OrderEvent) -> Order:
    """Said again it keeps the time that was reckoned first, and whether the caller has been told."""
    data, before = event.data, order.caller_promise
    promise = CallerPromise(
        event.at,
        event.by.id,
        PromiseSource(text(data, "source")),
        moment(data, "since") if "since" in data else event.at,
        moment(data, "until") if data.get("until") else None,
        text(data, "step"),
        text(data, "rule"),
        text(data, "unit") or (before.unit if before else ""),
        told=flag(data, "told") or (before is not None and before.told),
    )
    return replace(order, caller_promise=promise)


def extension_asked(order: Order, event: OrderEvent) -> Order:
    asked = ExtensionAsked(
        event.at, event.by.unit, count(event.data, "amount"), event.why, flag(event.data, "caller_told"), order.round
    )
    return replace(order, extensions=(*order.extensions, asked))


def extension_approved(order: Order, event: OrderEvent) -> Order:
    asked = order.extensions[-1]
    final = flag(event.data, "final")
    decided = replace(
        asked,
        approvals=(*asked.approvals, text(event.data, "stage")),
        verdict=Verdict.APPROVED if final else Verdict.PENDING,
        decided_at=event.at if final else None,
    )
    return replace(order, extensions=(*order.extensions[:-1], decided))


def extension_refused(order: Order, event: OrderEvent) -> Order:
    decided = replace(order.extensions[-1], verdict=Verdict.REFUSED, decided_at=event.at)
    return replace(order, extensions=(*order.extensions[:-1], decided))


def paused(order: Order, event: OrderEvent) -> Order:
    return replace(order, pauses=(*order.pauses, Standstill(event.at, None, event.why)))


def resumed(order: Order, event: OrderEvent) -> Order:
    return replace(order, pauses=(*order.pauses[:-1], replace(order.pauses[-1], end=event.at)))


def cooperation_lost(order: Order, event: OrderEvent) -> Order:
    return replace(order, uncooperative_since=event.at)


def cooperation_back(order: Order, _event: OrderEvent) -> Order:
    return replace(order, uncooperative_since=None)


def answered(order: Order, event: OrderEvent) -> Order:
    data = event.data
    answer = Answer(
        event.at,
        event.by.unit,
        event.by.id,
        text(data, "ground"),
        record(data, "report"),
        approved_by=text(data, "approved_by"),
        opinion=text(data, "opinion"),
    )
    done = settle(meet(order, "handle", event.at), event.at)
    return replace(done, state=OrderState.IN_REVIEW, answers=(*order.answers, answer))
