"""`people.json`: read with every error at once, written the same again; a wrong one takes nothing away."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import routing_table
from gateway.config import CHECKOUT
from gateway.people.demo import demo_people
from gateway.people.document import (
    NOBODY,
    People,
    ResultCode,
    WrapRule,
    WrapUp,
    people_json,
    people_text,
    read_people,
    with_version,
)
from gateway.people.proof import House, look_over
from gateway.published import load_snapshot
from transfer.reading import ReadError

MENUS = CHECKOUT / "ivr" / "menus"
CITY = demo_people({"901", "902"})
FULL = with_version(replace(CITY, wrap_up=WrapUp(15.0, False, {"12345": WrapRule(0.0, True), "legal": WrapRule(60.0)})))


def test_a_document_reads_back_as_it_was_written() -> None:
    assert read_people(people_text(FULL)) == FULL
    assert read_people("{}") == NOBODY


def test_the_version_changes_when_and_only_when_the_content_does() -> None:
    assert with_version(FULL).version == FULL.version != with_version(CITY).version
    assert with_version(replace(FULL, results=())).version != FULL.version


def test_the_wrap_up_of_the_first_skill_named_counts_else_the_default() -> None:
    assert FULL.wrap_up.rule(("general", "legal", "12345"), 20.0) == WrapRule(60.0)
    assert FULL.wrap_up.rule(("general",), 20.0) == WrapRule(15.0)
    assert WrapUp(must_close=True).rule((), 20.0) == WrapRule(20.0, True)


def test_every_wrong_place_is_told_at_once() -> None:
    wrong = people_json(FULL) | {
        "color": 1,
        "results": [{"code": "A B", "text": ""}, {"code": "x", "text": "好", "settled": 1}],
    }
    wrong["wrap_up"] = {"default_s": -1, "skills": {"a b": {"seconds": 1}, "ok": {"seconds": 9999}}}
    with pytest.raises(ReadError) as caught:
        read_people(json.dumps(wrong))
    assert {one.place for one in caught.value.problems} == {
        "color",
        "results.0.code",
        "results.0.text",
        "results.1.settled",
        "wrap_up.default_s",
        "wrap_up.skills.a b",
        "wrap_up.skills.ok.seconds",
    }


def test_the_demo_names_only_seats_that_are_there() -> None:
    assert demo_people(()).roster.hotlines == {}
    assert set(CITY.roster.hotlines) == {"12333", "12348", "12329", "12320"}
    house = House({"901", "902"}, {"901", "902"}, {"12348"}, {"carrier"}, {"12333", "12348", "12329", "12320"})
    assert look_over(CITY, house) == ()


def test_what_the_document_names_and_the_house_has_not_is_told_with_its_place() -> None:
    found = look_over(CITY, House({"901", "902"}, {"901"}, (), (), {"12333", "12329", "12320"}))
    places = {one.place: one.message for one in found}
    assert "没有这条热线" in places["roster.12348"] and "直通线路" in places["roster.12348.3"]
    assert "不是专家座席" in places["roster.12333.2"] and "中继" in places["outside.rules.0"]


def test_a_wrap_up_that_no_code_can_end_and_a_skill_that_nobody_has_are_told() -> None:
    everything = ({"901", "902"}, {"901", "902"}, {"12348"}, {"carrier"}, CITY.roster.hotlines)
    found = look_over(replace(FULL, results=()), House(*everything, skills={"legal"}))
    assert [(one.place, one.message[:6]) for one in found] == [
        ("wrap_up.must_close", "还没有办理结"),
        ("wrap_up.skills.12345", "没有坐席具备"),
    ]
    assert look_over(FULL, House(*everything)) == ()


@pytest.mark.parametrize("text", ["{", "[]", json.dumps({"roster": {"12333": [{}]}})])
def test_a_wrong_file_leaves_the_people_in_force_and_stops_no_call(tmp_path: Path, text: str) -> None:
    published = _published(tmp_path)
    (published / "people.json").write_text(people_text(FULL), "utf-8")
    first = load_snapshot(published, MENUS, tmp_path)
    assert first.people == FULL
    (published / "people.json").write_text(text, "utf-8")
    assert load_snapshot(published, MENUS, tmp_path, first.people).people == FULL
    assert load_snapshot(published, MENUS, tmp_path).people == NOBODY  # at a start: nobody, but the gateway serves


def test_a_city_without_a_file_has_nobody_to_ask(tmp_path: Path) -> None:
    people = load_snapshot(_published(tmp_path), MENUS, tmp_path).people
    assert people == NOBODY == People() and people.policy.rules == ()


def _published(folder: Path) -> Path:
    published = folder / "published"
    published.mkdir()
    demo = CHECKOUT / "routing_table" / "demo"
    table = routing_table.load_demo({name: (demo / name).read_text("utf-8") for name in routing_table.FILES})
    (published / "table.json").write_text(routing_table.to_json(table), "utf-8")
    (published / "seats.json").write_text('{"version": "1", "seats": []}', "utf-8")
    return published


def test_codes_without_a_word_on_settling_leave_it_to_the_seat() -> None:
    assert read_people('{"results": [{"code": "void", "text": "误拨", "settled": null}]}').results == (
        ResultCode("void", "误拨", None),
    )
