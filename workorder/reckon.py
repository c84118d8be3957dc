"""An order's deadlines: from the clock's answers to `deadline_set` events.

In: an order, rules, steps, a moment. Out: events that set, move or lift deadlines, each with the rule and the lines of
its reckoning; or nothing when the clock gives none. Never: a deadline without a rule, or one of its own invention.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from .asking import Deadline, Extension, Matter, Override, Pause, Question, Refused
from .clock import answer, find_limit
from .days import city_time
from .events import SYSTEM, EventKind, Json, OrderEvent
from .limits import parse_limit
from .order import Due, Order, Verdict
from .profile import Difficulty, Step
from .rules import Rules

MATERIALS = "materials"
AT_DISPATCH = (Step.SIGN_FOR, Step.FIRST_CONTACT, Step.HANDLE, Step.RETURN)


def matter_of(order: Order) -> Matter:
    """What the clock looks at. Urgent wins over the difficulty written down."""
    known = {item.value for item in Difficulty}
    difficulty = Difficulty(order.difficulty) if order.difficulty in known else None
    if order.urgent or order.emergency:  # an emergency is handled as urgent (seed 001, article 12)
        difficulty = Difficulty.URGENT
    return Matter(order.category, order.source or "12345", difficulty, order.enforcement)


def granted(order: Order) -> tuple[Extension, ...]:
    """The extensions of the present round that stand."""
    return tuple(
        Extension(asked.amount, asked.at, asked.approvals, granted=True)
        for asked in order.extensions
        if asked.verdict is Verdict.APPROVED and asked.round == order.round
    )


def ask(
    order: Order, rules: Rules, step: Step, at: datetime, extensions: Sequence[Extension] = ()
) -> Deadline | Refused:
    """The clock's answer for a step of this order that is counted from `at`."""
    handle = step is Step.HANDLE
    override = None
    if handle and order.override is not None:
        override = Override(parse_limit(order.override.limit), order.override.basis)
    pauses = tuple(Pause(pause.start, pause.end, pause.why) for pause in order.pauses if pause.start >= at)
    question = Question(step, matter_of(order), at, tuple(extensions), pauses if handle else (), override)
    return answer(rules.profile, rules.days, question)


def start_of(order: Order, rules: Rules, step: Step, now: datetime) -> datetime | None:
    """From when a step counts: the acceptance, the dispatch, the signing; None when it has not begun."""
    former = order.dues.get(step.value)
    if step is Step.DISPATCH:
        return former.start if former else now
    if order.dispatched_at is None or order.lead is None:
        return former.start if former else None
    received = order.joined.get(order.lead, order.dispatched_at)
    if step is Step.HANDLE:
        return former.start if former else order.dispatched_at
    if step is not Step.RETURN:
        return former.start if former else received
    return return_start(order, rules, order.lead, received)


def return_start(order: Order, rules: Rules, unit: str, received: datetime) -> datetime | None:
    """From when a unit's time to return counts: its receipt, or its signing where the document says so."""
    row = find_limit(rules.profile, rules.days, Step.RETURN, matter_of(order), city_time(received))
    if not isinstance(row, Refused) and row.from_signing:
        return order.signed.get(unit)
    return received


def set_deadlines(order: Order, rules: Rules, steps: Iterable[Step], now: datetime, why: str) -> tuple[OrderEvent, ...]:
    """Events for the steps whose deadline is new, moved or gone; `why` is what made it so."""
    events = []
    for step in steps:
        former = order.dues.get(step.value)
        start = start_of(order, rules, step, now)
        if start is None or _promised(order, step) or (former and former.met_at is not None):
            continue
        found = ask(order, rules, step, start, granted(order) if step is Step.HANDLE else ())
        if isinstance(found, Refused):
            events += [_lifted(step.value, former, found, now, why)] if former else []
        elif former is None or _differs(former, found):
            events.append(reckoned(step.value, found, start, now, why))
    return tuple(events)


def _promised(order: Order, step: Step) -> bool:
    """A promised end stands until higher law says otherwise."""
    if step is not Step.HANDLE or order.promise is None:
        return False
    return order.override is None or order.override.at <= order.promise.at


def _differs(former: Due, found: Deadline) -> bool:
    return (former.due, former.limit, former.provisional) != (found.due, str(found.limit), found.provisional)


def reckoned(
    step: str, found: Deadline, start: datetime, now: datetime, why: str, *, provisional: bool | None = None
) -> OrderEvent:
    """The clock's answer as an event. `provisional` False: it stands whatever notice comes."""
    lines = [
        {"rule": line.rule, "from": line.from_.isoformat(), "to": line.to.isoformat(), "why": line.why}
        for line in found.steps
    ]
    data: dict[str, Json] = {
        "step": step,
        "due": found.due.isoformat(),
        "start": start.isoformat(),
        "limit": str(found.limit),
        "rule": found.rule,
        "profile_version": found.profile_version,
        "provisional": found.provisional if provisional is None else provisional,
        "explained": lines,
    }
    return OrderEvent(EventKind.DEADLINE_SET, now, SYSTEM, why, data)


def _lifted(step: str, former: Due, found: Refused, now: datetime, why: str) -> OrderEvent:
    data: dict[str, Json] = {
        "step": step,
        "due": None,
        "start": former.start.isoformat(),
        "limit": "",
        "rule": found.rule,
        "profile_version": former.profile_version,
        "provisional": False,
        "explained": [
            {"rule": found.rule, "from": former.due.isoformat(), "to": former.due.isoformat(), "why": found.why}
        ],
    }
    return OrderEvent(EventKind.DEADLINE_SET, now, SYSTEM, why, data)


def set_by_hand(
    order: Order, rules: Rules, step: str, until: datetime, rule: str, now: datetime, why: str
) -> OrderEvent:
    """A deadline that a person fixed where the document lets people fix it: a promised end, a date for materials."""
    start = order.dues[step].start if step in order.dues else now
    line = {"rule": rule, "from": start.isoformat(), "to": until.isoformat(), "why": why}
    data: dict[str, Json] = {
        "step": step,
        "due": until.isoformat(),
        "start": start.isoformat(),
        "limit": "promised" if step == Step.HANDLE.value else "set by the office",
        "rule": rule,
        "profile_version": rules.profile.version,
        "provisional": False,
        "explained": [line],
    }
    return OrderEvent(EventKind.DEADLINE_SET, now, SYSTEM, why, data)


def is_near(due: Due, now: datetime, warn_before: timedelta) -> bool:
    """Whether a deadline is close: within `warn_before`, but at most the last quarter of its limit."""
    return due.due - min(warn_before, (due.due - due.start) / 4) <= now < due.due
