"""No sequence of events raises, loses an event, or lets a deadline move without a rule; a replay
gives the same order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.workorder.government import DAYS, with_notice
from tests.workorder.lives import FULL_IDENTITY, MONDAY, PROFILES, TEN_FIELDS, WHOLE_EVIDENCE, Life
from workorder.allowed import STATES, WHO, allowed, state_allows
from workorder.checks import REASONED
from workorder.events import SYSTEM, Actor, ActorRole, EventKind, OrderEvent, event_from_json
from workorder.evolve import evolve, fold
from workorder.life import next, tick
from workorder.model import Category, OrderState
from workorder.order import ContactResult, FollowUpResult, Level, Order, new_order
from workorder.rules import Refusal, Rules, Taken
from workorder.shapes import SHAPES, problems

ACTORS = [
    Actor("s", ActorRole.SEAT),
    Actor("o", ActorRole.OFFICE),
    Actor("o2", ActorRole.SUPERVISOR),
    Actor("c", ActorRole.CALLER),
    Actor("system", ActorRole.SYSTEM),
    Actor("w", ActorRole.UNIT, "water"),
    Actor("r", ActorRole.UNIT, "roads"),
    Actor("x", ActorRole.UNIT, None),
]
UNITS = st.lists(st.sampled_from(["water", "roads", "police"]), min_size=1, max_size=3)
GROUNDS = {  # mostly what the kind's documents know
    EventKind.ANSWERED: ["solved", "solved", "explained", "untrue", "no_evidence", "bad"],
    EventKind.CLOSED: ["litigation", "no_evidence", "no_cooperation", "solved"],
    EventKind.RETURN_ASKED: ["not_ours", "not_ours", "elements_missing", "first_still_open", "busy"],
    EventKind.NOT_ACCEPTED: ["malicious", "emergency", "out_of_scope", "repeated"],
    EventKind.EXCLUDED: ["mediation", "policy"],
    EventKind.NUISANCE_MARKED: ["insult"],
}
TIMES = st.integers(-2, 60 * 24).map(lambda hours: (MONDAY + timedelta(hours=hours)).isoformat())
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "units": UNITS,
    "lead": st.sampled_from(["water", "roads", None]),
    "unit": st.sampled_from(["water", "roads"]),
    "until": TIMES,
    "due": TIMES,
    "start": TIMES,
    "result": st.sampled_from([*ContactResult, *FollowUpResult]).map(str),
    "level": st.sampled_from(list(Level)).map(str),
    "category": st.sampled_from([None, *Category]).map(lambda value: value and str(value)),
    "difficulty": st.sampled_from(["", "simple", "urgent", "complex", "hard"]),
    "purpose": st.just("joint"),
    "of": st.sampled_from(["", "", "20261101-000001"]),
    "stage": st.just(""),
    "source": st.sampled_from(["12345", "12319"]),
    "report": st.sampled_from([TEN_FIELDS, TEN_FIELDS, {"result": "好", "answer": "好"}, {}]),
    "evidence": st.sampled_from([WHOLE_EVIDENCE, WHOLE_EVIDENCE, [], ["basis"]]),
    "identity": st.sampled_from([FULL_IDENTITY, []]),
    "accused": st.sampled_from([[], ["water"]]),
    "amount": st.sampled_from([1, 2, 10, 10, 15, 15, 90, 0, 400]),
    "stars": st.sampled_from([1, 2, 3, 5, 5, 6]),
    "period": st.sampled_from(["2026-11", "2026", "", "2027-01"]),
    "limit": st.sampled_from(["5 WD", "5 WD", "never", "3 natural days"]),
    "explained": st.just([]),
    "materials": st.just(["照片"]),
    "leaders": st.just(["局长"]),
    "into": st.just("20261123-000009"),
    "from": st.just("20261123-000008"),
}
FLAGS = frozenset(
    [
        "urgent",
        "emergency",
        "enforcement",
        "mediation",
        "public",
        "secrecy",
        "redo",
        "done",
        "solved",
        "unit_fault",
        "new_facts",
        "caller_told",
        "dossier",
        "secret",
        "provisional",
        "suggested",
        "counted",
        "final",
    ]
)


MOSTLY = st.sampled_from([True] * 7 + [False])
LENGTH = 30  # events tried in one life


@st.composite
def data_for(draw: st.DrawFn, kind: EventKind) -> dict[str, Any]:
    """Mostly data that fits the kind; now and then a key is missing, wrong, or one too many."""
    found: dict[str, Any] = {}
    for name in SHAPES[kind]:
        key, optional = name.rstrip("?"), name.endswith("?")
        if optional and draw(st.sampled_from([False, False, True])):
            continue
        fallback = st.booleans() if key in FLAGS else st.sampled_from([*["文字"] * 12, "", None])
        found[key] = draw(st.sampled_from(GROUNDS[kind]) if key == "ground" else VALUES.get(key, fallback))
    if "result" in found:
        results: list[str] = [*(ContactResult if kind is EventKind.CONTACTED else FollowUpResult)]
        found["result"] = draw(st.sampled_from(results))
    if draw(st.sampled_from([*[False] * 25, True])):
        found["strange"] = draw(st.sampled_from([1, None, "x", [1]]))
    return found


SELDOM = frozenset(  # they end a life, or change little: random lives would consist of them
    {
        EventKind.WITHDRAWN,
        EventKind.MERGED,
        EventKind.NOT_ACCEPTED,
        EventKind.CLOSED,
        EventKind.ARCHIVED,
        EventKind.REPEAT_NOTED,
        EventKind.SECRECY_SET,
        EventKind.URGENT_REPORTED,
        EventKind.NUISANCE_MARKED,
        EventKind.HANDED_OVER,
        EventKind.PROGRESS_TOLD,
        EventKind.NOTED,
        EventKind.MATERIAL_ADDED,
        EventKind.RATED,
        EventKind.EVALUATED,
        EventKind.EXCLUDED,
        EventKind.EDITED,
        EventKind.ANSWERED_DIRECTLY,
    }
)


RARE = frozenset(  # they come late in a life, so they are tried often when they can be
    {
        EventKind.EXTENSION_APPROVED,
        EventKind.EXTENSION_REFUSED,
        EventKind.RETURN_APPROVED,
        EventKind.RETURN_REFUSED,
        EventKind.PROMISED,
        EventKind.CO_ANSWERED,
        EventKind.RETURN_ASKED,
        EventKind.EXTENSION_ASKED,
        EventKind.REEXAMINED,
    }
)
WEIGHT = {kind: 1 if kind in SELDOM else 12 if kind in RARE else 4 for kind in EventKind}


@st.composite
def steps(draw: st.DrawFn, order: Order) -> tuple[EventKind, Actor, dict[str, Any], timedelta, str]:
    """Something to try on this order: mostly what its state allows, by somebody who may."""
    able = {actor: allowed(order, actor) for actor in ACTORS if actor.role is not ActorRole.SYSTEM}
    weighted = [
        kind for kind in EventKind for _ in range(WEIGHT[kind]) if any(kind in kinds for kinds in able.values())
    ]
    mostly = draw(MOSTLY)
    kind = draw(st.sampled_from(weighted if weighted and mostly else list(EventKind)))
    actors = [actor for actor, kinds in able.items() if kind in kinds]
    mostly = draw(MOSTLY)
    actor = draw(st.sampled_from(actors if actors and mostly else ACTORS))
    data = draw(data_for(kind))
    hours = draw(st.sampled_from([0, 0, 1, 1, 5, 30, 200, 800]))
    return kind, actor, data, timedelta(hours=hours), draw(st.sampled_from(["因为", "因为", "因为", ""]))


BEGINNING: tuple[tuple[EventKind, Actor, dict[str, Any]], ...] = (
    (
        EventKind.OPENED,
        ACTORS[0],
        {"channel": "call", "category": "help", "identity": FULL_IDENTITY, "difficulty": "hard", "source": "12345"},
    ),
    (EventKind.ACCEPTED, ACTORS[0], {}),
    (EventKind.DISPATCHED, ACTORS[1], {"units": ["water"]}),
    (EventKind.SIGNED, ACTORS[5], {}),
    (EventKind.ANSWERED, ACTORS[5], {"ground": "solved", "report": TEN_FIELDS}),
    (EventKind.REVIEW_PASSED, ACTORS[1], {}),
)


def moved(before: Order, after: Order) -> list[str]:
    """Steps whose deadline is another one or gone, other than by a round's end that keeps it in `past`."""
    kept = {due.due for due in after.past[len(before.past) :]}
    return [
        step
        for step in {*before.dues, *after.dues}
        if (step not in after.dues and before.dues[step].due not in kept)
        or (step in after.dues and (step not in before.dues or before.dues[step].due != after.dues[step].due))
    ]


