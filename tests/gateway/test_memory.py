"""A call's memory in its own channel variables."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.calls.memory import BadMemory, CallMemory, dump, load

words = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)
memories = st.builds(
    CallMemory,
    hotline=st.text("0123456789", min_size=3, max_size=12),
    mode=st.sampled_from("ABCDEFGH"),
    table=words,
    caller=st.text("0123456789", max_size=15),
    skills=st.lists(words, max_size=5).map(tuple),
    expert_skills=st.lists(words, max_size=5).map(tuple),
    priority=st.integers(0, 100),
    since=st.floats(0, 4e9).map(lambda value: round(value, 6)),
    refused=st.lists(words, max_size=8).map(tuple),
    offers=st.integers(0, 1000),
    choice=st.text(max_size=20),
)


@given(memories)
def test_what_is_remembered_comes_back_and_needs_no_quoting(memory: CallMemory) -> None:
    word = dump(memory)
    assert load(word) == memory
    assert word.isascii()
    assert not set(word) & set(' "\\\r\n,;(){}$')


@given(st.text(max_size=200))
def test_anything_else_is_bad_memory_and_never_another_error(word: str) -> None:
    with contextlib.suppress(BadMemory):
        load(word)


def test_a_seat_that_did_not_take_the_call_is_remembered_once_and_within_bounds() -> None:
    memory = CallMemory("12315", "C", "1-a")
    for number in range(20):
        memory = memory.with_refused(str(number)).with_refused("801")
    assert memory.refused[-1] == "801"
    assert len(memory.refused) == 8
    assert memory.with_refused("") is memory


@pytest.mark.parametrize("word", ["hotline=1&mode=C&table=x&since=abc", "mode=C&table=x"])
def test_a_cut_word_is_bad_memory(word: str) -> None:
    with pytest.raises(BadMemory):
        load(word)
