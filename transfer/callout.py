"""Calls that the house places to a citizen for a seat: only ordinary numbers of this country, with caps per hour.

In: the number that stands in a task or order, in its normal form, the moment, the calls placed in the last hour. Out:
the digits to dial, or `Refused` with a stable slug and what to tell the seat. Never: dials, or counts by itself.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from .outside import HOUR, Placed, Refused, matches

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0[1-9][0-9]{8,10}")  # area code and number


@dataclass(frozen=True, slots=True)
class CallOutRules:
    """Calls of the last 60 minutes: of one seat, and to one number (nobody is rung again and again)."""

    per_seat: int = 20
    per_number: int = 4
    denied: tuple[str, ...] = ()


def may_ring(
    rules: CallOutRules, number: str | None, at: datetime, recent: Collection[Placed], *, by: str
) -> str | Refused:
    """The digits to dial. Slugs: no-number international not-ordinary denied capped."""
    if not number:
        return Refused("no-number", "没有可拨打的号码")
    if number.startswith(("+", "00")):
        return Refused("international", "不允许拨打国际及港澳台号码")
    if not (_MOBILE.fullmatch(number) or _LANDLINE.fullmatch(number)):
        return Refused("not-ordinary", "登记的号码不是可以回拨的固定电话或手机号码")
    if any(matches(pattern, number) for pattern in rules.denied):
        return Refused("denied", "该号码已被禁止外呼")
    within = [one for one in recent if at - HOUR < one.at <= at]
    if sum(one.by == by for one in within) >= rules.per_seat:
        return Refused("capped", f"本坐席一小时内外呼已达 {rules.per_seat} 次")
    if sum(one.number == number for one in within) >= rules.per_number:
        return Refused("capped", f"一小时内已拨打此号码 {rules.per_number} 次，请稍后再拨")
    return number
