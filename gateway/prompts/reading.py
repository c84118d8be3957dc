"""How a written prompt is read aloud: numbers as words, characters as pinyin, pauses.

In: a prompt's text ("您好，12345热线。", "银行{hang2}"). Out: words of pinyin syllables and pauses. Never: sound, or
a dictionary of its own: readings and word borders come from the `Dictionary` it is given (pypinyin when building).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Protocol

from gateway.prompts.phonemes import syllable_phonemes

PAUSES = {"，": ",", "、": ",", "。": ".", "！": "!", "？": "?", "：": ":", "；": ";"}

_DIGITS = "零幺二三四五六七八九"  # 幺: telephone people never say 一 in a number read digit by digit
_ONES = "零一二三四五六七八九"
_NUMBER = re.compile(r"\d+")
_PIECE = re.compile(
    r"(?P<hanzi>[\u4e00-\u9fff]+)(?P<reading>\{[a-zü]+[1-5]\})?|(?P<pause>[，、。！？：；])|(?P<space>\s+)"
)


class Dictionary(Protocol):
    """Where readings come from."""

    def words(self, hanzi: str) -> Sequence[str]:
        """Cut a run of characters into words."""

    def syllables(self, hanzi: str) -> Sequence[str]:
        """One pinyin syllable with tone number for each character of a word."""


def cut_words(hanzi: str, known: Collection[str]) -> list[str]:
    """Cut off the longest known word, again and again; what lies between known words comes in one piece each."""
    longest = max(map(len, known), default=1)
    words: list[str] = []
    at = between = 0
    while at < len(hanzi):
        size = next((size for size in range(longest, 0, -1) if hanzi[at : at + size] in known), 0)
        if size:
            words += [hanzi[between:at], hanzi[at : at + size]]
            at = between = at + size
        else:
            at += 1
    return [word for word in (*words, hanzi[between:]) if word]


def spell_numbers(text: str) -> str:
    """Digits as characters: three or more one by one (12345 → 幺二三 四五), fewer as a number (25 → 二十五)."""
    return _NUMBER.sub(lambda found: _number(found.group()), text)


def _number(digits: str) -> str:
    if len(digits) > 2 or (len(digits) == 2 and digits[0] == "0"):
        spoken = "".join(_DIGITS[int(digit)] for digit in digits)
        return " ".join(spoken[at : at + 3] for at in range(0, len(spoken), 3))  # the rhythm of telephone numbers
    tens, ones = divmod(int(digits), 10)
    if not tens:
        return _ONES[ones]
    return ("" if tens == 1 else _ONES[tens]) + "十" + (_ONES[ones] if ones else "")


def read_text(text: str, dictionary: Dictionary) -> str:
    """The phonemes of `text`, words parted by spaces and pauses as in the model's training text.

    Raises ValueError with the place for anything that cannot be read (Latin letters, symbols, unknown pinyin).
    """
    spelled = spell_numbers_outside_braces(text)
    said: list[str] = []
    at = 0
    while at < len(spelled):
        piece = _PIECE.match(spelled, at)
        if piece is None:
            raise ValueError(f"cannot be read aloud: {spelled[at : at + 8]!r} in {text!r}")
        at = piece.end()
        if piece["hanzi"]:
            said += _read_run(piece["hanzi"], (piece["reading"] or "").strip("{}"), dictionary)
        elif piece["pause"] and said:
            said[-1] += PAUSES[piece["pause"]]
    return " ".join(said)


def spell_numbers_outside_braces(text: str) -> str:
    """`spell_numbers`, leaving the tone digits of `{pinyin1}` alone."""
    return "".join(part if part.startswith("{") else spell_numbers(part) for part in re.split(r"(\{[^}]*\})", text))


def _read_run(hanzi: str, last_reading: str, dictionary: Dictionary) -> list[str]:
    said = [list(dictionary.syllables(word)) for word in dictionary.words(hanzi)]
    if last_reading:
        said[-1][-1] = last_reading
    return ["".join(map(syllable_phonemes, syllables)) for syllables in said]
