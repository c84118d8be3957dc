"""What no single document says but every life needs: requests that lapse, leads that change, clocks that stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.workorder.lives import CALLER, OFFICE, PROFILES, ROADS, SEAT, WATER, K, life
from workorder.allowed import allowed
from workorder.events import SYSTEM, Actor, ActorRole, OrderEvent, event_from_json
from workorder.evolve import evolve
from workorder.life import next as next_of
from workorder.life import told_to_caller
from workorder.model import OrderState
from workorder.order import Verdict, new_order
from workorder.profile import Article
from workorder.rules import Rules, Taken

GIVE_BACK: dict[str, Any] = {"ground": "not_ours", "evidence": ["basis"], "suggestion": "转交通局"}


def test_a_request_that_nobody_decided_lapses_when_the_order_goes_on() -> None:
    order = life("changzhou").handling().do(K.EXTENSION_ASKED, WATER, "等件", amount=3)
    order.do(K.RETURN_ASKED, WATER, "非职责", **GIVE_BACK).do(K.RECALLED, OFFICE, "改派")
    assert order.order.returns[0].verdict is order.order.extensions[0].verdict is Verdict.LAPSED
    order.do(K.DISPATCHED, OFFICE, units=["roads"]).do(K.RETURN_ASKED, ROADS, "非职责", **GIVE_BACK)


def test_a_helping_units_return_leaves_the_leads_time_alone_and_counts_from_its_own_receipt() -> None:
    order = life("yunnan-2021").handling("complaint").wait(days=3).do(K.UNIT_ADDED, OFFICE, unit="roads")
    order.do(K.SIGNED, ROADS).wait(hours=20).do(K.RETURN_ASKED, ROADS, "与我无关", ground="not_ours")
    assert order.order.dues["return"].met_at is None
    assert order.do(K.RETURN_APPROVED).order.state is OrderState.HANDLING
    late = life("yunnan-2021").handling("complaint").do(K.UNIT_ADDED, OFFICE, unit="roads").do(K.SIGNED, ROADS)
    assert late.wait(hours=25).refused(K.RETURN_ASKED, ROADS, "与我无关", ground="not_ours").slug == "return-late"


def test_a_new_lead_signs_in_its_own_time_and_the_matters_deadline_stays() -> None:
    order = life("changzhou").handling()
    due = order.due().due
    order.wait(days=1).do(K.LEADER_ASKED, OFFICE, purpose="meeting")
    order.do(K.LEADER_DECIDED, OFFICE, leader="联席会议", lead="roads")
    assert order.due().due == due and order.due("sign_for").start == order.now and order.due("sign_for").met_at is None
    assert order.refused(K.ANSWERED, WATER, ground="solved", report=order.report()).slug in ("not-yours", "not-now")


def test_a_unit_found_to_be_the_one_reported_loses_the_order_at_once() -> None:
    order = life("liaoning").handling("report").do(K.EDITED, OFFICE, accused=["water"])
    assert (order.order.state, order.order.lead) == (OrderState.ACCEPTED, None)
    assert order.refused(K.DISPATCHED, OFFICE, units=["water"]).slug == "accused-unit"
    later = life("liaoning").handling("complaint", accused=["water"])
    assert later.do(K.RECLASSIFIED, OFFICE, "实为举报", category="report").order.state is OrderState.ACCEPTED


def test_a_caller_cannot_say_whose_fault_it_is() -> None:
    order = life("changzhou").closed().do(K.FOLLOWED_UP, CALLER, channel="web", result="unsatisfied", unit_fault=True)
    assert order.order.state is OrderState.REEXAMINING and not order.order.follow_ups[0].unit_fault
    assert order.refused(K.FOLLOWED_UP, CALLER, channel="web", result="satisfied").slug == "being-examined"
    order.do(K.FOLLOWED_UP, OFFICE, channel="call", result="unsatisfied", unit_fault=True)
    assert (order.order.state, order.order.round) == (OrderState.HANDLING, 2)


def test_archive_needs_the_follow_up_of_this_round() -> None:
    order = life("karamay").closed()
    assert order.refused(K.ARCHIVED).slug == "follow-up-missing"
    order.do(K.FOLLOWED_UP, SEAT, channel="call", result="not_reached").do(K.ARCHIVED)


def test_a_pause_moves_the_deadline_only_where_the_profile_allows_it() -> None:
    assert life("karamay").handling().refused(K.PAUSED, OFFICE, "等鉴定").slug == "no-pause"
    order = life("karamay")
    pausing = replace(PROFILES["karamay"], pause=Article("第九十九条", "鉴定期间不计入办理时限"))
    order.rules = Rules(pausing, order.rules.days)
    before = order.handling().due().due
    order.wait(hours=1).do(K.PAUSED, OFFICE, "等鉴定").wait(days=7)
    assert order.tick() == [], "a clock that stands says nothing"
    order.do(K.RESUMED)
    assert order.due().due > before and order.due().why.startswith("恢复计时")
    assert order.refused(K.RESUMED).slug == "not-paused"


def test_a_changed_class_moves_the_deadline_and_says_why() -> None:
    order = life("karamay").handling("inquiry")
    assert order.refused(K.EDITED, OFFICE, category="report").slug == "reclassify"
    assert order.refused(K.RECLASSIFIED, SEAT, "点错", category="report").slug == "not-yours"
    order.do(K.RECLASSIFIED, OFFICE, "实为举报", category="report")
    assert (order.due().limit, order.due().why) == ("10 WD", "重新分类：实为举报")


def test_nobody_sets_a_deadline_by_hand() -> None:
    order = life("karamay").handling()
    data = dict(next(e for e in order.events if e.kind is K.DEADLINE_SET).data)
    for actor in (OFFICE, SYSTEM, Actor("root", ActorRole.ADMIN)):
        assert order.refused(K.DEADLINE_SET, actor, "", **data).slug == "not-now"


def test_events_of_another_node_a_moment_behind_are_taken_in_older_ones_are_not() -> None:
    order = life("karamay").handling()
    at = order.now
    order.now = at - timedelta(seconds=30)
    assert order.do(K.NOTED, OFFICE, text="电话记录").events[-1].at == at
    order.now = at - timedelta(hours=1)
    assert order.refused(K.NOTED, OFFICE, text="迟到").slug == "out-of-order"


def test_an_order_is_not_judged_by_another_citys_document() -> None:
    order = life("karamay").opened()
    order.rules = Rules(PROFILES["liaoning"], order.rules.days)
    assert order.refused(K.ACCEPTED, SEAT).slug == "wrong-profile"


def test_buttons_are_what_the_actor_may_do_now() -> None:
    order = life("changzhou").dispatched().order
    unit = allowed(order, WATER)
    assert {K.SIGNED, K.RETURN_ASKED, K.EXTENSION_ASKED, K.CONTACTED} <= unit
    assert not unit & {K.ANSWERED, K.REVIEW_PASSED, K.EXTENSION_APPROVED, K.DEADLINE_SET}
    assert allowed(order, ROADS) == allowed(order, Actor("x", ActorRole.UNIT)) == frozenset()
    assert allowed(new_order("n"), SEAT) == {K.OPENED}


def test_events_come_back_from_json_and_bad_ones_are_named() -> None:
    event = life("karamay").handling().events[-1]
    assert event_from_json(event.to_json()) == event
    for change, message in (
        ({"schema": 9}, "schema"),
        ({"kind": "exploded"}, "exploded"),
        ({"by": None}, "by and data"),
        ({"at": "yesterday"}, "isoformat"),
        ({"at": "2026-11-23T09:00:00"}, "zone"),
    ):
        with pytest.raises(ValueError, match=message):
            event_from_json({**event.to_json(), **change})


def test_a_stored_event_that_cannot_be_read_is_kept_and_changes_nothing_else() -> None:
    order = life("karamay").handling().order
    torn = OrderEvent(K.RETURN_APPROVED, order.updated_at or life("karamay").now, OFFICE)
    after = evolve(order, torn)
    assert after.unread == (torn.to_json(),) and replace(after, unread=(), count=order.count) == order


def test_a_caller_who_asks_hears_state_and_day() -> None:
    assert told_to_caller(life("karamay").handling().order) == "正在办理，办理时限为2026年11月30日"


def test_next_answers_for_days_beyond_the_calendar() -> None:
    order = life("karamay").accepted()
    far = OrderEvent(K.DISPATCHED, order.now.replace(year=9999, month=12, day=31), OFFICE, "", {"units": ["water"]})
    found = next_of(order.order, far, order.rules)
    assert not isinstance(found, Taken) or "handle" not in found.order.dues
