"""Quoting and reading of the AGI wire, against Asterisk's own rule for taking a line apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agi_scripts.journal import MAX_EVENT_BYTES, event_argument
from agi_scripts.wire import (
    MAX_COMMAND_BYTES,
    Answer,
    AnswerReader,
    QuotingError,
    WireError,
    application_arguments,
    command,
    mask,
    parse_headers,
    quote,
)

SENDABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=60)


def as_asterisk_splits(line: str) -> list[str]:
    """What `parse_args` of res_agi.c makes of a line: quotes toggle, a backslash makes the next character plain."""
    words: list[str] = []
    quoted = escaped = False
    in_word = False
    for letter in line:
        if letter == "\\" and not escaped:
            escaped = True
        elif letter == '"' and not escaped:
            quoted = not quoted
            if quoted and not in_word:
                words.append("")
                in_word = True
        elif letter in " \t" and not quoted and not escaped:
            in_word = False
        else:
            if not in_word:
                words.append("")
                in_word = True
            words[-1] += letter
            escaped = False
    return words


@given(st.lists(SENDABLE, max_size=5))
def test_every_argument_arrives_as_it_was(arguments: list[str]) -> None:
    assert as_asterisk_splits(command("SET VARIABLE", *arguments)) == ["SET", "VARIABLE", *arguments]


@given(SENDABLE, st.sampled_from("\r\n\0"), SENDABLE)
def test_line_breaks_are_refused_without_repeating_the_value(before: str, bad: str, after: str) -> None:
    with pytest.raises(QuotingError) as refused:
        quote(before + bad + after)
    assert str(refused.value) == "line break or NUL in an AGI argument"


def test_a_line_that_asterisk_would_cut_in_two_is_refused() -> None:
    room = MAX_COMMAND_BYTES - len('SET VARIABLE "X" ""')
    assert command("SET VARIABLE", "X", "y" * room)
    with pytest.raises(QuotingError):
        command("SET VARIABLE", "X", "y" * (room + 1))
    with pytest.raises(QuotingError):
        command("SET VARIABLE", "X", "张" * (room // 3 + 1))


def test_application_arguments_with_commas_are_quoted_for_the_application() -> None:
    assert application_arguments(("PJSIP/801", "15", "g")) == "PJSIP/801,15,g"
    assert application_arguments(("a,b", 'c"d')) == '"a,b","c\\"d"'


@given(st.lists(st.text(max_size=30), max_size=20))
def test_no_lines_make_the_reader_fail_otherwise_than_by_its_bounds(lines: list[str]) -> None:
    reader = AnswerReader()
    for line in lines:
        reader.feed(line)


@pytest.mark.parametrize("first", ["520-Invalid command syntax.  Proper usage follows:", "200 result=1 (begun"])
def test_an_answer_without_an_end_is_given_up(first: str) -> None:
    reader = AnswerReader()
    assert reader.feed(first) is None
    with pytest.raises(WireError):
        for _ in range(1000):
            reader.feed("and on")


def test_a_value_with_brackets_is_read_whole() -> None:
    assert AnswerReader().feed("200 result=1 (a) (b)") == Answer(200, "1", "a) (b", None, "200 result=1 (a) (b)")


def test_the_first_header_of_a_name_wins() -> None:
    block = b"agi_channel: PJSIP/a\nagi_callerid: 1\nagi_channel: PJSIP/forged\nno colon here\nempty:"
    assert parse_headers(block, 64) == {"agi_channel": "PJSIP/a", "agi_callerid": "1", "empty": ""}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13800138000", "138******00"),
        ("call 0871-63100001 now", "call 0871-631***01 now"),
        ("12345", "12345"),
        ("PJSIP/carrier-00000001", "PJSIP/carrier-000***01"),
    ],
)
def test_long_numbers_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@given(st.dictionaries(st.sampled_from(["hotline", "name", "reasons", "steps"]), st.text(max_size=900), max_size=4))
def test_a_journal_event_always_fits_one_command_and_needs_no_quoting(fields: dict[str, str]) -> None:
    text = event_argument("hl.route", fields)
    assert len(text) <= MAX_EVENT_BYTES
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%._~=&+-,")
    assert command("EXEC", "CELGenUserEvent", text)


def test_of_a_long_journal_event_only_the_longest_value_is_cut() -> None:
    text = event_argument("hl.route", {"hotline": "12315", "reasons": "r" * 4000})
    assert text.startswith("hl.route,hotline=12315&reasons=rrr")
    assert text.endswith("r~")
