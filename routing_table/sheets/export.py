"""The table's rows as cells.

In: a table. Out: a header and a line per row. Never: a cell that is not text (Excel would make 0872 a number).
"""

from __future__ import annotations

from routing_table.content import plain_row
from routing_table.entities import Entity
from routing_table.flat import flat
from routing_table.model import Table
from routing_table.vocabulary import FIELDS, say_value

from .columns import ROW_FIELDS
from .model import Cell


def export_rows(table: Table) -> list[list[Cell]]:
    """A header and a line per row, all cells text. `import_rows` finds nothing added, changed or refused in it."""
    sheet: list[list[Cell]] = [[FIELDS[field] for field in ROW_FIELDS]]
    for row in table.rows:
        record = flat(Entity.ROW, plain_row(row))
        sheet.append([say_value(field, record[field]) for field in ROW_FIELDS])
    return sheet
