"""某市（云南）政务服务便民热线归并优化工作方案 (seed 004), part by part."""

from __future__ import annotations

import pytest

from tests.workorder.government import due_at, matter, profile, refused
from workorder.asking import Extension, Override
from workorder.limits import Amount, Unit
from workorder.model import Category
from workorder.profile import Lead, Step

YUNNAN = profile("yunnan-2021")


def test_part_3_2_five_categories_and_what_is_not_accepted() -> None:
    assert YUNNAN.categories == frozenset(Category) - {Category.PRAISE, Category.OTHER}
    assert {"legal_procedure", "petition", "secrets", "against_morals"} <= {item.id for item in YUNNAN.not_accepted}


def test_part_3_3_several_units_work_together() -> None:
    assert YUNNAN.lead is not None
    assert YUNNAN.lead.lead is Lead.OFFICE_NAMES


@pytest.mark.parametrize("category", ["投诉", "举报"])
def test_part_3_4_complaints_and_reports_are_dispatched_at_once(category: str) -> None:
    assert due_at("yunnan-2021", matter(category), "2026-11-21T22:00", Step.DISPATCH) == "2026-11-21T22:00:00"


def test_part_3_4_enforcement_cases_are_dispatched_at_once_whatever_they_are() -> None:
    about = matter("咨询", enforcement=True)
    assert due_at("yunnan-2021", about, "2026-11-21T22:00", Step.DISPATCH) == "2026-11-21T22:00:00"


def test_part_3_4_in_office_hours_dispatched_the_same_day() -> None:
    assert due_at("yunnan-2021", matter("求助"), "2026-11-20T17:59", Step.DISPATCH) == "2026-11-20T18:00:00"


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-20T18:00", "2026-11-23T10:00"),
        ("2026-11-23T05:00", "2026-11-23T10:00"),
        ("2026-10-05T12:00", "2026-10-08T10:00"),
        ("2026-10-09T22:00", "2026-10-10T10:00"),
    ],
)
def test_part_3_4_off_hours_dispatched_by_ten_on_the_next_working_day(at: str, due: str) -> None:
    assert due_at("yunnan-2021", matter("求助"), at, Step.DISPATCH) == f"{due}:00"


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-11-20T09:00", "2026-11-20T11:00"),
        ("2026-11-20T19:00", "2026-11-23T10:30"),
        ("2026-11-21T09:00", "2026-11-23T10:30"),
        ("2026-11-20T06:00", "2026-11-20T10:30"),
    ],
)
def test_part_3_4_signed_for_within_two_hours(at: str, due: str) -> None:
    assert due_at("yunnan-2021", matter("求助"), at, Step.SIGN_FOR) == f"{due}:00"


def test_part_3_4_returned_within_24_hours_of_signing_weekend_or_not() -> None:
    assert [row.from_signing for row in YUNNAN.limits if row.step is Step.RETURN] == [True]
    assert due_at("yunnan-2021", matter("求助"), "2026-11-20T17:00", Step.RETURN) == "2026-11-21T17:00:00"


@pytest.mark.parametrize(
    ("category", "due"), [("咨询", "11-23"), ("求助", "11-25"), ("建议", "11-25"), ("投诉", "12-11"), ("举报", "12-11")]
)
def test_part_3_5_limits_by_category(category: str, due: str) -> None:
    assert due_at("yunnan-2021", matter(category), "2026-11-20T10:00") == f"2026-{due}T18:00:00"


@pytest.mark.parametrize(
    ("category", "days", "due"),
    [("咨询", 1, "2026-11-24"), ("咨询", 2, "2026-11-25"), ("求助", 2, "2026-11-27"), ("建议", 1, "2026-11-26")],
)
def test_part_3_5_inquiries_to_three_help_and_suggestions_to_five(category: str, days: int, due: str) -> None:
    found = due_at("yunnan-2021", matter(category), "2026-11-20T10:00", Step.HANDLE, Extension(days))
    assert found == f"{due}T18:00:00"


@pytest.mark.parametrize(
    ("category", "days"), [("咨询", (3,)), ("咨询", (1, 2)), ("求助", (3,)), ("建议", (1, 1, 1)), ("求助", (10,))]
)
def test_part_3_5_and_never_beyond(category: str, days: tuple[int, ...]) -> None:
    extensions = [Extension(number) for number in days]
    found = refused("yunnan-2021", matter(category), "2026-11-20T10:00", Step.HANDLE, *extensions)
    assert found.rule == "yunnan-2021 三（五）"
    assert "最长" in found.why


@pytest.mark.parametrize("category", ["投诉", "举报"])
def test_part_3_5_complaints_and_reports_twice_by_ten_working_days(category: str) -> None:
    about, ten = matter(category), Extension(10)
    once = due_at("yunnan-2021", about, "2026-03-02T10:00", Step.HANDLE, ten)
    twice = due_at("yunnan-2021", about, "2026-03-02T10:00", Step.HANDLE, ten, ten)
    # fifteen end on 23 March, ten more on 7 April (4 to 6 April are off), ten more on 21 April
    assert (once, twice) == ("2026-04-07T18:00:00", "2026-04-21T18:00:00")
    third = refused("yunnan-2021", about, "2026-03-02T10:00", Step.HANDLE, ten, ten, ten)
    assert "2次为限" in third.why
    assert "只能延长10个工作日" in refused("yunnan-2021", about, "2026-03-02T10:00", Step.HANDLE, Extension(5)).why


def test_part_3_5_the_office_agrees_to_extensions() -> None:
    found = refused("yunnan-2021", matter("投诉"), "2026-03-02T10:00", Step.HANDLE, Extension(10, approvals=()))
    assert found.why == "还缺12345热线管理机构同意"


def test_part_3_5_law_and_the_province_go_before() -> None:
    law = Override(Amount(60, Unit.NATURAL_DAYS), "《信访工作条例》第三十四条")
    assert due_at("yunnan-2021", matter("投诉"), "2026-11-20T10:00", override=law) == "2027-01-19T23:59:59"


def test_part_5_2_systems_that_are_fed() -> None:
    assert {"legal_service", "market", "rural", "tourism", "units"} == {item.id for item in YUNNAN.feeds}


def test_part_6_4_ladder_ranking_and_rates() -> None:
    assert [item.id for item in YUNNAN.supervision] == ["sheet", "joint_meeting", "interview", "bulletin"]
    assert [item.id for item in YUNNAN.not_ranked] == ["mediation", "enforcement"]
    assert [item.id for item in YUNNAN.figures] == ["solved", "satisfaction"]


def test_no_part_limits_the_first_contact() -> None:
    found = refused("yunnan-2021", matter("投诉"), "2026-11-20T10:00", Step.FIRST_CONTACT)
    assert found.rule == "yunnan-2021 first_contact"
