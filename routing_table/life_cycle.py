"""Where a hotline stands in its merge, from the dates of its rows.

In: a table, a number, a day. Out: the stage, since when, until when, and the days to compare figures around.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .model import Row, Table


class Stage(StrEnum):
    PLANNED = "planned"
    TRANSITION = "transition"
    MERGED = "merged"
    ROLLED_BACK = "rolled_back"
    ENDED = "ended"  # the row is no longer valid and none follows


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """`since`/`until` (exclusive): days of this stage, None without limit. `merged_on`: the day to compare around."""

    number: str
    name: str
    stage: Stage
    since: date | None = None
    until: date | None = None
    merged_on: date | None = None


def stage_of(row: Row, day: date) -> Stage:
    raise NotImplementedError


def life_cycle(table: Table, number: str, day: date) -> LifeCycle | None:
    """None for a number without a row."""
    raise NotImplementedError


def life_cycles(table: Table, day: date) -> tuple[LifeCycle, ...]:
    raise NotImplementedError
