"""克拉玛依市12345政府服务热线（市长信箱）管理暂行办法 (seed 000), article by article."""

from __future__ import annotations

import pytest

from tests.workorder.government import due_at, matter, profile, refused
from workorder.asking import Extension
from workorder.model import Category
from workorder.profile import Lead, RepeatAnswer, Step

KARAMAY = profile("karamay")


def test_article_8_not_accepted_matters_with_their_channel() -> None:
    grounds = {item.id: item for item in KARAMAY.not_accepted}
    assert {"malicious", "repeated", "advertising", "congress_or_court", "legal_procedure"} <= grounds.keys()
    assert grounds["legal_procedure"].channel
    assert KARAMAY.repeats is not None
    assert KARAMAY.repeats.answer is RepeatAnswer.REJECT


def test_article_9_seven_categories() -> None:
    assert KARAMAY.categories == frozenset(Category)


def test_article_11_1_dispatch_is_in_office_hours_without_a_limit() -> None:
    found = refused("karamay", matter("投诉"), "2026-11-20T10:00", Step.DISPATCH)
    assert found.rule == "karamay 第十一条（一）"
    assert "没有规定时限" in found.why


@pytest.mark.parametrize(
    ("category", "due"),
    [
        ("咨询", "2026-11-25"),
        ("求助", "2026-11-27"),
        ("投诉", "2026-11-27"),
        ("举报", "2026-12-04"),
        ("建议", "2026-11-27"),
        ("表扬", "2026-11-25"),
        ("其他", "2026-11-25"),
    ],
)
def test_article_11_2_2_1_limits_by_category(category: str, due: str) -> None:
    assert due_at("karamay", matter(category), "2026-11-20T10:00") == f"{due}T18:00:00"


def test_article_11_2_2_1_days_off_push_the_end_back() -> None:
    assert due_at("karamay", matter("投诉"), "2026-09-30T10:00") == "2026-10-13T18:00:00"


def test_article_11_2_2_2_promise_kind_instead_of_an_extension() -> None:
    found = refused("karamay", matter("求助"), "2026-11-20T10:00", Step.HANDLE, Extension(3))
    assert found.rule == "karamay 第十一条（二）2（2）"
    assert "承诺件" in found.why
    assert KARAMAY.promise is not None


def test_article_11_2_2_3_the_leader_names_the_lead_unit() -> None:
    assert KARAMAY.lead is not None
    assert KARAMAY.lead.lead is Lead.LEADER_NAMES


def test_article_11_3_return_on_the_same_day_with_the_reason() -> None:
    assert due_at("karamay", matter("投诉"), "2026-11-20T10:00", Step.RETURN) == "2026-11-20T18:00:00"
    assert KARAMAY.returns is not None
    assert [item.id for item in KARAMAY.returns.grounds] == ["not_ours"]
    assert not KARAMAY.returns.late_is_accepted


def test_article_11_6_the_office_examines_what_was_not_satisfactory() -> None:
    assert KARAMAY.follow_up is not None
    assert KARAMAY.follow_up.by_office


def test_article_13_reports_and_identities_are_kept_from_the_accused() -> None:
    assert {item.id for item in KARAMAY.privacy} >= {"report_not_to_accused", "identity_not_to_interested"}


def test_article_15_complaints_and_reports_need_a_real_name() -> None:
    assert KARAMAY.real_name is not None
    assert KARAMAY.real_name.categories == {Category.COMPLAINT, Category.REPORT}
    assert [item.id for item in KARAMAY.real_name.fields] == ["name", "contact", "unit", "address"]


@pytest.mark.parametrize("step", [Step.SIGN_FOR, Step.FIRST_CONTACT])
def test_no_article_limits_signing_or_first_contact(step: Step) -> None:
    assert refused("karamay", matter("投诉"), "2026-11-20T10:00", step).rule == f"karamay {step}"


def test_no_article_lets_the_clock_stand_or_another_rule_go_before() -> None:
    assert KARAMAY.pause is None
    assert KARAMAY.override is None