MAY_MOVE = (
    frozenset(  # docs/orders.md, "A deadline moves by a rule or not at all"; nothing else sets, moves or lifts one
        {
            EventKind.ACCEPTED,
            EventKind.MATERIALS_ASKED,
            EventKind.DISPATCHED,
            EventKind.SIGNED,
            EventKind.LEADER_DECIDED,
            EventKind.RETURN_APPROVED,
            EventKind.RECALLED,
            EventKind.PROMISED,
            EventKind.EXTENSION_ASKED,  # where no approval is needed
            EventKind.EXTENSION_APPROVED,
            EventKind.RESUMED,
            EventKind.RECLASSIFIED,
            EventKind.OVERRIDDEN,
            EventKind.CALENDAR_CHANGED,
            EventKind.FOLLOWED_UP,
            EventKind.REEXAMINED,
            EventKind.EDITED,  # a unit found to be the accused loses the order
        }
    )
)
NEWS = (DAYS, with_notice(DAYS, 2027, {MONDAY.date().replace(year=2027, month=1, day=4)}))


class Random:
    """One random life: people, clerks and notices; what must hold is asserted at each turn."""

    def __init__(self, name: str) -> None:
        self.rules, self.order, self.now = Rules(PROFILES[name], DAYS), new_order("n"), MONDAY
        self.log: list[OrderEvent] = []

    def put(self, event: OrderEvent) -> Taken | Refusal:
        before = self.order
        found = next(before, event, self.rules)
        if isinstance(found, Refusal):
            assert found.slug and found.chinese
            return found
        self.order = found.order
        self.log += found.events
        assert found.events[0].kind is event.kind
        assert self.order.count == before.count + len(found.events) == len(self.log)
        self._moved_by_a_rule(before, found)
        return found

    def _moved_by_a_rule(self, before: Order, found: Taken) -> None:
        cause, sets = found.events[0], [event for event in found.events if event.kind is EventKind.DEADLINE_SET]
        assert set(moved(before, self.order)) <= {str(event.data["step"]) for event in sets}
        assert all(event.data["rule"] and event.data["explained"] and event.why for event in sets)
        if sets:
            assert cause.kind in MAY_MOVE, cause.kind
        if cause.kind is EventKind.EXTENSION_APPROVED and not cause.data["final"]:
            assert not sets, "half an approval is none"

    def tick(self) -> None:
        """A clerk comes by: what it says is taken, moves nothing, and is said once."""
        for event in tick(self.order, self.now, self.rules):
            before = dict(self.order.dues)
            assert isinstance(self.put(event), Taken), event
            assert {step: due.due for step, due in before.items()} == {
                step: due.due for step, due in self.order.dues.items()
            }
        assert tick(self.order, self.now, self.rules) == (), "the clock says a thing once"

    def late_clerk(self, said: tuple[OrderEvent, ...]) -> None:
        """Another clerk had looked before somebody acted: what it says now is true or refused, never twice."""
        for event in said:
            step = str(event.data.get("step", ""))
            told = event.kind is EventKind.OVERDUE and step in self.order.dues and self.order.dues[step].overdue
            found = self.put(replace(event, at=self.now))
            assert isinstance(found, Refusal) or not told

    def notice(self) -> None:
        days = NEWS[1] if self.rules.days is NEWS[0] else NEWS[0]
        self.rules = replace(self.rules, days=days)
        self.put(OrderEvent(EventKind.CALENDAR_CHANGED, self.now, SYSTEM, "通知", {"notice": "n"}))


