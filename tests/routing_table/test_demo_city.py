"""Every number of the demo city, at several dates, against the list in the annex (source 004)."""

from __future__ import annotations

import pytest

from routing_table import (
    PRIORITY_EMERGENCY,
    PRIORITY_NORMAL,
    PRIORITY_RAISED,
    MergeMode,
    Mode,
    NotRouted,
    Seats,
    StepKind,
)
from tests.routing_table.city import DEMO, NIGHT, OFFICE_HOURS, ask, codes, path, route

ABSORBED = [
    "12396",
    "12349",
    "12336",
    "12319",
    "12316",
    "12312",
    "12301",
    "96301",
    "12356",
    "12350",
    "12330",
    "12331",
    "12358",
    "12365",
    "12393",
    "12300",
    "12322",
    "96119",
]
MERGED = ["12369", "12318", "12315", "12317", "12385"]
WITH_LINE = ["12348", "12328"]
EXPERT = ["12333", "12329", "12320"]


def test_the_city_has_the_28_hotlines_of_the_annex() -> None:
    numbers = {row.number for row in DEMO.rows} - {"12345"}
    assert numbers == {*ABSORBED, *MERGED, *WITH_LINE, *EXPERT}
    assert len(numbers) == 28


@pytest.mark.parametrize("number", ABSORBED)
def test_an_absorbed_hotline_has_its_transition_prompt_until_the_cut_over(number: str) -> None:
    for day in ("2021-06-01T00:00", "2021-08-31T12:00", "2021-11-30T23:59"):
        found = route(number, day)
        greeting = "greet-12356-planning" if number == "12356" else f"greet-{number}"
        assert (found.number, found.mode, found.greeting) == (number, Mode.TRANSITION, greeting)
        assert path(found) == ["prompt:transition", f"prompt:{greeting}", "shared_seats:shared"]
        assert found.hotline.merge_mode is MergeMode.ABSORBED


@pytest.mark.parametrize("number", ABSORBED)
def test_an_absorbed_hotline_is_cancelled_from_the_cut_over(number: str) -> None:
    for day in ("2021-12-01T00:00", "2025-04-30T23:59"):
        found = route(number, day)
        assert (found.mode, found.greeting) == (Mode.CANCELLED, "cancelled")
        assert path(found) == ["announcement:cancelled", "hangup:cancelled"]


@pytest.mark.parametrize("number", sorted(set(ABSORBED) - {"12356"}))
def test_an_absorbed_hotline_stays_cancelled(number: str) -> None:
    assert route(number).mode is Mode.CANCELLED


@pytest.mark.parametrize("number", ABSORBED)
def test_before_the_reform_an_absorbed_number_is_not_known_and_the_trunks_default_answers(number: str) -> None:
    found = route(number, "2021-05-31T23:59")
    assert (found.number, codes(found)[:2]) == ("12345", ["not-valid", "default"])
    assert isinstance(ask(number, "2021-05-31T23:59", trunk=None), NotRouted)


def test_12356_is_the_psychological_aid_line_since_may_2025() -> None:
    old, new = route("12356", "2025-04-30T23:59"), route("12356", "2025-05-01T00:00")
    assert old.hotline.name == "人口和计划生育法律法规咨询及举报投诉服务专用电话"
    assert (new.hotline.name, new.hotline.unit) == ("心理援助热线", "市卫生健康委")
    assert (new.mode, new.skills, new.priority) == (Mode.MERGED, ("12356",), PRIORITY_RAISED)
    assert path(new) == ["prompt:greet-12356", "shared_seats:shared"]
    assert new.steps[-1].priority == PRIORITY_RAISED


@pytest.mark.parametrize("number", MERGED)
@pytest.mark.parametrize("at", [OFFICE_HOURS, NIGHT, "2026-10-01T12:00", "2021-01-01T00:00"])
def test_a_merged_hotline_greets_in_its_own_name_and_skips_the_menu(number: str, at: str) -> None:
    found = route(number, at)
    assert (found.mode, found.greeting, found.skills) == (Mode.MERGED, f"greet-{number}", (number,))
    assert path(found) == [f"prompt:greet-{number}", "shared_seats:shared"]
    assert found.steps[-1].skills == (number,)
    assert found.priority == PRIORITY_NORMAL


