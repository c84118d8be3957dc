"""The life cycle under seed 002, article by article."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workorder.lives import CALLER, OFFICE, ROADS, SEAT, WATER, K, Life, life
from workorder.discipline import discipline_reasons
from workorder.life import told_to_caller
from workorder.model import OrderState

L = "liaoning"
REPORT: dict[str, Any] = {"result": "已修复", "answer": "已电话答复"}


def test_article_4_the_states_own_limit_goes_before_with_its_basis() -> None:
    order = life(L).handling()
    assert "handle" not in order.order.dues, "the document gives no number of days"
    order.do(K.OVERRIDDEN, OFFICE, limit="15 WD", basis="《优化营商环境条例》")
    assert order.due().limit == "15 WD" and any("优化营商环境条例" in line.why for line in order.due().explained)


def test_article_9_dispatched_at_once() -> None:
    order = life(L).accepted()
    assert order.due("dispatch").limit == "at once" and order.tick() == []
    assert order.wait(minutes=31).tick() == ["overdue:dispatch"]


def test_article_9_1_emergencies_are_told_their_line() -> None:
    order = life(L).opened().do(K.NOT_ACCEPTED, SEAT, ground="emergency", channel="")
    assert order.order.right_channel == "110、119、120、122"


def test_article_9_2_missing_materials_are_asked_for_until_a_day() -> None:
    order = life(L).accepted().do(K.MATERIALS_ASKED, SEAT, materials=["合同"], until="2026-11-27T18:00:00+08:00")
    assert (order.order.state, order.due_at("materials")) == (OrderState.MATERIALS, "11-27 18:00")
    assert order.do(K.MATERIALS_GIVEN, CALLER).order.state is OrderState.ACCEPTED
    assert order.refused(K.MATERIALS_GIVEN, CALLER).slug == "not-now"


@pytest.mark.parametrize("ground", ["legal_procedure", "petition", "secrets", "not_public", "against_law"])
def test_articles_9_3_to_9_6_not_accepted(ground: str) -> None:
    assert life(L).opened().do(K.NOT_ACCEPTED, SEAT, ground=ground, channel="").order.ground == ground


def test_article_9_4_a_repeat_without_anything_new_is_told_how_it_stands() -> None:
    order = life(L).opened().do(K.REPEAT_NOTED, SEAT, of="20261101-000001")
    refused = order.refused(K.ACCEPTED, SEAT)
    assert (refused.slug, refused.rule) == ("tell-instead", "liaoning 第九条（四）")


def test_article_11_the_first_receiver_leads_and_the_others_report_to_it() -> None:
    order = life(L).accepted()
    refused = order.refused(K.DISPATCHED, OFFICE, units=["water", "roads"], lead="roads")
    assert (refused.slug, refused.rule) == ("first-receiver-leads", "liaoning 第十一条")
    order.do(K.DISPATCHED, OFFICE, units=["water"]).do(K.SIGNED, WATER).do(K.UNIT_ADDED, OFFICE, unit="roads")
    assert (order.order.lead, order.order.co) == ("water", ("roads",))
    assert order.refused(K.ANSWERED, WATER, ground="solved", report=REPORT).slug == "co-units-silent"
    order.do(K.CO_ANSWERED, ROADS, done=False, text="因封路推迟，已完成一半")
    order.do(K.ANSWERED, WATER, ground="solved", report=REPORT)


def test_article_12_2_an_extension_is_told_to_caller_and_office_and_needs_no_approval() -> None:
    order = life(L).handling().do(K.OVERRIDDEN, OFFICE, limit="5 WD", basis="市热线时限规定")
    before = order.due().due
    assert order.refused(K.EXTENSION_ASKED, WATER, "等配件", amount=5).slug == "caller-not-told"
    order.do(K.EXTENSION_ASKED, WATER, "等配件", amount=5, caller_told=True)
    assert order.due().due > before and order.order.pending_extension is None


def test_article_13_the_progress_can_be_asked_for() -> None:
    order = life(L).handling()
    assert told_to_caller(order.order) == "正在办理"
    assert order.do(K.PROGRESS_TOLD, SEAT, channel="wechat").order.told == 1


@pytest.mark.parametrize("ground", ["litigation", "untrue", "investigation", "against_law", "other_by_law"])
def test_article_14_grounds_that_end_an_order_without_a_solution(ground: str) -> None:
    assert life(L).handling().do(K.CLOSED, OFFICE, ground=ground).order.ground == ground
    by_unit = life(L).handling().do(K.ANSWERED, WATER, ground=ground, report=REPORT).do(K.REVIEW_PASSED)
    assert by_unit.order.ground == ground


def test_article_14_1_solved_needs_a_report() -> None:
    assert life(L).handling().refused(K.CLOSED, OFFICE, ground="solved").slug == "needs-report"


def test_article_14_3_the_caller_withdraws() -> None:
    assert life(L).handling().do(K.WITHDRAWN, CALLER).order.ground == "withdrawn"


def test_article_14_4_evidence_not_supplied_in_time() -> None:
    order = life(L).handling().do(K.MATERIALS_ASKED, WATER, materials=["照片"], until="2026-11-25T18:00:00+08:00")
    assert order.order.state is OrderState.HANDLING
    assert order.refused(K.CLOSED, OFFICE, ground="no_evidence").slug == "materials-in-time"
    order.wait(days=3)
    assert "overdue:materials" in order.tick()
    order.do(K.CLOSED, OFFICE, ground="no_evidence")


def test_article_14_8_thirty_days_without_cooperation() -> None:
    order = life(L).handling().do(K.COOPERATION_LOST, WATER, "拒接电话、拒不见面")
    assert order.wait(days=29).refused(K.CLOSED, OFFICE, ground="no_cooperation").slug == "thirty-days"
    order.do(K.COOPERATION_BACK, WATER).do(K.COOPERATION_LOST, WATER, "再次拒绝")
    assert order.wait(days=29).refused(K.CLOSED, OFFICE, ground="no_cooperation").slug == "thirty-days"
    order.wait(days=1).do(K.CLOSED, OFFICE, ground="no_cooperation")


def test_article_15_supervision_goes_up_the_ladder() -> None:
    order = life(L).handling()
    for level in ("interview", "bulletin"):
        assert order.refused(K.SUPERVISED, OFFICE, "推诿", level=level).slug == "ladder"
    for level in ("sheet", "joint_meeting", "interview", "bulletin"):
        order.do(K.SUPERVISED, OFFICE, "推诿", level=level)
    assert order.order.supervision == "bulletin"
    order.do(K.SUPERVISION_ANSWERED, WATER, text="已整改")
    assert order.refused(K.SUPERVISION_ANSWERED, WATER, text="再报").slug == "nothing-asked"


def test_article_15_mediation_and_enforcement_do_not_count_in_ranking() -> None:
    order = life(L).handling(enforcement=True).do(K.ANSWERED, WATER, ground="solved", report=REPORT)
    order.do(K.REVIEW_PASSED).do(K.EXCLUDED, OFFICE, "执法办案", ground="enforcement")
    assert order.order.excluded == "enforcement"


def overdue() -> Life:
    order = life(L).handling().do(K.OVERRIDDEN, OFFICE, limit="1 WD", basis="市热线时限规定").wait(days=20)
    order.tick()
    return order


def test_article_16_what_is_handed_to_the_discipline_body() -> None:
    late = overdue()
    assert discipline_reasons(late.order, late.now, late.rules) == ("overdue",)
    late.do(K.SUPERVISED, OFFICE, "逾期", level="sheet").do(K.SUPERVISED, OFFICE, "逾期", level="joint_meeting")
    assert "often_supervised" in discipline_reasons(late.order, late.now, late.rules)
    back = life(L).handling()
    for unit, name in ((WATER, "water"), (ROADS, "roads")):
        back.do(K.RETURN_ASKED, unit, "不归我管", ground="x").do(K.RETURN_REFUSED, OFFICE, "归你管")
        if name == "water":
            back.do(K.RECALLED, OFFICE, "改派").do(K.DISPATCHED, OFFICE, units=["roads"])
    assert discipline_reasons(back.order, back.now, back.rules) == ("often_returned",)
    again = life(L).handling()
    for turn in range(2):
        again.do(K.ANSWERED, WATER, ground="solved", report=REPORT).do(K.REVIEW_PASSED)
        again.do(K.FOLLOWED_UP, SEAT, channel="call", result="unsatisfied", unit_fault=True)
        if not turn:
            again.do(K.REEXAMINED, OFFICE, "重办", redo=True).do(K.DISPATCHED, units=["water"]).do(K.SIGNED, WATER)
    assert discipline_reasons(again.order, again.now, again.rules) == ("still_complained",)


def test_article_20_those_who_disturb_are_handed_over_never_blocked() -> None:
    order = life(L).handling().do(K.NUISANCE_MARKED, SEAT, ground="threat", evidence=["rec-9"])
    order.do(K.HANDED_OVER, OFFICE, to="公安机关")
    assert order.order.state is OrderState.HANDLING, "the matter itself goes on"


def test_article_16_each_reason_is_told_once_and_says_how_it_was_read() -> None:
    back = life("liaoning").dispatched()
    back.do(K.RETURN_ASKED, WATER, "不归我们", ground="x").do(K.RETURN_REFUSED, OFFICE, "属你单位")
    assert not back.order.discipline
    back.do(K.RECALLED, OFFICE, "换单位核实").do(K.DISPATCHED, OFFICE, units=["roads"])
    back.do(K.RETURN_ASKED, ROADS, "不归我们", ground="x").do(K.RETURN_REFUSED, OFFICE, "属你单位")
    assert back.order.discipline == {"often_returned"}
    told = [event for event in back.events if event.kind is K.DISCIPLINE_TOLD]
    assert len(told) == 1 and "第十六条" in told[0].why and "按2次以上计" in told[0].why


def test_article_16_clearly_overdue_comes_by_the_clock() -> None:
    late = life("liaoning").dispatched().do(K.OVERRIDDEN, OFFICE, limit="3 WD", basis="《某法》第三条")
    late.wait(days=30)
    assert "discipline_told:" in late.tick() and late.order.discipline == {"overdue"}
    assert late.wait(days=5).tick() == []


def test_article_16_other_documents_hand_nothing_on() -> None:
    late = life("karamay").dispatched().wait(days=60)
    late.tick()
    assert late.order.discipline == frozenset()


def test_article_15_a_proposal_says_after_how_many_days_and_that_the_number_is_ours() -> None:
    late = life("liaoning").dispatched().do(K.OVERRIDDEN, OFFICE, limit="3 WD", basis="《某法》第三条")
    late.wait(days=12).tick()
    proposed = [event for event in late.events if event.kind is K.SUPERVISION_PROPOSED]
    assert proposed and all("本市理解" in event.why for event in proposed)
