"""Files and snapshots in: a table, or every problem with its place."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from routing_table import (
    DayException,
    EmergencyPolicy,
    Override,
    Period,
    Table,
    TableError,
    from_json,
    load_demo,
    to_json,
    versioned,
)
from tests.routing_table.city import DEMO, TEXTS, edited, moment


def problems(files: dict[str, str]) -> list[str]:
    with pytest.raises(TableError) as caught:
        load_demo(files)
    return [str(problem) for problem in caught.value.problems]


def only_problem(files: dict[str, str]) -> str:
    found = problems(files)
    assert len(found) == 1, found
    return found[0]


def snapshot_problems(text: str) -> list[str]:
    with pytest.raises(TableError) as caught:
        from_json(text)
    return [str(problem) for problem in caught.value.problems]


def line_of(name: str, start: str) -> int:
    return next(n for n, line in enumerate(TEXTS[name].splitlines(), 1) if line.startswith(start))


def test_the_demo_city_loads_and_has_a_version() -> None:
    number, _, digest = DEMO.version.partition("-")
    assert (number, len(digest)) == ("1", 12)


def test_the_version_is_the_contents_and_the_number_is_the_publishers() -> None:
    assert load_demo(TEXTS) == DEMO
    other = load_demo(TEXTS, number=7)
    assert other.version == "7-" + DEMO.version.partition("-")[2]
    changed = load_demo(edited(hotlines_csv=("市残联", "市残疾人联合会")))
    assert changed.version.partition("-")[2] != DEMO.version.partition("-")[2]


def test_a_byte_order_mark_and_windows_lines_do_no_harm() -> None:
    files = {name: "\ufeff" + text.replace("\n", "\r\n") for name, text in TEXTS.items()}
    assert load_demo(files) == DEMO


def test_admins_digits_are_understood() -> None:
    files = edited(hotlines_csv=("\n12315,", "\n１２３１５,"), city_toml=('default = "12345"', 'default = " 12345 "'))
    assert load_demo(files) == DEMO


def test_a_missing_file_is_named() -> None:
    assert problems({"city.toml": TEXTS["city.toml"]}) == ["hotlines.csv: is missing", "calendar.toml: is missing"]


def test_all_problems_are_told_at_once_with_file_line_and_column() -> None:
    files = edited(
        hotlines_csv=("市残联,parallel,yes", "市残联,paralel,maybe"),
        city_toml=(
            'policy = "hand_over"\n\n[[emergency]]\nnumber = "119"',
            'policy = "soon"\n\n[[emergency]]\nnumber = "x"',
        ),
        calendar_toml=('weekdays = "08:00-20:00"', 'weekdays = "8 to 20"'),
    )
    found = "\n".join(problems(files))
    row = line_of("hotlines.csv", "12385")
    assert f"hotlines.csv:{row}/merge_mode: 'paralel': one of main, absorbed" in found
    assert f"hotlines.csv:{row}/number_kept: 'maybe': yes or no" in found
    assert "/emergency.policy: 'soon': one of hand_over, three_way, tell" in found
    assert "/emergency.number: 'x': a telephone number" in found
    assert "calendar.toml:5/calendar.weekly: '8 to 20': periods such as" in found


def test_the_place_of_a_toml_value_is_its_own_line() -> None:
    line = 1 + next(n for n, text in enumerate(TEXTS["city.toml"].splitlines()) if text.startswith('number = "122"'))
    files = edited(city_toml=('number = "122"', 'number = "none"'))
    assert only_problem(files).startswith(f"city.toml:{line}/emergency.number: 'none'")


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "message"),
    [
        ("hotlines.csv", "\n12385,", "\n12315,", "/number", "12315 also means"),
        ("hotlines.csv", "0872-2312315", "12345", "/aliases", "12345 also means"),
        ("hotlines.csv", "0872-2312315", "nobody", "/aliases", "a telephone number"),
        ("hotlines.csv", "2021-06-01,2025-05-01,", "2021-06-01,2025-05-02,", "/number", "12356 also means"),
        ("hotlines.csv", "12345-day,12345-night,day", "12345-day,12345-night,noon", "/menu_calendar", "no calendar"),
        ("hotlines.csv", "12345-day", "../../etc/passwd", "/menu_open", "an id of lower-case letters"),
        ("hotlines.csv", "greet-12356-planning", "a|b&c", "/greeting", "an id of lower-case letters"),
        ("hotlines.csv", "number,name", "nummer,name", "/nummer", "unknown field"),
        ("city.toml", '"0872"', '"872"', "/city.area_code", "leading 0"),
        ("city.toml", 'hotline = "12328"', 'hotline = "12327"', "/unit_line.hotline", "no hotline 12327"),
        ("city.toml", 'calendar = "unit-12328"', 'calendar = "never"', "/unit_line.calendar", "no calendar 'never'"),
        ("city.toml", 'ref = "unit-12328"', 'ref = "PJSIP/x,1)"', "/unit_line.ref", "an id of"),
        ("city.toml", 'name = "testphone"', 'name = "carrier"', "/trunk.name", "carrier is there twice"),
        ("city.toml", 'number = "12398"', 'number = "110"', "/never_opened.number", "in the table already"),
        ("city.toml", 'number = "12398"', 'number = "12315"', "/never_opened.number", "in the table already"),
        ("city.toml", "[[trunk]]", "[[trunks]]", "city.toml/trunks", "known here"),
        ("city.toml", "[[trunk]]", "[[trunk", "city.toml", "line"),
        ("calendar.toml", '"2026-01-04"', '"2026-01-05"', "/notice.worked", "a weekend day that is not off"),
        ("calendar.toml", '"2026-01-04"', '"2027-01-03"', "/notice.worked", "days of 2026"),
        ("calendar.toml", '"2026-01-04"', '"2026-02-30"', "/notice.worked", "no such day"),
    ],
)
def test_a_contradiction_is_refused_where_it_is_written(
    file: str, old: str, new: str, place: str, message: str
) -> None:
    files = dict(TEXTS)
    assert old in files[file]
    files[file] = files[file].replace(old, new)
    found = problems(files)
    assert any(place in text and message in text and text.startswith(file.partition("/")[0]) for text in found), found


def test_the_main_number_must_have_a_row() -> None:
    assert "no row for the main number" in "\n".join(problems(edited(city_toml=('main = "12345"', 'main = "12399"'))))


def test_12328_may_not_be_given_an_expert_seat_by_the_back_door() -> None:
    header = TEXTS["hotlines.csv"].splitlines()[0]
    lines = [
        line + ("," + ("expert_direct" if line == header else "yes" if line.startswith("12328") else ""))
        for line in TEXTS["hotlines.csv"].splitlines()
    ]
    found = only_problem({**TEXTS, "hotlines.csv": "\n".join(lines)})
    assert found.endswith("/expert_direct: an expert seat is not allowed for this hotline")


def test_a_row_with_too_many_cells_is_told_with_its_line() -> None:
    text = TEXTS["hotlines.csv"].rstrip("\n") + ",one,more\n"
    assert f"hotlines.csv:{len(text.splitlines())}: " in only_problem({**TEXTS, "hotlines.csv": text})


def test_an_override_without_an_end_is_refused() -> None:
    text = TEXTS["calendar.toml"].replace(
        'name = "unit-12328"', 'name = "unit-12328"\noverrides = [{ is_open = true, since = 2026-11-20T09:00:00 }]'
    )
    assert "overrides.until: is required" in only_problem({**TEXTS, "calendar.toml": text})


def test_calendars_with_everything_in_them_load() -> None:
    text = TEXTS["calendar.toml"].replace(
        'name = "unit-12328"',
        'name = "unit-12328"\n'
        "overrides = [{ is_open = true, since = 2026-11-20T09:00:00, until = 2026-11-20T21:00:00 }]\n"
        'exceptions = [{ day = 2026-11-23, periods = "" }, { day = 2026-11-24, periods = "22:00-06:00" }]\n'
        'sat = "all"',
    )
    calendar = load_demo({**TEXTS, "calendar.toml": text}).calendar_named["unit-12328"]
    assert calendar.exceptions[1] == DayException(date(2026, 11, 24), (Period(22 * 60, 30 * 60),))
    assert calendar.overrides == (Override(True, moment("2026-11-20T09:00"), moment("2026-11-20T21:00")),)
    assert calendar.weekly[5] == (Period(0, 1440),)
    assert calendar.makeup == calendar.weekly[0]


# -- the published snapshot --------------------------------------------------------------------------------------


def full_table() -> Table:
    """The demo city with every kind of thing in it that a table can hold."""
    calendar = replace(
        DEMO.calendars[1],
        holiday=(Period(0, 1440),),
        exceptions=(
            DayException(date(2026, 11, 23), (), "盘点"),
            DayException(date(2026, 11, 24), (Period(1320, 1800),)),
        ),
        overrides=(Override(False, moment("2026-11-20T09:00"), moment("2026-11-20T21:00"), "停电"),),
    )
    emergencies = tuple(replace(item, policy=EmergencyPolicy.THREE_WAY) for item in DEMO.emergencies)
    calendars = (DEMO.calendars[0], calendar, *DEMO.calendars[2:])
    return versioned(replace(DEMO, calendars=calendars, emergencies=emergencies), 3)


@pytest.mark.parametrize("table", [DEMO, full_table()], ids=["demo", "full"])
def test_a_snapshot_reads_back_to_an_equal_table(table: Table) -> None:
    text = to_json(table)
    again = from_json(text)
    assert again == table
    assert to_json(again) == text


def test_a_snapshot_cut_anywhere_is_refused() -> None:
    text = to_json(DEMO)
    for length in range(0, len(text) - 2, 97):
        assert snapshot_problems(text[:length])


def test_a_snapshot_altered_by_hand_is_refused() -> None:
    text = to_json(DEMO).replace("市残联", "别的单位")
    assert "does not fit the content" in snapshot_problems(text)[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '"' + "x" * 100,
        "[" * 100_000,
        '{"format": 1}',
        '{"format": true, "version": "1-000000000000", "content": {"city": {}}}',
        '{"format": 1, "version": "1-000000000000", "content": {"city": {}}}',
        '{"format": 1, "version": "1-000000000000", "content": {"city": {}, "hotlines": 7, "hack": []}}',
        '{"format": 1, "version": "1-000000000000", "content": {"city": {}, "hotlines": [null, 7, {}]}}',
        '{"format": 1, "version": "1-000000000000", "content": {"city": {}, "calendars": [{"weekly": [1,2,3]}]}}',
        '{"format": 1, "version": "1-000000000000", "content": {"city": {}, "notices": [{"year": 1e400}]}}',
        '{"format": 1, "version": ["1"], "content": {"city": {"name": "\\ud800", "area_code": "0872"}}}',
        '{"format": 1, "version": 1, "content": ' + "9" * 5000 + "}",
    ],
)
def test_a_hostile_snapshot_is_a_table_error_and_nothing_else(text: str) -> None:
    assert snapshot_problems(text)


GARBAGE: tuple[object, ...] = (None, 7, -1, 1e300, "\x00", "x" * 5000, [], [[]], {}, [{}], "\ud800")


def test_every_field_of_a_snapshot_may_be_garbage() -> None:
    good = json.loads(to_json(full_table()))
    for section, value in good["content"].items():
        records = value if isinstance(value, list) else [value]
        for name in records[0]:
            for garbage in GARBAGE:
                if garbage == records[0][name]:
                    continue
                bad = json.loads(to_json(full_table()))
                changed = bad["content"][section]
                (changed[0] if isinstance(changed, list) else changed)[name] = garbage
                try:
                    table = from_json(json.dumps(bad))
                except TableError as error:
                    assert error.problems
                else:
                    assert table == full_table(), (section, name, garbage)  # None for a field that had its default


def test_a_snapshot_of_another_format_is_refused() -> None:
    assert snapshot_problems(to_json(DEMO).replace('"format": 1', '"format": 2')) == ["format: must be 1"]
