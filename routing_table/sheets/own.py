"""A line of our own layout → the fields it sets.

In: cells under known columns. Out: field → plain value, as the snapshot writes it; None empties a field.
Never: judges the values; that is the readers' matter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from routing_table.vocabulary import LABELS, read_chain_words

from .cells import day, label, percent, word, words
from .columns import Columns
from .model import Cell

_DAYS = ("valid_from", "valid_until", "transition_from", "cut_over", "rolled_back")
_TEXTS = ("name", "unit", "note")


def read_line(columns: Columns, cells: Sequence[Cell]) -> dict[str, object]:
    """Every column of the sheet sets its field; an empty cell empties it."""
    found: dict[str, object] = {}
    for column, field, _ in columns.fields:
        cell = cells[column] if column < len(cells) else None
        found[field] = _READERS.get(field, _labelled(field))(cell) or None
    return found


def _labelled(field: str) -> Callable[[Cell], str]:
    back = {said: value for value, said in LABELS.get(field, {}).items()}
    return lambda cell: back.get(word(cell), word(cell))


def _chain(cell: Cell) -> str:
    return read_chain_words(words(cell))


_READERS: Mapping[str, Callable[[Cell], str]] = {
    **dict.fromkeys(_TEXTS, label),
    **dict.fromkeys(_DAYS, day),
    "aliases": words,
    "skills": words,
    "shared_percent": percent,
    "chain": _chain,
}