@pytest.mark.parametrize("name", sorted(PROFILES))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whole_random_lives_neither_raise_nor_lose_nor_move_a_deadline_without_a_rule(
    name: str, data: st.DataObject
) -> None:
    life = Random(name)
    beginning = BEGINNING[: data.draw(st.integers(1, len(BEGINNING)))]
    for turn in range(LENGTH):
        if turn < len(beginning):
            (kind, actor, values), span, why = beginning[turn], timedelta(hours=1), ""
        else:
            kind, actor, values, span, why = data.draw(steps(life.order))
        happens = data.draw(st.sampled_from(["", "", "", "between", "late", "notice", "none"]))
        if happens == "between":  # a clerk at some moment of the time that goes by
            life.now += span / 2
            life.tick()
            span /= 2
        life.now += span
        said = tick(life.order, life.now, life.rules) if happens == "late" else ()
        life.put(OrderEvent(kind, life.now, actor, why, values))
        life.late_clerk(said)
        if happens == "notice":
            life.notice()
        if happens != "none":
            life.tick()
    order, log = life.order, life.log
    assert fold(log, "n") == order
    assert fold([event_from_json(event.to_json()) for event in log], "n") == order
    assert order.unread == ()


@pytest.mark.parametrize("kind", sorted(set(EventKind) - MAY_MOVE - {EventKind.DEADLINE_SET}))
def test_what_may_not_move_a_deadline_has_nothing_that_follows_it_but_words(kind: EventKind) -> None:
    """For each of them, wherever it is taken in a whole life, the deadlines are those from before (but for those of a
    round that ends)."""
    for name in sorted(PROFILES):
        life = Random(name)
        for first, actor, values in BEGINNING:
            life.now += timedelta(hours=1)
            life.put(OrderEvent(first, life.now, actor, "", values))
            for somebody in (*ACTORS, SYSTEM):
                data = {key.rstrip("?"): _plain(key) for key in SHAPES[kind] if not key.endswith("?")}
                found = next(life.order, OrderEvent(kind, life.now, somebody, "因为", data), life.rules)
                if isinstance(found, Taken):
                    assert not any(event.kind is EventKind.DEADLINE_SET for event in found.events)


