"""The number of an order: `20261121-000123`, the day it was opened and its place in that day.

In: a date and a sequence (the store counts). Out: the number, or its parts. Never: a count of its own.
"""

import re
from datetime import date, datetime

MAX_SEQUENCE = 999_999  # the largest city's record is 87,000 calls a day
_NUMBER = re.compile(r"([0-9]{8})-([0-9]{6})", re.ASCII)


def number_of(day: date, sequence: int) -> str:
    """The order number; ValueError when the sequence is not in 1..999999."""
    if not 1 <= sequence <= MAX_SEQUENCE:
        raise ValueError(f"sequence {sequence} is not in 1..{MAX_SEQUENCE}")
    return f"{day:%Y%m%d}-{sequence:06d}"


def parse_number(text: str) -> tuple[date, int]:
    """(day, sequence) of an order number; ValueError when it is not one."""
    match = _NUMBER.fullmatch(text)
    if match is None or int(match[2]) == 0:
        raise ValueError(f"{text!r} is not an order number such as 20261121-000123")
    day = datetime.strptime(match[1], "%Y%m%d").date()  # noqa: DTZ007 - a calendar day has no zone
    return day, int(match[2])
