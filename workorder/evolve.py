"""What an event makes of an order: the only place where an order changes.

In: an order and an event that `life.next` took in (now or years ago). Out: the order after it. Never: refuses (that was
`next`'s business when it happened), raises, or asks a profile: what a profile decided is in the event, so replaying a
life under tomorrow's rules gives the same order. An event that cannot be read is kept in `unread`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from .events import EventKind, Json, OrderEvent
from .model import Category, OrderState
from .order import (
    Answer,
    CoAnswer,
    Contact,
    ContactResult,
    Due,
    ExtensionAsked,
    FollowUp,
    FollowUpResult,
    HigherLaw,
    LeaderAsk,
    Level,
    Line,
    Mark,
    Order,
    Promise,
    Rating,
    Return,
    Standstill,
    Supervision,
    Verdict,
    new_order,
)
from .shapes import count, flag, maybe, moment, problems, record, records, text, texts


def fold(events: Iterable[OrderEvent], order_id: str = "") -> Order:
    """The order that these events have made, oldest first."""
    order = new_order(order_id)
    for event in events:
        order = evolve(order, event)
    return order


def evolve(order: Order, event: OrderEvent) -> Order:
    """The order after the event; an event whose data cannot be read changes nothing but `unread`."""
    if problems(event) or not _NEEDS.get(event.kind, _nothing)(order):
        return replace(order, unread=(*order.unread, event.to_json()), count=order.count + 1)
    after = _EVOLVE[event.kind](order, event)
    return replace(after, count=order.count + 1, updated_at=event.at)


def _nothing(_order: Order) -> bool:
    return True


# What an event speaks of must be there: a return before it is decided on, an answer before it is reviewed.
_NEEDS: Mapping[EventKind, Callable[[Order], bool]] = {
    EventKind.RETURN_APPROVED: lambda order: order.pending_return is not None,
    EventKind.RETURN_REFUSED: lambda order: order.pending_return is not None,
    EventKind.EXTENSION_APPROVED: lambda order: order.pending_extension is not None,
    EventKind.EXTENSION_REFUSED: lambda order: order.pending_extension is not None,
    EventKind.RESUMED: lambda order: bool(order.pauses) and order.pauses[-1].end is None,
    EventKind.REVIEW_PASSED: lambda order: bool(order.answers),
    EventKind.REVIEW_SENT_BACK: lambda order: bool(order.answers),
    EventKind.SUPERVISION_ANSWERED: lambda order: bool(order.supervisions),
}


def _same(order: Order, _event: OrderEvent) -> Order:
    return order


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
_FLAGS = ("urgent", "emergency", "enforcement", "mediation", "public", "secrecy")
_SETS = ("identity", "accused")


def _facts(data: Mapping[str, Json]) -> dict[str, object]:
    found: dict[str, object] = {name: text(data, name) for name in _TEXTS if name in data}
    found |= {name: flag(data, name) for name in _FLAGS if name in data}
    found |= {name: frozenset(texts(data, name)) for name in _SETS if name in data}
    if "category" in data:
        category = maybe(data, "category")
        found["category"] = Category(category) if category else None
    if "seat" in data:
        found["seat"] = maybe(data, "seat")
    return found


def _with_facts(order: Order, event: OrderEvent) -> Order:
    return replace(order, **_facts(event.data))  # type: ignore[arg-type]  # the shapes have checked each


def _opened(order: Order, event: OrderEvent) -> Order:
    return replace(_with_facts(order, event), state=OrderState.DRAFT, opened_at=event.at)


def _accepted(order: Order, event: OrderEvent) -> Order:
    return replace(order, state=OrderState.ACCEPTED, accepted_at=event.at)


def _not_accepted(order: Order, event: OrderEvent) -> Order:
    data = event.data
    return replace(
        order,
        state=OrderState.NOT_ACCEPTED,
        ground=text(data, "ground"),
        right_channel=text(data, "channel"),
        closed_at=event.at,
    )


def _materials_asked(order: Order, event: OrderEvent) -> Order:
    state = OrderState.MATERIALS if order.state is OrderState.ACCEPTED else order.state
    return replace(order, state=state, materials_until=moment(event.data, "until"))


def _materials_given(order: Order, event: OrderEvent) -> Order:
    state = OrderState.ACCEPTED if order.state is OrderState.MATERIALS else order.state
    return replace(meet(order, "materials", event.at), state=state, materials_until=None)


def _repeat_noted(order: Order, event: OrderEvent) -> Order:
    of = text(event.data, "of")
    if of:
        return replace(order, repeat_of=of, new_facts=flag(event.data, "new_facts"))
    return replace(order, repeats=order.repeats + 1)


def _merged(order: Order, event: OrderEvent) -> Order:
    into = maybe(event.data, "into")
    if into:
        return replace(order, state=OrderState.MERGED, merged_into=into, closed_at=event.at)
    return replace(order, merged=(*order.merged, text(event.data, "from")), repeats=order.repeats + 1)


def _answered_directly(order: Order, event: OrderEvent) -> Order:
    report = {"answer": text(event.data, "answer"), "basis": text(event.data, "article")}
    answer = Answer(
        event.at, None, event.by.id, "solved", report, direct=True, verdict=Verdict.APPROVED, decided_at=event.at
    )
    done = meet(meet(order, "dispatch", event.at), "handle", event.at)
    return replace(done, state=OrderState.CLOSED, answers=(*order.answers, answer), ground="solved", closed_at=event.at)


def _leader_asked(order: Order, event: OrderEvent) -> Order:
    state = OrderState.WITH_LEADER if order.state is OrderState.ACCEPTED else order.state
    ask = LeaderAsk(event.at, text(event.data, "purpose"), text(event.data, "leader"))
    return replace(order, state=state, leader_asks=(*order.leader_asks, ask))


def _leader_decided(order: Order, event: OrderEvent) -> Order:
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
        after, _unit = _decide_return(after, event, Verdict.REFUSED if stays else Verdict.APPROVED)
    joined = {unit: order.joined.get(unit, event.at) for unit in units}
    after = replace(after, lead=lead, co=units[1:], joined=joined)
    if lead == order.lead or lead in order.signed:
        state = OrderState.HANDLING if lead in order.signed else OrderState.DISPATCHED
        return replace(after, state=state)
    # The new lead signs and may return in its own time; how long the matter may take does not change.
    theirs = tuple(due for step, due in after.dues.items() if step in ("sign_for", "return"))
    kept = {step: due for step, due in after.dues.items() if step not in ("sign_for", "return")}
    return replace(after, state=OrderState.DISPATCHED, dues=kept, past=after.past + theirs)


def _dispatched(order: Order, event: OrderEvent) -> Order:
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


def _unit_added(order: Order, event: OrderEvent) -> Order:
    unit = text(event.data, "unit")
    return replace(order, co=tuple(dict.fromkeys((*order.co, unit))), joined={**order.joined, unit: event.at})


def _recalled(order: Order, event: OrderEvent) -> Order:
    return _given_back(order, event.at)


def _given_back(order: Order, at: datetime) -> Order:
    """To be dispatched anew."""
    return replace(_clear_round(order, at), state=OrderState.ACCEPTED, lead=None, co=(), signed={}, joined={})


def _signed(order: Order, event: OrderEvent) -> Order:
    return _sign(order, event.by.unit or "", event.at)


def _sign(order: Order, unit: str, at: datetime) -> Order:
    signed = {**order.signed, unit: at}
    if unit != order.lead:
        return replace(order, signed=signed)
    state = OrderState.HANDLING if order.state is OrderState.DISPATCHED else order.state
    return replace(meet(order, "sign_for", at), signed=signed, state=state)


def _return_asked(order: Order, event: OrderEvent) -> Order:
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


def _decide_return(order: Order, event: OrderEvent, verdict: Verdict) -> tuple[Order, str]:
    asked = order.returns[-1]
    decided = replace(asked, verdict=verdict, decided_at=event.at, decided_by=event.by.id)
    return replace(order, returns=(*order.returns[:-1], decided)), asked.unit


def _return_approved(order: Order, event: OrderEvent) -> Order:
    after, unit = _decide_return(order, event, Verdict.APPROVED)
    if unit != order.lead:
        return replace(after, co=tuple(other for other in order.co if other != unit))
    return _given_back(after, event.at)


def _return_refused(order: Order, event: OrderEvent) -> Order:
    after, unit = _decide_return(order, event, Verdict.REFUSED)
    after = replace(after, refused_returns=order.refused_returns | {unit})
    if order.state is not OrderState.RETURN_ASKED:
        return after
    return replace(after, state=OrderState.HANDLING if unit in order.signed else OrderState.DISPATCHED)


def _return_lapsed(order: Order, event: OrderEvent) -> Order:
    unit = text(event.data, "unit")
    closed = replace(meet(order, "return", event.at), return_closed=frozenset({unit, *order.units}))
    return closed if unit in order.signed else _sign(closed, unit, event.at)


def _contacted(order: Order, event: OrderEvent) -> Order:
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
    after = meet(order, "first_contact", event.at) if done else order
    return replace(after, contacts=(*order.contacts, attempt))


def _progress_told(order: Order, _event: OrderEvent) -> Order:
    return replace(order, told=order.told + 1)


def _material_added(order: Order, event: OrderEvent) -> Order:
    return _note(order, event, f"补充材料：{'、'.join(texts(event.data, 'materials'))}")


def _co_answered(order: Order, event: OrderEvent) -> Order:
    answer = CoAnswer(event.at, event.by.unit or "", flag(event.data, "done"), text(event.data, "text"))
    return replace(order, co_answers=(*order.co_answers, answer))


def _promised(order: Order, event: OrderEvent) -> Order:
    promise = Promise(event.at, event.by.unit, moment(event.data, "until"), text(event.data, "answer"))
    return replace(meet(order, "handle", event.at), promise=promise)


def _extension_asked(order: Order, event: OrderEvent) -> Order:
    asked = ExtensionAsked(
        event.at, event.by.unit, count(event.data, "amount"), event.why, flag(event.data, "caller_told"), order.round
    )
    return replace(order, extensions=(*order.extensions, asked))


def _extension_approved(order: Order, event: OrderEvent) -> Order:
    asked = order.extensions[-1]
    final = flag(event.data, "final")
    decided = replace(
        asked,
        approvals=(*asked.approvals, text(event.data, "stage")),
        verdict=Verdict.APPROVED if final else Verdict.PENDING,
        decided_at=event.at if final else None,
    )
    return replace(order, extensions=(*order.extensions[:-1], decided))


def _extension_refused(order: Order, event: OrderEvent) -> Order:
    decided = replace(order.extensions[-1], verdict=Verdict.REFUSED, decided_at=event.at)
    return replace(order, extensions=(*order.extensions[:-1], decided))


def _paused(order: Order, event: OrderEvent) -> Order:
    return replace(order, pauses=(*order.pauses, Standstill(event.at, None, event.why)))


def _resumed(order: Order, event: OrderEvent) -> Order:
    return replace(order, pauses=(*order.pauses[:-1], replace(order.pauses[-1], end=event.at)))


def _cooperation_lost(order: Order, event: OrderEvent) -> Order:
    return replace(order, uncooperative_since=event.at)


def _cooperation_back(order: Order, _event: OrderEvent) -> Order:
    return replace(order, uncooperative_since=None)


def _answered(order: Order, event: OrderEvent) -> Order:
    data = event.data
    answer = Answer(event.at, event.by.unit, event.by.id, text(data, "ground"), record(data, "report"))
    done = _settle(meet(order, "handle", event.at), event.at)
    return replace(done, state=OrderState.IN_REVIEW, answers=(*order.answers, answer))


def _review_passed(order: Order, event: OrderEvent) -> Order:
    answer = replace(order.answers[-1], verdict=Verdict.APPROVED, why=event.why, decided_at=event.at)
    return _close(replace(order, answers=(*order.answers[:-1], answer)), answer.ground, event.at)


def _review_sent_back(order: Order, event: OrderEvent) -> Order:
    answer = replace(order.answers[-1], verdict=Verdict.REFUSED, why=event.why, decided_at=event.at)
    after = replace(order, state=OrderState.HANDLING, answers=(*order.answers[:-1], answer))
    return meet(after, "handle", None)


def _closed(order: Order, event: OrderEvent) -> Order:
    return _close(order, text(event.data, "ground"), event.at)


def _withdrawn(order: Order, event: OrderEvent) -> Order:
    return _close(order, "withdrawn", event.at)


def _close(order: Order, ground: str, at: datetime) -> Order:
    return replace(_settle(order, at), state=OrderState.CLOSED, ground=ground, closed_at=at)


def _settle(order: Order, at: datetime) -> Order:
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


def _followed_up(order: Order, event: OrderEvent) -> Order:
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
    )
    return _lead_on(replace(order, follow_ups=(*order.follow_ups, entry)), text(data, "outcome"), event.at)


def _lead_on(order: Order, outcome: str, at: datetime) -> Order:
    """What the profile made of a follow-up or rating: `done`, `reexamine`, `again` (to the same unit), else nothing."""
    if outcome == "done":
        return replace(order, state=OrderState.FOLLOWED_UP)
    if outcome == "reexamine":
        return replace(order, state=OrderState.REEXAMINING)
    if outcome == "again":
        return replace(_new_round(order, at), state=OrderState.HANDLING, dispatched_at=at)
    return order


def _reexamined(order: Order, event: OrderEvent) -> Order:
    if not flag(event.data, "redo"):
        return replace(order, state=OrderState.FOLLOWED_UP)
    return replace(_given_back(_new_round(order, event.at), event.at), leader_asks=(), lead_named_by="")


def _new_round(order: Order, at: datetime) -> Order:
    """Handled again: the closing is history, the deadlines of the round before are kept in `past`."""
    return replace(
        _clear_round(order, at),
        round=order.round + 1,
        closed_at=None,
        ground="",
        promise=None,
        evaluated_in="",
        uncooperative_since=None,
        refused_returns=frozenset(),
        return_closed=frozenset(),
    )


def _clear_round(order: Order, at: datetime) -> Order:
    """The unit is out of it: its deadlines, and whether it met them, are history."""
    past = order.past + tuple(order.dues.values())
    return replace(_settle(order, at), dues={}, past=past, dispatched_at=None)


def _excluded(order: Order, event: OrderEvent) -> Order:
    return replace(order, excluded=text(event.data, "ground"))


def _rated(order: Order, event: OrderEvent) -> Order:
    data = event.data
    rating = Rating(event.at, count(data, "stars"), flag(data, "solved"), text(data, "text"))
    return _lead_on(replace(order, rating=rating), text(data, "outcome"), event.at)


def _evaluated(order: Order, event: OrderEvent) -> Order:
    return replace(order, evaluated_in=text(event.data, "period"))


def _archived(order: Order, event: OrderEvent) -> Order:
    return replace(order, state=OrderState.ARCHIVED, archived_at=event.at)


def _deadline_set(order: Order, event: OrderEvent) -> Order:
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


def _overridden(order: Order, event: OrderEvent) -> Order:
    override = HigherLaw(event.at, event.by.id, text(event.data, "limit"), text(event.data, "basis"))
    return replace(order, override=override)


def _due_soon(order: Order, event: OrderEvent) -> Order:
    due = order.dues.get(text(event.data, "step"))
    return order if due is None else replace(order, dues={**order.dues, due.step: replace(due, warned=True)})


def _overdue(order: Order, event: OrderEvent) -> Order:
    due = order.dues.get(text(event.data, "step"))
    return order if due is None else replace(order, dues={**order.dues, due.step: replace(due, overdue=True)})


def _urged(order: Order, _event: OrderEvent) -> Order:
    return replace(order, urged=order.urged + 1)


def _supervised(order: Order, event: OrderEvent) -> Order:
    rung = Supervision(event.at, event.by.id, Level(text(event.data, "level")), order.lead, event.why)
    return replace(order, supervisions=(*order.supervisions, rung))


def _supervision_proposed(order: Order, event: OrderEvent) -> Order:
    return replace(order, proposed=order.proposed | {Level(text(event.data, "level"))})


def _supervision_answered(order: Order, event: OrderEvent) -> Order:
    last = replace(order.supervisions[-1], answered_at=event.at, answer=text(event.data, "text"))
    return replace(order, supervisions=(*order.supervisions[:-1], last))


def _hard_case(order: Order, _event: OrderEvent) -> Order:
    return replace(order, hard_case=True)


def _urgent_reported(order: Order, _event: OrderEvent) -> Order:
    return replace(order, urgent_reported=True)


def _nuisance(order: Order, event: OrderEvent) -> Order:
    mark = Mark(event.at, event.by.id, text(event.data, "ground"), texts(event.data, "evidence"))
    return replace(order, marks=(*order.marks, mark))


def _handed_over(order: Order, _event: OrderEvent) -> Order:
    return replace(order, handed_over=True)


def _secrecy(order: Order, event: OrderEvent) -> Order:
    return replace(order, secrecy=flag(event.data, "secret"))


def _noted(order: Order, event: OrderEvent) -> Order:
    return _note(order, event, text(event.data, "text"))


def _note(order: Order, event: OrderEvent, what: str) -> Order:
    return replace(order, notes=(*order.notes, (event.at, event.by.id, what)))


def meet(order: Order, step: str, at: datetime | None) -> Order:
    """The order with that step's deadline met at `at` (None: open again). The deadline itself does not move."""
    due = order.dues.get(step)
    if due is None or (at is not None and due.met_at is not None):
        return order
    return replace(order, dues={**order.dues, step: replace(due, met_at=at)})


