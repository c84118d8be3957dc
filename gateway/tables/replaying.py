"""Replaying real calls of the store against a draft, and figures around a hotline's merge.

In: a session, two tables, a span. Out: `routing_table.replay.Replay` and the seconds it took. Never: more than
`MAX_CALLS` calls at once, or the event loop kept from others meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError
from gateway.store.past_calls import StoredCall, stored_calls
from routing_table import Table, read_reason
from routing_table.replay import PastCall, Replay, replay

MAX_CALLS = 500_000  # three weeks of the largest city
# Calls of releases before 0003 have no Diversions stored; these reasons name the number that was taken from one.
_DIVERTED = frozenset({"diversion-original", "diversion-first", "diversion-main"})


@dataclass(frozen=True, slots=True)
class Replayed:
    """`seconds`: reading and deciding together. `cut`: there were more than MAX_CALLS, the later ones are not in it."""

    result: Replay
    seconds: float
    cut: bool


@dataclass(frozen=True, slots=True)
class Read:
    """Calls of a span, and how long it took to read them."""

    calls: list[StoredCall]
    seconds: float


async def replay_span(session: AsyncSession, old: Table, new: Table, since: datetime, until: datetime) -> Replayed:
    """Raises CallerFaultError when the span is empty."""
    return await replay_calls(old, new, await read_calls(session, since, until))


async def read_calls(session: AsyncSession, since: datetime, until: datetime) -> Read:
    """Raises CallerFaultError when the span is empty."""
    if until <= since:
        raise CallerFaultError("结束时间必须晚于开始时间", place="to")
    began = time.monotonic()
    return Read(await stored_calls(session, since, until, limit=MAX_CALLS), time.monotonic() - began)


async def replay_calls(old: Table, new: Table, read: Read) -> Replayed:
    """No session is needed, so none is kept open meanwhile."""
    began = time.monotonic()
    result = await asyncio.to_thread(_replay, old, new, read.calls)
    return Replayed(result, round(read.seconds + time.monotonic() - began, 3), len(read.calls) >= MAX_CALLS)


def _replay(old: Table, new: Table, calls: list[StoredCall]) -> Replay:
    asks = any(0 < row.shared_percent < 100 for table in (old, new) for row in table.rows)
    return replay(old, new, (past_call(call, with_caller=asks) for call in calls))


def past_call(call: StoredCall, *, with_caller: bool = True) -> PastCall:
    """The caller decides nothing but the side of a share: without one the number stays sealed, which saves half."""
    diversions = tuple(call.diversions) or _guessed(call)
    return PastCall(
        dialled=call.dialled,
        at=call.started_at,
        caller=(call.caller_raw or None) if with_caller else None,
        diversions=diversions,
        trunk=call.trunk or None,
        key=call.linkedid,
    )


def _guessed(call: StoredCall) -> tuple[str, ...]:
    diverted = next((word for word in call.reasons if word.partition("/")[0] in _DIVERTED), "")
    return read_reason(diverted).args[:1] if diverted else ()
