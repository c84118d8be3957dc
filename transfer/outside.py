"""Calls to the outside: only to an allow-list and patterns, with caps per hour. All else is refused (toll fraud).

In: the policy, a number as somebody keyed it, the moment, the outside calls of the last hour. Out: `Allowed` with the
device to dial, or `Refused` with a stable slug and what to tell the seat. Never: dials, counts by itself, believes a
number that is not digits.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from .reading import Row
from .roster import TRUNK, Roster
from .shifts import Shift, Works, monday_to_friday, on_shift, read_shifts, shift_json
from .target import PartyRole, Target, TargetKind, trunk_device

HOUR = timedelta(hours=1)
PATTERN = r"[0-9X]{3,12}"
RULES_MAX = 1000
CALLS_MAX = 10_000  # an hour; a cap is always set
_EMERGENCIES = frozenset({"110", "119", "120", "122"})
_SPACING = re.compile(r"[ ().-]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """Numbers of fixed length: digits, and X for any digit. `per_hour` 0: only the caps over all apply."""

    pattern: str
    name: str
    trunk: str
    per_hour: int = 0
    shifts: tuple[Shift, ...] = ()

    def matches(self, number: str) -> bool:
        return matches(self.pattern, number)


@dataclass(frozen=True, slots=True)
class OutsidePolicy:
    """`denied` wins over every rule. The caps count calls of the last 60 minutes; `per_seat` those of one seat."""

    rules: tuple[Rule, ...] = ()
    denied: tuple[str, ...] = ()
    per_hour: int = 60
    per_seat: int = 10


@dataclass(frozen=True, slots=True)
class Placed:
    """An outside call that was placed, for the caps. `by`: seat id."""

    number: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Allowed:
    target: Target
    rule: Rule


@dataclass(frozen=True, slots=True)
class Refused:
    """`slug`: not-a-number international emergency denied not-allowed closed capped; `chinese`: for the seat's page."""

    slug: str
    chinese: str


def may_call(
    policy: OutsidePolicy,
    number: str,
    at: datetime,
    recent: Collection[Placed],
    *,
    by: str = "",
    works: Works = monday_to_friday,
) -> Allowed | Refused:
    """Whether `by` may call `number` now. `at` in city time; what in `recent` is older than an hour does not count."""
    digits = plain_number(number)
    if digits is None:
        return Refused("not-a-number", "号码格式不正确，请核对")
    refused = _never(policy, digits)
    if refused is not None:
        return refused
    rules = sorted((rule for rule in policy.rules if rule.matches(digits)), key=_width)
    if not rules:
        return Refused("not-allowed", "该号码不在允许外呼的名单内，如工作需要请联系管理员")
    rule = next((rule for rule in rules if on_shift(rule.shifts, at, works)), None)
    if rule is None:
        return Refused("closed", f"{rules[0].name}当前时段不可外呼")
    return _capped(policy, rule, at, recent, by) or Allowed(
        Target(TargetKind.OUTSIDE, digits, trunk_device(digits, rule.trunk), PartyRole.OUTSIDE, rule.name), rule
    )


def plain_number(raw: str) -> str | None:
    """The digits to dial: spacing removed, +86 and 0086 too. None for what is no number of 3 to 15 digits."""
    text = _SPACING.sub("", raw)
    if text.startswith(("+86", "0086")):
        text = text.removeprefix("+").removeprefix("00").removeprefix("86")
    elif text.startswith("+"):
        text = "00" + text[1:]
    return text if text.isascii() and text.isdigit() and 3 <= len(text) <= 15 else None


def with_roster(policy: OutsidePolicy, roster: Roster) -> OutsidePolicy:
    """The policy that also lets through the numbers which the roster names; the caps over all hold for them too."""
    named = {
        entry.ref: Rule(entry.ref, entry.name, entry.trunk)
        for entries in roster.hotlines.values()
        for entry in entries
        if entry.kind is TargetKind.OUTSIDE
    }
    known = {rule.pattern for rule in policy.rules}
    added = tuple(rule for number, rule in sorted(named.items()) if number not in known)
    return OutsidePolicy((*policy.rules, *added), policy.denied, policy.per_hour, policy.per_seat)