_EVOLVE: Mapping[EventKind, Callable[[Order, OrderEvent], Order]] = {
    EventKind.OPENED: _opened,
    EventKind.EDITED: _with_facts,
    EventKind.ACCEPTED: _accepted,
    EventKind.NOT_ACCEPTED: _not_accepted,
    EventKind.MATERIALS_ASKED: _materials_asked,
    EventKind.MATERIALS_GIVEN: _materials_given,
    EventKind.REPEAT_NOTED: _repeat_noted,
    EventKind.MERGED: _merged,
    EventKind.ANSWERED_DIRECTLY: _answered_directly,
    EventKind.LEADER_ASKED: _leader_asked,
    EventKind.LEADER_DECIDED: _leader_decided,
    EventKind.DISPATCHED: _dispatched,
    EventKind.UNIT_ADDED: _unit_added,
    EventKind.RECALLED: _recalled,
    EventKind.SIGNED: _signed,
    EventKind.RETURN_ASKED: _return_asked,
    EventKind.RETURN_APPROVED: _return_approved,
    EventKind.RETURN_REFUSED: _return_refused,
    EventKind.RETURN_LAPSED: _return_lapsed,
    EventKind.CONTACTED: _contacted,
    EventKind.MATERIAL_ADDED: _material_added,
    EventKind.PROGRESS_TOLD: _progress_told,
    EventKind.CO_ANSWERED: _co_answered,
    EventKind.PROMISED: _promised,
    EventKind.EXTENSION_ASKED: _extension_asked,
    EventKind.EXTENSION_APPROVED: _extension_approved,
    EventKind.EXTENSION_REFUSED: _extension_refused,
    EventKind.PAUSED: _paused,
    EventKind.RESUMED: _resumed,
    EventKind.COOPERATION_LOST: _cooperation_lost,
    EventKind.COOPERATION_BACK: _cooperation_back,
    EventKind.ANSWERED: _answered,
    EventKind.REVIEW_PASSED: _review_passed,
    EventKind.REVIEW_SENT_BACK: _review_sent_back,
    EventKind.CLOSED: _closed,
    EventKind.WITHDRAWN: _withdrawn,
    EventKind.FOLLOWED_UP: _followed_up,
    EventKind.REEXAMINED: _reexamined,
    EventKind.EXCLUDED: _excluded,
    EventKind.RATED: _rated,
    EventKind.EVALUATED: _evaluated,
    EventKind.ARCHIVED: _archived,
    EventKind.DEADLINE_SET: _deadline_set,
    EventKind.RECLASSIFIED: _with_facts,
    EventKind.OVERRIDDEN: _overridden,
    EventKind.CALENDAR_CHANGED: _same,
    EventKind.DUE_SOON: _due_soon,
    EventKind.OVERDUE: _overdue,
    EventKind.URGED: _urged,
    EventKind.SUPERVISED: _supervised,
    EventKind.SUPERVISION_PROPOSED: _supervision_proposed,
    EventKind.SUPERVISION_ANSWERED: _supervision_answered,
    EventKind.HARD_CASE_RAISED: _hard_case,
    EventKind.URGENT_REPORTED: _urgent_reported,
    EventKind.NUISANCE_MARKED: _nuisance,
    EventKind.HANDED_OVER: _handed_over,
    EventKind.SECRECY_SET: _secrecy,
    EventKind.NOTED: _noted,
}