def _plain(key: str) -> Any:
    some: dict[str, Any] = {"unit": "roads", "result": "satisfied", "level": "sheet", "due": MONDAY.isoformat()}
    some |= {"stars": 3, "solved": True, "done": True, "redo": True, "secret": True, "report": TEN_FIELDS}
    some |= {"evidence": WHOLE_EVIDENCE, "materials": ["照片"], "leaders": ["甲", "乙"], "reasons": ["overdue"]}
    some |= {"ground": "solved", "step": "handle", "period": "2026-11"}
    return some.get(key.rstrip("?"), "文字")


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MOMENTS = st.datetimes(timezones=st.just(MONDAY.tzinfo))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(list(EventKind)), st.sampled_from(ACTORS), MOMENTS)
def test_a_fold_of_whatever_was_stored_never_raises_and_keeps_what_it_cannot_read(
    data: st.DataObject, kind: EventKind, actor: Actor, at: datetime
) -> None:
    values = data.draw(data_for(kind) | st.dictionaries(st.sampled_from(sorted(VALUES)), JSONS, max_size=4))
    event = OrderEvent(kind, at, actor, "", values)
    order = evolve(new_order("n"), event)
    assert order.count == 1
    if problems(event):
        assert order.unread == (event.to_json(),)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data(), st.sampled_from(list(OrderState)), st.sampled_from(list(EventKind)), st.sampled_from(ACTORS), MOMENTS)
def test_the_machine_is_total_over_state_and_event(
    data: st.DataObject, state: OrderState, kind: EventKind, actor: Actor, at: datetime
) -> None:
    order = Order("n", state=state, opened_at=MONDAY, category=Category.HELP, lead="water", dispatched_at=MONDAY)
    found = next(
        order, OrderEvent(kind, at, actor, "因为", data.draw(data_for(kind))), Rules(PROFILES["liaoning"], DAYS)
    )
    assert isinstance(found, Taken | Refusal)
    if not state_allows(order, kind):
        assert isinstance(found, Refusal)
    tick(order, at, Rules(PROFILES["liaoning"], DAYS))


def test_every_kind_has_its_states_its_actors_and_its_data() -> None:
    assert set(STATES) == set(WHO) == set(SHAPES) == set(EventKind)
    assert set(EventKind) >= REASONED
    assert all(len(state.value) <= 14 for state in OrderState)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 400), st.sets(st.dates(MONDAY.date(), MONDAY.date() + timedelta(days=60)), max_size=8))
def test_a_notice_moves_open_deadlines_only_by_an_event_of_its_own(hours: int, off: set[Any]) -> None:
    life = Life("changzhou")
    life.wait(hours=hours).handling("complaint")
    before = life.due()
    life.rules = Rules(life.rules.profile, with_notice(with_notice(DAYS, 2026, off), 2027, off))
    assume(life.order.dues["handle"] == before)
    life.do(EventKind.CALENDAR_CHANGED, notice="国办发明电")
    if life.due().due != before.due:
        assert before in life.order.past
        assert "放假安排" in life.due().why
