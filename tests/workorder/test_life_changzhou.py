"""The life cycle under seed 003, article by article."""

from __future__ import annotations

from typing import Any

from tests.workorder.lives import CALLER, OFFICE, ROADS, SEAT, WATER, K, life
from workorder.model import OrderState

C = "changzhou"
GIVE_BACK: dict[str, Any] = {"ground": "not_ours", "evidence": ["basis"], "suggestion": "建议转交通局"}


def test_article_9_outside_the_city() -> None:
    order = life(C).opened().do(K.NOT_ACCEPTED, SEAT, ground="outside_city", channel="")
    assert order.order.right_channel == "事项所在地12345"
    given = life(C).opened().do(K.NOT_ACCEPTED, SEAT, ground="outside_city", channel="无锡12345")
    assert given.order.right_channel == "无锡12345"


def test_article_11_3_signed_for_within_one_working_hour() -> None:
    order = life(C).dispatched()
    assert (order.due("sign_for").limit, order.due_at("sign_for")) == ("1 working hour", "11-23 10:00")
    assert order.wait(minutes=50).tick() == ["due_soon:sign_for"]
    assert order.wait(minutes=20).tick() == ["overdue:sign_for"]
    assert order.order.urged == 1 and order.events[-1].why == "逾期催办"
    assert order.do(K.SIGNED, WATER).due("sign_for").met_at == order.now


def test_article_11_3_three_working_days_for_inquiries_five_for_the_rest() -> None:
    assert life(C).dispatched(category="inquiry").due().limit == "3 WD"
    assert life(C).dispatched(category="complaint").due().limit == "5 WD"


def test_article_11_4_an_incomplete_answer_is_made_whole_within_the_limit() -> None:
    order = life(C).handling()
    assert order.refused(K.ANSWERED, WATER, ground="solved", report={"result": "办了"}).slug == "report-incomplete"
    due = order.due().due
    order.answered().do(K.REVIEW_SENT_BACK, OFFICE, "不具体")
    assert order.due().due == due


def test_article_11_4_a_return_gives_basis_and_suggestion_in_time() -> None:
    order = life(C).dispatched()
    assert order.due("return").limit == "2 WD"
    assert (
        order.refused(K.RETURN_ASKED, WATER, "非职责", ground="not_ours", evidence=["basis"]).slug == "evidence-missing"
    )
    order.do(K.RETURN_ASKED, WATER, "非职责", **GIVE_BACK).do(K.RETURN_APPROVED)
    assert order.order.state is OrderState.ACCEPTED and "handle" not in order.order.dues
    order.wait(hours=2).do(K.DISPATCHED, OFFICE, units=["roads"])
    assert order.due().start == order.now, "the next unit has the whole limit"
    late = life(C).dispatched().wait(days=5)
    assert late.refused(K.RETURN_ASKED, WATER, "非职责", **GIVE_BACK).slug == "return-late"


def test_article_11_4_an_extension_is_asked_before_expiry_and_decided_by_the_platform() -> None:
    order = life(C).handling()
    before = order.due().due
    order.do(K.EXTENSION_ASKED, WATER, "等专家", amount=3)
    assert order.refused(K.EXTENSION_ASKED, WATER, "再来", amount=3).slug == "extension-pending"
    order.do(K.EXTENSION_REFUSED, OFFICE, "理由不足")
    assert order.due().due == before
    order.do(K.EXTENSION_ASKED, WATER, "等专家，附函", amount=3).do(K.EXTENSION_APPROVED)
    assert order.due().due > before
    late = life(C).handling().wait(days=10)
    assert late.refused(K.EXTENSION_ASKED, WATER, "忘了", amount=3).slug == "extension-refused"


def test_article_11_5_unsatisfied_for_the_units_fault_is_put_right_by_the_unit() -> None:
    order = life(C).closed().do(K.FOLLOWED_UP, SEAT, channel="call", result="unsatisfied", unit_fault=True)
    assert (order.order.state, order.order.round, order.order.lead) == (OrderState.HANDLING, 2, "water")
    assert order.due().met_at is None and "重新办理" in order.due().why
    order.answered().do(K.REVIEW_PASSED).do(K.FOLLOWED_UP, SEAT, channel="sms", result="satisfied")
    assert order.order.state is OrderState.FOLLOWED_UP
    not_theirs = life(C).closed().do(K.FOLLOWED_UP, SEAT, channel="call", result="unsatisfied")
    assert not_theirs.order.state is OrderState.FOLLOWED_UP


