"""常州市12345政府公共服务平台运行管理办法 (seed 003), article by article."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.workorder.government import ask, due_at, matter, profile, refused
from workorder.asking import Deadline, Extension, Override, Refused
from workorder.days import CITY_ZONE
from workorder.limits import Amount, Unit
from workorder.profile import Lead, Step

CHANGZHOU = profile("changzhou")


def applied(at: str, days: int) -> Extension:
    return Extension(days, datetime.fromisoformat(at).replace(tzinfo=CITY_ZONE))


def test_article_9_not_accepted_matters() -> None:
    grounds = {item.id: item for item in CHANGZHOU.not_accepted}
    assert [item.rule for item in grounds.values()][:3] == ["第九条（一）", "第九条（二）", "第九条（三）"]
    assert "110" in grounds["emergency"].channel
    assert grounds["outside_city"].channel


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-20T10:00", "2026-11-20T11:00"),
        ("2026-11-20T11:30", "2026-11-20T15:00"),
        ("2026-11-20T17:30", "2026-11-23T09:00"),
        ("2026-11-21T10:00", "2026-11-23T09:30"),
    ],
)
def test_article_11_3_sign_within_one_working_hour(at: str, due: str) -> None:
    assert due_at("changzhou", matter(), at, Step.SIGN_FOR) == f"{due}:00"


@pytest.mark.parametrize(("category", "day"), [("咨询", 25), ("求助", 27), ("投诉", 27), ("举报", 27), ("建议", 27)])
def test_article_11_3_inquiries_in_three_others_in_five_working_days(category: str, day: int) -> None:
    assert due_at("changzhou", matter(category), "2026-11-20T10:00") == f"2026-11-{day}T18:00:00"


def test_article_11_3_province_and_urgent_orders_keep_their_own_limit() -> None:
    own = Override(Amount(2, Unit.WORKING_DAYS), "省12345工单〔2026〕1号")
    assert due_at("changzhou", matter("投诉"), "2026-11-20T10:00", override=own) == "2026-11-24T18:00:00"


@pytest.mark.parametrize(("category", "due"), [("咨询", "2026-11-23"), ("投诉", "2026-11-24"), ("建议", "2026-11-24")])
def test_article_11_4_return_in_one_or_two_working_days_with_basis_and_suggestion(category: str, due: str) -> None:
    assert due_at("changzhou", matter(category), "2026-11-20T10:00", Step.RETURN) == f"{due}T18:00:00"
    assert CHANGZHOU.returns is not None
    assert [item.id for item in CHANGZHOU.returns.evidence] == ["basis", "suggestion"]


def test_article_11_4_an_extension_is_applied_for_before_expiry() -> None:
    about = matter("投诉")
    in_time = ask("changzhou", about, "2026-11-20T10:00", Step.HANDLE, applied("2026-11-27T17:00", 5))
    assert isinstance(in_time, Deadline)
    assert in_time.due.isoformat() == "2026-12-04T18:00:00+08:00"
    late = refused("changzhou", about, "2026-11-20T10:00", Step.HANDLE, applied("2026-11-27T18:01", 5))
    assert late.rule == "changzhou 第十一条（四）"
    assert "期限已届满" in late.why


def test_article_11_4_the_platform_decides_on_extensions() -> None:
    found = ask("changzhou", matter("投诉"), "2026-11-20T10:00", Step.HANDLE, Extension(5, approvals=()))
    assert isinstance(found, Refused)
    assert found.why == "还缺12345平台审核认定"


def test_article_11_5_handled_again_only_for_the_units_fault() -> None:
    assert CHANGZHOU.follow_up is not None
    assert CHANGZHOU.follow_up.only_units_fault


def test_article_16_orders_recordings_and_ratings_go_to_the_province() -> None:
    assert [item.id for item in CHANGZHOU.feeds] == ["province"]


def test_article_21_closed_in_the_period_counts_in_it() -> None:
    assert "periods" in {item.id for item in CHANGZHOU.figures}


def test_article_25_matters_under_supervision() -> None:
    assert len(CHANGZHOU.supervised_matters) == 5


def test_article_26_the_joint_meeting_names_the_lead_and_the_ladder() -> None:
    assert CHANGZHOU.lead is not None
    assert CHANGZHOU.lead.lead is Lead.JOINT_MEETING
    assert [item.id for item in CHANGZHOU.supervision] == ["sheet", "joint_meeting", "interview", "bulletin"]


@pytest.mark.parametrize("step", [Step.DISPATCH, Step.FIRST_CONTACT])
def test_no_article_limits_dispatch_or_first_contact(step: Step) -> None:
    assert refused("changzhou", matter("投诉"), "2026-11-20T10:00", step).rule == f"changzhou {step}"


def test_no_article_limits_praise() -> None:
    assert "第十一条（三）" in refused("changzhou", matter("表扬"), "2026-11-20T10:00").rule
