"""Cutting and parsing the journal: real files, hostile names, torn lines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.journal import JournalError, cut_records, parse_record
from gateway.journal.cel import COLUMNS, RECORD_MAX
from tests.journal.samples import NAMES, events, raw


def line(*, name: str = "Wang", event: str = "CHAN_START", linkedid: str = "hl1-1.0", extra: str = "") -> bytes:
    """A line as Asterisk writes it: each column quoted, quotes doubled."""
    values = dict.fromkeys(COLUMNS, "")
    values |= {"eventtype": event, "eventtime": "1795296911.893836", "linkedid": linkedid, "uniqueid": linkedid}
    values |= {"channame": "PJSIP/carrier-00000000", "cid_num": "13800000000", "cid_name": name, "extra": extra}
    if event.startswith("hl."):
        values["userdeftype"] = event
    return (",".join('"' + value.replace('"', '""') + '"' for value in values.values()) + "\n").encode()


@pytest.mark.parametrize("name", NAMES)
def test_every_line_of_a_real_journal_is_an_event(name: str) -> None:
    found = events(name)
    assert len(found) == raw(name).count(b"\n")
    assert {event.linkedid for event in found} == {found[0].linkedid}
    assert found[0].event == "CHAN_START" and found[-1].event == "LINKEDID_END"


def test_a_user_event_has_its_fields_and_an_exact_time() -> None:
    route = next(event for event in events("answered") if event.event == "hl.route")
    assert route.field("name") == "政务服务便民热线"
    assert route.at == datetime.fromtimestamp(1795296960, UTC).replace(microsecond=107622)
    assert route.field("absent") == ""


def test_a_name_that_imitates_a_record_stays_a_name() -> None:
    found = events("hostile_name")
    assert "CHAN_START" in found[0].text("cid_name")
    assert {event.text("cid_num") for event in found if event.text("cid_num")} == {"13800000000"}


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=80))
def test_no_name_makes_or_breaks_a_record(name: str) -> None:
    data = line(name=name) + line(event="ANSWER")
    cut = cut_records(data)
    assert cut.consumed == len(data)
    first, second = (parse_record(record, "f", offset) for offset, record in cut.records)
    assert first.text("cid_name") == name and second.event == "ANSWER"


def test_a_forged_record_after_a_line_break_in_a_name_stays_a_name() -> None:
    forged = "x\n" + line(linkedid="forged").decode()
    [only] = [parse_record(record, "f", offset) for offset, record in cut_records(line(name=forged)).records]
    assert only.linkedid == "hl1-1.0" and only.text("cid_name") == forged


@pytest.mark.parametrize("name", ["answered", "hostile_name"])
def test_cutting_at_every_byte_gives_the_same_records(name: str) -> None:
    data = raw(name)
    whole = cut_records(data)
    for at in range(len(data)):
        first = cut_records(data[:at])
        rest = cut_records(data[first.consumed :])
        joined = first.records + tuple((offset + first.consumed, record) for offset, record in rest.records)
        assert joined == whole.records


@given(st.lists(st.integers(0, 400), max_size=6), st.integers(1, 300))
def test_torn_lines_cut_alike_however_they_arrive(cuts: list[int], torn_at: int) -> None:
    data = line(name='a "b"\nc') + line()[:torn_at] + b"\n" + line(event="ANSWER") + line(event="HANGUP")
    found, position = [], 0
    for end in [*sorted(cuts), len(data)]:
        cut = cut_records(data[position:end])
        found += [(position + offset, record) for offset, record in cut.records]
        position += cut.consumed
    assert tuple(found) == cut_records(data).records


def test_a_line_without_its_end_waits() -> None:
    whole = line()
    assert cut_records(whole[:-1]).records == () and cut_records(whole[:-1]).consumed == 0


@pytest.mark.parametrize("torn_at", range(1, len(line()) - 1, 7))
def test_a_torn_line_costs_only_itself(torn_at: int) -> None:
    cut = cut_records(line()[:torn_at] + b"\n" + line(event="ANSWER") + line(event="HANGUP"))
    kept = []
    for offset, record in cut.records:
        try:
            kept.append(parse_record(record, "f", offset).event)
        except JournalError:
            continue
    assert kept == ["ANSWER", "HANGUP"]


@pytest.mark.parametrize("torn_at", range(1, len(line()) - 1, 7))
def test_a_record_glued_to_a_torn_one_is_found(torn_at: int) -> None:
    data = line()[:torn_at] + line(event="ANSWER", linkedid="hl1-2.0") + line(event="HANGUP")
    found = []
    for offset, record in cut_records(data).records:
        found.append(parse_record(record, "f", offset))
    assert [(event.event, event.linkedid) for event in found] == [("ANSWER", "hl1-2.0"), ("HANGUP", "hl1-1.0")]


def test_a_quote_that_never_closes_is_given_up() -> None:
    data = b'"' + b"x\n" * RECORD_MAX
    assert cut_records(data).consumed > RECORD_MAX


def test_what_no_database_can_hold_is_replaced() -> None:
    event = parse_record(line(name="a\x00b").replace(b"Wang", b"\xff"), "f", 0)
    assert event.text("cid_name") == "a�b"
    extra = parse_record(line(event="hl.menu", extra='{"extra":"choice=%00%FF&x=1"}'), "f", 0)
    assert extra.field("choice") == "��" and extra.field("x") == "1"


@pytest.mark.parametrize("record", [b"\n", b"rubbish\n", b'"A","1.2"\n', line().replace(b"hl1-1.0", b""), b'"a\n'])
def test_rubbish_is_refused_without_quoting_it(record: bytes) -> None:
    with pytest.raises(JournalError, match="offset 7$"):
        parse_record(record, "f", 7)


def test_a_record_that_asterisk_cut_keeps_what_is_there() -> None:
    route = next(event for event in events("cut_route") if event.event == "hl.route")
    assert (route.field("hotline"), route.field("steps")) == ("12345", "shared_seats:all")
    assert route.field("reasons") == ""  # the cut went through it


def test_a_torn_record_is_not_taken_for_a_cut_one() -> None:
    with pytest.raises(JournalError):
        parse_record(line()[:-40], "f", 0)


def test_broken_extra_is_an_event_without_it() -> None:
    assert parse_record(line(event="HANGUP", extra='{"hangup'), "f", 0).extra_of("hangupcause") == ""
