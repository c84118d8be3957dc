"""The order's row: what lists, searches and figures look at, out of the fold of its events.

In: an order, its rules. Out: column values; the moment when the clock has something to say of it. Never: a fact of its
own: the events are the truth, the row can be written anew from them.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from gateway.store.fulltext import tokens
from workorder.allowed import OPEN, RUNNING
from workorder.figures import Row, row_of
from workorder.model import Category, OrderState
from workorder.numbers import without_numbers
from workorder.order import Due, Level, Order
from workorder.profile import Step
from workorder.rules import Rules

AT_ONCE = "at once"
SECOND = timedelta(seconds=1)  # the clock says "late" after the last instant, not at it
BODY_MAX = 20_000  # characters of an order that are searched


class Queue(StrEnum):
    """Whose turn it is, and for what. The office's: dispatch leader materials return extension review follow_up
    reexamine archive; the unit's: sign handle; the seat's: intake. `DONE`: nobody's."""

    INTAKE = "intake"
    DISPATCH = "dispatch"
    LEADER = "leader"
    MATERIALS = "materials"
    SIGN = "sign"
    HANDLE = "handle"
    RETURN = "return"
    EXTENSION = "extension"
    REVIEW = "review"
    FOLLOW_UP = "follow_up"
    REEXAMINE = "reexamine"
    ARCHIVE = "archive"
    DONE = "done"


_BY_STATE = {
    OrderState.DRAFT: Queue.INTAKE,
    OrderState.ACCEPTED: Queue.DISPATCH,
    OrderState.MATERIALS: Queue.MATERIALS,
    OrderState.WITH_LEADER: Queue.LEADER,
    OrderState.DISPATCHED: Queue.SIGN,
    OrderState.HANDLING: Queue.HANDLE,
    OrderState.RETURN_ASKED: Queue.RETURN,
    OrderState.IN_REVIEW: Queue.REVIEW,
    OrderState.CLOSED: Queue.FOLLOW_UP,
    OrderState.REEXAMINING: Queue.REEXAMINE,
    OrderState.FOLLOWED_UP: Queue.ARCHIVE,
    OrderState.NOT_ACCEPTED: Queue.DONE,
    OrderState.MERGED: Queue.DONE,
    OrderState.ARCHIVED: Queue.DONE,
}


def queue_of(order: Order) -> Queue:
    """A request waiting for the office goes before the unit's work."""
    if order.state in (OrderState.DISPATCHED, OrderState.HANDLING):
        if order.pending_return is not None:
            return Queue.RETURN
        if order.pending_extension is not None:
            return Queue.EXTENSION
        asked = order.leader_asks[-1] if order.leader_asks else None
        if asked is not None and asked.decided_at is None:
            return Queue.LEADER
    return _BY_STATE[order.state]


def columns(order: Order, rules: Rules, calendar: str) -> dict[str, Any]:
    """Values of the row's columns, but for what says who the caller is."""
    due = next_due(order) if order.state in OPEN else None  # of a draft: what its caller was promised
    figures = row_of(order) if order.closed_at is not None else None
    return {
        "state": order.state,
        "queue": queue_of(order).value,
        "category": order.category,
        "title": order.title,
        "matter": order.matter,
        "secret": order.secrecy,
        "profile": order.profile,
        "profile_version": order.profile_version,
        "channel": order.channel,
        "source": order.source,
        "subject": order.subject,
        "area": order.area,
        "lead": order.lead,
        "units": list(order.units),
        "accused": sorted(order.accused),
        "public": order.public,
        "guarded": bool(order.accused) or order.secrecy or order.category is Category.REPORT,
        "urgent": order.urgent or order.emergency,
        "hard_case": order.hard_case,
        "supervision": order.supervision or "",
        "proposed": _proposed(order),
        "round": order.round,
        "repeats": order.repeats,
        "due_at": due.due if due else None,
        "due_step": due.step if due else "",
        "provisional": any(entry.provisional and entry.met_at is None for entry in order.dues.values()),
        "merged_into": order.merged_into or None,
        "overdue": any(entry.overdue and entry.met_at is None for entry in order.dues.values()),
        "tick_at": tick_at(order, rules),
        "calendar": calendar,
        "closed_at": order.closed_at,
        "figures": figures_text(figures) if figures else "",
        **_promised(order),
        "nuisance": len(order.marks_in_force),
    }


