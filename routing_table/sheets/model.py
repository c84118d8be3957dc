"""What an import proposes: frozen values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from routing_table.difference import Change
from routing_table.edits import Edit

Cell = str | int | float | bool | date | datetime | None
Sheet = Sequence[Sequence[Cell]]


class Layout(StrEnum):
    OWN = "own"
    ANNEX = "annex"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One row of the sheet that was understood. `row`: as Excel counts, from 1. `changes`: none for unchanged."""

    row: int
    key: str
    name: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """One cell that was not. `reason` is English, `chinese` for the pages."""

    row: int
    field: str
    value: str
    reason: str
    chinese: str


@dataclass(frozen=True, slots=True)
class ImportResult:
    """`edits` is empty when anything is refused: nothing is half done. Rows that the sheet lacks stay as they are."""

    layout: Layout | None
    added: tuple[Outcome, ...] = ()
    changed: tuple[Outcome, ...] = ()
    unchanged: tuple[Outcome, ...] = ()
    refused: tuple[Refused, ...] = ()
    edits: tuple[Edit, ...] = ()
