"""Which citizens' numbers the house rings for a seat, and how often."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from transfer import CallOutRules, Placed, Refused, may_ring

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=timezone(timedelta(hours=8)))
MOBILE = "13800138000"
TWO = CallOutRules(2, 2)


def slug(number: str | None, recent: tuple[Placed, ...] = (), rules: CallOutRules = TWO) -> str:
    verdict = may_ring(rules, number, NOW, recent, by="801")
    return verdict.slug if isinstance(verdict, Refused) else verdict


@pytest.mark.parametrize("number", [MOBILE, "08722345678", "01012345678", "03161234567"])
def test_ordinary_numbers_of_the_country_are_rung(number: str) -> None:
    assert slug(number) == number


@pytest.mark.parametrize(
    ("number", "why"),
    [
        (None, "no-number"),
        ("", "no-number"),
        ("+85212345678", "international"),
        ("0085212345678", "international"),
        ("110", "not-ordinary"),
        ("12315", "not-ordinary"),
        ("9551", "not-ordinary"),
        ("4008001234", "not-ordinary"),
        ("2345678", "not-ordinary"),
        ("138001380001", "not-ordinary"),
        ("13800138000\n", "not-ordinary"),
        ("13800138000@evil", "not-ordinary"),
        ("１３８００１３８０００", "not-ordinary"),
    ],
)
def test_everything_else_is_refused_by_its_slug(number: str | None, why: str) -> None:
    assert slug(number) == why


def test_a_denied_pattern_wins() -> None:
    assert slug(MOBILE, rules=CallOutRules(denied=("1380013XXXX",))) == "denied"


def test_a_seat_and_a_number_have_their_caps_of_the_last_hour() -> None:
    minute = timedelta(minutes=1)
    mine = tuple(Placed(f"1380013800{i}", "801", NOW - minute) for i in range(1, 3))
    assert slug(MOBILE, mine) == "capped"
    assert slug(MOBILE, tuple(Placed(MOBILE, "802", NOW - minute) for _ in range(2))) == "capped"
    assert slug(MOBILE, tuple(Placed(one.number, "801", NOW - 61 * minute) for one in mine)) == MOBILE
    assert slug(MOBILE, tuple(Placed(one.number, "802", NOW - minute) for one in mine)) == MOBILE
