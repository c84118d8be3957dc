"""青浦区水务局“12345”市民服务热线工作管理办法 (seed 001), article by article."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.workorder.government import DAYS, ask, due_at, matter, profile, refused
from workorder.asking import Deadline, Extension, Refused
from workorder.days import CITY_ZONE
from workorder.profile import Step

QINGPU = profile("qingpu-water")
HARD = matter(difficulty="疑难")


def applied(at: str, days: int = 15) -> Extension:
    return Extension(days, datetime.fromisoformat(at).replace(tzinfo=CITY_ZONE))


def test_article_4_the_section_works_day_and_night_so_dispatch_never_waits() -> None:
    assert due_at("qingpu-water", matter(), "2026-11-21T22:00", Step.DISPATCH) == "2026-11-21T23:59:59"


def test_article_7_2_the_rates_that_are_named() -> None:
    ids = ["first_contact", "handled_in_time", "closed_in_time", "feedback", "satisfaction"]
    assert [item.id for item in QINGPU.figures] == ids


def test_article_8_3_dispatch_on_the_same_day() -> None:
    assert due_at("qingpu-water", matter(), "2026-11-20T10:00", Step.DISPATCH) == "2026-11-20T23:59:59"


def test_article_8_6_a_second_follow_up() -> None:
    assert QINGPU.follow_up is not None
    assert QINGPU.follow_up.second
    assert QINGPU.follow_up.handle_again


def test_article_9_1_first_contact_within_a_working_day_then_hourly_then_sms() -> None:
    assert due_at("qingpu-water", matter(), "2026-11-20T10:00", Step.FIRST_CONTACT) == "2026-11-23T18:00:00"
    assert QINGPU.contact is not None
    assert (QINGPU.contact.retry_after_minutes, QINGPU.contact.then_sms) == (60, True)
    assert len(QINGPU.contact.causes) == 6


def test_article_9_2_1_four_grounds_of_return() -> None:
    assert QINGPU.returns is not None
    ids = ["not_ours", "elements_missing", "first_still_open", "out_of_scope"]
    assert [item.id for item in QINGPU.returns.grounds] == ids
    assert not QINGPU.returns.second_allowed


def test_article_9_2_2_no_return_after_a_refusal_or_as_named_lead() -> None:
    assert QINGPU.returns is not None
    assert [item.id for item in QINGPU.returns.forbidden] == ["refused_before", "named_lead"]


@pytest.mark.parametrize(("difficulty", "day"), [("简单", 23), ("紧急", 23), ("疑难", 25)])
def test_article_9_2_3_return_in_one_day_hard_matters_in_three(difficulty: str, day: int) -> None:
    about = matter(difficulty=difficulty)
    assert due_at("qingpu-water", about, "2026-11-20T10:00", Step.RETURN) == f"2026-11-{day}T18:00:00"


def test_article_9_2_3_a_late_return_is_an_acceptance_and_needs_evidence_and_approval() -> None:
    assert QINGPU.returns is not None
    assert QINGPU.returns.late_is_accepted
    assert [item.id for item in QINGPU.returns.evidence] == ["site", "basis", "suggested_unit", "recording"]
    assert [item.id for item in QINGPU.returns.approvals] == ["unit_leader"]


@pytest.mark.parametrize(
    ("difficulty", "due"),
    [("紧急", "2026-11-23"), ("较为紧急", "2026-11-23"), ("复杂", "2026-11-25"), ("疑难", "2026-12-04")],
)
def test_article_9_3_1_one_three_ten(difficulty: str, due: str) -> None:
    assert due_at("qingpu-water", matter(difficulty=difficulty), "2026-11-20T10:00") == f"{due}T18:00:00"


@pytest.mark.parametrize(
    ("difficulty", "due"), [("紧急", "2026-10-01"), ("复杂", "2026-10-03"), ("疑难", "2026-10-05")]
)
def test_article_9_3_1_one_three_five_natural_days_for_12319(difficulty: str, due: str) -> None:
    about = matter(difficulty=difficulty, source="12319")
    assert due_at("qingpu-water", about, "2026-09-30T10:00") == f"{due}T23:59:59"


def test_article_9_3_1_knows_no_simple_matter() -> None:
    assert "第九条（三）1" in refused("qingpu-water", matter(difficulty="简单"), "2026-11-20T10:00").rule


@pytest.mark.parametrize("days", [15, 30, 60, 90])
def test_article_9_3_2_extensions_of_15_30_60_90_working_days(days: int) -> None:
    plain = ask("qingpu-water", HARD, "2026-01-05T10:00")
    longer = ask("qingpu-water", HARD, "2026-01-05T10:00", Step.HANDLE, Extension(days))
    assert isinstance(plain, Deadline)
    assert isinstance(longer, Deadline)
    between = range(plain.due.toordinal() + 1, longer.due.toordinal() + 1)
    assert sum(DAYS.is_working_day(plain.due.date().fromordinal(day)) for day in between) == days


@pytest.mark.parametrize("days", [1, 5, 10, 20, 45, 120])
def test_article_9_3_2_no_other_length(days: int) -> None:
    found = refused("qingpu-water", HARD, "2026-11-02T10:00", Step.HANDLE, Extension(days))
    assert found.rule == "qingpu-water 第九条（三）2"
    assert "15、30、60、90" in found.why


def test_article_9_3_2_once_only() -> None:
    found = refused("qingpu-water", HARD, "2026-11-02T10:00", Step.HANDLE, Extension(15), Extension(15))
    assert "第2次" in found.why


@pytest.mark.parametrize(
    ("at", "taken"),
    [  # received on Monday the 2nd, ten working days: due on the 16th; the 9th has five left
        ("2026-11-02T10:00", True),
        ("2026-11-06T17:00", True),
        ("2026-11-08T23:00", True),
        ("2026-11-09T00:00", False),
        ("2026-11-16T17:59", False),
        ("2026-11-16T18:01", False),
        ("2026-12-01T10:00", False),
    ],
)
def test_article_9_3_2_none_within_five_working_days_of_expiry(at: str, taken: bool) -> None:
    assert due_at("qingpu-water", HARD, "2026-11-02T10:00") == "2026-11-16T18:00:00"
    found = ask("qingpu-water", HARD, "2026-11-02T10:00", Step.HANDLE, applied(at))
    assert isinstance(found, Deadline) is taken


@pytest.mark.parametrize("source", ["12345", "12319"])
@pytest.mark.parametrize("difficulty", ["紧急", "复杂", "疑难"])
def test_article_9_3_2_only_the_ten_day_class_can_ever_be_extended(source: str, difficulty: str) -> None:
    about = matter(difficulty=difficulty, source=source)
    for received in ("2026-11-02T10:00", "2026-09-30T10:00", "2026-02-13T10:00", "2026-11-21T22:00"):
        found = ask("qingpu-water", about, received, Step.HANDLE, Extension(15))
        assert isinstance(found, Deadline) is (source == "12345" and difficulty == "疑难")


@pytest.mark.parametrize(
    ("approvals", "lacking"),
    [
        ((), "局综合管理科初审、上级热线审核通过"),
        (("section",), "上级热线审核通过"),
        (("section", "upper_hotline"), ""),
    ],
)
def test_article_9_3_2_two_approvals(approvals: tuple[str, ...], lacking: str) -> None:
    found = ask("qingpu-water", HARD, "2026-11-02T10:00", Step.HANDLE, Extension(15, approvals=approvals))
    if lacking:
        assert isinstance(found, Refused)
        assert found.why == f"还缺{lacking}"
    else:
        assert isinstance(found, Deadline)


def test_article_9_3_2_only_the_handling_is_extended() -> None:
    found = refused("qingpu-water", HARD, "2026-11-02T10:00", Step.FIRST_CONTACT, Extension(15))
    assert "只有办理期限" in found.why


def test_article_9_4_ten_fields_of_the_closing_report() -> None:
    assert [item.rule for item in QINGPU.report_fields] == [f"第九条（四）（{n}）" for n in range(1, 11)]


def test_article_10_matters_under_supervision() -> None:
    assert len(QINGPU.supervised_matters) == 5


def test_article_12_urgent_matters_are_reported_to_the_leaders() -> None:
    assert QINGPU.urgent is not None
    assert "分管领导" in QINGPU.urgent.text


def test_article_13_five_complaints_make_a_hard_case() -> None:
    assert QINGPU.repeats is not None
    assert QINGPU.repeats.hard_case_from == 5
    assert {item.id for item in QINGPU.hard_cases} == {"history", "repeated", "many_units"}
