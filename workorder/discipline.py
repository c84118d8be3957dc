"""What goes to the discipline body: clearly overdue, often supervised, often given back without reason, still
complained of after several rounds (seed 002, article 16).

In: an order, the moment, rules. Out: the reasons that hold; an event for those that have not been told. Never: a reason
that the order's own document does not list; the same reason twice.
"""

from __future__ import annotations

from datetime import datetime

from .allowed import RUNNING
from .events import SYSTEM, EventKind, OrderEvent
from .model import OrderState
from .order import Order
from .profile import Step
from .readings import say
from .rules import Rules

_READ_BY = {"overdue": "clearly_overdue_days"}  # the others: "often"


def discipline_reasons(order: Order, now: datetime, rules: Rules) -> tuple[str, ...]:
    """Why the order is to be handed to the discipline body: ids of the profile's `handed_on`."""
    due, often = order.dues.get(Step.HANDLE.value), rules.settings.often
    refused = sum(asked.verdict == "refused" for asked in order.returns)
    late = due is not None and due.met_at is None and now - due.due >= rules.settings.clearly_overdue
    true = {
        "overdue": late and order.state in RUNNING,
        "often_supervised": len(order.supervisions) >= often and order.closed_at is None,
        "often_returned": refused >= often,
        "still_complained": order.round > often or (order.round >= often and order.state is OrderState.REEXAMINING),
    }
    return tuple(entry.id for entry in rules.profile.handed_on if true.get(entry.id, False))


def to_discipline(order: Order, now: datetime, rules: Rules) -> tuple[OrderEvent, ...]:
    """The event that tells it (及时移送), each reason once; feeds for the discipline body take it from there."""
    fresh = [name for name in discipline_reasons(order, now, rules) if name not in order.discipline]
    if not fresh or order.state not in RUNNING | {OrderState.REEXAMINING}:
        return ()
    told = [entry for entry in rules.profile.handed_on if entry.id in fresh]
    read = dict.fromkeys(say(rules.profile.readings, _READ_BY.get(name, "often")) for name in fresh)
    why = f"《{rules.profile.title}》{told[0].rule}：{'、'.join(entry.text for entry in told)}{''.join(read)}"
    return (OrderEvent(EventKind.DISCIPLINE_TOLD, now, SYSTEM, why, {"reasons": fresh}),)