@pytest.mark.parametrize("number", WITH_LINE)
def test_a_unit_with_seats_is_rung_first_and_shared_seats_stand_behind(number: str) -> None:
    for at in (OFFICE_HOURS, "2026-10-10T10:00"):
        found = route(number, at)
        assert found.mode is Mode.TRANSFER
        assert path(found) == [f"prompt:greet-{number}", f"unit_line:unit-{number}", "shared_seats:shared"]


@pytest.mark.parametrize("number", WITH_LINE)
@pytest.mark.parametrize(
    ("at", "why"),
    [(NIGHT, "weekend"), ("2026-10-01T10:00", "holiday"), ("2026-11-20T13:00", "off-hours")],
)
def test_a_closed_unit_is_answered_by_shared_seats_with_the_reason(number: str, at: str, why: str) -> None:
    found = route(number, at)
    assert found.mode is Mode.TRANSFER
    assert path(found) == [f"prompt:greet-{number}", "shared_seats:shared"]
    assert any(reason.code == "line-closed" and reason.args == (f"unit-{number}", why) for reason in found.why)
    assert any(why in text for text in found.reasons)


@pytest.mark.parametrize("number", EXPERT)
@pytest.mark.parametrize("at", [OFFICE_HOURS, NIGHT])
def test_a_hotline_whose_unit_has_no_seats_has_experts_behind_the_shared_seats(number: str, at: str) -> None:
    found = route(number, at)
    assert (found.mode, found.skills) == (Mode.EXPERT, (number,))
    assert path(found) == [f"prompt:greet-{number}", "shared_seats:shared", "expert_seats:expert"]
    assert found.steps[-1].skills == (number,)


@pytest.mark.parametrize(
    ("at", "menu"),
    [
        ("2026-11-20T08:00", "12345-day"),
        ("2026-11-20T19:59", "12345-day"),
        ("2026-11-22T10:00", "12345-day"),
        ("2026-10-01T10:00", "12345-day"),
        ("2026-11-20T20:00", "12345-night"),
        ("2026-11-20T07:59", "12345-night"),
        ("2031-07-01T03:00", "12345-night"),
    ],
)
def test_12345_has_a_menu_by_day_and_another_by_night(at: str, menu: str) -> None:
    found = route("12345", at)
    assert (found.mode, found.greeting, found.skills) == (Mode.MERGED, "greet-12345", ("general",))
    assert path(found) == ["prompt:greet-12345", f"menu:{menu}", "shared_seats:shared"]
    assert found.hotline.merge_mode is MergeMode.MAIN


@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
@pytest.mark.parametrize("form", ["{}", "0872{}", "+86872{}"])
@pytest.mark.parametrize("at", [OFFICE_HOURS, NIGHT, "2021-01-01T00:00"])
def test_an_emergency_is_handed_over_at_once_and_a_seat_stands_behind(number: str, form: str, at: str) -> None:
    found = route(form.format(number), at, diversions=("12315",))
    assert (found.number, found.mode, found.greeting) == (number, Mode.EMERGENCY, "")
    assert path(found) == [f"emergency:emergency-{number}", "shared_seats:shared"]
    assert found.steps[-1].priority == found.priority == PRIORITY_EMERGENCY > PRIORITY_RAISED


@pytest.mark.parametrize("trunk", ["carrier", "testphone", None])
def test_a_number_never_opened_is_not_routed_even_where_there_is_a_default(trunk: str | None) -> None:
    found = ask("12398", trunk=trunk)
    assert isinstance(found, NotRouted)
    assert found.mode is Mode.NEVER_OPENED
    assert "must not be opened" in found.reason


@pytest.mark.parametrize("row", DEMO.rows, ids=lambda row: f"{row.number}-{row.valid_until or 'now'}")
def test_the_switches_are_those_of_the_annex(row: object) -> None:
    found = next(candidate for candidate in DEMO.rows if candidate == row)
    kept = found.number in {"12345", *MERGED, *WITH_LINE, *EXPERT} or found.hotline.name == "心理援助热线"
    assert found.number_kept is kept
    assert (found.seats is Seats.KEPT_BY_UNIT) is (found.number in {*WITH_LINE, *EXPERT})
    assert found.transfer_mechanism is (found.number in {*WITH_LINE, *EXPERT})
    assert found.expert_seat_allowed is (found.number in {"12348", *EXPERT})  # never 12328


def test_every_step_of_the_city_has_a_reference_that_can_be_a_file_or_an_endpoint() -> None:
    for row in DEMO.rows:
        for step in route(row.number).steps:
            assert step.ref
            assert step.ref.replace("-", "").isalnum()
            assert step.kind in StepKind
