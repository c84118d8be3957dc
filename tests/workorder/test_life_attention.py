"""What deserves somebody's eye."""

from __future__ import annotations

from tests.workorder.lives import PROFILES, SEAT, WATER, K, life
from workorder.attention import hard_case_reasons, still_to_report, to_supervise
from workorder.profile import Item

Q = PROFILES["qingpu-water"]


def ids(items: tuple[Item, ...]) -> list[str]:
    return [entry.id for entry in items]


def test_001_article_10_what_is_supervised() -> None:
    order = life("qingpu-water").accepted(difficulty="hard")
    assert to_supervise(order.order, order.rules) == ()
    order.do(K.LEADER_ASKED, purpose="assign").do(K.LEADER_DECIDED, leader="局长", lead="water")
    assert ids(to_supervise(order.order, order.rules)) == ["leaders_instruction"]
    bad = life("qingpu-water").closed(difficulty="hard").do(K.REPEAT_NOTED, SEAT)
    bad.do(K.FOLLOWED_UP, SEAT, channel="call", result="unsatisfied")
    assert ids(to_supervise(bad.order, bad.rules)) == ["reexamined", "repeated_unsatisfied"]


def test_003_article_25_badly_handled_and_many_units() -> None:
    order = life("changzhou").handling()
    for _ in range(2):
        order.answered().do(K.REVIEW_SENT_BACK, why="敷衍")
    order.do(K.LEADER_ASKED, purpose="meeting").do(K.LEADER_DECIDED, leader="会", lead="water", units=["roads"])
    assert ids(to_supervise(order.order, order.rules)) == ["badly_handled", "many_units"]


def test_001_article_13_why_a_case_is_hard() -> None:
    order = life("qingpu-water").handling(difficulty="hard")
    for _ in range(5):
        order.do(K.REPEAT_NOTED, SEAT)
    assert ids(hard_case_reasons(order.order, Q)) == ["repeated"]
    assert hard_case_reasons(order.order, PROFILES["karamay"]) == ()


def test_001_article_12_an_emergency_is_still_to_be_reported_until_it_is() -> None:
    order = life("qingpu-water").handling(emergency=True)
    assert "分管领导" in still_to_report(order.order, Q)
    assert still_to_report(order.do(K.URGENT_REPORTED, WATER, leaders=["局长", "分管副局长"]).order, Q) == ""
