"""The suggested unit and its reasons."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workorder.suggest import Entry, Past, units

LIGHTS = "城市管理/市政/路灯"
CATALOGUE = [
    Entry(LIGHTS, "roads", "大理镇"),
    Entry(LIGHTS, "works"),
    Entry("城市管理", "cityhall"),
    Entry("供水", "water"),
]


def test_the_catalogues_line_for_the_area_comes_before_the_citys_and_the_parents() -> None:
    found = units(LIGHTS, "大理镇", CATALOGUE)
    assert [entry.unit for entry in found] == ["roads", "works", "cityhall"]
    assert "派单目录" in found[0].why[0] and "大理镇" in found[0].why[0]
    assert [entry.unit for entry in units(LIGHTS, "下关", CATALOGUE)] == ["works", "cityhall"]


def test_what_units_did_with_such_orders_before_moves_them_up_or_down_and_is_told() -> None:
    past = [Past(LIGHTS, "下关", "power")] * 30 + [Past(LIGHTS, "下关", "works", returned=True)] * 20
    found = units(LIGHTS, "下关", CATALOGUE, past)
    assert found[0].unit == "power" and found[0].why == ("以往同类30件，办理30件",)
    works = next(entry for entry in found if entry.unit == "works")
    assert works.score < 2 and "退回20件" in works.why[1]


def test_000_article_13_the_accused_unit_is_never_suggested_for_a_report() -> None:
    found = units(LIGHTS, "大理镇", CATALOGUE, accused=frozenset({"roads"}), report=True)
    assert "roads" not in [entry.unit for entry in found]
    complaint = units(LIGHTS, "大理镇", CATALOGUE, accused=frozenset({"roads"}))
    assert complaint[0].unit == "works" and "上级或监督部门" in complaint[-1].why[-1]


def test_a_unit_that_has_given_this_order_back_is_not_suggested_again() -> None:
    assert units("供水", "", CATALOGUE, returned_by=frozenset({"water"})) == ()


def test_nothing_is_suggested_for_what_nobody_knows() -> None:
    assert units("天文", "", CATALOGUE) == units("", "", CATALOGUE) == ()


SUBJECTS = st.sampled_from(["", "a", "a/b", "a/b/c"])
NAMES = st.sampled_from(["u", "v", "w"])
AREAS = st.sampled_from(["", "x", "y"])


@given(
    SUBJECTS,
    AREAS,
    st.lists(st.builds(Entry, SUBJECTS, NAMES, AREAS), max_size=5),
    st.lists(st.builds(Past, SUBJECTS, AREAS, NAMES, st.booleans()), max_size=8),
    st.frozensets(NAMES),
)
def test_every_suggestion_has_a_reason_and_no_barred_unit_is_among_them(
    subject: str, area: str, catalogue: list[Entry], past: list[Past], barred: frozenset[str]
) -> None:
    found = units(subject, area, catalogue, past, accused=barred, report=True)
    assert all(entry.why and entry.score > 0 and entry.unit not in barred for entry in found)
    assert list(found) == sorted(found, key=lambda entry: (-entry.score, entry.unit))
