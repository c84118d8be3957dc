"""What an event makes of an order: the only place where an order changes.

In: an order and an event that `life.next` took in (now or years ago). Out: the order after it. Never: refuses (that was
`next`'s business when it happened), raises, or asks a profile: what a profile decided is in the event, so replaying a
life under tomorrow's rules gives the same order. An event that cannot be read is kept in `unread`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from . import fold_end, fold_intake, fold_unit
from .events import EventKind, OrderEvent
from .order import Order, new_order
from .shapes import problems


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


_EVOLVE: Mapping[EventKind, Callable[[Order, OrderEvent], Order]] = {
    EventKind.OPENED: fold_intake.opened,
    EventKind.EDITED: fold_intake.with_facts,
    EventKind.ACCEPTED: fold_intake.accepted,
    EventKind.NOT_ACCEPTED: fold_intake.not_accepted,
    EventKind.MATERIALS_ASKED: fold_intake.materials_asked,
    EventKind.MATERIALS_GIVEN: fold_intake.materials_given,
    EventKind.REPEAT_NOTED: fold_intake.repeat_noted,
    EventKind.MERGED: fold_intake.merged,
    EventKind.ANSWERED_DIRECTLY: fold_intake.answered_directly,
    EventKind.LEADER_ASKED: fold_intake.leader_asked,
    EventKind.LEADER_DECIDED: fold_intake.leader_decided,
    EventKind.DISPATCHED: fold_intake.dispatched,
    EventKind.UNIT_ADDED: fold_intake.unit_added,
    EventKind.RECALLED: fold_intake.recalled,
    EventKind.SIGNED: fold_unit.signed,
    EventKind.RETURN_ASKED: fold_unit.return_asked,
    EventKind.RETURN_APPROVED: fold_unit.return_approved,
    EventKind.RETURN_REFUSED: fold_unit.return_refused,
    EventKind.RETURN_LAPSED: fold_unit.return_lapsed,
    EventKind.CONTACTED: fold_unit.contacted,
    EventKind.MATERIAL_ADDED: fold_unit.material_added,
    EventKind.PROGRESS_TOLD: fold_unit.progress_told,
    EventKind.CO_ANSWERED: fold_unit.co_answered,
    EventKind.PROMISED: fold_unit.promised,
    EventKind.CALLER_PROMISED: fold_unit.caller_promised,
    EventKind.EXTENSION_ASKED: fold_unit.extension_asked,
    EventKind.EXTENSION_APPROVED: fold_unit.extension_approved,
    EventKind.EXTENSION_REFUSED: fold_unit.extension_refused,
    EventKind.PAUSED: fold_unit.paused,
    EventKind.RESUMED: fold_unit.resumed,
    EventKind.COOPERATION_LOST: fold_unit.cooperation_lost,
    EventKind.COOPERATION_BACK: fold_unit.cooperation_back,
    EventKind.ANSWERED: fold_unit.answered,
    EventKind.REVIEW_PASSED: fold_end.review_passed,
    EventKind.REVIEW_SENT_BACK: fold_end.review_sent_back,
    EventKind.CLOSED: fold_end.closed,
    EventKind.WITHDRAWN: fold_end.withdrawn,
    EventKind.FOLLOWED_UP: fold_end.followed_up,
    EventKind.REEXAMINED: fold_end.reexamined,
    EventKind.EXCLUDED: fold_end.excluded,
    EventKind.RATED: fold_end.rated,
    EventKind.EVALUATED: fold_end.evaluated,
    EventKind.ARCHIVED: fold_end.archived,
    EventKind.DEADLINE_SET: fold_end.deadline_set,
    EventKind.RECLASSIFIED: fold_intake.with_facts,
    EventKind.OVERRIDDEN: fold_end.overridden,
    EventKind.CALENDAR_CHANGED: _same,
    EventKind.DUE_SOON: fold_end.due_soon,
    EventKind.OVERDUE: fold_end.overdue,
    EventKind.URGED: fold_end.urged,
    EventKind.SUPERVISED: fold_end.supervised,
    EventKind.SUPERVISION_PROPOSED: fold_end.supervision_proposed,
    EventKind.SUPERVISION_ANSWERED: fold_end.supervision_answered,
    EventKind.HARD_CASE_RAISED: fold_end.hard_case,
    EventKind.URGENT_REPORTED: fold_end.urgent_reported,
    EventKind.NUISANCE_MARKED: fold_end.nuisance,
    EventKind.NUISANCE_LIFTED: fold_end.nuisance_lifted,
    EventKind.HANDED_OVER: fold_end.handed_over,
    EventKind.DISCIPLINE_TOLD: fold_end.discipline_told,
    EventKind.SECRECY_SET: fold_end.secrecy,
    EventKind.NOTED: fold_end.noted,
}
