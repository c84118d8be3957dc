"""The table's rows as cells."""

from __future__ import annotations

from routing_table.model import Table

from .model import Cell


def export_rows(table: Table) -> list[list[Cell]]:
    """A header and a line per row, all cells text."""
    raise NotImplementedError
