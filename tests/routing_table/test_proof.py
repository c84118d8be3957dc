"""What the proof finds before a table is published, one mistake at a time in the demo city."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from routing_table import City, Row, Seats, Table
from routing_table.edits import Action, Edit, apply_edits
from routing_table.entities import Entity
from routing_table.proof import Facts, MenuFacts, Severity, prove
from tests.routing_table.city import DEMO, changed
from tests.routing_table.facts import FACTS, SKILLS, TODAY, against, errors, warnings


def edited(action: Action, entity: Entity, key: str, table: Table = DEMO, /, **value: object) -> Table:
    return apply_edits(table, [Edit(action, entity, key, value)])


def with_row(table: Table, **fields: object) -> Table:
    """One more merged hotline whose number is kept."""
    labels = {"name": "热线", "unit": "单位", "merge_mode": "parallel", "seats": "merged"}
    switches = {"number_kept": True, "transfer_mechanism": False, "expert_seat_allowed": False}
    return apply_edits(table, [Edit(Action.ADD, Entity.ROW, "", {**labels, **switches, **fields})])


def test_the_demo_city_has_no_error_and_waits_for_next_years_notice() -> None:
    found = prove(DEMO, FACTS)
    assert found.errors == ()
    assert [(item.code, item.place, item.args) for item in found.warnings] == [
        ("provisional", "notice/2027/year", ("2027", "unit-12328 unit-12348"))
    ]


def test_the_notice_of_next_year_is_not_missed_in_summer() -> None:
    assert prove(DEMO, replace(FACTS, today=date(2026, 7, 1))).warnings == ()


# -- where ways end ------------------------------------------------------------------------------------------------


def test_chains_that_go_round_are_found_at_each_row() -> None:
    table = changed("12315", chain="hotline:12348", table=changed("12348", chain="hotline:12315"))
    found = prove(table, FACTS).errors
    loops = {item.place: item.args[0] for item in found if item.code == "loop"}
    assert loops == {"row/12348/chain": "12348>12315>12348", "row/12315/chain": "12315>12348>12315"}


def test_a_long_circle_is_found_although_a_call_would_not_go_all_the_way() -> None:
    table = DEMO
    numbers = ["12348", "12333", "12329", "12320", "12369", "12318"]
    for number, following in zip(numbers, [*numbers[1:], numbers[0]], strict=True):
        table = changed(number, chain=f"hotline:{following}", table=table)
    found = errors(table)
    assert {place for code, place in found if code == "loop"} == {f"row/{number}/chain" for number in numbers}
    assert ("chain-long", "row/12348/chain") in found


def test_a_chain_of_a_line_only_is_a_dead_end_when_it_is_closed_or_rings_out() -> None:
    assert errors(changed("12348", chain="unit_line")) == {("dead-end", "row/12348/chain")}
    assert errors(changed("12348", chain="unit_line shared_seats")) == set()


def test_a_dead_end_only_at_night_names_the_moment() -> None:
    table = changed("12348", chain="announcement:please-hold unit_line:unit-12348 hotline:12396 shared_seats")
    assert ("chain-gone", "row/12348/chain") in errors(table)


def test_a_chain_to_a_number_that_will_be_cancelled_is_found_before_that_day() -> None:
    table = changed("12396", cut_over="2027-03-01", transition_from="2026-11-01")
    assert errors(table) == set()
    table = changed("12315", chain="hotline:12396 shared_seats", table=table)
    found = [item for item in prove(table, FACTS).errors if item.code == "chain-gone"]
    assert [(item.place, item.args) for item in found] == [("row/12315/chain", ("12396", "2027-03-01T00:00"))]


def test_an_announcement_is_a_deliberate_end_but_not_for_the_main_number() -> None:
    assert errors(changed("12317", chain="announcement:not-in-service")) == set()
    assert ("main-announcement", "row/12345/chain") in errors(changed("12345", chain="announcement:not-in-service"))


def test_an_announcement_behind_people_is_a_warning() -> None:
    table = changed("12317", chain="shared_seats announcement:not-in-service")
    assert warnings(table) == {("behind-person", "row/12317/chain")}


def test_what_stands_behind_the_shared_seats_is_a_warning_but_for_experts() -> None:
    table = changed("12348", chain="shared_seats unit_line shared_seats")
    assert warnings(table) == {("behind-shared", "row/12348/chain")}
    assert warnings(changed("12333", chain="shared_seats expert_seats")) == set()


# -- the world outside ---------------------------------------------------------------------------------------------


def test_a_prompt_without_audio_is_found_where_it_is_named() -> None:
    facts = replace(FACTS, prompts=frozenset(FACTS.prompts or ()) - {"greet-12333", "cancelled"})
    found = errors(DEMO, facts)
    assert ("no-prompt", "row/12333/greeting") in found
    assert ("no-prompt", "row/12396@2021-06-01/cut_over") in found
    assert ("no-prompt", "row/12317/chain") in errors(changed("12317", chain="message shared_seats")) | errors(
        changed("12317", chain="announcement:nobody-said-this")
    )


def test_a_menu_that_is_missing_or_silent_or_asks_for_unknown_skills() -> None:
    assert errors(DEMO, replace(FACTS, menus={})) == {
        ("no-menu", "row/12345/menu_open"),
        ("no-menu", "row/12345/menu_closed"),
    }
    menus = {name: MenuFacts(frozenset({"unheard"}), frozenset({"unlearned"})) for name in FACTS.menus or {}}
    assert {code for code, _ in errors(DEMO, replace(FACTS, menus=menus))} == {"menu-no-prompt", "menu-no-seat"}


def test_a_skill_that_no_seat_has() -> None:
    staffed = {"shared": SKILLS - {"12315"}, "expert": frozenset({"12333", "12329", "12320"})}
    assert errors(DEMO, replace(FACTS, staffed_skills=staffed)) == {("no-seat", "row/12315/skills")}
    nobody: dict[str, frozenset[str]] = {"shared": SKILLS}
    assert errors(DEMO, replace(FACTS, staffed_skills=nobody)) == {
        ("no-seat", f"row/{number}/skills") for number in ("12333", "12329", "12320")
    }


def test_an_endpoint_that_the_pbx_lacks() -> None:
    facts = replace(FACTS, lines=frozenset(FACTS.lines or ()) - {"unit-12348", "emergency-120"})
    assert errors(DEMO, facts) == {("no-endpoint", "row/12348/seats"), ("no-endpoint", "emergency/120/number")}


CLOSED = {"weekly": [""] * 7, "makeup": "", "holiday": ""}


@pytest.mark.parametrize(
    "hours",
    [
        {"weekly": [""] * 5 + ["10:00-11:00", ""]},  # Saturdays
        {"exceptions": [{"day": "2027-03-24", "periods": "10:00-11:00"}]},
        {"overrides": [{"is_open": True, "since": "2027-03-24T10:05", "until": "2027-03-24T10:07"}]},
        {"makeup": "10:00-11:00"},
        {"holiday": "23:00-01:00"},
    ],
)
def test_a_line_that_opens_only_sometimes_is_looked_at_then(hours: dict[str, object]) -> None:
    facts = replace(FACTS, lines=frozenset(FACTS.lines or ()) - {"unit-12348"}, today=date(2026, 9, 4))
    never = edited(Action.CHANGE, Entity.CALENDAR, "unit-12348", **CLOSED)
    assert errors(never, facts) == set()
    sometimes = edited(Action.CHANGE, Entity.CALENDAR, "unit-12348", **{**CLOSED, **hours})
    assert errors(sometimes, facts) == {("no-endpoint", "row/12348/seats")}


def test_a_line_of_next_year_is_looked_at_already() -> None:
    table = edited(Action.CHANGE, Entity.UNIT_LINE, "unit-12348", valid_from="2027-03-01")
    facts = replace(FACTS, lines=frozenset(FACTS.lines or ()) - {"unit-12348"})
    assert errors(table, facts) == {("no-endpoint", "row/12348/seats")}


def test_both_sides_of_a_share_are_looked_at() -> None:
    table = changed("12348", shared_percent=30)
    facts = replace(FACTS, lines=frozenset(FACTS.lines or ()) - {"unit-12348"})
    assert errors(table, facts) == {("no-endpoint", "row/12348/seats")}
    staffed = {"shared": SKILLS, "expert": SKILLS}
    assert warnings(changed("12348", shared_percent=100), replace(FACTS, staffed_skills=staffed)) == {
        ("line-unused", "unit_line/unit-12348/ref")
    }


def test_what_is_not_known_is_not_judged() -> None:
    assert prove(DEMO, Facts(TODAY)).errors == ()


# -- rules ---------------------------------------------------------------------------------------------------------


def test_an_emergency_number_is_there_and_nobody_elses() -> None:
    assert ("emergency-missing", "emergency/119/number") in errors(edited(Action.REMOVE, Entity.EMERGENCY, "119"))
    aliased = changed("12315", aliases="119")
    assert ("emergency-hidden", "row/12315/aliases") in errors(aliased)
    taken = edited(
        Action.ADD, Entity.NEVER_OPENED, "", edited(Action.REMOVE, Entity.EMERGENCY, "122"), number="122", name="x"
    )
    assert ("emergency-hidden", "never_opened/122/number") in errors(taken)


def test_12328_has_no_expert_in_any_way() -> None:
    assert ("never-expert", "row/12328/expert_seat_allowed") in errors(changed("12328", expert_seat_allowed=True))
    assert ("expert-not-allowed", "row/12328/chain") in errors(changed("12328", chain="shared_seats expert_seats"))
    assert ("expert-not-allowed", "row/12328/chain") in errors(changed("12328", chain="hotline:12333 shared_seats"))


def test_a_number_that_was_never_opened_stays_so() -> None:
    opened = edited(Action.REMOVE, Entity.NEVER_OPENED, "12398")
    assert ("never-opened-dropped", "never_opened/12398/number") in warnings(opened, against(DEMO))
    opened = with_row(opened, number="12398", name="能源监管热线")
    assert ("never-opened", "row/12398/number") in errors(opened, against(DEMO))


def test_overlapping_rows_of_one_number_are_an_error_in_a_draft() -> None:
    found = errors(changed("12356@2021-06-01", valid_until="2027-01-01"))
    assert ("overlap", "row/12356@2025-05-01/number") in found
    found = errors(changed("12356@2021-06-01", valid_until=None))
    assert ("unreachable", "row/12356@2025-05-01/valid_from") in found


def test_a_row_that_an_emergency_number_hides_is_unreachable() -> None:
    table = edited(Action.ADD, Entity.EMERGENCY, "", number="12317", name="水上救援", unit="海事局")
    assert ("unreachable", "row/12317/number") in errors(table)


def test_a_number_written_in_a_form_in_which_no_call_arrives() -> None:
    table = with_row(DEMO, number="2312399")
    found = [item for item in prove(table, FACTS).errors if item.code == "unreadable"]
    assert [item.args for item in found] == [("08722312399",)]


def test_dates_out_of_order_are_errors() -> None:
    table = changed("12396", transition_from="2027-03-01", cut_over="2027-02-01")
    assert ("cut-over-order", "row/12396@2021-06-01/cut_over") in errors(table)
    table = changed("12396", rolled_back="2021-06-01")
    assert ("roll-back-order", "row/12396@2021-06-01/rolled_back") in errors(table)


def test_a_line_without_a_calendar_or_with_a_number_of_ours() -> None:
    table = edited(Action.CHANGE, Entity.UNIT_LINE, "unit-12348", calendar="gone")
    assert ("no-calendar", "unit_line/unit-12348/calendar") in errors(table)
    table = edited(Action.CHANGE, Entity.UNIT_LINE, "unit-12348", number="0872-12345")
    assert ("line-leads-back", "unit_line/unit-12348/number") in errors(table)


def test_the_main_number_never_ends() -> None:
    found = errors(changed("12345", valid_until="2027-01-01"))
    assert found == {("main-gap", "row/12345/valid_until"), ("trunk-gap", "trunk/carrier/default")} | {
        ("trunk-gap", "trunk/testphone/default")
    }


# -- warnings ------------------------------------------------------------------------------------------------------


def test_a_gap_between_two_rows_of_a_number() -> None:
    table = changed("12356@2025-05-01", valid_until="2026-12-01")
    assert warnings(table) == {("number-ends", "row/12356@2025-05-01/valid_until")}
    later = {"number": "12356", "name": "心理", "unit": "u", "merge_mode": "parallel", "number_kept": True}
    switches = {"seats": "merged", "transfer_mechanism": False, "expert_seat_allowed": False}
    table = edited(Action.ADD, Entity.ROW, "", table, **later, **switches, valid_from="2027-01-01")
    assert warnings(table) == {("gap", "row/12356@2027-01-01/valid_until")}


def test_a_number_cancelled_without_a_word_before() -> None:
    assert warnings(changed("12396", transition_from=None, cut_over="2027-02-01")) == {
        ("no-transition", "row/12396@2021-06-01/transition_from")
    }
    assert warnings(changed("12396", transition_from=None, cut_over=None)) == {
        ("cancelled-undated", "row/12396@2021-06-01/cut_over")
    }


def test_a_share_without_a_line_and_a_line_that_nobody_rings() -> None:
    assert warnings(changed("12315", shared_percent=20)) == {("share-no-line", "row/12315/shared_percent")}
    assert warnings(changed("12348", shared_calendar="day")) == {("share-nothing", "row/12348/shared_calendar")}
    assert warnings(changed("12348", transfer_mechanism=False)) == {("line-unused", "unit_line/unit-12348/ref")}


def test_an_override_that_was_not_meant_to_last_so_long() -> None:
    item = {"is_open": False, "since": "2026-11-01T00:00", "until": "2027-11-01T00:00"}
    table = edited(Action.CHANGE, Entity.CALENDAR, "unit-12348", overrides=[item])
    assert warnings(table) == {
        ("override-long", "calendar/unit-12348/overrides"),
        ("line-unused", "unit_line/unit-12348/ref"),  # all that time
    }


def test_new_renamed_reused_and_dropped_numbers_need_a_reason() -> None:
    assert warnings(DEMO, against(DEMO)) == set()
    assert warnings(changed("12315", name="改名"), against(DEMO)) == {("renamed", "row/12315/name")}
    assert warnings(changed("12333", seats="merged"), against(DEMO)) == {("changed-use", "row/12333/seats")}
    assert warnings(edited(Action.REMOVE, Entity.ROW, "12317"), against(DEMO)) == {
        ("number-dropped", "row/12317/number")
    }
    smaller = edited(Action.REMOVE, Entity.ROW, "12317")
    assert warnings(DEMO, against(smaller)) == {("new-number", "row/12317/number")}
    table = edited(Action.CHANGE, Entity.EMERGENCY, "110", policy="three_way")
    assert warnings(table, against(DEMO)) == {("emergency-changed", "emergency/110/policy")}


def test_a_reason_for_one_finding_does_not_cover_another() -> None:
    one, other = (prove(changed("12315", name=name), against(DEMO)).warnings[-1] for name in ("改名", "又改名"))
    assert one.code == other.code == "renamed"
    assert one.coded != other.coded
    assert one.severity is Severity.WARNING


def test_all_findings_come_at_once() -> None:
    table = changed("12315", chain="unit_line:nowhere", table=changed("12333", greeting="greet-nobody"))
    table = edited(Action.REMOVE, Entity.EMERGENCY, "119", table)
    assert {code for code, _ in errors(table)} >= {"no-line-ref", "no-prompt", "emergency-missing", "dead-end"}


@pytest.mark.parametrize("area", ["", "872", "x"])
def test_a_table_that_contradicts_itself_is_judged_and_not_thrown_at(area: str) -> None:
    table = replace(DEMO, city=City("市", area), rows=DEMO.rows[1:2] * 2, calendars=())
    found = errors(table)
    assert {"area-code", "no-main", "no-calendar", "overlap"} <= {code for code, _ in found}


def test_ten_thousand_rows_are_proved_in_seconds() -> None:
    hotline = DEMO.rows[-1].hotline
    rows = tuple(
        Row(replace(hotline, number=f"1{n:05}"), True, Seats.MERGED, False, False) for n in range(30_000, 40_000)
    )
    found = prove(replace(DEMO, rows=(*DEMO.rows, *rows)), replace(FACTS, prompts=None, staffed_skills=None))
    assert found.errors == ()
