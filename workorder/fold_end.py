"""What the events of closing, follow-up, clock and supervision make of an order.

In: an order, an event whose data is sound. Out: the order after it. Never: refuses, raises, asks a profile (`evolve`).
"""

from __future__ import annotations

from dataclasses import replace

from .events import OrderEvent
from .fold_parts import close, given_back, lead_on, meet, new_round, note
from .model import OrderState
from .order import (
    Due,
    FollowUp,
    FollowUpResult,
    HigherLaw,
    Level,
    Line,
    Mark,
    Order,
    Rating,
    Supervision,
    Verdict,
)
from .shapes import count, flag, maybe, moment, records, text, texts


def review_passed(order: Order, event: OrderEvent) -> Order:
    answer = replace(order.answers[-1], verdict=Verdict.APPROVED, why=event.why, decided_at=event.at)
    return close(replace(order, answers=(*order.answers[:-1], answer)), answer.ground, event.at)


def review_sent_back(order: Order, event: OrderEvent) -> Order:
    answer = replace(order.answers[-1], verdict=Verdict.REFUSED, why=event.why, decided_at=event.at)
    after = replace(order, state=OrderState.HANDLING, answers=(*order.answers[:-1], answer))
    return meet(after, "handle", None)


def closed(order: Order, event: OrderEvent) -> Order:
    return close(order, text(event.data, "ground"), event.at)


def withdrawn(order: Order, event: OrderEvent) -> Order:
    return close(order, "withdrawn", event.at)


def followed_up(order: Order, event: OrderEvent) -> Order:
    data = event.data
    entry = FollowUp(
        event.at,
        event.by.id,
        text(data, "channel"),
        FollowUpResult(text(data, "result")),
        flag(data, "solved") if data.get("solved") is not None else None,
        flag(data, "unit_fault"),
        order.round,
        text(data, "text"),
        text(data, "recording"),
        moment(data, "again_at") if data.get("again_at") else None,
    )
    return lead_on(replace(order, follow_ups=(*order.follow_ups, entry)), text(data, "outcome"), event.at)


def reexamined(order: Order, event: OrderEvent) -> Order:
    if not flag(event.data, "redo"):
        return replace(order, state=OrderState.FOLLOWED_UP)
    return replace(given_back(new_round(order, event.at), event.at), leader_asks=(), lead_named_by="")


def excluded(order: Order, event: OrderEvent) -> Order:
    return replace(order, excluded=text(event.data, "ground"))


def rated(order: Order, event: OrderEvent) -> Order:
    data = event.data
    rating = Rating(event.at, count(data, "stars"), flag(data, "solved"), text(data, "text"))
    return lead_on(replace(order, rating=rating), text(data, "outcome"), event.at)


def evaluated(order: Order, event: OrderEvent) -> Order:
    return replace(order, evaluated_in=text(event.data, "period"))


def archived(order: Order, event: OrderEvent) -> Order:
    return replace(order, state=OrderState.ARCHIVED, archived_at=event.at)


def deadline_set(order: Order, event: OrderEvent) -> Order:
    data, step = event.data, text(event.data, "step")
    former = order.dues.get(step)
    past = order.past if former is None else (*order.past, former)
    dues = {name: due for name, due in order.dues.items() if name != step}
    if maybe(data, "due") is None:
        return replace(order, dues=dues, past=past)
    lines = tuple(
        Line(line.get("rule", ""), line.get("from", ""), line.get("to", ""), line.get("why", ""))
        for line in records(data, "explained")
    )
    dues[step] = Due(
        step,
        moment(data, "due"),
        text(data, "limit"),
        text(data, "rule"),
        event.why,
        text(data, "profile_version"),
        moment(data, "start"),
        event.at,
        flag(data, "provisional"),
        lines,
    )
    return replace(order, dues=dues, past=past)


def overridden(order: Order, event: OrderEvent) -> Order:
    override = HigherLaw(event.at, event.by.id, text(event.data, "limit"), text(event.data, "basis"))
    return replace(order, override=override)


def due_soon(order: Order, event: OrderEvent) -> Order:
    due = order.dues.get(text(event.data, "step"))
    return order if due is None else replace(order, dues={**order.dues, due.step: replace(due, warned=True)})


def overdue(order: Order, event: OrderEvent) -> Order:
    due = order.dues.get(text(event.data, "step"))
    return order if due is None else replace(order, dues={**order.dues, due.step: replace(due, overdue=True)})


def urged(order: Order, _event: OrderEvent) -> Order:
    return replace(order, urged=order.urged + 1)


def supervised(order: Order, event: OrderEvent) -> Order:
    rung = Supervision(event.at, event.by.id, Level(text(event.data, "level")), order.lead, event.why)
    return replace(order, supervisions=(*order.supervisions, rung))


def supervision_proposed(order: Order, event: OrderEvent) -> Order:
    return replace(order, proposed=order.proposed | {Level(text(event.data, "level"))})


def supervision_answered(order: Order, event: OrderEvent) -> Order:
    last = replace(order.supervisions[-1], answered_at=event.at, answer=text(event.data, "text"))
    last = replace(last, approved_by=text(event.data, "approved_by"))
    return replace(order, supervisions=(*order.supervisions[:-1], last))


def hard_case(order: Order, _event: OrderEvent) -> Order:
    return replace(order, hard_case=True)


def urgent_reported(order: Order, _event: OrderEvent) -> Order:
    return replace(order, urgent_reported=True)


def nuisance(order: Order, event: OrderEvent) -> Order:
    mark = Mark(event.at, event.by.id, text(event.data, "ground"), texts(event.data, "evidence"))
    return replace(order, marks=(*order.marks, mark))


def nuisance_lifted(order: Order, event: OrderEvent) -> Order:
    """`mark` counts from 1; one that is not there, or is lifted, changes nothing."""
    n = count(event.data, "mark") - 1
    if not 0 <= n < len(order.marks) or order.marks[n].lifted_at is not None:
        return order
    lifted = replace(order.marks[n], lifted_at=event.at, lifted_by=event.by.id, lifted_why=event.why)
    return replace(order, marks=(*order.marks[:n], lifted, *order.marks[n + 1 :]))


def handed_over(order: Order, _event: OrderEvent) -> Order:
    return replace(order, handed_over=True)


def discipline_told(order: Order, event: OrderEvent) -> Order:
    return replace(order, discipline=order.discipline | frozenset(texts(event.data, "reasons")))


def secrecy(order: Order, event: OrderEvent) -> Order:
    return replace(order, secrecy=flag(event.data, "secret"))


def noted(order: Order, event: OrderEvent) -> Order:
    return note(order, event, text(event.data, "text"))
