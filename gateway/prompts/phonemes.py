"""Pinyin syllables as the phonemes that Kokoro-82M was trained on for Mandarin.

In: one syllable with its tone number ("zhong1"; 5 is the neutral tone; ü as v). Out: its phonemes, tone arrow included
("ꭧʊ→ŋ"). Never: text, other languages, or tone sandhi: the model has learned that by itself from unchanged tones.
Source of the inventory: the model's vocabulary, and the IPA chart of Duanmu, The Phonology of Standard Chinese (2007).
"""

from __future__ import annotations

import re

TONES = {"1": "→", "2": "↗", "3": "↓", "4": "↘", "5": ""}

_INITIALS = {
    "zh": "ꭧ", "ch": "ꭧʰ", "sh": "ʂ",
    "b": "p", "p": "pʰ", "m": "m", "f": "f", "d": "t", "t": "tʰ", "n": "n", "l": "l", "g": "k", "k": "kʰ", "h": "x",
    "j": "ʨ", "q": "ʨʰ", "x": "ɕ", "r": "ɻ", "z": "ʦ", "c": "ʦʰ", "s": "s", "": "",
}  # fmt: skip

# What comes before the tone arrow, and what after it.
_FINALS = {
    "a": ("a", ""), "ai": ("ai", ""), "an": ("a", "n"), "ang": ("a", "ŋ"), "ao": ("au", ""),
    "e": ("ɤ", ""), "ei": ("ei", ""), "en": ("ə", "n"), "eng": ("ə", "ŋ"), "er": ("ɚ", ""),
    "i": ("i", ""), "ia": ("ja", ""), "ian": ("jɛ", "n"), "iang": ("ja", "ŋ"), "iao": ("jau", ""), "ie": ("je", ""),
    "in": ("i", "n"), "ing": ("i", "ŋ"), "iong": ("jʊ", "ŋ"), "iu": ("jou", ""),
    "o": ("wo", ""), "ong": ("ʊ", "ŋ"), "ou": ("ou", ""),
    "u": ("u", ""), "ua": ("wa", ""), "uai": ("wai", ""), "uan": ("wa", "n"), "uang": ("wa", "ŋ"), "ueng": ("wə", "ŋ"),
    "ui": ("wei", ""), "un": ("wə", "n"), "uo": ("wo", ""),
    "v": ("y", ""), "van": ("ɥɛ", "n"), "ve": ("ɥe", ""), "vn": ("y", "n"),
}  # fmt: skip

# Spellings without an initial: y and w stand for i, u and ü.
_ZERO = {
    "yi": "i", "ya": "ia", "yan": "ian", "yang": "iang", "yao": "iao", "ye": "ie", "yin": "in", "ying": "ing",
    "yong": "iong", "you": "iu", "yu": "v", "yuan": "van", "yue": "ve", "yun": "vn",
    "wu": "u", "wa": "ua", "wai": "uai", "wan": "uan", "wang": "uang", "weng": "ueng", "wei": "ui", "wen": "un",
    "wo": "uo",
}  # fmt: skip

_SYLLABLE = re.compile(r"(?P<initial>zh|ch|sh|[bpmfdtnlgkhjqxrzcs]?)(?P<final>[aeiouv][a-z]*)(?P<tone>[1-5])")
_APICAL = {"zh", "ch", "sh", "r", "z", "c", "s"}


def syllable_phonemes(syllable: str) -> str:
    """`"zhong1"` → `"ꭧʊ→ŋ"`. Raises ValueError for what is not a Mandarin syllable with a tone number."""
    spelled = syllable.replace("ü", "v")
    zero = _ZERO.get(spelled[:-1])
    if zero is not None and spelled[-1] in TONES:
        initial, final, tone = "", zero, spelled[-1]
    else:
        found = _SYLLABLE.fullmatch(spelled)
        if found is None:
            raise ValueError(f"{syllable!r} is no pinyin syllable with a tone number")
        initial, final, tone = found["initial"], found["final"], found["tone"]
    if initial in {"j", "q", "x"} and final.startswith("u"):
        final = "v" + final[1:]
    if final not in _FINALS:
        raise ValueError(f"{syllable!r} is no pinyin syllable: there is no final {final!r}")
    head, tail = ("ɨ", "") if initial in _APICAL and final == "i" else _FINALS[final]
    return f"{_INITIALS[initial]}{head}{TONES[tone]}{tail}"
