"""Numbers and names as a page may show them to someone who has not asked for the whole.

In: a number or text as stored. Out: the masked form. Never: decides who may see the whole (`access`).
"""

from __future__ import annotations

import re

_SHORT = 5  # 12345, 110: a public service, not a person
_DIGITS = re.compile(r"\+?\d{6,}")


def mask_number(number: str) -> str:
    """`13800000000` → `138****0000`, `087212345678` → `0872****5678`; five digits or fewer stay whole."""
    if len(number) <= _SHORT:
        return number
    tail = 4 if len(number) >= 9 else 2
    head = len(number) - tail - 4
    if head < 1:
        return "*" * (len(number) - tail) + number[-tail:]
    return f"{number[:head]}****{number[-tail:]}"


def mask_text(text: str) -> str:
    """Mask every run of six or more digits inside a sentence (a path's detail may quote the caller's number)."""
    return _DIGITS.sub(lambda found: mask_number(found[0]), text)


def mask_name(name: str) -> str:
    """`张三丰` → `张**`."""
    return name[:1] + "*" * (len(name) - 1)
