"""Numbers as carriers write them, in one form: short codes bare, landlines as 0AAA+number, mobiles as 1xxxxxxxxxx.

In: any text from the wire, bounded here. Out: a normalised number or "". Never: raises, or decides what a number means.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

MAX_TEXT = 256  # a number, URI or name-addr longer than this is not one
MAX_HEADER = 2048
MAX_DIVERSIONS = 16

_SEPARATORS = re.compile(r"[ \t\-‐-―−().·/_~\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")  # no line breaks
_NUMBER = re.compile(r"\+?[0-9]{1,32}")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SCHEME = re.compile(r"(?:sips?|tel|callto):", re.IGNORECASE)
_SHORT_CODE = re.compile(r"1[0-9]{2,5}|9[56][0-9]{3,4}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"[2-8][0-9]{6,7}")
_NATIONWIDE = re.compile(r"[48]00[0-9]{7}")  # 400 and 800 numbers have no area code
_REASON = re.compile(r';\s*reason\s*=\s*"?([A-Za-z-]{1,32})')
_HIDDEN = frozenset(
    ("anonymous", "unknown", "restricted", "unavailable", "private", "withheld", "anonymous.invalid")
    + ("匿名", "未知", "隐藏")
)


@dataclass(frozen=True, slots=True)
class Caller:
    """`raw` as it came (cut at MAX_TEXT), `number` to compare with; `withheld` when the caller hid it or none came."""

    raw: str
    number: str | None
    withheld: bool


@dataclass(frozen=True, slots=True)
class Diversion:
    """One forwarding (RFC 5806): who forwarded, as written, and why (lower case, "" when not said)."""

    user: str
    reason: str = ""


def digits_of(raw: str) -> str:
    """`+` and digits of a number, URI or name-addr; "" when it is not a telephone number."""
    if raw.isascii() and raw.isdigit() and len(raw) <= 32:
        return raw
    user = _user_of(raw)
    number = _SEPARATORS.sub("", user)
    return number if _NUMBER.fullmatch(number) else ""


def _without_name(text: str) -> str:
    """Without the quoted display name; "" when its quotes never close."""
    if not text.startswith('"'):
        return text
    quoted = _QUOTED.match(text)
    return text[quoted.end() :].lstrip() if quoted else ""


def _user_of(raw: str) -> str:
    """The user part of `"name" <sip:user;x=y@host;z>`, `tel:user;p`, `user@host` or a bare user."""
    if len(raw) > MAX_TEXT:
        return ""
    text = unicodedata.normalize("NFKC", raw).strip()
    text = _without_name(text)
    if "<" in text:
        inside = text.partition("<")[2]
        text, closed, _ = inside.partition(">")
        if not closed:
            return ""
    text = _SCHEME.sub("", text.strip(), count=1) if _SCHEME.match(text.strip()) else text.strip()
    for mark in "@;?":
        text = text.partition(mark)[0]
    return unquote(text, errors="replace")


def normalise_dialled(raw: str, area_code: str) -> str:
    """The dialled number: short codes of this city bare ('0872-12345' → '12345'), others as `0AAA…`; "" if unreadable.

    Another city's short code keeps its area code ('087112345'): it is not this city's number.
    """
    return _normalise(raw, area_code) if len(raw) <= MAX_TEXT else ""


def normalise_caller(raw: str | None, area_code: str) -> Caller:
    """Who calls: '+86138…', '086138…', '013800000000' → '13800000000'; a landline gets the area code it lacks.

    `number` is None for hidden, empty and unreadable callers; the first two are `withheld`.
    """
    raw = raw or ""
    kept = raw[:MAX_TEXT]
    if not kept.strip():
        return Caller(kept, None, withheld=True)
    number = normalise_dialled(raw, area_code)
    hidden = not number and _user_of(kept).strip().strip('"').lower() in _HIDDEN
    return Caller(kept, number or None, withheld=hidden)


@lru_cache(maxsize=8192)  # the same few numbers are dialled all day; what is kept is bounded by MAX_TEXT
def _normalise(raw: str, area_code: str) -> str:
    return _national(digits_of(raw), area_code)


def _national(number: str, area_code: str) -> str:
    """Without country code; with area code unless it is a short code of this city or a mobile number."""
    if number.startswith("00") and len(number) > 2:
        number = "+" + number[2:]
    if number.startswith("+"):
        if not number.startswith("+86"):
            return number
        return _domestic(number[3:], area_code, area_given=True)
    own = area_code.lstrip("0")
    for prefix in ("086", "86"):  # 86 without + is a country code only when what follows cannot be a local number
        rest = number[len(prefix) :]
        if number.startswith(prefix) and _is_after_country_code(rest, own):
            return _domestic(rest, area_code, area_given=True)
    return _domestic(number, area_code, area_given=False)


def _is_after_country_code(rest: str, own: str) -> bool:
    rest = rest.lstrip("0")
    if _MOBILE.fullmatch(rest) or (rest.startswith(own) and _SHORT_CODE.fullmatch(rest[len(own) :])):
        return True
    return len(rest) >= 9  # area code and subscriber; a local number has at most 8 digits


def _domestic(number: str, area_code: str, *, area_given: bool) -> str:
    """`area_given`: a country code stood before it, so the area code lacks its 0."""
    own = area_code.lstrip("0")
    bare = number.lstrip("0") if number.startswith("0") else number
    if _MOBILE.fullmatch(bare) or _NATIONWIDE.fullmatch(bare):
        return bare
    if _SHORT_CODE.fullmatch(number):
        return number
    if number.startswith(area_code):
        return _local(number[len(area_code) :], area_code)
    if number.startswith("0"):
        return number
    local = number[len(own) :] if number.startswith(own) else ""
    if local and (_LANDLINE.fullmatch(local) or (area_given and _SHORT_CODE.fullmatch(local))):
        return _local(local, area_code)
    if area_given and number:
        return "0" + number
    return _local(number, area_code) if _LANDLINE.fullmatch(number) else number


def _local(number: str, area_code: str) -> str:
    return number if _SHORT_CODE.fullmatch(number) else area_code + number


def parse_diversions(headers: tuple[str, ...]) -> tuple[tuple[Diversion, ...], int]:
    """Raw Diversion headers or bare numbers, newest first → the readable ones in the same order, and how many were not.

    A header may carry several, separated by commas outside quotes and brackets (RFC 5806, section 4). Never raises.
    """
    found: list[Diversion] = []
    unreadable = 0
    for header in headers[:MAX_DIVERSIONS]:
        for text in _split(header):
            diversion = _parse_diversion(text)
            if diversion is None:
                unreadable += 1
            elif len(found) < MAX_DIVERSIONS:
                found.append(diversion)
    return tuple(found), unreadable + max(0, len(headers) - MAX_DIVERSIONS)


def _split(header: str) -> list[str]:
    if len(header) > MAX_HEADER:
        return [""]  # one unreadable
    if "," not in header:
        return [header]
    parts, depth, quoted, escaped = [""], 0, False, False
    for char in header:
        if char == "," and not quoted and depth == 0:
            parts.append("")
            continue
        parts[-1] += char
        if escaped or (quoted and char == "\\"):
            escaped = not escaped
        elif char == '"':
            quoted = not quoted
        elif not quoted:
            depth = max(0, depth + (char == "<") - (char == ">"))
    return [part for part in parts if part.strip()]


def _parse_diversion(text: str) -> Diversion | None:
    text = text.strip()
    if text.lower().startswith("diversion:"):
        text = text[len("diversion:") :].strip()
    number = digits_of(text)
    if not number:
        return None
    bare = _without_name(text)
    after = bare.partition(">")[2] if "<" in bare else bare
    said = _REASON.search(after)
    return Diversion(number, said[1].lower() if said else "")
