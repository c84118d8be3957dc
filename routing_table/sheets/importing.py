"""Cells as admins write them → what they would change, row by row.

In: a table and a sheet in one of the two layouts. Out: an `ImportResult`; its edits are empty when anything is refused.
Never: changes a table, removes a row that the sheet lacks, or raises for bad content.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from routing_table.content import plain_row, read_row
from routing_table.difference import Change, ChangeKind, changed_fields
from routing_table.edits import Action, Edit
from routing_table.entities import Entity, Record, key_of, row_key
from routing_table.fields import Problem
from routing_table.life_cycle import row_of
from routing_table.model import Row, Table
from routing_table.numbers import digits_of, normalise_dialled

from .annex import read_annex
from .cells import label
from .columns import Columns, find_columns
from .model import Cell, ImportResult, Layout, Outcome, Refused, Sheet
from .own import read_line
from .words import EMERGENCY, NEVER, NO_LAYOUT, TOO_LONG, TWICE, chinese

MAX_ROWS = 20_000
TRANSITION_DAYS = 92  # the plan of 2021: prompts by the end of August, numbers stop by the end of November


def import_rows(
    table: Table, sheet: Sheet, *, day: date, transition_from: date | None = None, cut_over: date | None = None
) -> ImportResult:
    """What the sheet would change. Never raises for bad content.

    `day`: from when the annex's new rows are valid. `transition_from`, `cut_over`: of the hotlines that the annex
    newly absorbs; default `day` and 92 days after `transition_from`. Rows there already keep their dates.
    """
    columns = find_columns(sheet) if len(sheet) <= MAX_ROWS else None
    if columns is None:
        reason = NO_LAYOUT if len(sheet) <= MAX_ROWS else TOO_LONG
        return ImportResult(None, refused=(Refused(1, "", "", reason, chinese("", reason)),))
    work = _Import(table, columns)
    if columns.layout is Layout.OWN:
        work.own(sheet)
    else:
        begins = transition_from or day
        work.annex(sheet, day, begins, cut_over or begins + timedelta(days=TRANSITION_DAYS))
    return work.result()


@dataclass(slots=True)
class _Import:
    table: Table
    columns: Columns
    added: list[Outcome] = field(default_factory=list)
    changed: list[Outcome] = field(default_factory=list)
    unchanged: list[Outcome] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    by_number: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.table.rows:
            self.by_number.setdefault(row.number, []).append(row)

    def result(self) -> ImportResult:
        return ImportResult(
            self.columns.layout,
            tuple(self.added),
            tuple(self.changed),
            tuple(self.unchanged),
            tuple(self.refused),
            () if self.refused else tuple(self.edits),
        )

    # -- the two layouts ----------------------------------------------------------------------------------------

    def own(self, sheet: Sheet) -> None:
        for index, cells in self._lines(sheet):
            told = read_line(self.columns, cells)
            number = self._number(str(told.get("number") or ""))
            told["number"] = number or told.get("number")
            old = self._own_row(number, told)
            record = {**(plain_row(old) if old else {}), **told}
            self._propose(index, old, record, cells)

    def _lines(self, sheet: Sheet) -> Iterator[tuple[int, list[Cell]]]:
        first = self.columns.header + 1
        for index, cells in enumerate(sheet[first:], first):
            if any(label(cell) for cell in cells):
                yield index, list(cells)

    def _own_row(self, number: str, told: Record) -> Row | None:
        rows = self.by_number.get(number, [])
        if "valid_from" not in told:
            return rows[0] if len(rows) == 1 else None
        return next((row for row in rows if row_key(row) == key_of(Entity.ROW, told)), None)

    def annex(self, sheet: Sheet, day: date, begins: date, cut_over: date) -> None:
        for line in read_annex(sheet, self.columns):
            cells = list(sheet[line.row])
            number = self._number(line.number)
            if line.wrong:
                self._refuse(line.row, line.wrong[0], line.wrong[1], cells)
                continue
            rows = self.by_number.get(number, [])
            named = [row for row in rows if row.hotline.name == line.fields["name"]]  # an older use of the number
            old = row_of(named or rows, day) if rows else None
            record: dict[str, object] = plain_row(old) if old else {"valid_from": day.isoformat()}
            newly_absorbed = not line.fields["number_kept"] and (old is None or old.number_kept)
            if newly_absorbed:
                record |= {"transition_from": begins.isoformat(), "cut_over": cut_over.isoformat()}
            record |= {**line.fields, "number": number or line.number}
            self._propose(line.row, old, record, cells)

    # -- one line -----------------------------------------------------------------------------------------------

    def _number(self, text: str) -> str:
        """As the table writes it when it is there, else as calls arrive; "" when it is no number."""
        digits = digits_of(text).lstrip("+")
        return digits if digits in self.by_number else normalise_dialled(text, self.table.city.area_code)

    def _propose(self, index: int, old: Row | None, record: Record, cells: list[Cell]) -> None:
        problems: list[Problem] = []
        row = read_row(record, lambda name: name, problems)
        if row is None:
            for problem in problems:
                self._refuse(index, problem.place, problem.message, cells)
            return
        key = row_key(row)
        if wrong := self._forbidden(row, key):
            self._refuse(index, "number", wrong, cells)
            return
        self.seen.add(key)
        self._sort(index, old, row, key)

    def _forbidden(self, row: Row, key: str) -> str:
        entry = self.table.by_number.get(normalise_dialled(row.number, self.table.city.area_code))
        if key in self.seen:
            return TWICE
        if entry and entry.emergency:
            return EMERGENCY
        return NEVER if entry and entry.never_opened else ""

    def _sort(self, index: int, old: Row | None, row: Row, key: str) -> None:
        name, new = row.hotline.name, plain_row(row)
        if old is None:
            change = Change(ChangeKind.ADDED, Entity.ROW, key, name=name)
            self.added.append(Outcome(index + 1, key, name, (change,)))
            self.edits.append(Edit(Action.ADD, Entity.ROW, key, new))
            return
        changes = tuple(
            Change(ChangeKind.CHANGED, Entity.ROW, key, where, before, after, name)
            for where, before, after in changed_fields(Entity.ROW, plain_row(old), new)
        )
        outcome = Outcome(index + 1, key, name, changes)
        if changes:
            self.changed.append(outcome)
            self.edits.append(Edit(Action.REPLACE, Entity.ROW, row_key(old), new))
        else:
            self.unchanged.append(outcome)

    def _refuse(self, index: int, field_name: str, message: str, cells: list[Cell]) -> None:
        column = next((column for column, name, _ in self.columns.fields if name == field_name), None)
        value = label(cells[column]) if column is not None and column < len(cells) else ""
        said = self.columns.said(field_name)
        self.refused.append(Refused(index + 1, said, value[:80], message, chinese(field_name, message)))
