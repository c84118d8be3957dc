"""What a call leaves for people: a draft order when a seat answered, a task when nobody did.

In: call records. Out: rows made by the `workorder` room, at most one order and one task a call, asked how often.
Never: decides what an order is (that is `workorder`'s), or opens one for a call that has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import count

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

import workorder
from gateway.journal import CallRecord, LegRole, Outcome
from routing_table import CITY_ZONE

from .kinds import TaskState
from .models import Task, WorkOrder
from .order_news import announce
from .orders import next_number


def wants_order(record: CallRecord) -> bool:
    """A seat has talked with a caller who came in."""
    return record.inbound and record.seat_at is not None


def wants_task(record: CallRecord) -> bool:
    """Nobody has talked with the caller: they gave up, or looked for a person and were dropped by a fault of ours."""
    if not record.inbound or not (record.complete or record.lost):
        return False
    return record.outcome is Outcome.ABANDONED or (record.outcome is Outcome.FAILED and record.wanted_person)


async def open_orders(session: AsyncSession, records: Sequence[CallRecord]) -> list[WorkOrder]:
    """Draft orders for those records that want one and have none. Opened at the moment the seat answered; their life
    begins in `gateway.orders.entering`."""
    wanted = {record.linkedid: record for record in records if wants_order(record)}
    there = await session.scalars(select(WorkOrder.linkedid).where(WorkOrder.linkedid.in_(wanted)))
    for linkedid in there:
        wanted.pop(linkedid or "")
    numbers = await _numbers(session, "order", [record.seat_at or record.last_event_at for record in wanted.values()])
    opened = [_order(record, number) for record, number in zip(wanted.values(), numbers, strict=True)]
    session.add_all(opened)
    await session.flush()  # one insert of many: a burst of answered calls must not cost a round trip each
    if opened:
        await announce(session)
    return opened


async def note_hands(session: AsyncSession, records: Sequence[CallRecord]) -> None:
    """Which seats besides the first talked with the caller: they may write the order, too."""
    talked = {record.linkedid: _hands(record) for record in records}
    several = [linkedid for linkedid, seats in talked.items() if seats]
    if not several:
        return
    for order in await session.scalars(select(WorkOrder).where(WorkOrder.linkedid.in_(several))):
        hands = sorted((talked[order.linkedid or ""] | set(order.hands)) - {order.seat})
        if hands != order.hands:
            order.hands = hands


def _hands(record: CallRecord) -> set[str]:
    """A supervisor beside the seat is none; who was only consulted has not talked with the caller."""
    legs = (leg for leg in record.legs if leg.joined_at is not None and leg.role in (LegRole.SEAT, LegRole.EXPERT))
    return {leg.seat for leg in legs if leg.seat and leg.seat != record.seat}


async def open_missed_tasks(session: AsyncSession, records: Sequence[CallRecord], at: datetime) -> list[Task]:
    """Call-back tasks for those records that want one and have none."""
    wanted = {record.linkedid: record for record in records if wants_task(record)}
    for linkedid in await session.scalars(select(Task.linkedid).where(Task.linkedid.in_(wanted))):
        wanted.pop(linkedid)
    numbers = await _numbers(session, "task", [at] * len(wanted))
    opened = [_task(record, number, at) for record, number in zip(wanted.values(), numbers, strict=True)]
    session.add_all(opened)
    await session.flush()
    return opened


def _order(record: CallRecord, number: str) -> WorkOrder:
    facts = call_facts(record)
    order = workorder.open_draft(facts, number, record.seat_at or record.last_event_at)
    return WorkOrder(
        order_id=order.order_id,
        state=order.state,
        linkedid=record.linkedid,
        hotline_number=order.origin.number,
        hotline_name=order.origin.name,
        hotline_unit=order.origin.unit,
        dialled=facts.dialled,
        choice=facts.choice or "",
        seat=order.opened_by,
        caller_raw=facts.caller_raw,
        caller_number=facts.caller,
        caller_withheld=facts.withheld,
        caller_name="",
        contact=order.contact,
        category=order.category,
        title=order.title,
        matter=order.matter,
        address="",
        secret=False,
        merged_into=None,
        version=1,
        created_at=order.opened_at,
        updated_at=order.opened_at,
    )


def _task(record: CallRecord, number: str, at: datetime) -> Task:
    facts = call_facts(record)
    task = workorder.missed_call_task(facts, number, at)
    return Task(
        task_id=task.task_id,
        kind=task.kind,
        state=TaskState.OPEN,
        linkedid=record.linkedid,
        hotline_number=task.origin.number,
        hotline_name=task.origin.name,
        caller_raw=facts.caller_raw,
        caller_number=task.number,
        caller_withheld=facts.withheld,
        waited_s=task.waited_s,
        text=task.text,
        created_at=task.made_at,
        done_at=None,
        done_by=None,
        note="",
    )


async def _numbers(session: AsyncSession, kind: str, moments: Sequence[datetime]) -> list[str]:
    """A number for each moment: its day in the city, and the place in that day."""
    days = [moment.astimezone(CITY_ZONE).date() for moment in moments]
    free = {
        day: count(await next_number(session, f"{kind}:{day:%Y%m%d}", days.count(day))) for day in sorted(set(days))
    }
    return [workorder.number_of(day, next(free[day])) for day in days]


def call_facts(record: CallRecord) -> workorder.CallFacts:
    """The record as the work order room wants it. A call that no route was found for counts as dialled."""
    origin = workorder.Origin(record.hotline_number or record.dialled, record.hotline_name, record.hotline_unit)
    return workorder.CallFacts(
        call=record.linkedid,
        origin=origin,
        dialled=record.dialled,
        caller_raw=record.caller_raw,
        caller=record.caller_number,
        withheld=record.caller_withheld,
        arrived_at=record.started_at,
        mode=record.mode,
        table_version=record.table_version,
        choice=record.choice or None,
        seat=record.seat,
        answered_at=record.seat_at,
        waiting_s=record.waiting_s,
        recording=record.recording_path,
    )
