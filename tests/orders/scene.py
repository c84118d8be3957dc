"""What the tests of orders in the store share: an order driven event by event at moments of the test's choosing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gateway.config import Config
from gateway.orders.driver import Applied, apply, find_row, load
from gateway.orders.opening import Filing, file_order
from gateway.orders.rulebook import Rulebook
from gateway.orders.ticking import recompute_deadlines, tick_orders
from gateway.store import Category, Store, WorkOrder
from gateway.store.kinds import FeedRole, TargetKind, TargetState
from gateway.store.models import FeedTarget
from workorder.events import Actor, ActorRole, EventKind, OrderEvent
from workorder.order import Order

K = EventKind
MONDAY = datetime.fromisoformat("2026-11-23T09:00:00+08:00")
OFFICE = Actor("office1", ActorRole.OFFICE)
WATER = Actor("w1", ActorRole.UNIT, "water")


def target(name: str, role: str, at: datetime = MONDAY, *, unit: str = "") -> FeedTarget:
    """A feed that wants everything its role may have."""
    return FeedTarget(
        id=name, name=name, kind=TargetKind.HTTP, state=TargetState.ON, url="http://127.0.0.1:1/", secret="", filter={},
        role=FeedRole(role), identity=True, unit=unit, failures=0, retry_at=None, last_error="", last_ok_at=None,
        version=1, created_at=at, changed_at=at, changed_by="admin",
    )  # fmt: skip


@dataclass
class Scene:
    """`now` is what the test makes it."""

    store: Store
    rulebook: Rulebook
    config: Config
    now: datetime = MONDAY
    filed: list[str] = field(default_factory=list)

    def wait(self, **span: float) -> None:
        self.now += timedelta(**span)

    async def file(self, *, profile: str = "", **fields: Any) -> str:
        values: dict[str, Any] = {
            "channel": "web", "title": "小区停水", "matter": "家中停水两天", "category": Category.HELP,
            "subject": "水务/供水/停水", "area": "东区", "contact": "13987654321", "caller_name": "张三",
        }  # fmt: skip
        async with self.store.session() as session:
            filing = Filing(**(values | fields))
            made = await file_order(session, self.rulebook, filing, self.now, profile=profile)
        self.filed.append(made.order_id)
        return made.order_id

    async def do(self, order_id: str, kind: EventKind, by: Actor = OFFICE, why: str = "", **data: Any) -> Applied:
        async with self.store.session() as session:
            return await apply(session, self.rulebook, order_id, OrderEvent(kind, self.now, by, why, data))

    async def dispatched(self, **fields: Any) -> str:
        order_id = await self.file(**fields)
        await self.do(order_id, K.ACCEPTED)
        await self.do(order_id, K.DISPATCHED, units=["water"])
        return order_id

    async def order(self, order_id: str) -> Order:
        async with self.store.reading() as session:
            return (await load(session, await find_row(session, order_id), self.rulebook))[0]

    async def row(self, order_id: str) -> WorkOrder:
        async with self.store.reading() as session:
            return await find_row(session, order_id)

    async def tick(self) -> None:
        await tick_orders(self.store, self.config, self.now)

    async def recompute(self) -> None:
        await recompute_deadlines(self.store, self.config, self.now)
