"""One thing the doctor looked at.

In: name, level, what was seen, remedy. Out: a line or JSON. Never: a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARN = "warn"  # works, but somebody should know
    BAD = "bad"  # calls, recordings or pages suffer


@dataclass(frozen=True, slots=True)
class Finding:
    """`remedy` is empty when nothing is to be done."""

    name: str
    level: Level
    seen: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "level": self.level.value, "seen": self.seen, "remedy": self.remedy}

    def as_text(self) -> str:
        mark = {Level.OK: "ok  ", Level.WARN: "WARN", Level.BAD: "BAD "}[self.level]
        tail = f"\n         → {self.remedy}" if self.remedy else ""
        return f"  {mark} {self.name:<12} {self.seen}{tail}"
