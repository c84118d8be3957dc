"""What no single document says but every life needs: requests that lapse, leads that change, clocks that stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.workorder.government import DAYS, with_notice
from tests.workorder.lives import CALLER, MONDAY, OFFICE, PROFILES, ROADS, SEAT, WATER, K, life
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
    assert order.refused(K.ANSWERED, WATER, ground="solved", report=order.report()).slug == "paused"
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


def test_what_is_not_there_cannot_be_decided_on() -> None:
    order = life("changzhou").handling()
    for kind in (K.RETURN_APPROVED, K.EXTENSION_APPROVED):
        assert order.refused(kind).slug == "nothing-asked"
    for kind in (K.RETURN_REFUSED, K.EXTENSION_REFUSED):
        assert order.refused(kind, OFFICE, "不同意").slug == "nothing-asked"
    assert order.refused(K.MATERIALS_GIVEN, CALLER).slug == "nothing-asked"
    assert order.refused(K.LEADER_DECIDED, OFFICE, leader="张", lead="roads").slug == "nothing-asked"
    assert order.refused(K.SIGNED, WATER).slug == "already-signed"
    assert order.refused(K.UNIT_ADDED, OFFICE, unit="water").slug == "unit-there"
    order.do(K.EXTENSION_ASKED, WATER, "等件", amount=3)
    assert order.refused(K.EXTENSION_APPROVED, OFFICE, stage="mayor").slug == "stage-unknown"


def test_approvals_are_given_in_their_order() -> None:
    order = life("qingpu-water").handling(difficulty="hard")
    order.do(K.EXTENSION_ASKED, WATER, "检测", amount=15, caller_told=True)
    assert order.refused(K.EXTENSION_APPROVED, OFFICE, stage="upper_hotline").slug == "stage-order"
    order.do(K.EXTENSION_APPROVED, OFFICE, stage="section").do(K.EXTENSION_APPROVED, OFFICE, stage="upper_hotline")
    assert order.order.extensions[0].verdict is Verdict.APPROVED


def test_an_order_begins_under_one_document_with_a_category_it_knows() -> None:
    order = life("liaoning")
    assert order.refused(K.OPENED, SYSTEM, profile="karamay").slug == "wrong-profile"
    assert order.refused(K.OPENED, SYSTEM, category="praise").slug == "category-unknown"
    opened = order.opened()
    assert (opened.order.profile, opened.order.profile_version) == ("liaoning", PROFILES["liaoning"].version)
    assert opened.refused(K.OPENED, SYSTEM).slug == "not-now"


def test_materials_are_asked_for_until_a_day_to_come() -> None:
    order = life("liaoning").accepted()
    assert order.refused(K.MATERIALS_ASKED, SEAT, materials=["合同"], until=order.now.isoformat()).slug == "date-past"


def test_an_order_is_neither_its_own_repeat_nor_merged_with_itself_or_when_dispatched() -> None:
    order = life("yunnan-2021").accepted()
    own = order.order.order_id
    assert order.refused(K.REPEAT_NOTED, SEAT, of=own).slug == "own-repeat"
    assert order.refused(K.MERGED, SEAT, into=own).slug == "own-repeat"
    assert order.refused(K.MERGED, SEAT).slug == order.refused(K.MERGED, SEAT, **{"into": "1", "from": "2"}).slug
    first = life("yunnan-2021").handling()
    assert first.refused(K.MERGED, SEAT, into="20261101-000001").slug == "merge-late"
    assert first.do(K.MERGED, SEAT, **{"from": "20261101-000002"}).order.merged == ("20261101-000002",)
    assert order.do(K.MERGED, SEAT, into="20261101-000001").order.state is OrderState.MERGED


def test_a_lapse_is_said_by_the_clock_and_true() -> None:
    order = life("qingpu-water").dispatched(difficulty="hard")
    assert order.refused(K.RETURN_LAPSED, SYSTEM, unit="water").slug == "no-lapse"
    assert order.wait(days=20).refused(K.RETURN_LAPSED, SYSTEM, unit="roads").slug == "no-lapse"
    other = life("changzhou").dispatched().wait(days=20)
    assert other.refused(K.RETURN_LAPSED, SYSTEM, unit="water").slug == "no-lapse"


def test_a_law_goes_before_only_where_the_document_gives_way() -> None:
    refused = life("karamay").handling().refused(K.OVERRIDDEN, OFFICE, limit="1 WD", basis="某法")
    assert refused.slug == "no-override"
    assert life("liaoning").handling().refused(K.OVERRIDDEN, OFFICE, limit="soon", basis="某法").slug == "bad-data"
    assert life("liaoning").handling().refused(K.OVERRIDDEN, OFFICE, limit="1 WD", basis=" ").slug == "bad-data"


def test_the_clock_says_true_things_once() -> None:
    order = life("karamay").handling()
    due = order.due().due.isoformat()
    for kind in (K.DUE_SOON, K.OVERDUE):
        assert order.refused(kind, SYSTEM, step="handle", due=MONDAY.isoformat()).slug == "no-such-deadline"
    assert order.refused(K.OVERDUE, SYSTEM, step="handle", due=due).slug == "said-already"
    order.wait(days=30).do(K.OVERDUE, SYSTEM, step="handle", due=due)
    assert order.refused(K.OVERDUE, SYSTEM, step="handle", due=due).slug == "said-already"
    order.do(K.SUPERVISION_PROPOSED, SYSTEM, level="sheet")
    assert order.refused(K.SUPERVISION_PROPOSED, SYSTEM, level="sheet").slug == "said-already"


def test_a_hard_case_is_raised_once_where_the_document_knows_them() -> None:
    assert life("karamay").handling().refused(K.HARD_CASE_RAISED, OFFICE, "难").slug == "no-hard-cases"
    order = life("qingpu-water").handling(difficulty="hard").do(K.HARD_CASE_RAISED, OFFICE, "历史遗留")
    assert order.refused(K.HARD_CASE_RAISED, OFFICE, "历史遗留").slug == "said-already"


def test_a_notice_moves_an_open_deadline_and_says_that_it_did() -> None:
    order = life("changzhou").handling("complaint")
    before = order.due()
    off = {before.due.date()}
    order.rules = Rules(order.rules.profile, with_notice(DAYS, 2026, off))
    order.do(K.CALENDAR_CHANGED, SYSTEM, notice="国办发明电〔2026〕1号")
    assert order.due().due > before.due and before in order.order.past and "放假安排" in order.due().why


def test_an_order_that_comes_back_is_to_be_dispatched_in_time_again() -> None:
    back = life("liaoning").dispatched().wait(hours=2).do(K.RETURN_ASKED, WATER, "非职责", ground="x")
    taken = life("liaoning").handling().wait(hours=2)
    for order in (back.do(K.RETURN_APPROVED), taken.do(K.RECALLED, OFFICE, "改派")):
        assert order.due("dispatch").start == order.now and order.due("dispatch").met_at is None


def test_an_order_to_be_handled_again_is_to_be_dispatched_in_time() -> None:
    order = life("liaoning").closed().do(K.FOLLOWED_UP, SEAT, channel="call", result="unsatisfied", unit_fault=True)
    order.wait(hours=5).do(K.REEXAMINED, OFFICE, "重办", redo=True)
    assert order.due("dispatch").start == order.now


def test_merged_repeats_count_towards_a_hard_case() -> None:
    order = life("qingpu-water").handling(difficulty="hard")
    for number in range(5):
        order.do(K.MERGED, SEAT, **{"from": f"20261101-{number + 1:06d}"})
    assert order.order.hard_case and order.order.repeats == 5
