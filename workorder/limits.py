"""Limits of time as the documents write them.

In: `5 WD`, `3 natural days`, `1 working hour`, `24 clock hours`, `same day`, `next WD by 10:00`, `at once`. Out: frozen
values whose `str` is that text again. Never: a limit that no document could mean (zero, or years of days).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from enum import StrEnum

MAX_DAYS = 366
MAX_HOURS = 24 * 31


class Unit(StrEnum):
    """What is counted."""

    WORKING_DAYS = "WD"
    NATURAL_DAYS = "natural day"
    WORKING_HOURS = "working hour"
    CLOCK_HOURS = "clock hour"


_CHINESE = {
    Unit.WORKING_DAYS: "个工作日",
    Unit.NATURAL_DAYS: "个自然日",
    Unit.WORKING_HOURS: "个工作小时",
    Unit.CLOCK_HOURS: "小时",
}


@dataclass(frozen=True, slots=True)
class Amount:
    """So many days or hours."""

    number: int
    unit: Unit

    def __post_init__(self) -> None:
        most = MAX_DAYS if self.unit in (Unit.WORKING_DAYS, Unit.NATURAL_DAYS) else MAX_HOURS
        if not 1 <= self.number <= most:
            raise ValueError(f"{self.number} {self.unit}: must be 1 to {most}")

    def __str__(self) -> str:
        plural = "s" if self.number != 1 and self.unit is not Unit.WORKING_DAYS else ""
        return f"{self.number} {self.unit}{plural}"

    @property
    def chinese(self) -> str:
        return f"{self.number}{_CHINESE[self.unit]}"


@dataclass(frozen=True, slots=True)
class SameDay:
    """By the end of the day on which it starts."""

    def __str__(self) -> str:
        return "same day"

    @property
    def chinese(self) -> str:
        return "当日"


@dataclass(frozen=True, slots=True)
class NextWorkingDayBy:
    """By a time of the next working day to come; a working day that has not opened yet is the next one."""

    by: time

    def __str__(self) -> str:
        return f"next WD by {self.by:%H:%M}"

    @property
    def chinese(self) -> str:
        return f"下一工作日{self.by:%H:%M}前"


@dataclass(frozen=True, slots=True)
class AtOnce:
    """立即, 第一时间: due when it starts."""

    def __str__(self) -> str:
        return "at once"

    @property
    def chinese(self) -> str:
        return "立即"


Limit = Amount | SameDay | NextWorkingDayBy | AtOnce

_AMOUNT = re.compile(r"([1-9][0-9]{0,3}) (WD|natural day|working hour|clock hour)s?", re.ASCII)
_BY = re.compile(r"next WD by ([01][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


def parse_limit(text: str) -> Limit:
    """The limit that a text means. ValueError with what can be written."""
    plain = " ".join(text.split())
    if plain == "same day":
        return SameDay()
    if plain == "at once":
        return AtOnce()
    if match := _BY.fullmatch(plain):
        return NextWorkingDayBy(time(int(match[1]), int(match[2])))
    if match := _AMOUNT.fullmatch(plain):
        return Amount(int(match[1]), Unit(match[2]))
    raise ValueError(
        f"{text!r} is not a limit; write 5 WD, 3 natural days, 1 working hour, 24 clock hours, same day, "
        "next WD by 10:00 or at once"
    )
