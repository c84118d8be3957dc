"""Where a hotline stands in its merge, from the dates of its rows.

In: a table, a number, a day. Out: the stage, since when, until when, and the day to compare figures around.
Never: a stage that somebody has to set by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .model import Row, Table

STAGES = {
    "planned": "计划中",
    "transition": "过渡期",
    "merged": "已归并",
    "rolled_back": "已撤回",
    "ended": "已失效",
}


class Stage(StrEnum):
    PLANNED = "planned"  # the row is not valid yet, or its transition prompt has not begun
    TRANSITION = "transition"  # the prompt is played, or a share of the calls goes to shared seats
    MERGED = "merged"
    ROLLED_BACK = "rolled_back"
    ENDED = "ended"  # the row is no longer valid and none follows

    @property
    def chinese(self) -> str:
        return STAGES[self.value]


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
    """The stage of one row on one day."""
    if row.valid_until is not None and row.valid_until <= day:
        return Stage.ENDED
    if row.valid_from is not None and day < row.valid_from:
        return Stage.PLANNED
    if row.rolled_back_on(day):
        return Stage.ROLLED_BACK
    if row.number_kept:
        return Stage.TRANSITION if 0 < row.shared_percent < 100 or row.shared_calendar else Stage.MERGED
    if row.cancelled_on(day):
        return Stage.MERGED
    begun = row.transition_from is None or row.transition_from <= day
    return Stage.TRANSITION if begun else Stage.PLANNED


def merged_on(row: Row) -> date | None:
    """The first day of the merged hotline: the number's last day is before it, or a kept number's row begins."""
    return row.valid_from if row.number_kept else row.cut_over


def life_cycle(table: Table, number: str, day: date) -> LifeCycle | None:
    """Of the row valid on that day, else the next to come, else the last. None for a number without a row."""
    rows = [row for row in table.rows if row.number == number]
    return _cycle(rows, day) if rows else None


def life_cycles(table: Table, day: date) -> tuple[LifeCycle, ...]:
    """One for each number that has rows, in the table's order."""
    rows: dict[str, list[Row]] = {}
    for row in table.rows:
        rows.setdefault(row.number, []).append(row)
    return tuple(_cycle(found, day) for found in rows.values())


def _cycle(rows: list[Row], day: date) -> LifeCycle:
    row = row_of(rows, day)
    stage = stage_of(row, day)
    turns = sorted(
        {turn for turn in (row.valid_from, row.transition_from, row.cut_over, row.rolled_back, row.valid_until) if turn}
    )
    since = [turn for turn in turns if turn <= day and _begins(row, turn, stage)]
    until = [turn for turn in turns if turn > day and stage_of(row, turn) is not stage]
    return LifeCycle(
        row.number,
        row.hotline.name,
        stage,
        max(since, default=None),
        min(until, default=None),
        merged_on(row),
    )


def row_of(rows: Sequence[Row], day: date) -> Row:
    """Of the rows of one number: the one valid on that day, else the next to come, else the last."""
    valid = next((row for row in rows if row.valid_on(day)), None)
    if valid:
        return valid
    coming = [row for row in rows if row.valid_from and row.valid_from > day]
    if coming:
        return min(coming, key=lambda row: row.valid_from or date.min)
    return max(rows, key=lambda row: row.valid_until or date.min)


def _begins(row: Row, turn: date, stage: Stage) -> bool:
    """The stage begins on that turn, not before."""
    if stage_of(row, turn) is not stage:
        return False
    return turn == date.min or stage_of(row, date.fromordinal(turn.toordinal() - 1)) is not stage