def _never(policy: OutsidePolicy, digits: str) -> Refused | None:
    if digits.startswith("00"):
        return Refused("international", "不允许拨打国际及港澳台号码")
    if digits in _EMERGENCIES:
        return Refused("emergency", f"{digits} 请使用紧急转接键")
    if any(matches(pattern, digits) for pattern in policy.denied):
        return Refused("denied", "该号码已被禁止外呼")
    return None


def _capped(policy: OutsidePolicy, rule: Rule, at: datetime, recent: Collection[Placed], by: str) -> Refused | None:
    within = [one for one in recent if at - HOUR < one.at <= at]
    if len(within) >= policy.per_hour:
        return Refused("capped", f"全中心一小时内外呼已达 {policy.per_hour} 次")
    if by and sum(one.by == by for one in within) >= policy.per_seat:
        return Refused("capped", f"本坐席一小时内外呼已达 {policy.per_seat} 次")
    if rule.per_hour and sum(rule.matches(one.number) for one in within) >= rule.per_hour:
        return Refused("capped", f"{rule.name}一小时内外呼已达 {rule.per_hour} 次")
    return None


def matches(pattern: str, number: str) -> bool:
    """Whether the digits fit a pattern of digits and X."""
    return len(pattern) == len(number) and all(a in ("X", b) for a, b in zip(pattern, number, strict=True))


def _width(rule: Rule) -> int:
    """The narrower rule decides."""
    return rule.pattern.count("X")


def read_policy(row: Row) -> OutsidePolicy:
    """`{"rules": [rule], "denied": [pattern], "per_hour", "per_seat"}`; a rule: pattern name trunk per_hour shifts."""
    row.only("rules", "denied", "per_hour", "per_seat")
    rules: list[Rule] = []
    for one in row.rows("rules", RULES_MAX):
        rule = _rule(one)
        if rule.pattern in {known.pattern for known in rules}:
            one.note("pattern", "重复")
        rules.append(rule)
    said = "应为 3 到 12 位，数字或 X（任意一位）"
    return OutsidePolicy(
        rules=tuple(rules),
        denied=row.texts("denied", PATTERN, most=RULES_MAX, said=said),
        per_hour=row.whole("per_hour", 1, CALLS_MAX, 60),
        per_seat=row.whole("per_seat", 1, CALLS_MAX, 10),
    )


def policy_json(policy: OutsidePolicy) -> dict[str, object]:
    rules = [
        {
            "pattern": rule.pattern,
            "name": rule.name,
            "trunk": rule.trunk,
            "per_hour": rule.per_hour,
            "shifts": [shift_json(shift) for shift in rule.shifts],
        }
        for rule in policy.rules
    ]
    return {
        "rules": rules,
        "denied": list(policy.denied),
        "per_hour": policy.per_hour,
        "per_seat": policy.per_seat,
    }


def _rule(row: Row) -> Rule:
    row.only("pattern", "name", "trunk", "per_hour", "shifts")
    pattern = row.text("pattern", PATTERN, said="应为 3 到 12 位，数字或 X（任意一位）")
    if pattern.startswith("00") or pattern.lstrip("X") == "" and pattern:
        row.note("pattern", "不能放行国际号码，也不能放行任意号码")
    if pattern.startswith("X") and len(pattern) > 8:
        row.note("pattern", "首位应为数字，否则会放行国际号码")
    return Rule(
        pattern=pattern,
        name=row.text("name", r".+", most=40, said="请填写名称"),
        trunk=row.text("trunk", TRUNK, said="请选择中继"),
        per_hour=row.whole("per_hour", 0, CALLS_MAX, 0),
        shifts=read_shifts(row),
    )


__all__ = [
    "Allowed",
    "OutsidePolicy",
    "Placed",
    "Refused",
    "Rule",
    "may_call",
    "plain_number",
    "policy_json",
    "read_policy",
    "with_roster",
]
