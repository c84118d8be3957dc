"""Repeats as each document wants them, and callers who disturb."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workorder.lives import MONDAY, PROFILES
from workorder.model import OrderState
from workorder.repeats import (
    Earlier,
    NuisanceGround,
    NuisanceMark,
    RepeatAction,
    advise,
    candidates,
    likeness,
    standing,
)

FIRST = Earlier(
    "1", "c1", "市政/路灯", "大理镇", "人民路路灯不亮已经三天", OrderState.HANDLING, MONDAY, progress="正在维修"
)
NEW = replace(FIRST, order_id="2", text="人民路的路灯三天不亮", opened_at=MONDAY + timedelta(days=2))


@pytest.mark.parametrize(
    "profile, state, action",
    [
        ("karamay", OrderState.HANDLING, RepeatAction.REJECT),
        ("liaoning", OrderState.HANDLING, RepeatAction.TELL_PROGRESS),
        ("liaoning", OrderState.ARCHIVED, RepeatAction.TELL_RESULT),
        ("qingpu-water", OrderState.HANDLING, RepeatAction.LINK),
        ("changzhou", OrderState.HANDLING, RepeatAction.MERGE),
        ("yunnan-2021", OrderState.HANDLING, RepeatAction.MERGE),
        ("yunnan-2021", OrderState.ARCHIVED, RepeatAction.LINK),
    ],
)
def test_000_article_8_001_article_13_002_article_9_4_repeats(
    profile: str, state: OrderState, action: RepeatAction
) -> None:
    first = replace(FIRST, state=state, answer="已修复")
    found = advise(first, PROFILES[profile], same_caller=True, new_facts=False)
    assert (found.action, found.order_id) == (action, "1") and found.words and found.rule


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_new_facts_or_reasons_are_always_handled(profile: str) -> None:
    assert advise(FIRST, PROFILES[profile], same_caller=True, new_facts=True).action is RepeatAction.LINK


def test_001_article_13_the_fifth_repeat_makes_a_hard_case() -> None:
    water = PROFILES["qingpu-water"]
    assert not advise(replace(FIRST, repeats=3), water, same_caller=True, new_facts=False).hard_case
    assert advise(replace(FIRST, repeats=4), water, same_caller=True, new_facts=False).hard_case


def test_the_progress_of_one_caller_is_not_told_to_another() -> None:
    found = advise(FIRST, PROFILES["liaoning"], same_caller=False, new_facts=False)
    assert "正在维修" not in found.words


def test_the_same_matter_is_found_likest_first_and_others_are_not() -> None:
    stranger = replace(FIRST, order_id="3", caller="c9")
    elsewhere = replace(FIRST, order_id="4", caller="c9", area="下关")
    old = replace(FIRST, order_id="5", opened_at=MONDAY - timedelta(days=500))
    other = replace(FIRST, order_id="6", subject="供水", text="停水两天没人管")
    found = candidates(replace(NEW, text=FIRST.text), [other, elsewhere, stranger, old, FIRST])
    assert [entry.order_id for entry in found] == ["1", "3"]


@given(st.text(max_size=30), st.text(max_size=30))
def test_likeness_is_a_share_and_symmetric(one: str, other: str) -> None:
    assert 0 <= likeness(one, other) == likeness(other, one) <= 1
    assert likeness(one, one) == (1.0 if one else 0.0)


def mark(ground: NuisanceGround, days: int = 0, *, evidence: tuple[str, ...] = ("rec",)) -> NuisanceMark:
    return NuisanceMark(MONDAY - timedelta(days=days), "801", ground, evidence)


def test_002_article_20_marks_count_with_evidence_and_are_handed_over_never_blocked() -> None:
    marks = [mark(NuisanceGround.LONG, day) for day in (1, 2)]
    assert (standing(marks, MONDAY).count, standing(marks, MONDAY).hand_over) == (2, False)
    marks += [mark(NuisanceGround.REPEATED), mark(NuisanceGround.INSULT, evidence=())]
    found = standing(marks, MONDAY)
    assert (found.count, found.hand_over) == (3, True) and "照常接听" in found.words
    assert standing([mark(NuisanceGround.THREAT)], MONDAY).hand_over
    assert standing([mark(NuisanceGround.THREAT, 400)], MONDAY).count == 0
    assert standing([replace(mark(NuisanceGround.THREAT), withdrawn=True)], MONDAY).count == 0
