"""Drafts, missed-call tasks and order numbers."""

import re
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workorder import (
    MAX_SEQUENCE,
    CallFacts,
    Category,
    OrderState,
    Origin,
    TaskKind,
    missed_call_task,
    number_of,
    open_draft,
    parse_number,
)

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
CALL = CallFacts(
    call="1763717400.7",
    origin=Origin("12315", "市场监管投诉举报热线", "市市场监管局"),
    dialled="087212315",
    caller_raw="+8613800000000",
    caller="13800000000",
    withheld=False,
    arrived_at=AT - timedelta(seconds=40),
    waiting_s=31.4,
)


def test_a_draft_keeps_the_hotline_the_call_and_the_seat() -> None:
    order = open_draft(replace(CALL, seat="801", answered_at=AT), "20261121-000123", AT)
    assert (order.state, order.origin, order.opened_by) == (OrderState.DRAFT, CALL.origin, "801")
    assert order.state == "accepted/draft"
    assert order.contact == "13800000000"
    assert order.category is None


def test_the_origin_of_an_order_cannot_be_changed() -> None:
    order = open_draft(CALL, "20261121-000123", AT)
    with pytest.raises(FrozenInstanceError):
        order.origin.number = "12345"  # type: ignore[misc]


def test_a_withheld_caller_leaves_no_contact_in_the_draft() -> None:
    assert open_draft(replace(CALL, caller=None, withheld=True), "20261121-000001", AT).contact is None
    assert open_draft(replace(CALL, withheld=True), "20261121-000001", AT).contact is None


def test_a_missed_caller_is_to_be_called_back() -> None:
    task = missed_call_task(CALL, "t1", AT)
    assert (task.kind, task.number, task.waited_s, task.missed_at) == (
        TaskKind.CALL_BACK,
        "13800000000",
        31.4,
        CALL.arrived_at,
    )
    assert task.can_be_called
    assert task.text == "12315（市场监管投诉举报热线）来电未接通，等待 31 秒，请回拨。"


def test_a_missed_withheld_caller_makes_a_task_that_says_they_cannot_be_called() -> None:
    task = missed_call_task(replace(CALL, withheld=True), "t1", AT)
    assert task.kind is TaskKind.REVIEW_MISSED
    assert not task.can_be_called and "无法回拨" in task.text and "隐藏" in task.text
    assert "13800000000" not in task.text


def test_a_missed_caller_without_a_usable_number_cannot_be_called_either() -> None:
    task = missed_call_task(replace(CALL, caller=None), "t1", AT)
    assert not task.can_be_called and "没有收到可用的来电号码" in task.text


def test_an_answered_call_was_not_missed() -> None:
    with pytest.raises(ValueError, match="answered"):
        missed_call_task(replace(CALL, answered_at=AT), "t1", AT)


def test_times_without_a_zone_are_refused() -> None:
    naive = AT.replace(tzinfo=None)
    for attempt in (lambda: open_draft(CALL, "x", naive), lambda: missed_call_task(CALL, "x", naive)):
        with pytest.raises(ValueError, match="zone"):
            attempt()
    with pytest.raises(ValueError, match="zone"):
        replace(CALL, answered_at=naive)


def test_the_seven_categories_of_the_documents() -> None:
    assert [category.value for category in Category] == [
        "inquiry",
        "help",
        "complaint",
        "report",
        "suggestion",
        "praise",
        "other",
    ]


def test_an_order_number_reads_as_day_and_count() -> None:
    assert number_of(date(2026, 11, 21), 123) == "20261121-000123"


@given(st.dates(min_value=date(1000, 1, 1)), st.integers(1, MAX_SEQUENCE))
def test_every_order_number_is_read_back(day: date, sequence: int) -> None:
    number = number_of(day, sequence)
    assert re.fullmatch(r"[0-9]{8}-[0-9]{6}", number)
    assert parse_number(number) == (day, sequence)


@given(st.dates(min_value=date(1000, 1, 1)), st.integers(1, MAX_SEQUENCE - 1))
def test_order_numbers_sort_in_the_order_they_were_given(day: date, sequence: int) -> None:
    assert number_of(day, sequence) < number_of(day, sequence + 1)


@pytest.mark.parametrize("sequence", [0, -1, MAX_SEQUENCE + 1])
def test_a_count_out_of_range_is_refused(sequence: int) -> None:
    with pytest.raises(ValueError, match="sequence"):
        number_of(date(2026, 11, 21), sequence)


@pytest.mark.parametrize(
    "text", ["", "20261121", "20261121-12", "20261301-000001", "20261121-000000", "20261121-00012３"]
)
def test_what_is_not_an_order_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="order number|does not match|unconverted|month|day"):
        parse_number(text)
