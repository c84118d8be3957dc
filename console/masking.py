"""Numbers and names as a page may show them to someone who has not asked for the whole.

In: a number or text as stored. Out: the masked form. Never: decides who may see the whole (`access`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeGuard

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


def mask_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """An audit entry's detail without the number that somebody outside can be called at (`number`, `target.ref`)."""
    return {key: _mask_fact(key, value) for key, value in facts.items()}


def whole_number(facts: Mapping[str, Any]) -> str | None:
    """The number that `mask_facts` hides; None when there is none."""
    target = facts.get("target")
    found = target.get("ref") if _leads_out(target) else facts.get("number")
    return found if isinstance(found, str) and found else None


def _mask_fact(key: str, value: Any) -> Any:
    if key == "number" and isinstance(value, str):
        return mask_number(value)
    if key == "target" and _leads_out(value):
        return {**value, "ref": mask_number(str(value.get("ref") or ""))}
    return value


def _leads_out(target: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(target, Mapping) and target.get("kind") == "outside"
