"""The life cycle under seed 000, article by article."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.workorder.lives import CALLER, OFFICE, ROADS, SEAT, WATER, K, Life, life
from workorder.model import OrderState


def test_article_8_a_mere_repeat_is_turned_away_and_new_facts_are_not() -> None:
    again = life("karamay").opened().do(K.REPEAT_NOTED, SEAT, of="20261101-000001", new_facts=False)
    assert again.refused(K.ACCEPTED, SEAT).slug == "repeated"
    again.do(K.NOT_ACCEPTED, SEAT, ground="repeated", channel="")
    assert again.order.state is OrderState.NOT_ACCEPTED
    fresh = life("karamay").opened().do(K.REPEAT_NOTED, SEAT, of="20261101-000001", new_facts=True)
    assert fresh.do(K.ACCEPTED, SEAT).order.state is OrderState.ACCEPTED


@pytest.mark.parametrize(
    "ground, channel",
    [("malicious", ""), ("advertising", ""), ("legal_procedure", "人民法院、仲裁机构、行政复议机关")],
)
def test_article_8_what_is_not_accepted_names_the_right_channel(ground: str, channel: str) -> None:
    turned = life("karamay").opened().do(K.NOT_ACCEPTED, SEAT, ground=ground, channel="")
    assert turned.order.right_channel == channel
    assert life("karamay").opened().refused(K.NOT_ACCEPTED, SEAT, ground="secrets", channel="").slug == "ground-unknown"


def test_article_9_seven_categories() -> None:
    for category in ("inquiry", "help", "complaint", "report", "suggestion", "praise", "other"):
        assert life("karamay").accepted(category).order.state is OrderState.ACCEPTED


def test_article_11_2_1_direct_answer_ends_at_the_desk() -> None:
    direct = life("karamay").accepted("inquiry").do(K.ANSWERED_DIRECTLY, SEAT, answer="每月5日前缴费")
    assert (direct.order.state, direct.order.answers[-1].direct) == (OrderState.CLOSED, True)


def test_article_11_2_2_1_time_limited_orders_by_category() -> None:
    for category, days in (("inquiry", "3 WD"), ("help", "5 WD"), ("report", "10 WD"), ("praise", "3 WD")):
        assert life("karamay").dispatched(category=category).due().limit == days


def test_article_11_2_2_2_a_promised_end_is_given_in_time_once_and_answered_again() -> None:
    promise = life("karamay").handling()
    first = promise.due()
    until = "2027-01-15T18:00:00+08:00"
    promise.wait(days=1).do(K.PROMISED, WATER, until=until, answer="已列入计划")
    assert promise.due().due == datetime.fromisoformat(until)
    assert "承诺" in promise.due().why and promise.due().rule == "karamay 第十一条（二）2（2）"
    assert promise.order.past[-1].due == first.due and promise.order.past[-1].met_at is not None
    assert (
        promise.refused(K.PROMISED, WATER, until="2027-02-01T18:00:00+08:00", answer="再等").slug == "already-promised"
    )
    promise.wait(days=30).answered()
    assert promise.order.state is OrderState.IN_REVIEW


def test_article_11_2_2_2_a_promise_after_the_limit_is_refused() -> None:
    late = life("karamay").handling().wait(days=20)
    assert late.refused(K.PROMISED, WATER, until="2027-03-01T00:00:00+08:00", answer="x").slug == "promise-late"


def test_article_11_2_2_2_no_extension_only_promises() -> None:
    refused = life("karamay").handling().refused(K.EXTENSION_ASKED, WATER, "复杂", amount=5)
    assert (refused.slug, refused.rule) == ("extension-refused", "karamay 第十一条（二）2（2）")


def test_article_11_2_2_3_the_leader_names_who_leads_when_several_handle() -> None:
    joint = life("karamay").accepted()
    refused = joint.refused(K.DISPATCHED, OFFICE, units=["water", "roads"], lead="water")
    assert (refused.slug, refused.rule) == ("leader-names-lead", "karamay 第十一条（二）2（3）")
    joint.do(K.LEADER_ASKED, OFFICE, purpose="joint")
    assert joint.order.state is OrderState.WITH_LEADER
    joint.do(K.LEADER_DECIDED, OFFICE, leader="张副市长", lead="roads", units=["roads", "water"])
    assert joint.refused(K.DISPATCHED, OFFICE, units=["water", "roads"], lead="water").slug == "leader-decided"
    joint.do(K.DISPATCHED, OFFICE, units=["water", "roads"], lead="roads")
    assert (joint.order.lead, joint.order.co) == ("roads", ("water",))
    joint.do(K.SIGNED, ROADS)
    report = {"result": "已修", "answer": "已电话答复"}
    assert joint.refused(K.ANSWERED, ROADS, ground="solved", report=report).slug == "co-units-silent"
    joint.do(K.CO_ANSWERED, WATER, done=True, text="管道已修")
    joint.do(K.ANSWERED, ROADS, ground="solved", report=report, approved_by="分管副局长")


def test_article_11_2_3_what_the_desk_cannot_place_is_dispatched_as_the_leader_decides() -> None:
    order = life("karamay").accepted().do(K.LEADER_ASKED, SEAT, purpose="assign")
    order.do(K.LEADER_DECIDED, OFFICE, leader="李秘书长", lead="water")
    assert order.refused(K.DISPATCHED, OFFICE, units=["roads"]).slug == "leader-decided"
    order.do(K.DISPATCHED, OFFICE, units=["water"])


def test_article_11_3_returned_the_same_day_with_a_reason_or_not_at_all() -> None:
    order = life("karamay").dispatched()
    assert order.refused(K.RETURN_ASKED, WATER, "", ground="not_ours").slug == "reason-missing"
    order.wait(hours=2).do(K.RETURN_ASKED, WATER, "属交通局职责", ground="not_ours")
    order.do(K.RETURN_APPROVED)
    assert (order.order.state, order.order.lead) == (OrderState.ACCEPTED, None)
    late = life("karamay").dispatched().wait(days=1)
    assert late.refused(K.RETURN_ASKED, WATER, "不是我们的", ground="not_ours").slug == "return-late"


def test_article_11_6_satisfied_is_archived_unsatisfied_is_examined_by_the_office() -> None:
    good = life("karamay").closed().do(K.FOLLOWED_UP, SEAT, channel="call", result="satisfied", solved=True)
    assert good.do(K.ARCHIVED).order.state is OrderState.ARCHIVED
    bad = life("karamay").closed().do(K.FOLLOWED_UP, SEAT, channel="call", result="unsatisfied", unit_fault=True)
    assert bad.order.state is OrderState.REEXAMINING
    again = bad.do(K.REEXAMINED, OFFICE, "重新交办", redo=True)
    assert (again.order.state, again.order.round, again.order.closed_at) == (OrderState.ACCEPTED, 2, None)
    again.do(K.DISPATCHED, OFFICE, units=["roads"]).do(K.SIGNED, ROADS)
    assert again.due().met_at is None
    same = life("karamay").closed().do(K.FOLLOWED_UP, SEAT, channel="call", result="unsatisfied")
    same.do(K.REEXAMINED, OFFICE, "办理无误，已解释", redo=False)
    assert same.order.state is OrderState.FOLLOWED_UP


def test_article_13_a_report_never_goes_to_the_unit_it_is_about() -> None:
    report = life("karamay").accepted("report", accused=["water"])
    refused = report.refused(K.DISPATCHED, OFFICE, units=["water"])
    assert (refused.slug, refused.rule) == ("accused-unit", "karamay 第十三条")
    report.do(K.DISPATCHED, OFFICE, units=["roads"])
    report.do(K.LEADER_ASKED, OFFICE, purpose="joint")
    assert report.refused(K.LEADER_DECIDED, OFFICE, leader="王", lead="roads", units=["water"]).slug == "accused-unit"


@pytest.mark.parametrize("category", ["complaint", "report"])
def test_article_15_complaints_and_reports_need_the_real_name(category: str) -> None:
    order = life("karamay").opened(category, identity=["name", "contact"])
    refused = order.refused(K.ACCEPTED, SEAT)
    assert (refused.slug, refused.rule) == ("real-name-missing", "karamay 第十五条")
    assert "工作单位" in refused.chinese and "家庭住址" in refused.chinese
    order.do(K.EDITED, SEAT, identity=["name", "contact", "employer", "address"]).do(K.ACCEPTED, SEAT)
    assert life("karamay").opened("help", identity=[]).do(K.ACCEPTED, SEAT).order.accepted_at is not None


def test_article_16_slander_is_handed_over_with_evidence() -> None:
    order = life("karamay").opened()
    assert order.refused(K.NUISANCE_MARKED, SEAT, ground="slander", evidence=[]).slug == "evidence-missing"
    assert order.refused(K.HANDED_OVER, OFFICE, to="公安机关").slug == "no-evidence"
    order.do(K.NUISANCE_MARKED, SEAT, ground="slander", evidence=["rec-1"]).do(K.HANDED_OVER, OFFICE, to="公安机关")


def test_the_caller_may_withdraw_until_it_is_closed() -> None:
    def until(step: str) -> Life:
        order = life("karamay")
        return {"open": order.opened, "handled": order.handling, "closed": order.closed}[step]()

    for step in ("open", "handled"):
        assert until(step).do(K.WITHDRAWN, CALLER).order.ground == "withdrawn"
    assert until("closed").refused(K.WITHDRAWN, CALLER).slug == "not-now"


def test_article_11_5_the_units_leader_has_examined_what_is_answered() -> None:
    order = life("karamay").handling()
    refused = order.refused(K.ANSWERED, WATER, ground="solved", report=order.report())
    assert (refused.slug, refused.rule) == ("approval-missing", "karamay 第十一条（五）")
    blank = order.refused(K.ANSWERED, WATER, ground="solved", report=order.report(), approved_by=" ")
    assert blank == refused
    order.do(K.ANSWERED, WATER, ground="solved", report=order.report(), approved_by="王副局长")
    assert order.order.answers[-1].approved_by == "王副局长"


def test_article_11_5_other_documents_do_not_ask_for_it() -> None:
    for name in ("changzhou", "yunnan-2021", "liaoning"):
        order = life(name).handling()
        order.do(K.ANSWERED, WATER, ground="solved", report=order.report())


def test_article_11_4_an_urgent_matter_is_told_to_somebody_by_name() -> None:
    order = life("karamay").handling(emergency=True)
    assert order.refused(K.URGENT_REPORTED, SEAT, leaders=[]).slug == "leaders-missing"
    order.answered()
    assert order.refused(K.REVIEW_PASSED).slug == "urgent-not-reported"
    order.do(K.URGENT_REPORTED, SEAT, leaders=["热线办主任"]).do(K.REVIEW_PASSED)
