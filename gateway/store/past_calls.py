"""Real calls for a replay of the table, and the figures of a hotline before and after its merge.

In: a session, a span. Out: rows of plain values, oldest first; counts. Never: loads whole calls: a week of a large city
is 160,000 of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Text, case, func, literal, select, tuple_, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.journal.kinds import Outcome

from .models import Call
from .models.calls import read_diversions
from .sealed import Held, Sealed

CHUNK = 20_000
ANSWER_WITHIN_S = 15.0  # GB/T 33358 as reported
_TALKED = (Outcome.ANSWERED, Outcome.UNIT_ANSWERED)


class StoredCall(NamedTuple):
    """What the table was asked for this call, as far as it was recorded. `reasons`: coded, see routing_table.

    Numbers stay sealed until they are asked for: half a million of them take seconds, which are a thread's.
    """

    linkedid: str
    started_at: datetime
    dialled: str
    caller_held: Held
    trunk: str
    reasons: list[str]
    diversions_clear: list[str]
    diverted_held: Held | None

    @property
    def caller_raw(self) -> str:
        return self._open(self.caller_held, "caller_raw") or ""

    @property
    def diversions(self) -> list[str]:
        return read_diversions(self._open(self.diverted_held, "diverted"), self.diversions_clear)

    def _open(self, held: Held | None, column: str) -> str | None:
        return held.text(("calls", self.linkedid, column)) if isinstance(held, Sealed) else None


async def stored_calls(session: AsyncSession, since: datetime, until: datetime, *, limit: int) -> list[StoredCall]:
    """Calls that came in from outside in [since, until), oldest first, at most `limit`."""
    columns = (
        *(Call.linkedid, Call.started_at, Call.dialled, Call.caller_raw_sealed, Call.trunk),
        *(Call.reasons, Call.diversions_clear, Call.diverted_sealed),
    )
    found: list[StoredCall] = []
    query = (
        select(*columns)
        .where(Call.inbound.is_(True), Call.started_at >= since, Call.started_at < until)
        .order_by(Call.started_at, Call.linkedid)
    )
    chunk = query.limit(min(CHUNK, limit))
    while len(found) < limit:
        rows = (await session.execute(chunk)).all()
        found += [StoredCall._make(row) for row in rows]
        if len(rows) < CHUNK:
            break
        last = found[-1]
        after = tuple_(literal(last.started_at, Call.started_at.type), literal(last.linkedid, Call.linkedid.type))
        chunk = query.where(tuple_(Call.started_at, Call.linkedid) > after).limit(min(CHUNK, limit - len(found)))
    return found


@dataclass(frozen=True, slots=True)
class Figures:
    """`answered`: a person talked with the caller; `within_15_s` of them waited at most 15 s. `repeats`: calls by a
    known caller who had called the same hotline before in the same span."""

    calls: int = 0
    answered: int = 0
    within_15_s: int = 0
    abandoned: int = 0
    repeats: int = 0


async def figures(session: AsyncSession, since: datetime, until: datetime) -> Mapping[str, Figures]:
    """Hotline number → figures of the calls that came in for it in [since, until)."""
    talked = Call.outcome.in_(_TALKED)
    caller = func.coalesce(Call.caller_index, type_coerce(Call.caller_number_sealed, Text))  # not sealed yet: itself

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count(case((condition, 1)))

    query = (
        select(
            Call.hotline_number,
            func.count(),
            count(talked),
            count(talked & (Call.waiting_s <= ANSWER_WITHIN_S)),
            count(Call.outcome == Outcome.ABANDONED),
            func.count(caller) - func.count(func.distinct(caller)),
        )
        .where(
            Call.inbound.is_(True),
            Call.hotline_number.is_not(None),
            Call.started_at >= since,
            Call.started_at < until,
        )
        .group_by(Call.hotline_number)
    )
    return {str(row[0]): Figures(*(int(value) for value in row[1:])) for row in await session.execute(query)}
