"""When no expert has answered: what to tell the caller, and one click that gives the order to the hotline's unit.

In: a call. Out: the words with the time that the city's document gives (or none), the unit, what the order still lacks;
after the click, what became of it. Never: a time of its own; an act twice for two clicks.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from http import HTTPMethod
from typing import Any

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from console.access import STAFF
from console.operations import Ask, Operation
from console.orders_desk import audit, audit_hand, visible_row
from console.orders_shapes import UnitRef
from console.orders_view import actor_of
from console.orders_words import STEPS
from console.problems import ProblemError
from console.talk_api import ID, live_call
from gateway.errors import RetryableError
from gateway.orders.driver import load
from gateway.orders.errors import RefusedError
from gateway.orders.promising import HandedOn, hand_on, lacking, proposed_unit
from gateway.store import OrderState, order_of_call
from gateway.store.models import Call, WorkOrder
from workorder.promise import reckon, words

log = logging.getLogger(__name__)
TAG = "talk"


class RuleOut(BaseModel):
    """Why a rule objects, with its place and what to do."""

    detail: str
    rule: str


class PromiseOut(BaseModel):
    """`exhausted_at` null: it has not happened in this call. `order_id` null: there is no order yet.

    `until` null: the document gives no time (or not before the category is known). `unit` null: the directory does not
    know who answers for the hotline, the office dispatches. `told`: the promise stands in the order, said by a person.
    """

    linkedid: str
    exhausted_at: datetime | None
    tried: list[str] = []
    order_id: str | None = None
    state: OrderState | None = None
    words: str = ""
    until: datetime | None = None
    step: str = ""
    rule: str = ""
    unit: UnitRef | None = None
    lacking: list[str] = []
    told: bool = False
    dispatched: bool = False
    refused: RuleOut | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Since when; and who was rung, as long as the call is there."""

    at: datetime | None = None
    tried: tuple[str, ...] = ()


async def promise(ask: Ask) -> PromiseOut:
    linkedid = ask.request.match_info["linkedid"]
    live = await _live(ask)
    async with ask.deps.store.reading() as session:
        row = await _own_row(ask, session, linkedid)
        if row is None:  # whose call it is says the gateway alone
            return PromiseOut(linkedid=linkedid, exhausted_at=live.at, tried=list(live.tried))
        found = live if live.at else await _stored(session, linkedid)
        return await _shown(ask, session, row, found)


async def _live(ask: Ask) -> Unanswered:
    """What the gateway says of the call now; nothing when it is over, or the gateway away."""
    try:
        talk: Any = (await live_call(ask)).get("talk") or {}
    except (ProblemError, RetryableError):
        return Unanswered()
    said = talk.get("unanswered") or {}
    return Unanswered(datetime.fromisoformat(said["at"]), tuple(said.get("tried", ()))) if said else Unanswered()


async def _stored(session: AsyncSession, linkedid: str) -> Unanswered:
    call = await session.get(Call, linkedid)
    return Unanswered(call.no_expert_at if call else None)


async def _own_row(ask: Ask, session: AsyncSession, linkedid: str) -> WorkOrder | None:
    """The call's order if the viewer may write it. Raises ProblemError not-found for another's."""
    row = await order_of_call(session, linkedid)
    return None if row is None else await visible_row(session, ask.viewer, row.order_id)


async def _shown(
    ask: Ask, session: AsyncSession, row: WorkOrder, found: Unanswered, done: HandedOn | None = None
) -> PromiseOut:
    order, rules, _fresh = await load(session, row, ask.deps.rulebook)
    kept = order.caller_promise
    unit = await proposed_unit(session, row)
    since = kept.since if kept else found.at or ask.deps.clock()
    reckoned = None if kept and kept.told else reckon(order, rules, since)
    until, step = (reckoned[1].due, reckoned[0].value) if reckoned else (None, "")
    rule = reckoned[1].rule if reckoned else ""
    if kept and kept.told:
        until, step, rule = kept.until, kept.step, kept.rule
    hotline = f"{row.hotline_number}热线" if row.hotline_number else ""
    return PromiseOut(
        linkedid=row.linkedid or "",
        exhausted_at=found.at or (kept.since if kept else None),
        tried=list(found.tried),
        order_id=row.order_id,
        state=row.state,
        words=words(hotline, unit.name if unit else row.hotline_unit, step, until),
        until=until,
        step=STEPS.get(step, ""),
        rule=rule,
        unit=UnitRef(id=unit.id, name=unit.name) if unit else None,
        lacking=list(lacking(row)) if row.state is OrderState.DRAFT else [],
        told=kept is not None and kept.told,
        dispatched=order.lead is not None,
        refused=_rule(done.refused) if done and done.refused else None,
    )


def _rule(refused: RefusedError) -> RuleOut:
    return RuleOut(detail=refused.chinese, rule=refused.rule)


async def keep(ask: Ask) -> PromiseOut:
    """The seat has told the caller: the promise is kept in the order, which goes to the unit if it is fit to."""
    linkedid, actor = ask.request.match_info["linkedid"], actor_of(ask.viewer)
    if actor is None:
        raise ProblemError("forbidden")
    live = await _live(ask)
    async with ask.deps.store.session() as session:
        row = await _own_row(ask, session, linkedid)
        if row is None:
            raise ProblemError("not-now", "工单正在建立，请稍候再试")
        found = live if live.at else await _stored(session, linkedid)
        if found.at is None and not row.promised_at:
            raise ProblemError("not-now", "这通电话没有出现专家均未接听的情形")
        since = found.at or row.promised_at or ask.deps.clock()
        done = await hand_on(session, ask.deps.rulebook, row.order_id, actor, ask.deps.clock(), since)
        if done.applied.events:
            await audit(ask, session, "order.promised", f"order:{row.order_id}", dispatched=done.dispatched)
            await audit_hand(ask, session, row, "order.written_by_hand")
        return await _shown(ask, session, done.applied.row, found, done)


OPERATIONS = (
    Operation(
        HTTPMethod.GET,
        f"/api/v1/calls/{ID}/promise",
        "What to tell a caller whom no expert answered",
        promise,
        STAFF,
        TAG,
        reply=PromiseOut,
    ),
    Operation(
        HTTPMethod.POST,
        f"/api/v1/calls/{ID}/promise",
        "The caller has been told: give the order to the hotline's unit with the promise",
        keep,
        STAFF,
        TAG,
        reply=PromiseOut,
        keyed=True,
    ),
)
