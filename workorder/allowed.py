"""Which events an order's state allows, and who may make them.

In: an order, an actor. Out: tables and their reading, for `life` and for the buttons of a page. Never: looks at an
event's data or at a profile (`checks`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .events import Actor, ActorRole, EventKind
from .model import OrderState
from .order import Order

K, S, R = EventKind, OrderState, ActorRole

BEFORE_UNIT = frozenset({S.DRAFT, S.ACCEPTED, S.MATERIALS, S.WITH_LEADER})
WITH_UNIT = frozenset({S.DISPATCHED, S.HANDLING})
AT_UNIT = WITH_UNIT | {S.RETURN_ASKED}
OPEN = BEFORE_UNIT | AT_UNIT | {S.IN_REVIEW}
RUNNING = OPEN - {S.DRAFT}  # the clock runs
DONE = frozenset({S.CLOSED, S.REEXAMINING, S.FOLLOWED_UP, S.ARCHIVED})
ALL = frozenset(S)

STATES: Mapping[EventKind, frozenset[OrderState]] = {
    K.OPENED: frozenset({S.DRAFT}),
    K.EDITED: OPEN,
    K.ACCEPTED: frozenset({S.DRAFT}),
    K.NOT_ACCEPTED: BEFORE_UNIT,
    K.MATERIALS_ASKED: frozenset({S.ACCEPTED, S.HANDLING}),
    K.MATERIALS_GIVEN: frozenset({S.MATERIALS, S.HANDLING}),
    K.REPEAT_NOTED: ALL,
    K.MERGED: OPEN,
    K.ANSWERED_DIRECTLY: frozenset({S.ACCEPTED}),
    K.LEADER_ASKED: AT_UNIT | {S.ACCEPTED},
    K.LEADER_DECIDED: AT_UNIT | {S.WITH_LEADER},
    K.DISPATCHED: frozenset({S.ACCEPTED}),
    K.UNIT_ADDED: WITH_UNIT,
    K.RECALLED: AT_UNIT,
    K.SIGNED: WITH_UNIT,
    K.RETURN_ASKED: WITH_UNIT,
    K.RETURN_APPROVED: AT_UNIT,
    K.RETURN_REFUSED: AT_UNIT,
    K.RETURN_LAPSED: WITH_UNIT,
    K.CONTACTED: RUNNING,
    K.MATERIAL_ADDED: OPEN,
    K.PROGRESS_TOLD: ALL - {S.DRAFT},
    K.CO_ANSWERED: WITH_UNIT,
    K.PROMISED: frozenset({S.HANDLING}),
    K.CALLER_PROMISED: OPEN,
    K.EXTENSION_ASKED: WITH_UNIT,
    K.EXTENSION_APPROVED: AT_UNIT,
    K.EXTENSION_REFUSED: AT_UNIT,
    K.PAUSED: WITH_UNIT,
    K.RESUMED: AT_UNIT,
    K.COOPERATION_LOST: WITH_UNIT,
    K.COOPERATION_BACK: AT_UNIT,
    K.ANSWERED: frozenset({S.HANDLING}),
    K.REVIEW_PASSED: frozenset({S.IN_REVIEW}),
    K.REVIEW_SENT_BACK: frozenset({S.IN_REVIEW}),
    K.CLOSED: RUNNING - {S.IN_REVIEW},
    K.WITHDRAWN: OPEN,
    K.FOLLOWED_UP: frozenset({S.CLOSED, S.REEXAMINING}),
    K.REEXAMINED: frozenset({S.REEXAMINING}),
    K.EXCLUDED: ALL - {S.ARCHIVED, S.DRAFT},
    K.RATED: DONE,
    K.EVALUATED: DONE,
    K.ARCHIVED: frozenset({S.FOLLOWED_UP, S.CLOSED, S.NOT_ACCEPTED, S.MERGED}),
    K.DEADLINE_SET: frozenset(),  # follows from other events, never comes from outside
    K.RECLASSIFIED: RUNNING,
    K.OVERRIDDEN: AT_UNIT | {S.ACCEPTED},
    K.CALENDAR_CHANGED: RUNNING,
    K.DUE_SOON: OPEN,  # of a draft: what its caller was promised
    K.OVERDUE: OPEN,
    K.URGED: RUNNING,
    K.SUPERVISED: RUNNING | {S.REEXAMINING},
    K.SUPERVISION_PROPOSED: RUNNING,
    K.SUPERVISION_ANSWERED: RUNNING | DONE,
    K.HARD_CASE_RAISED: RUNNING,
    K.URGENT_REPORTED: OPEN | DONE,
    K.NUISANCE_MARKED: ALL,
    K.NUISANCE_LIFTED: ALL,
    K.HANDED_OVER: ALL,
    K.DISCIPLINE_TOLD: RUNNING | {S.REEXAMINING},
    K.SECRECY_SET: ALL,
    K.NOTED: ALL,
}

SYSTEM_ONLY = frozenset({R.SYSTEM})
OFFICE = frozenset({R.OFFICE, R.SUPERVISOR, R.ADMIN})
DESK = OFFICE | {R.SEAT, R.EXPERT}  # the front desk accepts, answers and dispatches too (seeds 000 and 002)
UNIT = frozenset({R.UNIT})
CALLER = frozenset({R.CALLER})

WHO: Mapping[EventKind, frozenset[ActorRole]] = {
    K.OPENED: DESK | CALLER | SYSTEM_ONLY,
    K.EDITED: DESK,
    K.ACCEPTED: DESK,
    K.NOT_ACCEPTED: DESK,
    K.MATERIALS_ASKED: DESK | UNIT,
    K.MATERIALS_GIVEN: DESK | UNIT | CALLER,
    K.REPEAT_NOTED: DESK | CALLER | SYSTEM_ONLY,
    K.MERGED: DESK,
    K.ANSWERED_DIRECTLY: DESK,
    K.LEADER_ASKED: DESK,
    K.LEADER_DECIDED: OFFICE,
    K.DISPATCHED: DESK,
    K.UNIT_ADDED: OFFICE,
    K.RECALLED: OFFICE,
    K.SIGNED: UNIT,
    K.RETURN_ASKED: UNIT,
    K.RETURN_APPROVED: OFFICE,
    K.RETURN_REFUSED: OFFICE,
    K.RETURN_LAPSED: SYSTEM_ONLY,
    K.CONTACTED: DESK | UNIT,
    K.MATERIAL_ADDED: DESK | UNIT | CALLER,
    K.PROGRESS_TOLD: DESK | SYSTEM_ONLY,
    K.CO_ANSWERED: UNIT,
    K.PROMISED: UNIT,
    K.CALLER_PROMISED: DESK | SYSTEM_ONLY,
    K.EXTENSION_ASKED: UNIT,
    K.EXTENSION_APPROVED: OFFICE,
    K.EXTENSION_REFUSED: OFFICE,
    K.PAUSED: OFFICE,
    K.RESUMED: OFFICE,
    K.COOPERATION_LOST: OFFICE | UNIT,
    K.COOPERATION_BACK: OFFICE | UNIT,
    K.ANSWERED: UNIT,
    K.REVIEW_PASSED: OFFICE,
    K.REVIEW_SENT_BACK: OFFICE,
    K.CLOSED: OFFICE,
    K.WITHDRAWN: DESK | CALLER,
    K.FOLLOWED_UP: DESK | CALLER | SYSTEM_ONLY,
    K.REEXAMINED: OFFICE,
    K.EXCLUDED: OFFICE,
    K.RATED: CALLER,
    K.EVALUATED: OFFICE | SYSTEM_ONLY,
    K.ARCHIVED: OFFICE,
    K.DEADLINE_SET: frozenset(),
    K.RECLASSIFIED: DESK,
    K.OVERRIDDEN: OFFICE,
    K.CALENDAR_CHANGED: SYSTEM_ONLY | OFFICE,
    K.DUE_SOON: SYSTEM_ONLY,
    K.OVERDUE: SYSTEM_ONLY,
    K.URGED: OFFICE | SYSTEM_ONLY | {R.SEAT},
    K.SUPERVISED: OFFICE,
    K.SUPERVISION_PROPOSED: SYSTEM_ONLY,
    K.SUPERVISION_ANSWERED: UNIT | OFFICE,
    K.HARD_CASE_RAISED: OFFICE | SYSTEM_ONLY,
    K.URGENT_REPORTED: DESK | UNIT,
    K.NUISANCE_MARKED: DESK,
    K.NUISANCE_LIFTED: OFFICE,
    K.HANDED_OVER: OFFICE,
    K.DISCIPLINE_TOLD: SYSTEM_ONLY,
    K.SECRECY_SET: DESK | CALLER,
    K.NOTED: DESK | UNIT | SYSTEM_ONLY,
}
ANY_UNIT = frozenset(  # what a helping unit does as well; the rest is the lead's
    {K.SIGNED, K.RETURN_ASKED, K.CONTACTED, K.MATERIAL_ADDED, K.NOTED, K.URGENT_REPORTED}
)


def allowed(order: Order, actor: Actor) -> frozenset[EventKind]:
    """The kinds of event that this actor may try now: a page shows these buttons. The profile may still refuse."""
    done = {K.SIGNED} if actor.unit in order.signed else set()
    return frozenset(
        kind for kind in EventKind if state_allows(order, kind) and _ready(order, kind) and may(order, actor, kind)
    ).difference(done)


# What must be there before an event makes sense: a request before it is decided on, a rung before it is answered.
_NEEDS: Mapping[EventKind, Callable[[Order], bool]] = {
    K.RETURN_ASKED: lambda order: order.pending_return is None,
    K.RETURN_APPROVED: lambda order: order.pending_return is not None,
    K.RETURN_REFUSED: lambda order: order.pending_return is not None,
    K.EXTENSION_ASKED: lambda order: order.pending_extension is None and "handle" in order.dues,
    K.EXTENSION_APPROVED: lambda order: order.pending_extension is not None,
    K.EXTENSION_REFUSED: lambda order: order.pending_extension is not None,
    K.LEADER_DECIDED: lambda order: bool(order.leader_asks) and order.leader_asks[-1].decided_at is None,
    K.MATERIALS_GIVEN: lambda order: order.materials_until is not None,
    K.COOPERATION_LOST: lambda order: order.uncooperative_since is None,
    K.COOPERATION_BACK: lambda order: order.uncooperative_since is not None,
    K.PAUSED: lambda order: not order.pauses or order.pauses[-1].end is not None,
    K.RESUMED: lambda order: bool(order.pauses) and order.pauses[-1].end is None,
    K.PROMISED: lambda order: order.promise is None,
    K.SUPERVISION_ANSWERED: lambda order: bool(order.supervisions) and order.supervisions[-1].answered_at is None,
    K.RATED: lambda order: order.rating is None,
    K.HARD_CASE_RAISED: lambda order: not order.hard_case,
    K.NUISANCE_LIFTED: lambda order: bool(order.marks_in_force),
    K.HANDED_OVER: lambda order: bool(order.marks_in_force) and not order.handed_over,
}


def _ready(order: Order, kind: EventKind) -> bool:
    needs = _NEEDS.get(kind)
    return needs is None or needs(order)


def state_allows(order: Order, kind: EventKind) -> bool:
    """Whether the order is where such an event can happen."""
    if (order.opened_at is None) != (kind is K.OPENED):
        return False
    return order.state in STATES[kind]


def may(order: Order, actor: Actor, kind: EventKind) -> bool:
    """Whether this actor does such things to this order."""
    if actor.role not in WHO[kind]:
        return False
    if actor.role is not R.UNIT:
        return True
    if kind is K.CO_ANSWERED:
        return actor.unit in order.co
    return actor.unit is not None and actor.unit in (order.units if kind in ANY_UNIT else (order.lead,))
