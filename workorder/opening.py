"""What a call leaves behind: a draft order when a seat answered, a task when nobody did.

In: the call's facts, an id, the time. Out: the order or task. Never: changes the origin; invents a number for a
withheld caller.
"""

from datetime import datetime

from .model import CallFacts, OrderState, Task, TaskKind, WorkOrder


def open_draft(call: CallFacts, order_id: str, at: datetime) -> WorkOrder:
    """The order that is there when the seat answers; ValueError for a naive `at`."""
    _must_know_zone(at)
    return WorkOrder(
        order_id=order_id,
        state=OrderState.DRAFT,
        origin=call.origin,
        call=call,
        opened_at=at,
        opened_by=call.seat,
        contact=None if call.withheld else call.caller,
    )


def missed_call_task(call: CallFacts, task_id: str, at: datetime) -> Task:
    """The task to call an abandoned caller back (State Council letter 66 of 2025); ValueError for an answered call or
    a naive `at`.

    A withheld or unusable number makes a task too: it says that the caller cannot be called back, so the miss still
    counts.
    """
    _must_know_zone(at)
    if call.answered_at is not None:
        raise ValueError(f"call {call.call} was answered: nothing was missed")
    number = None if call.withheld else call.caller
    return Task(
        task_id=task_id,
        kind=TaskKind.CALL_BACK if number else TaskKind.REVIEW_MISSED,
        origin=call.origin,
        call=call.call,
        number=number or None,
        missed_at=call.arrived_at,
        waited_s=call.waiting_s,
        made_at=at,
        text=_text(call, number),
    )


def _text(call: CallFacts, number: str | None) -> str:
    waited = f"{call.origin.number}（{call.origin.name}）来电未接通，等待 {round(call.waiting_s)} 秒"
    if number:
        return f"{waited}，请回拨。"  # the number is a field of its own, which can be kept from who may not see it
    why = "来电人隐藏了号码" if call.withheld else "没有收到可用的来电号码"
    return f"{waited}；{why}，无法回拨。"


def _must_know_zone(at: datetime) -> None:
    if at.tzinfo is None:
        raise ValueError("times must know their zone")
