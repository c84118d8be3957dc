"""Which hotline is called: the trust order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing_table import Mode, NotRouted, Trunk
from tests.routing_table.city import DEMO, ask, codes, path, route

STRANGE = "08729999999"  # a number that the table does not know
OWN_TRUNK = replace(DEMO, trunks=(*DEMO.trunks, Trunk("leased-12315", believe_diversion=True, number="12315")))


def test_a_merged_hotlines_own_number_beats_everything() -> None:
    assert route("12318", diversions=("12333",), trunk="leased-12315", table=OWN_TRUNK).number == "12318"


def test_the_trunks_own_setting_beats_diversion() -> None:
    found = route(STRANGE, diversions=("12333",), trunk="leased-12315", table=OWN_TRUNK)
    assert (found.number, codes(found)[1]) == ("12315", "trunk-number")


def test_a_leased_trunk_stays_its_hotlines_even_when_the_main_number_is_dialled_on_it() -> None:
    assert route("12345", trunk="leased-12315", table=OWN_TRUNK).number == "12315"


def test_the_original_diversion_is_the_last_and_beats_the_first() -> None:
    found = route(STRANGE, diversions=("12333", "12369", "12318"))
    assert (found.number, codes(found)[:2]) == ("12318", ["unknown", "diversion-original"])


def test_the_first_diversion_counts_when_the_original_is_unknown() -> None:
    found = route(STRANGE, diversions=("12333", "12369", "08720000000"))
    assert (found.number, codes(found)[1]) == ("12333", "diversion-first")


def test_the_trunks_default_comes_last() -> None:
    found = route(STRANGE)
    assert (found.number, codes(found)[:2]) == ("12345", ["unknown", "default"])


def test_an_unknown_number_without_any_hint_is_not_routed() -> None:
    for trunk in (None, "stranger"):
        found = ask(STRANGE, trunk=trunk)
        assert isinstance(found, NotRouted)
        assert (found.number, found.mode) == (STRANGE, None)
        assert STRANGE in found.reason


@pytest.mark.parametrize("trunk", [None, "stranger", "testphone"])
def test_diversion_is_believed_only_from_trusted_trunks(trunk: str | None) -> None:
    found = ask(STRANGE, diversions=("12315",), trunk=trunk)
    assert "diversion-distrusted" in codes(found)
    assert isinstance(found, NotRouted) or found.number == "12345"


def test_a_forwarded_hotline_keeps_its_name_although_the_main_number_was_reached() -> None:
    for dialled in ("12345", "0872-2312345"):
        found = route(dialled, diversions=("<sip:087212315@host>;reason=unconditional",))
        assert (found.number, codes(found)[0]) == ("12315", "diversion-main")


def test_who_reached_the_main_number_is_never_told_to_dial_it() -> None:
    found = route("12345", diversions=("12396",))
    assert (found.number, found.mode, codes(found)[0]) == ("12345", Mode.MERGED, "diversion-cancelled")


def test_a_diversion_never_closes_the_main_number() -> None:
    found = route("12345", diversions=("12398",))
    assert (found.number, codes(found)[0]) == ("12345", "diversion-never-opened")


def test_a_call_that_110_hands_to_us_never_goes_back_to_110() -> None:
    found = route("12345", diversions=("110",))
    assert (found.number, codes(found)[0]) == ("12345", "diversion-emergency")
    assert "emergency" not in path(found)


@pytest.mark.parametrize(
    ("dialled", "number"), [("0872-2312345", "12345"), ("2312315", "12315"), ("+868722312315", "12315")]
)
def test_ordinary_numbers_are_bound_as_aliases(dialled: str, number: str) -> None:
    found = route(dialled, trunk=None)
    assert (found.number, codes(found)[0]) == (number, "alias")


def test_unreadable_diversions_are_named_and_do_no_harm() -> None:
    found = route(STRANGE, diversions=("<sip:", "\x00", "12315"))
    assert (found.number, codes(found)[1]) == ("12315", "diversion-unreadable")


def test_an_unreadable_number_reaches_the_default() -> None:
    found = route("${EVIL}")
    assert (found.number, codes(found)[0]) == ("12345", "unreadable")


def test_another_citys_12345_is_not_ours() -> None:
    assert isinstance(ask("087112345", trunk=None), NotRouted)


def test_the_unit_is_not_rung_again_when_its_phones_did_not_answer() -> None:
    for reason in ("no-answer", "user-busy", "unavailable"):
        found = route("12345", diversions=(f"<sip:12348@host>;reason={reason}",))
        assert path(found) == ["prompt:greet-12348", "shared_seats:shared"]
        assert "line-came-back" in codes(found)


def test_an_unconditional_forwarding_still_rings_the_unit_once() -> None:
    once = "<sip:12348@host>;reason=unconditional"
    assert "unit_line:unit-12348" in path(route("12345", diversions=(once,)))
    assert "unit_line:unit-12348" not in path(route("12345", diversions=(once, once)))


def test_a_call_from_the_units_own_line_does_not_go_back_to_it() -> None:
    lines = tuple(replace(line, number="08722128800") for line in DEMO.unit_lines if line.hotline == "12348")
    table = replace(DEMO, unit_lines=lines)
    found = route("12348", diversions=("<sip:2128800@host>",), table=table)
    assert path(found) == ["prompt:greet-12348", "shared_seats:shared"]
