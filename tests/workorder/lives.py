"""What the life cycle's tests share: an order driven event by event under one of the shipped profiles."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.orders.calendar import load_profiles
from tests.workorder.government import DAYS
from workorder.events import SYSTEM, Actor, ActorRole, EventKind, Json, OrderEvent
from workorder.evolve import fold
from workorder.life import next, tick
from workorder.order import Due, Order, new_order
from workorder.rules import Refusal, Rules, Taken

PROFILES = load_profiles()
K = EventKind
SEAT = Actor("seat801", ActorRole.SEAT)
OFFICE = Actor("office1", ActorRole.OFFICE)
CALLER = Actor("caller", ActorRole.CALLER)
WATER = Actor("w1", ActorRole.UNIT, "water")
ROADS = Actor("r1", ActorRole.UNIT, "roads")
MONDAY = datetime.fromisoformat("2026-11-23T09:00:00+08:00")
FIELDS = "first_contact site_visit facts claim handling result answer satisfaction other people"
TEN_FIELDS: dict[str, Json] = dict.fromkeys(FIELDS.split(), "已核实")
WHOLE_EVIDENCE = ["site", "basis", "suggested_unit", "recording"]
FULL_IDENTITY = ["name", "contact", "employer", "address"]


class Life:
    """An order with its events; `do` must be taken in, `refused` must not."""

    def __init__(self, profile: str, at: datetime = MONDAY) -> None:
        self.rules = Rules(PROFILES[profile], DAYS)
        self.order: Order = new_order("20261123-000001")
        self.events: list[OrderEvent] = []
        self.now = at

    def wait(self, **span: float) -> Life:
        self.now += timedelta(**span)
        return self

    def ask(self, kind: EventKind, by: Actor, why: str = "", **data: Json) -> Taken | Refusal:
        return next(self.order, OrderEvent(kind, self.now, by, why, data), self.rules)

    def do(self, kind: EventKind, by: Actor = OFFICE, why: str = "", **data: Json) -> Life:
        found = self.ask(kind, by, why, **data)
        assert isinstance(found, Taken), found
        self._take(found)
        return self

    def refused(self, kind: EventKind, by: Actor = OFFICE, why: str = "", **data: Json) -> Refusal:
        found = self.ask(kind, by, why, **data)
        assert isinstance(found, Refusal), [event.kind for event in found.events]
        return found

    def tick(self) -> list[str]:
        """What the clock says now, taken in."""
        said = tick(self.order, self.now, self.rules)
        for event in said:
            found = next(self.order, event, self.rules)
            assert isinstance(found, Taken), (event, found)
            self._take(found)
        return [f"{event.kind}:{event.data.get('step') or event.data.get('level') or ''}" for event in said]

    def _take(self, taken: Taken) -> None:
        self.events += taken.events
        self.order = taken.order
        assert fold(self.events, self.order.order_id) == self.order

    def due(self, step: str = "handle") -> Due:
        return self.order.dues[step]

    def due_at(self, step: str = "handle") -> str:
        return f"{self.due(step).due:%m-%d %H:%M}"

    # the usual way, in steps

    def opened(self, category: str = "help", **facts: Json) -> Life:
        data: dict[str, Json] = {"channel": "call", "hotline": "12345", "source": "12345", "category": category}
        data |= {"title": "路灯不亮", "identity": FULL_IDENTITY}
        return self.do(K.OPENED, SYSTEM, "", **(data | facts))

    def accepted(self, category: str = "help", **facts: Json) -> Life:
        return self.opened(category, **facts).do(K.ACCEPTED, SEAT)

    def dispatched(self, *units: str, category: str = "help", **facts: Json) -> Life:
        return self.accepted(category, **facts).do(K.DISPATCHED, OFFICE, units=list(units or ("water",)))

    def handling(self, category: str = "help", **facts: Json) -> Life:
        return self.dispatched(category=category, **facts).do(K.SIGNED, WATER)

    def answered(self) -> Life:
        return self.do(K.ANSWERED, WATER, ground="solved", report=self.report(), approved_by="王局长")

    def closed(self, category: str = "help", **facts: Json) -> Life:
        return self.handling(category, **facts).answered().do(K.REVIEW_PASSED)

    def report(self) -> dict[str, Json]:
        return dict(TEN_FIELDS)


def life(profile: str, at: datetime = MONDAY) -> Life:
    return Life(profile, at)
