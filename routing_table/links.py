"""The chain that a row's four switches mean, written as links.

In: a row, whether its unit has a line, a day. Out: links. Never: looks at hours.
"""

from __future__ import annotations

from datetime import date

from .model import Link, LinkKind, MergeMode, Row, Seats

MAX_HOPS = 3  # from hotline to hotline; more is a mistake, and lookup must stay fast
MAX_STEPS = 16  # a call's state travels in one channel variable

_SHARED = Link(LinkKind.SHARED_SEATS)
_EXPERT = Link(LinkKind.EXPERT_SEATS)
_LINE = Link(LinkKind.UNIT_LINE)


def own_links(row: Row, has_line: bool, day: date) -> tuple[Link, ...]:
    """The people of the row on that day, in order; for a number that is cancelled: the shared seats."""
    back = row.rolled_back_on(day)
    if not back and (row.hotline.merge_mode is MergeMode.SUBCENTRE and row.number_kept):
        return (_LINE, _SHARED)
    if not back and row.seats is Seats.MERGED:
        return (_SHARED,)
    if not has_line and row.expert_seat_allowed and (row.number_kept or back):
        return (_EXPERT, _SHARED) if row.expert_direct else (_SHARED, _EXPERT)
    if has_line and (row.transfer_mechanism or back or not row.number_kept):
        return (_LINE, _SHARED)
    return (_SHARED,)
