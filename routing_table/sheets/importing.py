"""Cells as admins write them → proposals."""

from __future__ import annotations

from datetime import date

from routing_table.model import Table

from .model import ImportResult, Sheet


def import_rows(
    table: Table, sheet: Sheet, *, day: date, transition_from: date | None = None, cut_over: date | None = None
) -> ImportResult:
    """What the sheet would change. `day`: from when new rows of the annex are valid; the other two: for new absorbed
    ones (default: `day`, and 92 days later, as in the plan of 2021). Never raises for bad content.
    """
    raise NotImplementedError
