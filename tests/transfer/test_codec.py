"""A call's state in a channel variable."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transfer.test_next import chain
from transfer import Phase, State, StateError, StepKind, StepRef, begin, dump, load

GOOD = dump(begin([StepRef(StepKind.UNIT_LINE, "12348"), StepRef(StepKind.SHARED_SEATS)]))


def test_the_word_is_readable() -> None:
    assert GOOD == "0~new~~unit_line:12348~shared_seats:"


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_word_needs_no_quoting_whatever_the_names_hold(who: str, ref: str) -> None:
    state = State((StepRef(StepKind.SHARED_SEATS, ref),), 0, Phase.RINGING, who)
    word = dump(state)
    assert re.fullmatch(r"[A-Za-z0-9%._~:-]*", word)
    assert load(word) == state


@given(st.text(max_size=60))
def test_a_word_that_is_not_ours_is_refused_not_guessed(word: str) -> None:
    with pytest.raises(StateError):
        load(word)


@given(st.integers(0, len(GOOD)), st.characters(max_codepoint=127))
def test_an_altered_word_is_refused_or_still_a_whole_state(at: int, char: str) -> None:
    try:
        state = load(GOOD[:at] + char + GOOD[at:])
    except StateError:
        return
    assert 0 <= state.index < len(state.steps)


@pytest.mark.parametrize(
    "word",
    [
        "",
        "0",
        "0~waiting~",
        "9~waiting~~shared_seats:",
        "-1~waiting~~shared_seats:",
        "0~waiting~~menu:day",
        "0~x~~menu:",
        "0~waiting~~shared_seats",
        "0~waiting~~nowhere:x",
        "0~waiting~~" + "shared_seats:~" * 200,
    ],
)
def test_a_cut_word_is_refused(word: str) -> None:
    with pytest.raises(StateError):
        load(word)


def test_a_route_too_long_for_a_channel_variable_is_an_error_when_it_is_written() -> None:
    with pytest.raises(ValueError, match="1000 are allowed"):
        dump(chain(*[StepKind.PROMPT] * 200))
