"""Outside calls: what is not allowed by a rule is refused, and what is allowed is capped."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transfer import (
    Allowed,
    Entry,
    OutsidePolicy,
    Placed,
    Refused,
    Roster,
    Rule,
    Shift,
    TargetKind,
    may_call,
    with_roster,
)
from transfer.outside import plain_number, policy_json, read_policy
from transfer.reading import Row

CITY = timezone(timedelta(hours=8))
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=CITY)
BUREAU = Rule("0872XXXXXXX", "本市固话", "carrier")
CHIEF = Rule("13800000000", "值班领导", "carrier", per_hour=2)
POLICY = OutsidePolicy((BUREAU, CHIEF), denied=("08729XXXXXX",), per_hour=5, per_seat=3)


def slug(policy: OutsidePolicy, number: str, recent: tuple[Placed, ...] = (), by: str = "801") -> str:
    answer = may_call(policy, number, NOW, recent, by=by)
    return answer.slug if isinstance(answer, Refused) else "allowed"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("08722123456", "allowed"),
        ("0872-212 3456", "allowed"),
        ("+86 138 0000 0000", "allowed"),
        ("008613800000000", "allowed"),
        ("13800000001", "not-allowed"),
        ("0872212345", "not-allowed"),  # one digit short
        ("087221234567", "not-allowed"),  # one too many
        ("08729123456", "denied"),
        ("0085212345678", "international"),
        ("+1 900 555 0100", "international"),
        ("110", "emergency"),
        ("", "not-a-number"),
        ("13800000000;x", "not-a-number"),
        ("１３８００００００００", "not-a-number"),
        ("13800000000@trunk", "not-a-number"),
        ("1380000\r\n0000", "not-a-number"),
        ("138 0000 0000\n", "not-a-number"),
    ],
)
def test_only_what_a_rule_names_may_be_called(number: str, expected: str) -> None:
    assert slug(POLICY, number) == expected


def test_an_allowed_number_comes_with_the_device_to_dial() -> None:
    answer = may_call(POLICY, "+8613800000000", NOW, ())
    assert isinstance(answer, Allowed)
    assert (answer.target.device, answer.target.name) == ("13800000000@trunk-carrier", "值班领导")


def test_without_rules_nothing_may_be_called() -> None:
    assert slug(OutsidePolicy(), "08722123456") == "not-allowed"


def test_a_rule_holds_only_in_its_hours() -> None:
    rule = Rule("08722123456", "办公室", "carrier", shifts=(Shift(begins=8 * 60, ends=9 * 60),))
    assert slug(OutsidePolicy((rule,)), "08722123456") == "closed"
    assert slug(OutsidePolicy((rule, BUREAU)), "08722123456") == "allowed"  # the wider rule still lets it through


def placed(number: str, by: str = "802", minutes: float = 10) -> Placed:
    return Placed(number, by, NOW - timedelta(minutes=minutes))


def test_the_caps_count_the_last_hour_only() -> None:
    five = tuple(placed("08722000000", f"80{n}") for n in range(5))
    assert slug(POLICY, "08722123456", five) == "capped"
    assert slug(POLICY, "08722123456", (*five[:4], placed("08722000000", "804", 61))) == "allowed"
    assert slug(POLICY, "08722123456", (placed("0", "801"),) * 3) == "capped"
    assert slug(POLICY, "13800000000", (placed("13800000000"),) * 2) == "capped"
    assert slug(POLICY, "08722123456", (placed("13800000000"),) * 2) == "allowed"


def test_the_rosters_own_numbers_are_let_through_but_capped_with_the_rest() -> None:
    roster = Roster({"12333": (Entry(TargetKind.OUTSIDE, "8001", "人社", trunk="hrss"),)})
    both = with_roster(OutsidePolicy(per_hour=1), roster)
    assert slug(both, "8001") == "allowed" and slug(OutsidePolicy(), "8001") == "not-allowed"
    assert slug(both, "8001", (placed("8001"),)) == "capped"


digits = st.text("0123456789", max_size=16)
patterns = st.from_regex(r"\A[1-9][0-9X]{2,10}\Z").filter(lambda p: p.strip("X"))
policies = st.builds(
    OutsidePolicy,
    st.lists(st.builds(Rule, patterns, st.just("某"), st.just("carrier"), st.integers(0, 3)), max_size=5).map(tuple),
    st.lists(patterns, max_size=3).map(tuple),
    st.integers(1, 5),
    st.integers(1, 5),
)
calls = st.lists(
    st.builds(Placed, digits, st.sampled_from(["801", "802"]), st.datetimes(timezones=st.just(CITY))), max_size=6
).map(tuple)


@given(policies, st.text(max_size=20) | digits, calls)
def test_what_is_allowed_is_digits_matched_by_a_rule_and_by_no_ban(
    policy: OutsidePolicy, number: str, recent: tuple[Placed, ...]
) -> None:
    answer = may_call(policy, number, NOW, recent, by="801")
    if isinstance(answer, Refused):
        assert answer.slug and answer.chinese
        return
    dialled = answer.target.ref
    assert dialled.isascii() and dialled.isdigit() and not dialled.startswith("00")
    assert answer.rule in policy.rules and answer.rule.matches(dialled)
    assert not any(Rule(ban, "", "").matches(dialled) for ban in policy.denied)


@given(policies, patterns)
def test_caps_hold_whatever_is_called(policy: OutsidePolicy, pattern: str) -> None:
    number = pattern.replace("X", "5")
    recent: list[Placed] = []
    for _ in range(12):
        if isinstance(may_call(policy, number, NOW, recent, by="801"), Allowed):
            recent.append(Placed(number, "801", NOW))
    assert len(recent) <= min(policy.per_hour, policy.per_seat)


@given(policies)
def test_a_policy_survives_its_json(policy: OutsidePolicy) -> None:
    row = Row(json.loads(json.dumps(policy_json(policy))))
    read = read_policy(row)
    if row.problems:  # the same pattern twice, or one that lets anything through
        assert all(problem.place.endswith("pattern") for problem in row.problems)
    else:
        assert read == policy


@pytest.mark.parametrize("pattern", ["XXXXXXXX", "00852XXXXXXX", "XXXXXXXXXX1", "12", "1234567890123", "138*"])
def test_a_rule_that_opens_the_door_to_fraud_is_refused(pattern: str) -> None:
    row = Row({"rules": [{"pattern": pattern, "name": "某", "trunk": "carrier"}]})
    read_policy(row)
    assert [problem.place for problem in row.problems][:1] == ["rules.0.pattern"]


@given(st.text(max_size=30))
def test_a_number_is_digits_or_nothing(raw: str) -> None:
    plain = plain_number(raw)
    assert plain is None or (plain.isascii() and plain.isdigit() and 3 <= len(plain) <= 15)