def test_article_11_another_rules_limit_goes_before() -> None:
    order = life(C).handling().do(K.OVERRIDDEN, OFFICE, limit="1 WD", basis="省级工单时限")
    assert order.due().limit == "1 WD" and "省级工单时限" in order.due().explained[0].why


def test_article_15_one_matter_one_rating() -> None:
    order = life(C).closed().do(K.RATED, CALLER, stars=5, solved=True)
    assert order.order.state is OrderState.CLOSED
    assert order.refused(K.RATED, CALLER, stars=1, solved=False).slug == "already-rated"


def test_article_15_a_bad_rating_is_looked_into() -> None:
    assert life(C).closed().do(K.RATED, CALLER, stars=1, solved=True).order.state is OrderState.REEXAMINING


def test_article_21_closed_in_the_period_counts_in_it_open_goes_to_the_next() -> None:
    order = life(C).closed()
    assert order.refused(K.EVALUATED, OFFICE, period="2026-10").slug == "other-period"
    assert order.do(K.EVALUATED, OFFICE, period="2026-11").order.evaluated_in == "2026-11"
    assert life(C).handling().refused(K.EVALUATED, OFFICE, period="2026-11").slug == "not-now"


def test_article_26_a_meeting_names_the_lead_when_duties_cross() -> None:
    order = life(C).handling().do(K.LEADER_ASKED, OFFICE, purpose="meeting")
    order.do(K.LEADER_DECIDED, OFFICE, leader="联席会议办公室", lead="roads", units=["roads", "water"])
    assert (order.order.lead, order.order.co, order.order.state) == ("roads", ("water",), OrderState.DISPATCHED)
    assert order.do(K.SIGNED, ROADS).order.state is OrderState.HANDLING


def test_article_26_a_decision_settles_a_pending_return() -> None:
    order = life(C).dispatched().do(K.RETURN_ASKED, WATER, "非职责", **GIVE_BACK).do(K.LEADER_ASKED, purpose="meeting")
    order.do(K.LEADER_DECIDED, OFFICE, leader="联席会议", lead="water")
    assert order.order.pending_return is None and order.order.returns[0].verdict == "refused"


def test_article_11_a_written_opinion_is_given_where_it_is_wanted() -> None:
    order = life("changzhou").handling(written=True)
    refused = order.refused(K.ANSWERED, WATER, ground="solved", report=order.report())
    assert (refused.slug, refused.rule) == ("opinion-missing", "changzhou 第十一条")
    order.do(K.ANSWERED, WATER, ground="solved", report=order.report(), opinion="常水复〔2026〕18号")
    assert order.order.answers[-1].opinion == "常水复〔2026〕18号"
    life("yunnan-2021").handling(written=True).answered()


def test_article_10_what_the_desk_cannot_place_goes_up_and_may_still_be_turned_away() -> None:
    order = life("changzhou").accepted().do(K.LEADER_ASKED, SEAT, purpose="是否属于受理范围")
    order.do(K.NOT_ACCEPTED, OFFICE, ground="outside_city", channel="")
    assert order.order.right_channel == "事项所在地12345"


def test_article_11_4_necessary_talks_are_no_condition_of_an_extension() -> None:
    life("changzhou").handling().do(K.EXTENSION_ASKED, WATER, "雨季停工", amount=3)


def test_003_article_13_and_19_a_sudden_matter_is_told_before_it_is_closed() -> None:
    order = life("changzhou").handling(emergency=True).answered()
    refused = order.refused(K.REVIEW_PASSED)
    assert (refused.slug, refused.rule) == ("urgent-not-reported", "changzhou 第十三条、第十九条")
    order.do(K.URGENT_REPORTED, WATER, leaders=["市应急局"]).do(K.REVIEW_PASSED)
