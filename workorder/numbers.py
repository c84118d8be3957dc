"""Finds numbers in a text that are a person's: identity cards, telephones, bank cards.

In: a text. Out: where such numbers stand, and of which kind; the text without them. Never: a number that is not one by
its own rules (check digits, lengths): a date, an amount, an order's number stay, for they are what is searched for.

Digits may be full-width, and stand apart by a blank, a hyphen or a dot. Sources: GB 11643-1999 (citizen identification
number: check character by ISO 7064 MOD 11-2), ISO/IEC 7812-1 annex B (Luhn), the national numbering plan (mobiles
1[3-9] and nine more; area codes of two or three digits after a 0, then seven or eight).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

APART = " .·•‐‑‒–—－_\\-"
RUN = re.compile(rf"(?<![0-9])\+?[0-9](?:[{APART}]{{0,2}}[0-9])*(?:[{APART}]?[Xx](?![A-Za-z]))?")
PLAIN = str.maketrans(
    "０１２３４５６７８９Ｘｘ＋", "0123456789Xx+"
)  # one for one: places in the text stay what they are
_MOBILE = re.compile(r"(?:00)?(?:86)?1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}")
_LOCAL = re.compile(r"[2-8][0-9]{6,7}")
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_IDENTITY = re.compile(rf"[1-9][0-9]{{5}}{_DATE.pattern}[0-9]{{3}}[0-9Xx]")
_CARD = re.compile(r"[3-69][0-9]{14,18}")
_SAYS_TELEPHONE = re.compile(r"(?:电话|座机|号码|联系|拨打|回电|致电|传真|[Tt][Ee][Ll])[^0-9]{0,4}$")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


class NumberKind(StrEnum):
    IDENTITY_CARD = "identity_card"
    TELEPHONE = "telephone"
    BANK_CARD = "bank_card"


@dataclass(frozen=True, slots=True)
class Found:
    """`text[start:end]` is such a number."""

    kind: NumberKind
    start: int
    end: int


def numbers_in(text: str) -> tuple[Found, ...]:
    """Every number of a person, by place."""
    plain = text.translate(PLAIN)
    return tuple(found for run in RUN.finditer(plain) for found in _judged(plain, run))


def without_numbers(text: str, blot: str) -> str:
    """The text with each of them replaced."""
    for found in reversed(numbers_in(text)):
        text = text[: found.start] + blot + text[found.end :]
    return text


def is_identity_number(number: str) -> bool:
    """Eighteen characters with a possible birthday and the right check character."""
    if _IDENTITY.fullmatch(number) is None:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return _CHECKS[total % 11] == number[17].upper()


def is_card_number(number: str) -> bool:
    """Fifteen to nineteen digits whose last one is right by Luhn."""
    if _CARD.fullmatch(number) is None:
        return False
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def _judged(text: str, run: re.Match[str]) -> Iterator[Found]:
    """The whole run when it is a number of a person; else the parts of it that blanks set apart."""
    kind = _kind(run[0], text[: run.start()])
    if kind is not None:
        yield Found(kind, run.start(), run.end())
        return
    for part in re.finditer(r"[^ ]+", run[0]) if " " in run[0] else ():
        start = run.start() + part.start()
        if (kind := _kind(part[0], text[:start])) is not None:
            yield Found(kind, start, start + len(part[0]))


def _kind(written: str, before: str) -> NumberKind | None:
    number = "".join(letter for letter in written if letter.isalnum())
    digits = number.rstrip("Xx")
    if is_identity_number(number) or is_identity_number(digits):
        return NumberKind.IDENTITY_CARD
    if _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return NumberKind.TELEPHONE
    if _LOCAL.fullmatch(digits) and not _DATE.fullmatch(digits) and _SAYS_TELEPHONE.search(before):
        return NumberKind.TELEPHONE
    return NumberKind.BANK_CARD if is_card_number(digits) else None
