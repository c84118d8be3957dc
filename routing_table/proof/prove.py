"""prove(table, facts)."""

from __future__ import annotations

from routing_table.model import Table

from .model import Facts, Findings


def prove(table: Table, facts: Facts) -> Findings:
    """Every error and warning of the table. Total: a table that `load` would refuse is judged too."""
    raise NotImplementedError
