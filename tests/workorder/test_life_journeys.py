"""Whole lives: called in, dispatched, returned, dispatched again, extended, answered, unsatisfied, handled again,
archived."""

from __future__ import annotations

from typing import Any

import pytest

from tests.workorder.lives import (
    OFFICE,
    ROADS,
    SEAT,
    TEN_FIELDS,
    WATER,
    WHOLE_EVIDENCE,
    K,
    life,
)
from workorder.events import SYSTEM
from workorder.figures import row_of
from workorder.model import OrderState

GIVE_BACK: dict[str, Any] = {
    "ground": "not_ours",
    "evidence": [*WHOLE_EVIDENCE, "suggestion"],
    "suggestion": "建议交通局",
    "approved_by": "王局长",
}


@pytest.mark.parametrize(
    "profile, category, amount, approvals, second_follow_up",
    [("yunnan-2021", "complaint", 10, 1, False), ("qingpu-water", "complaint", 15, 2, True)],
)
def test_a_call_lives_through_everything_to_the_archive(
    profile: str, category: str, amount: int, approvals: int, second_follow_up: bool
) -> None:
    order = life(profile).do(K.OPENED, SYSTEM, channel="call", hotline="12345", seat="801")
    facts: dict[str, Any] = {"title": "河道发臭", "category": category, "difficulty": "hard", "subject": "水务/河道"}
    order.do(K.EDITED, SEAT, "", **facts).do(K.ACCEPTED, SEAT)
    order.wait(minutes=20).do(K.DISPATCHED, OFFICE, "派单目录建议", units=["roads"]).do(K.SIGNED, ROADS)
    order.wait(hours=3).do(K.RETURN_ASKED, ROADS, "属水务局职责", **GIVE_BACK)
    order.wait(hours=1).do(K.RETURN_APPROVED, OFFICE, "情况属实")
    order.do(K.DISPATCHED, OFFICE, units=["water"]).wait(hours=1).do(K.SIGNED, WATER)
    first_due = order.due().due
    order.do(K.CONTACTED, WATER, result="reached", channel="call")
    order.wait(days=2).do(K.EXTENSION_ASKED, WATER, "须清淤", amount=amount, caller_told=True)
    for _ in range(approvals):
        order.do(K.EXTENSION_APPROVED, OFFICE, "同意")
    assert order.due().due > first_due
    order.wait(days=10).do(K.ANSWERED, WATER, ground="solved", report=dict(TEN_FIELDS))
    order.do(K.REVIEW_SENT_BACK, OFFICE, "缺照片").do(K.ANSWERED, WATER, ground="solved", report=dict(TEN_FIELDS))
    order.do(K.REVIEW_PASSED).wait(days=1)
    order.do(K.FOLLOWED_UP, SEAT, channel="call", result="unsatisfied", solved=False, unit_fault=True)
    if second_follow_up:
        order.do(K.FOLLOWED_UP, OFFICE, channel="call", result="unsatisfied", solved=False, unit_fault=True)
    order.do(K.REEXAMINED, OFFICE, "清淤不彻底", redo=True)
    order.do(K.DISPATCHED, OFFICE, units=["water"]).do(K.SIGNED, WATER)
    order.wait(days=3).do(K.ANSWERED, WATER, ground="solved", report=dict(TEN_FIELDS)).do(K.REVIEW_PASSED)
    order.do(K.FOLLOWED_UP, SEAT, channel="call", result="satisfied", solved=True)
    order.do(K.EVALUATED, OFFICE, period="2026-12").do(K.ARCHIVED, OFFICE)
    assert (order.order.state, order.order.round, len(order.order.answers)) == (OrderState.ARCHIVED, 2, 3)
    row = row_of(order.order)
    assert row is not None
    assert (row.handled_in_time, row.satisfied, row.solved, row.rounds, row.extended) == (True, True, True, 2, True)
    assert all(event.why or event.kind is not K.DEADLINE_SET for event in order.events)


def test_a_call_to_12319_counts_in_natural_days_under_the_document_that_tells_sources_apart() -> None:
    order = life("qingpu-water").do(K.OPENED, SYSTEM, channel="call", hotline="12319", category="help")
    order.do(K.EDITED, SEAT, difficulty="hard").do(K.ACCEPTED, SEAT).do(K.DISPATCHED, units=["water"])
    assert (order.order.source, order.due().limit) == ("12319", "5 natural days")
    other = life("qingpu-water").do(K.OPENED, SYSTEM, channel="call", hotline="12315", category="help")
    assert other.order.source == "12345"
