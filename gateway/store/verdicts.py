"""Recordings waiting for a verdict, and the verdicts.

In: a session. Out: which files to look at. Never: looks at a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from .intake import is_closed
from .kinds import RecordingState
from .models import Call, Recording


@dataclass(frozen=True, slots=True)
class Unverified:
    linkedid: str
    part: int
    path: str
    expected_s: float | None
    ended_at: datetime
    at_least_s: float | None = None  # of a call that was lost: up to the last thing known of it


async def unverified(session: AsyncSession, before: datetime, *, limit: int = 200) -> list[Unverified]:
    """Recordings without a verdict of calls whose last event was before that moment, oldest first."""
    query = (
        select(
            *(Recording.linkedid, Recording.part, Recording.path, Recording.expected_s, Call.last_event_at),
            *(Call.complete, Call.answered_at),
        )
        .join(Call, Call.linkedid == Recording.linkedid)
        .where(Recording.state == RecordingState.PENDING, is_closed(), Call.last_event_at < before)
        .order_by(Call.last_event_at)
        .limit(limit)
    )
    return [Unverified(*row[:5], _at_least_s(*row)) for row in await session.execute(query)]


def _at_least_s(
    _linkedid: str,
    part: int,
    _path: str,
    expected_s: float | None,
    last: datetime,
    complete: bool,  # a row's columns
    answered: datetime | None,
) -> float | None:
    if complete or expected_s is not None:
        return None
    return (last - answered).total_seconds() if answered is not None and part == 0 else 0.0


async def set_verdict(
    session: AsyncSession,
    linkedid: str,
    part: int,
    state: RecordingState,
    reason: str,
    *,
    seconds: float | None,
    size: int | None,
    sha256: str | None,
    at: datetime,
) -> None:
    values = {
        "state": state,
        "reason": reason,
        "seconds": seconds,
        "size": size,
        "sha256": sha256,
        "verified_at": at,
    }
    chosen = update(Recording).where(Recording.linkedid == linkedid, Recording.part == part)
    await session.execute(chosen.values(**values))
