"""The State Council's yearly notice: from its text or from lists of days to an edit of the table.

In: text or days. Out: the days off and the worked weekend days of one year. Never: guesses a day.
"""

from __future__ import annotations

from .calendar import YearNotice
from .edits import Edit
from .model import Table


def parse_notice(text: str, year: int, source: str = "") -> YearNotice:
    """The official text ('元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。') → the year's days.

    Raises TableError when a weekday or a count of days does not fit: then it is another year's text.
    """
    raise NotImplementedError


def notice_edit(table: Table, notice: YearNotice) -> Edit:
    """Add the year's notice or replace the one there is; every calendar follows."""
    raise NotImplementedError


def provisional_years(table: Table, first: int, last: int) -> tuple[int, ...]:
    """Years without a notice."""
    raise NotImplementedError
