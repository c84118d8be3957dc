"""Numbers as telephone people in China say them, as prompt ids to be played one after the other.

In: digit strings, whole numbers, a place in the queue and seconds. Out: tuples of prompt ids. Never: text or audio.

- Digit strings (numbers dialled, order numbers) one by one with 幺 for 1: `d0`…`d9`.
- Quantities with 十百千: `n0`…`n10`, `n20`…`n90`, `n-liang` (两), `n-bai` (百), `n-qian` (千). A bare 2 is 两 before
  a measure word (两位, 两分钟) and 二 elsewhere; the first digit of the number is 两 before 百 and 千 (两百, 两千二百),
  a later one is 二. A gap is one 零 (一百零五, 一千零五十); 10–19 alone have no 一 (十五), inside they do (一百一十五).
  Source: 吕叔湘《现代汉语八百词》, entries 二 and 两.
"""

from __future__ import annotations

import math

from .prompts import Prompt

AHEAD_WHOLE = range(1, 11)  # so many callers ahead: a sentence of its own, which sounds better than joined words
WAIT_MINUTES = (*range(1, 11), *range(15, 61, 5))  # estimates are not better than that above ten minutes

NUMBER_PROMPTS: tuple[str, ...] = (
    *(f"d{digit}" for digit in range(10)),
    *(f"n{number}" for number in (*range(11), *range(20, 100, 10))),
    "n-liang",
    "n-bai",
    "n-qian",
)
WAIT_PROMPTS: tuple[str, ...] = (
    *(f"ahead-{ahead}" for ahead in AHEAD_WHOLE),
    *(f"wait-{minutes}" for minutes in WAIT_MINUTES),
)

_MAX_NUMBER = 9999
_MANY_AHEAD = 99  # beyond this a figure is of no use to a caller


def say_digits(digits: str) -> tuple[str, ...]:
    """`"12345"` → 幺二三四五. Raises ValueError when anything but 0-9 is in it (an empty string says nothing)."""
    if digits and not (digits.isascii() and digits.isdigit()):
        raise ValueError("only the digits 0-9 can be read out one by one")
    return tuple(f"d{digit}" for digit in digits)


def say_number(number: int, *, counted: bool = False) -> tuple[str, ...]:
    """`105` → 一百零五. `counted`: a measure word follows, so 2 is 两. Raises ValueError outside 0 to 9999."""
    if not 0 <= number <= _MAX_NUMBER:
        raise ValueError(f"numbers from 0 to {_MAX_NUMBER} can be read out, not {number}")
    if number == 2 and counted:
        return ("n-liang",)
    if number <= 10:
        return (f"n{number}",)
    if number < 20:
        return ("n10", f"n{number - 10}")
    return _thousands(number)


def _thousands(number: int) -> tuple[str, ...]:
    said: list[str] = []
    thousands, rest = divmod(number, 1000)
    hundreds, last = divmod(rest, 100)
    tens, ones = divmod(last, 10)
    if thousands:
        said += [_leading(thousands), "n-qian"]
    if hundreds:
        said += [f"n{hundreds}" if thousands else _leading(hundreds), "n-bai"]
    if said and last and (tens == 0 or hundreds == 0):
        said.append("n0")
    if tens:
        said += ["n1", "n10"] if tens == 1 else [f"n{tens * 10}"]
    if ones:
        said.append(f"n{ones}")
    return tuple(said)


def _leading(digit: int) -> str:
    return "n-liang" if digit == 2 else f"n{digit}"


def announce_wait(position: int, wait_s: float | None) -> tuple[str, ...]:
    """「您前面还有N位来电人，预计等候约M分钟。」 for a caller whose place in the queue is `position` (1 = next).

    Up to ten ahead and every wait are whole sentences (`ahead-3`, `wait-15`), more ahead is joined from number words.
    `wait_s` is rounded up: below one minute "不到一分钟", to whole minutes up to 10, then to the next 5, above an hour
    "超过一小时". None, a negative or an endless wait is unknown: nothing is promised. More than 99 ahead: no figure.
    Raises ValueError for a position below 1.
    """
    if position < 1:
        raise ValueError(f"the first place in the queue is 1, not {position}")
    return (*_say_ahead(position - 1), *_say_wait(wait_s))


def _say_ahead(ahead: int) -> tuple[str, ...]:
    if ahead == 0:
        return (Prompt.QUEUE_NEXT,)
    if ahead > _MANY_AHEAD:
        return (Prompt.QUEUE_MANY,)
    if ahead in AHEAD_WHOLE:
        return (f"ahead-{ahead}",)
    return (Prompt.QUEUE_AHEAD, *say_number(ahead, counted=True), Prompt.QUEUE_CALLERS)


def _say_wait(wait_s: float | None) -> tuple[str, ...]:
    if wait_s is None or not math.isfinite(wait_s) or wait_s < 0:
        return ()
    if wait_s < 60:
        return (Prompt.WAIT_UNDER_MINUTE,)
    minutes = next((minutes for minutes in WAIT_MINUTES if minutes * 60 >= wait_s), None)
    return (Prompt.WAIT_LONG,) if minutes is None else (f"wait-{minutes}",)