def _promised(order: Order) -> dict[str, Any]:
    """What the caller was promised and has not got yet."""
    promise = order.caller_promise
    waits = promise is not None and promise.kept_at is None and order.state in OPEN
    return {
        "promised": promise.source.value if promise and waits else "",
        "promised_at": promise.at if promise else None,
        "proposed_unit": promise.unit if promise and waits else "",
    }


def next_due(order: Order) -> Due | None:
    """What somebody has to have done next. Until when a unit may give an order back is no duty of anybody's."""
    duties = [due for due in order.dues.values() if due.met_at is None and due.step != Step.RETURN]
    return min(duties, key=lambda due: due.due, default=None)


def _proposed(order: Order) -> str:
    """The highest rung that the clock proposes above those taken."""
    taken = order.supervision
    ladder = list(Level)
    beyond = [level for level in order.proposed if taken is None or ladder.index(level) > ladder.index(taken)]
    return max(beyond, key=ladder.index).value if beyond and order.state in RUNNING else ""


def tick_at(order: Order, rules: Rules) -> datetime | None:
    """The next moment at which `workorder.life.tick` may have something to say."""
    if order.state not in OPEN:
        return None
    moments: list[datetime] = []
    for due in order.dues.values():
        if due.met_at is None and not (due.step == Step.HANDLE and order.pauses and order.pauses[-1].end is None):
            moments += _lapse(order, due, rules) if due.step == Step.RETURN else _sayings(due, rules)
    return min((*moments, *_proposals(order, rules), *_discipline(order, rules)), default=None)


def _lapse(order: Order, due: Due, rules: Rules) -> list[datetime]:
    rule = rules.profile.returns
    waits = rule is not None and rule.late_is_accepted and order.lead not in order.return_closed
    return [due.due + SECOND] if waits and order.state in (OrderState.DISPATCHED, OrderState.HANDLING) else []


def _sayings(due: Due, rules: Rules) -> list[datetime]:
    if due.overdue:
        return []
    if due.limit == AT_ONCE:
        return [due.due + rules.settings.at_once_grace + SECOND]
    if not due.warned:
        return [due.due - min(rules.settings.warn_before, (due.due - due.start) / 4)]
    return [due.due + SECOND]


def _proposals(order: Order, rules: Rules) -> list[datetime]:
    due = order.dues.get(Step.HANDLE.value)
    if due is None or due.met_at is not None:
        return []
    known = order.proposed | {entry.level for entry in order.supervisions}
    ladder = {entry.id for entry in rules.profile.supervision} or {level.value for level in Level}
    return [
        due.due + after
        for level, after in rules.settings.propose_after.items()
        if level.value in ladder and level not in known
    ]


def _discipline(order: Order, rules: Rules) -> list[datetime]:
    """When an order becomes clearly overdue (the other reasons follow from acts)."""
    due = order.dues.get(Step.HANDLE.value)
    known = {entry.id for entry in rules.profile.handed_on}
    if due is None or due.met_at is not None or "overdue" in order.discipline or "overdue" not in known:
        return []
    return [due.due + rules.settings.clearly_overdue]


_COUNTED_APART = ("order_id", "opened_at", "closed_at", "subject")


def figures_text(row: Row) -> str:
    """What the rates look at. The order's own name and moments are left out: orders that count alike are counted in
    groups, by this text."""
    kept = {name: value for name, value in asdict(row).items() if name not in _COUNTED_APART}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def figures_row(text: str, at: datetime) -> Row:
    """The row again, standing for all that have this text; its moments are `at`."""
    values = json.loads(text)
    values["category"] = Category(values["category"]) if values["category"] else None
    return Row(order_id="", opened_at=at, closed_at=at, **values)


def title_tokens(order: Order, order_id: str) -> str:
    return tokens(f"{without_numbers(order.title, ' ')} {order.subject} {order.area} {order_id}")


def body_tokens(order: Order) -> str:
    """What the caller said and what was answered, without identity, telephone and card numbers: nobody finds a person
    by them here, and who reads the index learns none. Not what people of the house note down."""
    said = [order.matter, *(text for answer in order.answers for text in answer.report.values())]
    return tokens(without_numbers(" ".join(said)[:BODY_MAX], " "))
