"""辽宁省12345政务服务便民热线管理办法 (seed 002), article by article. It gives no number of days."""

from __future__ import annotations

import pytest

from tests.workorder.government import ask, due_at, matter, profile, refused
from workorder.asking import Deadline, Extension, Override
from workorder.limits import Amount, Unit
from workorder.model import Category
from workorder.profile import Lead, RepeatAnswer, Step

LIAONING = profile("liaoning")
LAW = Override(Amount(7, Unit.WORKING_DAYS), "《某法》第三条")


def test_article_3_five_categories() -> None:
    assert LIAONING.categories == frozenset(Category) - {Category.PRAISE, Category.OTHER}


def test_article_4_other_rules_of_the_state_go_before() -> None:
    assert due_at("liaoning", matter("投诉"), "2026-11-20T10:00", override=LAW) == "2026-12-01T18:00:00"


def test_article_9_dispatch_at_once_day_and_night() -> None:
    assert due_at("liaoning", matter("投诉"), "2026-10-01T03:00", Step.DISPATCH) == "2026-10-01T03:00:00"


def test_article_9_1_emergencies_go_to_their_lines() -> None:
    grounds = {item.id: item for item in LIAONING.not_accepted}
    assert grounds["emergency"].channel == "110、119、120、122"
    assert LIAONING.urgent is not None


def test_article_9_3_legal_procedures_and_petitions_have_their_channels() -> None:
    grounds = {item.id: item for item in LIAONING.not_accepted}
    assert "人民法院" in grounds["legal_procedure"].channel
    assert grounds["petition"].channel == "信访部门"


def test_article_9_4_a_repeat_is_told_its_progress_or_result() -> None:
    assert LIAONING.repeats is not None
    assert LIAONING.repeats.answer is RepeatAnswer.TELL


@pytest.mark.parametrize("category", ["咨询", "求助", "投诉", "举报", "建议"])
def test_article_10_gives_no_number_of_days(category: str) -> None:
    found = refused("liaoning", matter(category), "2026-11-20T10:00")
    assert found.rule == "liaoning 第十条"
    assert found.missing == ""


def test_article_11_the_first_receiver_leads() -> None:
    assert LIAONING.lead is not None
    assert LIAONING.lead.lead is Lead.FIRST_RECEIVER


def test_article_12_1_contact_promptly_is_not_a_limit() -> None:
    assert refused("liaoning", matter("投诉"), "2026-11-20T10:00", Step.FIRST_CONTACT).rule == "liaoning 第十二条（一）"


def test_article_12_2_an_extension_needs_a_reason_to_the_caller_and_a_notice() -> None:
    rule = LIAONING.extension_rule(Category.COMPLAINT)
    assert rule is not None
    assert [item.id for item in rule.duties] == ["reason_to_caller", "notify_office"]
    longer = ask("liaoning", matter("投诉"), "2026-11-20T10:00", Step.HANDLE, Extension(5), override=LAW)
    assert isinstance(longer, Deadline)
    assert longer.due.isoformat() == "2026-12-08T18:00:00+08:00"


def test_article_14_nine_closing_grounds() -> None:
    assert [item.rule for item in LIAONING.closing_grounds] == [f"第十四条（{n}）" for n in "一二三四五六七八九"]


def test_article_15_ladder_and_what_does_not_count_in_the_ranking() -> None:
    assert [item.id for item in LIAONING.supervision] == ["sheet", "joint_meeting", "interview", "bulletin"]
    assert [item.id for item in LIAONING.not_ranked] == ["mediation", "enforcement"]
    assert [item.id for item in LIAONING.figures] == ["solved", "satisfaction"]


def test_article_16_four_kinds_are_handed_to_the_discipline_body() -> None:
    ids = ["overdue", "often_supervised", "often_returned", "still_complained"]
    assert [item.id for item in LIAONING.handed_on] == ids


def test_article_20_nuisance_is_handed_over() -> None:
    assert LIAONING.nuisance is not None
    assert LIAONING.nuisance.rule == "第二十条"


@pytest.mark.parametrize("step", [Step.SIGN_FOR, Step.RETURN])
def test_no_article_limits_signing_or_returning(step: Step) -> None:
    assert refused("liaoning", matter("投诉"), "2026-11-20T10:00", step).rule == f"liaoning {step}"
