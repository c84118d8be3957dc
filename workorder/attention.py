"""What of an order deserves somebody's eye: matters to supervise, hard cases, what must still be told to leaders.

In: an order, its profile. Out: the profile's own items that hold for it, for the office to decide on. Never: decides;
items that only people can judge (untrue results, historical causes) are not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .order import FollowUpResult, Order, Verdict
from .profile import Item, Profile
from .rules import Rules


def _unsatisfied(order: Order) -> bool:
    return bool(order.follow_ups) and order.follow_ups[-1].result is FollowUpResult.UNSATISFIED


def _sent_back(order: Order) -> int:
    return sum(answer.verdict is Verdict.REFUSED for answer in order.answers)


_SUPERVISED: Mapping[str, Callable[[Order], bool]] = {
    "leaders_instruction": lambda order: any(ask.decided_at for ask in order.leader_asks),
    "reexamined": lambda order: order.state == "reexamining" or order.round > 1,
    "repeated_unsatisfied": lambda order: order.repeats > 0 and _unsatisfied(order),
    "many_units": lambda order: bool(order.co),
    "unsolved": lambda order: bool(order.follow_ups) and order.follow_ups[-1].solved is False,
}


def to_supervise(order: Order, rules: Rules) -> tuple[Item, ...]:
    """Which of the document's matters for supervision this order is (seeds 001 article 10, 003 article 25)."""
    often = rules.settings.sent_back_often
    reasons = {**_SUPERVISED, "badly_handled": lambda order: _sent_back(order) >= often}
    return tuple(entry for entry in rules.profile.supervised_matters if _holds(reasons, entry, order))


def hard_case_reasons(order: Order, profile: Profile) -> tuple[Item, ...]:
    """Why the order would be a hard case (seed 001, article 13)."""
    often = profile.repeats.hard_case_from if profile.repeats else None
    reasons: Mapping[str, Callable[[Order], bool]] = {
        "repeated": lambda order: often is not None and order.repeats >= often,
        "many_units": lambda order: bool(order.co),
    }
    return tuple(entry for entry in profile.hard_cases if _holds(reasons, entry, order))


def still_to_report(order: Order, profile: Profile) -> str:
    """What an emergency asks for that has not been done (seeds 001 article 12, 002 article 9(1)); "" when nothing."""
    urgent = profile.urgent
    return urgent.text if urgent is not None and order.emergency and not order.urgent_reported else ""


def _holds(reasons: Mapping[str, Callable[[Order], bool]], entry: Item, order: Order) -> bool:
    reason = reasons.get(entry.id)
    return reason is not None and reason(order)
