"""Many people and two clerks at one order at once, on both databases: whatever is taken stands in the order's life
once, in one order, and the row is its fold; whatever is refused has left nothing."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.orders.driver import Applied, stored_events
from gateway.orders.errors import RefusedError
from gateway.orders.view import columns
from gateway.store import Category
from gateway.store.models import Delivery, Outbox
from tests.orders.scene import OFFICE, WATER, K, Scene, target
from workorder.events import SYSTEM, Actor, ActorRole, EventKind
from workorder.evolve import fold

ROADS = Actor("r1", ActorRole.UNIT, "roads")
SEAT = Actor("seat801", ActorRole.SEAT)
REPORT = {"result": "已修", "answer": "已答复"}
TRIES: tuple[tuple[EventKind, Actor, dict[str, object]], ...] = (
    (K.ACCEPTED, SEAT, {}),
    (K.DISPATCHED, OFFICE, {"units": ["water"]}),
    (K.DISPATCHED, SEAT, {"units": ["roads", "water"], "lead": "roads"}),
    (K.UNIT_ADDED, OFFICE, {"unit": "roads"}),
    (K.SIGNED, WATER, {}),
    (K.SIGNED, ROADS, {}),
    (K.CONTACTED, WATER, {"result": "reached", "channel": "call"}),
    (K.RETURN_ASKED, ROADS, {"ground": "not_ours"}),
    (K.RETURN_APPROVED, OFFICE, {}),
    (K.RETURN_REFUSED, OFFICE, {}),
    (K.RECALLED, OFFICE, {}),
    (K.EXTENSION_ASKED, WATER, {"amount": 10, "caller_told": True}),
    (K.EXTENSION_APPROVED, OFFICE, {}),
    (K.SUPERVISED, OFFICE, {"level": "sheet"}),
    (K.CO_ANSWERED, ROADS, {"done": True, "text": "好"}),
    (K.ANSWERED, WATER, {"ground": "solved", "report": REPORT}),
    (K.REVIEW_SENT_BACK, OFFICE, {}),
    (K.REVIEW_PASSED, OFFICE, {}),
    (K.FOLLOWED_UP, SEAT, {"channel": "call", "result": "unsatisfied", "unit_fault": True}),
    (K.REEXAMINED, OFFICE, {"redo": True}),
    (K.NOTED, OFFICE, {"text": "备注"}),
)


async def _try(scene: Scene, order_id: str, kind: EventKind, by: Actor, data: dict[str, object]) -> Applied | str:
    try:
        return await scene.do(order_id, kind, by, "因故", **data)
    except RefusedError as error:
        return error.slug


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_comes_at_once_is_taken_once_or_refused_whole(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)  # which acts meet, not a secret
    async with scene.store.session() as session:
        session.add(target("province", "province"))
    order_id = await scene.dispatched(category=Category.COMPLAINT)
    taken = 3
    for _round in range(8):
        acts = chance.sample(TRIES, 5)
        if chance.random() < 0.3:
            acts.append(acts[0])  # the same act by two at once
        done = await asyncio.gather(*(_try(scene, order_id, *one) for one in acts), scene.tick(), scene.tick())
        taken += sum(isinstance(one, Applied) for one in done)
        scene.wait(**chance.choice([{"minutes": 1}, {"hours": 3}, {"days": 4}, {"days": 30}]))
    async with scene.store.reading() as session:
        events = await stored_events(session, order_id)
    assert sum(event.by != SYSTEM for event in events) == taken > 5, "what people did, each once, and nothing else"
    await _whole(scene, order_id)


async def _whole(scene: Scene, order_id: str) -> None:
    """The row is the fold, events are in the order of their time, each was told once and in that order."""
    row = await scene.row(order_id)
    async with scene.store.reading() as session:
        events = await stored_events(session, order_id)
        rules = await scene.rulebook.of(session, row.profile, row.profile_version)
        mark = (await scene.rulebook.calendar()).mark
        query = select(Outbox.event_id).join(Delivery, Delivery.outbox_id == Outbox.id).order_by(Outbox.id)
        told = list(await session.scalars(query.where(Delivery.target_id == "province")))
    order = fold(events, order_id)
    assert not order.unread and order.count == len(events)
    wanted = columns(order, rules, mark)
    wanted.pop("tick_at")  # a clerk that had nothing to say looks again a minute later
    assert {name: getattr(row, name) for name in wanted} == wanted
    assert [event.at for event in events] == sorted(event.at for event in events)
    places = [int(name.rpartition(":")[2]) for name in told]
    assert places == sorted(set(places)), "each once, in the order of the life"


async def test_two_clerks_and_an_act_say_a_lateness_once(scene: Scene) -> None:
    order_id = await scene.dispatched()
    await scene.do(order_id, K.SIGNED, WATER)
    scene.now = (await scene.order(order_id)).dues["handle"].due + timedelta(minutes=1)
    await asyncio.gather(*(scene.tick() for _ in range(3)), _try(scene, order_id, K.URGED, OFFICE, {}))
    await scene.tick()  # a clerk passes over an order that somebody is at, and comes again
    async with scene.store.reading() as session:
        kinds = [event.kind for event in await stored_events(session, order_id)]
    assert kinds.count(K.OVERDUE) == 1
    await _whole(scene, order_id)
