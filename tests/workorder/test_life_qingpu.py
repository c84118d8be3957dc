"""The life cycle under seed 001, article by article."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workorder.lives import CALLER, OFFICE, ROADS, SEAT, TEN_FIELDS, WATER, WHOLE_EVIDENCE, K, Life, life
from workorder.model import OrderState

Q = "qingpu-water"
HARD: dict[str, Any] = {"difficulty": "hard"}
GIVE_BACK: dict[str, Any] = {"ground": "not_ours", "evidence": WHOLE_EVIDENCE, "approved_by": "王局长"}


def hard() -> Life:
    return life(Q).handling(**HARD)


def test_article_7_3_what_is_not_ranked_has_been_confirmed_by_the_units_leader() -> None:
    order = life(Q).closed(**HARD)
    assert order.refused(K.EXCLUDED, OFFICE, "上级政策", ground="policy").slug == "approval-missing"
    assert order.do(K.EXCLUDED, OFFICE, "上级政策", ground="policy", approved_by="王局长").order.excluded == "policy"


def test_article_8_1_what_is_not_ours_goes_back_to_the_upper_hotline() -> None:
    assert (
        life(Q).opened().do(K.NOT_ACCEPTED, OFFICE, ground="out_of_scope", channel="").order.right_channel == "上级热线"
    )


def test_article_8_2_the_clock_needs_the_class_before_dispatch() -> None:
    order = life(Q).accepted()
    assert order.refused(K.DISPATCHED, OFFICE, units=["water"]).slug == "difficulty-missing"
    order.do(K.RECLASSIFIED, OFFICE, "现场复杂", difficulty="complex").do(K.DISPATCHED, OFFICE, units=["water"])
    assert order.due().limit == "3 WD"


def test_article_8_3_dispatched_the_same_day() -> None:
    assert life(Q).accepted(**HARD).due("dispatch").limit == "same day"


def test_article_8_4_a_report_that_will_not_do_goes_back_and_the_deadline_stays() -> None:
    order = hard()
    due = order.due().due
    order.answered().do(K.REVIEW_SENT_BACK, OFFICE, "依据不充分")
    assert (order.order.state, order.due().due, order.due().met_at) == (OrderState.HANDLING, due, None)
    order.answered().do(K.REVIEW_PASSED)
    assert order.order.state is OrderState.CLOSED


def test_article_8_6_a_second_follow_up_before_it_is_handled_again() -> None:
    order = life(Q).closed(**HARD).do(K.FOLLOWED_UP, SEAT, channel="call", result="unsatisfied", unit_fault=True)
    refused = order.refused(K.REEXAMINED, OFFICE, "重新交办", redo=True)
    assert (refused.slug, refused.rule) == ("second-follow-up", "qingpu-water 第八条（六）")
    order.do(K.FOLLOWED_UP, OFFICE, channel="call", result="unsatisfied", unit_fault=True)
    assert order.refused(K.REEXAMINED, OFFICE, "算了", redo=False).slug == "must-redo"
    order.do(K.REEXAMINED, OFFICE, "重新交办", redo=True).do(K.DISPATCHED, OFFICE, units=["water"])
    assert (order.order.round, order.due().met_at) == (2, None)


def test_article_8_6_a_second_follow_up_that_satisfies_ends_it() -> None:
    order = life(Q).closed(**HARD).do(K.FOLLOWED_UP, SEAT, channel="call", result="unsatisfied", unit_fault=True)
    order.do(K.FOLLOWED_UP, OFFICE, channel="call", result="satisfied", solved=True)
    assert order.order.state is OrderState.FOLLOWED_UP


def test_article_8_7_and_9_6_one_file_for_each_supervised_case() -> None:
    order = hard().do(K.SUPERVISED, OFFICE, "局领导批示", level="sheet").answered().do(K.REVIEW_PASSED)
    order.do(K.FOLLOWED_UP, SEAT, channel="call", result="satisfied")
    assert order.refused(K.ARCHIVED).slug == "dossier-missing"
    order.do(K.ARCHIVED, dossier=True)


def test_article_9_1_first_contact_is_due_in_one_working_day_and_met_by_reaching_the_caller() -> None:
    order = life(Q).dispatched(**HARD)
    assert order.due("first_contact").limit == "1 WD"
    order.wait(hours=1).do(K.CONTACTED, WATER, result="reached", channel="call")
    assert order.due("first_contact").met_at == order.now


def test_article_9_1_attempts_an_hour_apart_then_an_sms() -> None:
    order = life(Q).dispatched(**HARD)
    tell: dict[str, Any] = {"result": "told", "channel": "sms"}
    assert order.refused(K.CONTACTED, WATER, **tell).slug == "sms-too-early"
    order.do(K.CONTACTED, WATER, result="no_answer", channel="call")
    order.wait(minutes=59).do(K.CONTACTED, WATER, result="busy", channel="call")
    assert [attempt.counted for attempt in order.order.contacts] == [True, False]
    assert order.refused(K.CONTACTED, WATER, **tell).rule == "qingpu-water 第九条（一）"
    order.wait(minutes=1).do(K.CONTACTED, WATER, result="switched_off", channel="call").do(K.CONTACTED, WATER, **tell)
    assert order.due("first_contact").met_at == order.now


@pytest.mark.parametrize("ground", ["not_ours", "elements_missing", "out_of_scope"])
def test_article_9_2_1_the_grounds_for_returning(ground: str) -> None:
    order = life(Q).dispatched(**HARD).do(K.RETURN_ASKED, WATER, "见材料", **(GIVE_BACK | {"ground": ground}))
    assert order.order.state is OrderState.RETURN_ASKED
    other = life(Q).dispatched(**HARD).refused(K.RETURN_ASKED, WATER, "忙", **(GIVE_BACK | {"ground": "busy"}))
    assert other.slug == "ground-unknown"


def test_article_9_2_1_3_the_same_callers_first_order_must_be_named() -> None:
    again = GIVE_BACK | {"ground": "first_still_open"}
    order = life(Q).dispatched(**HARD)
    assert order.refused(K.RETURN_ASKED, WATER, "首次工单已延期", **again).slug == "not-a-repeat"
    order.do(K.REPEAT_NOTED, OFFICE, of="20261101-000007").do(K.RETURN_ASKED, WATER, "首次工单已延期", **again)


def test_article_9_2_2_no_return_once_refused_or_named_lead() -> None:
    order = life(Q).dispatched(**HARD).do(K.RETURN_ASKED, WATER, "非本部门", **GIVE_BACK)
    order.do(K.RETURN_REFUSED, OFFICE, "属你单位职责")
    assert order.order.state is OrderState.DISPATCHED
    assert order.refused(K.RETURN_ASKED, WATER, "再退", **GIVE_BACK).slug == "return-refused-before"
    named = life(Q).accepted(**HARD).do(K.LEADER_ASKED, OFFICE, purpose="meeting")
    named.do(K.LEADER_DECIDED, OFFICE, leader="分管领导", lead="water", units=["roads"])
    named.do(K.DISPATCHED, OFFICE, units=["water", "roads"], lead="water")
    assert named.refused(K.RETURN_ASKED, WATER, "不愿牵头", **GIVE_BACK).slug == "return-named-lead"


def test_article_9_2_3_a_return_shows_its_evidence_and_the_leaders_approval() -> None:
    order = life(Q).dispatched(**HARD)
    bare = order.refused(K.RETURN_ASKED, WATER, "非本部门", ground="not_ours", evidence=["basis"], approved_by="王局长")
    assert bare.slug == "evidence-missing" and "现场核查" in bare.chinese and "录音" in bare.chinese
    alone = order.refused(K.RETURN_ASKED, WATER, "非本部门", ground="not_ours", evidence=WHOLE_EVIDENCE)
    assert (alone.slug, alone.rule) == ("approval-missing", "qingpu-water 第九条（二）3")


def test_article_9_2_3_late_is_taken_as_accepted() -> None:
    order = life(Q).dispatched(difficulty="complex").wait(days=3)
    assert "return_lapsed:" in order.tick()
    assert order.order.state is OrderState.HANDLING and "water" in order.order.signed
    assert order.refused(K.RETURN_ASKED, WATER, "才发现", **GIVE_BACK).slug == "return-late"


def test_article_9_2_in_principle_no_second_return() -> None:
    order = life(Q).dispatched(**HARD).do(K.RETURN_ASKED, WATER, "非本部门", **GIVE_BACK).do(K.RETURN_APPROVED)
    order.do(K.DISPATCHED, OFFICE, "要求核实办理", units=["water"])
    assert order.refused(K.RETURN_ASKED, WATER, "仍非本部门", **GIVE_BACK).slug == "return-second"


def test_article_9_3_1_limits_by_class_and_source() -> None:
    for source, difficulty, limit in (
        ("12345", "complex", "3 WD"),
        ("12345", "hard", "10 WD"),
        ("12319", "hard", "5 natural days"),
    ):
        assert life(Q).dispatched(source=source, difficulty=difficulty).due().limit == limit
    assert life(Q).dispatched(urgent=True).due().limit == "1 WD"


def test_article_9_3_2_one_extension_with_two_approvals_and_the_caller_told() -> None:
    order = hard()
    assert order.refused(K.EXTENSION_ASKED, WATER, "须检测", amount=15).slug == "caller-not-told"
    assert order.refused(K.EXTENSION_ASKED, WATER, "须检测", amount=20, caller_told=True).slug == "extension-refused"
    before = order.due()
    order.do(K.EXTENSION_ASKED, WATER, "须检测", amount=15, caller_told=True)
    order.do(K.EXTENSION_APPROVED, OFFICE, "初审同意")
    assert order.due() == before, "one approval moves nothing"
    order.do(K.EXTENSION_APPROVED, OFFICE, "上级热线同意")
    assert order.due().due > before.due and order.order.extensions[0].approvals == ("section", "upper_hotline")
    assert any("15个工作日" in line.why for line in order.due().explained)
    again = order.refused(K.EXTENSION_ASKED, WATER, "还要", amount=15, caller_told=True)
    assert "1次为限" in again.chinese


def test_article_9_3_2_none_in_the_last_five_working_days() -> None:
    order = hard().wait(days=9)
    refused = order.refused(K.EXTENSION_ASKED, WATER, "须检测", amount=15, caller_told=True)
    assert refused.slug == "extension-refused" and "5个工作日内" in refused.chinese


def test_article_9_3_what_cannot_be_solved_now_is_explained() -> None:
    order = hard().do(K.ANSWERED, WATER, ground="explained", report=dict(TEN_FIELDS))
    assert order.do(K.REVIEW_PASSED).order.ground == "explained"
    elsewhere = life("changzhou").handling()
    refused = elsewhere.refused(K.ANSWERED, WATER, ground="explained", report=dict(TEN_FIELDS))
    assert refused.slug == "ground-unknown"


@pytest.mark.parametrize("field", sorted(TEN_FIELDS))
def test_article_9_4_the_report_has_all_ten_fields(field: str) -> None:
    report = {name: value for name, value in TEN_FIELDS.items() if name != field}
    refused = hard().refused(K.ANSWERED, WATER, ground="solved", report=report)
    assert refused.slug == "report-incomplete" and refused.rule.startswith("qingpu-water 第九条（四）")


def test_article_12_threats_to_life_or_property_go_to_the_leaders_too() -> None:
    order = life(Q).handling(urgent=True, emergency=True).answered()
    assert order.refused(K.REVIEW_PASSED).slug == "urgent-not-reported"
    order.do(K.URGENT_REPORTED, OFFICE, leaders=["热线分管领导", "事项分管领导"]).do(K.REVIEW_PASSED)


def test_article_13_five_complaints_make_a_hard_case() -> None:
    order = hard()
    for _ in range(4):
        order.do(K.REPEAT_NOTED, SEAT)
    assert not order.order.hard_case
    order.do(K.REPEAT_NOTED, CALLER)
    assert order.order.hard_case and order.events[-1].why.startswith("第十三条")


def test_article_13_several_units_are_settled_in_a_meeting() -> None:
    order = life(Q).accepted(**HARD)
    assert order.refused(K.DISPATCHED, OFFICE, units=["water", "roads"]).slug == "leader-names-lead"


def test_a_unit_that_is_not_the_orders_can_do_nothing() -> None:
    order = hard()
    for kind in (K.SIGNED, K.NOTED, K.CONTACTED):
        data: dict[str, Any] = {"text": "x"} if kind is K.NOTED else {}
        data |= {"result": "reached", "channel": "call"} if kind is K.CONTACTED else {}
        assert order.refused(kind, ROADS, **data).slug == "not-yours"


def test_article_7_5_the_units_main_leader_has_examined_the_answer_to_a_supervision() -> None:
    order = hard().do(K.SUPERVISED, OFFICE, "局领导批示", level="sheet")
    refused = order.refused(K.SUPERVISION_ANSWERED, WATER, text="已整改")
    assert (refused.slug, refused.rule) == ("approval-missing", "qingpu-water 第七条（五）")
    order.do(K.SUPERVISION_ANSWERED, WATER, text="已整改", approved_by="站长")
    assert order.order.supervisions[-1].approved_by == "站长"


def test_article_7_3_the_document_names_its_own_exclusion() -> None:
    order = life(Q).closed(**HARD)
    refused = order.refused(K.EXCLUDED, OFFICE, "上级政策", ground="confirmed")
    assert (refused.slug, refused.rule) == ("approval-missing", "qingpu-water 第七条（三）")


def test_article_12_it_goes_to_both_leaders() -> None:
    order = hard()
    order.do(K.EDITED, SEAT, emergency=True)
    refused = order.refused(K.URGENT_REPORTED, WATER, leaders=["局热线分管领导"])
    assert (refused.slug, refused.rule) == ("leaders-missing", "qingpu-water 第十二条")
    order.do(K.URGENT_REPORTED, WATER, leaders=["局热线分管领导", "排水分管领导"])


def test_article_12_an_emergency_is_handled_as_urgent_whatever_its_class() -> None:
    assert life(Q).dispatched(difficulty="hard", emergency=True).due().limit == "1 WD"


def test_article_9_6_other_documents_ask_for_no_dossier() -> None:
    order = life("changzhou").handling().do(K.SUPERVISED, OFFICE, "督办", level="sheet").answered().do(K.REVIEW_PASSED)
    order.do(K.FOLLOWED_UP, SEAT, channel="call", result="satisfied").do(K.ARCHIVED)
