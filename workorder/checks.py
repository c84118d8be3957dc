"""What a profile says about an event that the order's state allows: which rule judges which kind.

In: an order, an event whose data is sound, rules. Out: None, or a `Refusal` that names the rule. Never: changes
anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from . import check_end, check_intake, check_unit
from .events import EventKind, OrderEvent
from .order import Order
from .rules import Refusal, Rules

Check = Callable[[Order, OrderEvent, Rules], Refusal | None]

REASONED = frozenset(  # a decision about people or deadlines says why
    {
        EventKind.RETURN_ASKED,
        EventKind.RETURN_REFUSED,
        EventKind.RECALLED,
        EventKind.EXTENSION_ASKED,
        EventKind.EXTENSION_REFUSED,
        EventKind.PAUSED,
        EventKind.REVIEW_SENT_BACK,
        EventKind.REEXAMINED,
        EventKind.RECLASSIFIED,
        EventKind.SUPERVISED,
        EventKind.HARD_CASE_RAISED,
        EventKind.EXCLUDED,
        EventKind.COOPERATION_LOST,
        EventKind.NUISANCE_LIFTED,
    }
)


def check(order: Order, event: OrderEvent, rules: Rules) -> Refusal | None:
    """The profile's objection to an event, or None."""
    if event.kind in REASONED and not event.why.strip():
        return Refusal("reason-missing", "请写明理由")
    found = _CHECKS.get(event.kind)
    return found(order, event, rules) if found else None


_CHECKS: Mapping[EventKind, Check] = {
    EventKind.OPENED: check_intake.opened,
    EventKind.EDITED: check_intake.edited,
    EventKind.ACCEPTED: check_intake.accepted,
    EventKind.NOT_ACCEPTED: check_intake.not_accepted,
    EventKind.MATERIALS_ASKED: check_intake.materials_asked,
    EventKind.MATERIALS_GIVEN: check_intake.materials_given,
    EventKind.REPEAT_NOTED: check_intake.repeat_noted,
    EventKind.MERGED: check_intake.merged,
    EventKind.LEADER_DECIDED: check_intake.leader_decided,
    EventKind.DISPATCHED: check_intake.dispatched,
    EventKind.UNIT_ADDED: check_intake.unit_added,
    EventKind.SIGNED: check_unit.signed,
    EventKind.RETURN_ASKED: check_unit.return_asked,
    EventKind.RETURN_APPROVED: check_unit.return_there,
    EventKind.RETURN_REFUSED: check_unit.return_there,
    EventKind.RETURN_LAPSED: check_unit.return_lapsed,
    EventKind.CONTACTED: check_unit.contacted,
    EventKind.PROMISED: check_unit.promised,
    EventKind.EXTENSION_ASKED: check_unit.extension_asked,
    EventKind.EXTENSION_APPROVED: check_unit.extension_there,
    EventKind.EXTENSION_REFUSED: check_unit.extension_there,
    EventKind.PAUSED: check_unit.paused,
    EventKind.RESUMED: check_unit.resumed,
    EventKind.ANSWERED: check_unit.answered,
    EventKind.REVIEW_PASSED: check_end.review_passed,
    EventKind.CLOSED: check_unit.closed,
    EventKind.FOLLOWED_UP: check_end.followed_up,
    EventKind.REEXAMINED: check_end.reexamined,
    EventKind.EXCLUDED: check_end.excluded,
    EventKind.RATED: check_end.rated,
    EventKind.EVALUATED: check_end.evaluated,
    EventKind.ARCHIVED: check_end.archived,
    EventKind.RECLASSIFIED: check_intake.reclassified,
    EventKind.OVERRIDDEN: check_intake.overridden,
    EventKind.DUE_SOON: check_end.clock_said,
    EventKind.OVERDUE: check_end.clock_said,
    EventKind.SUPERVISED: check_end.supervised,
    EventKind.SUPERVISION_PROPOSED: check_end.proposed,
    EventKind.SUPERVISION_ANSWERED: check_end.supervision_answered,
    EventKind.HARD_CASE_RAISED: check_end.hard_case,
    EventKind.NUISANCE_MARKED: check_end.nuisance,
    EventKind.NUISANCE_LIFTED: check_end.nuisance_lifted,
    EventKind.HANDED_OVER: check_end.handed_over,
    EventKind.URGENT_REPORTED: check_end.urgent_reported,
    EventKind.DISCIPLINE_TOLD: check_end.discipline_told,
}
