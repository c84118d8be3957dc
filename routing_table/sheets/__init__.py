"""The table as a sheet of cells: our own export, and the annex as cities publish it. Public face.

result = import_rows(table, cells, day=today)      # cells: rows of text, numbers, dates, None
cells = export_rows(table)                         # imports back identically
"""

from .export import export_rows
from .importing import import_rows
from .model import Cell, ImportResult, Layout, Outcome, Refused, Sheet

__all__ = ["Cell", "ImportResult", "Layout", "Outcome", "Refused", "Sheet", "export_rows", "import_rows"]
