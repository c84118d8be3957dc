"""What each finding says."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {}


def sentence(code: str, args: tuple[str, ...], *, chinese: bool = False) -> str:
    pair = SENTENCES.get(code)
    return pair[chinese].format(*args) if pair else code
