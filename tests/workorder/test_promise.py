"""A caller whom no expert answered is promised an answer: until when is the document's word or nobody's."""

from __future__ import annotations

import pytest

from tests.workorder.lives import MONDAY, OFFICE, SEAT, WATER, K, Life
from workorder.events import SYSTEM, ActorRole
from workorder.model import OrderState
from workorder.order import PROMISE
from workorder.profile import Step
from workorder.promise import reckon, say_moment, words


def opened(profile: str, category: str | None = "complaint", **facts: str) -> Life:
    return Life(profile).do(K.OPENED, SYSTEM, channel="call", category=category, title="t", matter="m", **facts)


@pytest.mark.parametrize(
    ("profile", "category", "step", "until"),
    [
        ("qingpu-water", None, "first_contact", "2026-11-24T18:00:00+08:00"),  # 1 WD, whatever it is about
        ("karamay", "complaint", "handle", "2026-11-30T18:00:00+08:00"),  # 5 WD
        ("yunnan-2021", "inquiry", "handle", "2026-11-24T18:00:00+08:00"),  # 1 WD
        ("liaoning", "complaint", "", None),  # 及时: no number
        ("yunnan-2021", None, "", None),  # not before the category is known
    ],
)
def test_the_time_promised_is_the_documents_and_none_is_made_up(
    profile: str, category: str | None, step: str, until: str | None
) -> None:
    life = opened(profile, category).do(K.CALLER_PROMISED, SEAT, source="no_expert", unit="water", told=True)
    promise = life.order.caller_promise
    assert promise and (promise.step, promise.until.isoformat() if promise.until else None) == (step, until)
    assert (PROMISE in life.order.dues) == (until is not None)
    said = words("12345热线", "市水务局", promise.step, promise.until)
    assert "尽快" in said if until is None else say_moment(promise.until or MONDAY) in said
    assert any(char.isdigit() for char in said.replace("12345", "")) == (until is not None)


def test_a_page_cannot_choose_the_time() -> None:
    life = opened("liaoning").do(
        K.CALLER_PROMISED, SEAT, source="no_expert", until="2026-11-24T09:00:00+08:00", step="handle", rule="x"
    )
    assert life.order.caller_promise and life.order.caller_promise.until is None
    assert life.refused(K.CALLER_PROMISED, SEAT, source="because").slug == "bad-data"
    assert life.refused(K.CALLER_PROMISED, WATER, source="no_expert").slug == "not-yours"


def test_what_the_caller_was_told_stands_when_it_is_said_again() -> None:
    life = opened("karamay").do(K.CALLER_PROMISED, SEAT, source="no_expert", told=True)
    before = life.order.caller_promise
    life.wait(days=1).do(K.EDITED, SEAT, category="report").do(K.CALLER_PROMISED, SEAT, source="no_expert", told=True)
    after = life.order.caller_promise
    assert before and after and (after.until, after.since, after.told) == (before.until, before.since, True)


def test_the_houses_own_promise_gets_its_time_when_the_category_is_known() -> None:
    life = opened("karamay", None).do(K.CALLER_PROMISED, SYSTEM, source="no_expert", unit="water")
    assert life.order.caller_promise and not life.order.caller_promise.told and PROMISE not in life.order.dues
    life.wait(hours=3).do(K.EDITED, SEAT, category="complaint")
    life.do(K.CALLER_PROMISED, SEAT, source="no_expert", told=True)
    promise = life.order.caller_promise
    assert promise.told and promise.unit == "water"
    assert promise.since == MONDAY, "it counts from when nobody answered"
    found = reckon(life.order, life.rules, MONDAY)
    assert found and found[0] is Step.HANDLE and life.order.dues[PROMISE].due == found[1].due


def test_a_draft_that_nobody_touches_is_late_with_its_promise() -> None:
    life = opened("qingpu-water").do(K.CALLER_PROMISED, SYSTEM, source="no_expert")
    assert life.order.state is OrderState.DRAFT
    life.now = life.order.dues[PROMISE].due
    assert "overdue:promise" in life.wait(minutes=1).tick()
    assert life.order.dues[PROMISE].overdue


def test_a_contact_keeps_a_promise_to_be_contacted_and_only_an_answer_one_to_be_answered() -> None:
    contact = opened("qingpu-water", difficulty="complex").do(K.CALLER_PROMISED, SEAT, source="no_expert", told=True)
    contact.do(K.ACCEPTED, SEAT).do(K.DISPATCHED, SEAT, units=["water"]).do(K.SIGNED, WATER)
    contact.do(K.CONTACTED, WATER, result="no_answer", channel="call")
    assert contact.order.caller_promise and contact.order.caller_promise.kept_at is None
    contact.wait(hours=1).do(K.CONTACTED, WATER, result="reached", channel="call")
    assert contact.order.caller_promise.kept_at == contact.now and contact.order.dues[PROMISE].met_at == contact.now

    answer = opened("yunnan-2021").do(K.CALLER_PROMISED, SEAT, source="no_expert", told=True)
    answer.do(K.ACCEPTED, SEAT).do(K.DISPATCHED, SEAT, units=["water"]).do(K.SIGNED, WATER)
    answer.do(K.CONTACTED, WATER, result="reached", channel="call")
    assert answer.order.caller_promise and answer.order.caller_promise.kept_at is None
    answer.do(K.CLOSED, OFFICE, "诉求人撤回", ground="withdrawn")
    assert answer.order.caller_promise.kept_at == answer.now


def test_a_unit_that_gives_the_order_back_does_not_take_the_promise_with_it() -> None:
    life = opened("yunnan-2021").do(K.CALLER_PROMISED, SEAT, source="no_expert", told=True)
    life.do(K.ACCEPTED, SEAT).do(K.DISPATCHED, SEAT, units=["water"]).do(K.RECALLED, OFFICE, "派错")
    assert PROMISE in life.order.dues and "handle" not in life.order.dues


def test_a_mark_is_lifted_by_the_office_with_a_reason_and_only_once() -> None:
    life = opened("liaoning").do(K.NUISANCE_MARKED, SEAT, ground="insult", evidence=["录音"])
    life.do(K.NUISANCE_MARKED, SEAT, ground="threat", evidence=["录音"])
    assert life.refused(K.NUISANCE_LIFTED, SEAT, "误标", mark=1).slug == "not-yours"
    assert life.refused(K.NUISANCE_LIFTED, OFFICE, "", mark=1).slug == "reason-missing"
    assert life.refused(K.NUISANCE_LIFTED, OFFICE, "误标", mark=3).slug == "no-mark"
    life.do(K.NUISANCE_LIFTED, OFFICE, "误标", mark=1)
    assert life.refused(K.NUISANCE_LIFTED, OFFICE, "误标", mark=1).slug == "no-mark"
    (left,) = life.order.marks_in_force
    assert left.ground == "threat" and life.order.marks[0].lifted_why == "误标"
    assert OFFICE.role is ActorRole.OFFICE
