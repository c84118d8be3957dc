"""What helps to decide on an order: what came before, what the document gives to choose from.

In: an order, its rules. Out: earlier orders with what the profile wants done, the profile's lists. Never: decides;
shows an order that does not exist for the viewer.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPMethod
from typing import Any

from pydantic import Field
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from console.access import DESK
from console.operations import Ask, Body, Operation
from console.orders_desk import ID, path_id, visible_row
from console.orders_rules import rules_out
from console.orders_shapes import RepeatOut, RepeatsOut, RulesOut
from console.orders_work_api import BASE, LOOKERS, TAG, known_profile
from gateway.orders.driver import load
from gateway.orders.marks import nuisance_mark
from gateway.store.models import WorkOrder
from gateway.store.sealed import is_caller
from workorder import repeats
from workorder.life import told_to_caller

EARLIER_MANY = 200


async def earlier(ask: Ask) -> RepeatsOut:
    """Earlier orders that look like the same matter, and how the caller stands."""
    now = ask.deps.clock()
    async with ask.deps.store.reading() as session:
        row = await visible_row(session, ask.viewer, path_id(ask))
        _order, rules, _fresh = await load(session, row, ask.deps.rulebook)
        rows = {other.order_id: other for other in await _near(session, row, now)}
        new = _earlier(row)
        found = repeats.candidates(new, [_earlier(other) for other in rows.values()])
        items = []
        marks: list[repeats.NuisanceMark] = []
        for other in found[:10]:
            order, _other_rules, _none = await load(session, rows[other.order_id], ask.deps.rulebook)
            same = bool(new.caller) and other.caller == new.caller
            told = repeats.Earlier(
                **{**_values(other), "progress": told_to_caller(order), "answer": _answer_of(order.answer)}
            )
            advice = repeats.advise(told, rules.profile, same_caller=same, new_facts=False)
            if same:
                marks += [nuisance_mark(mark) for mark in order.marks]
            items.append(
                RepeatOut(
                    order_id=other.order_id,
                    title=rows[other.order_id].title,
                    state=other.state,
                    created_at=other.opened_at,
                    same_caller=same,
                    repeats=other.repeats,
                    action=advice.action.value,
                    words=advice.words,
                    rule=advice.rule,
                    hard_case=advice.hard_case,
                )
            )
    standing = repeats.standing(marks, now)
    return RepeatsOut(items=items, standing=standing.words, hand_over=standing.hand_over)


def _values(earlier_: repeats.Earlier) -> dict[str, Any]:
    return {name: getattr(earlier_, name) for name in earlier_.__dataclass_fields__}


def _answer_of(answer: Any) -> str:
    return answer.report.get("answer", "") if answer else ""


async def _near(session: AsyncSession, row: WorkOrder, now: datetime) -> list[WorkOrder]:
    """Orders of the same caller, or about the same subject in the same area, of the last year."""
    same = []
    if row.contact:
        same.append(WorkOrder.contact_index == row.contact)
    if row.caller_number:
        same.append(is_caller(WorkOrder, row.caller_number))
    if row.subject and row.area:
        same.append((WorkOrder.subject == row.subject) & (WorkOrder.area == row.area))
    if not same:
        return []
    query = (
        select(WorkOrder)
        .where(or_(*same), WorkOrder.order_id != row.order_id, WorkOrder.created_at > now - repeats.LOOKS_BACK)
        .order_by(WorkOrder.created_at.desc())
        .limit(EARLIER_MANY)
    )
    return list(await session.scalars(query))


def _earlier(row: WorkOrder) -> repeats.Earlier:
    caller = row.contact or row.caller_number or ""
    text = f"{row.title}{row.matter}"
    return repeats.Earlier(row.order_id, caller, row.subject, row.area, text, row.state, row.created_at, row.repeats)


class RulesQuery(Body):
    profile: str = Field(default="", pattern=r"^[a-z0-9-]{0,40}$")


async def city_rules(ask: Ask) -> RulesOut:
    """What there is to choose from, under the city's profile or a named one."""
    name = known_profile(ask, ask.query_as(RulesQuery).profile)
    async with ask.deps.store.reading() as session:
        rules = await ask.deps.rulebook.current(session, name)
    return rules_out(rules.profile)


async def order_rules(ask: Ask) -> RulesOut:
    """The same under the version that this order was opened with."""
    async with ask.deps.store.reading() as session:
        row = await visible_row(session, ask.viewer, path_id(ask))
        _order, rules, _fresh = await load(session, row, ask.deps.rulebook)
    return rules_out(rules.profile)


GET = HTTPMethod.GET
OPERATIONS = (
    Operation(
        GET,
        f"{BASE}/rules",
        "What a profile gives to choose from",
        city_rules,
        LOOKERS,
        TAG,
        query=RulesQuery,
        reply=RulesOut,
    ),
    Operation(GET, f"{BASE}/{ID}/repeats", "Earlier orders like it", earlier, DESK, TAG, reply=RepeatsOut),
    Operation(GET, f"{BASE}/{ID}/rules", "Its own profile's rules", order_rules, LOOKERS, TAG, reply=RulesOut),
)
