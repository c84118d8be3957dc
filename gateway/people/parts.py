"""The parts of `people.json` in the store: read, saved by revision, with an entry in the audit.

In: a session, a part as a page sends it, the revision it was looked at. Out: rows; `PartConflictError` when
somebody was faster, ReadError with every wrong place. Never: a part that the gateway could not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError
from gateway.people.document import (
    People,
    read_part,
    read_results,
    read_wrap_up,
    results_json,
    with_version,
    wrap_up_json,
)
from gateway.store.audit import log_audit
from gateway.store.models import PeoplePart
from gateway.store.tables import notify_published
from transfer.outside import OutsidePolicy, policy_json, read_policy
from transfer.reading import ReadError, Row
from transfer.roster import NUMBER, Roster, entry_json, read_entries

ROSTER = "roster/"
LOCK_KEY = 0x12346  # beside the table's: whoever saves a part waits for the others
_READERS: Mapping[str, tuple[Callable[[Row], Any], Callable[[Any], Any]]] = {
    "outside": (read_policy, policy_json),
    "results": (read_results, results_json),
    "wrap_up": (read_wrap_up, wrap_up_json),
}


class PartConflictError(CallerFaultError):
    """Somebody else saved this part since. `revision` is what stands there now, 0 for nothing."""

    def __init__(self, key: str, revision: int) -> None:
        super().__init__("内容已被他人修改", place=key, remedy="请刷新后在最新内容上修改")
        self.revision = revision


@dataclass(frozen=True, slots=True)
class Actor:
    name: str
    at: datetime
    ip: str = ""


def checked(key: str, value: object) -> Any:
    """The part as it is stored. Raises ReadError with every wrong place, CallerFaultError for an unknown part."""
    if key.startswith(ROSTER):
        if re.fullmatch(NUMBER, key.removeprefix(ROSTER), re.ASCII) is None:
            raise CallerFaultError("热线号码应为 3 到 12 位数字", place=key)
        return [entry_json(entry) for entry in read_part(read_entries, value, "")]
    if key not in _READERS:
        raise CallerFaultError("没有这一部分", place=key)
    reader, writer = _READERS[key]
    return writer(read_part(reader, value, ""))


async def people_parts(session: AsyncSession) -> tuple[PeoplePart, ...]:
    return tuple(await session.scalars(select(PeoplePart).order_by(PeoplePart.key)))


async def find_part(session: AsyncSession, key: str) -> PeoplePart | None:
    return await session.get(PeoplePart, key, populate_existing=True)


async def save_part(session: AsyncSession, actor: Actor, key: str, value: object, *, revision: int) -> PeoplePart:
    """Replace a part. `revision` 0: there is none yet. An empty roster of a hotline stays as an empty part."""
    content = checked(key, value)
    if session.get_bind().dialect.name == "postgresql":  # on SQLite a writing transaction is alone anyway
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
    part = await find_part(session, key)
    found = part.revision if part else 0
    if found != revision:
        raise PartConflictError(key, found)
    before = part.content if part else None
    if part is None:
        part = PeoplePart(key=key, content=content, revision=1, changed_by=actor.name, changed_at=actor.at)
        session.add(part)
    else:
        part.content, part.revision = content, part.revision + 1
        part.changed_by, part.changed_at = actor.name, actor.at
    detail = {"before": before, "after": content, "revision": part.revision}
    await log_audit(session, actor.name, "people.saved", f"people:{key}", at=actor.at, ip=actor.ip, detail=detail)
    await session.flush()
    await notify_published(session, f"people {key}")
    return part


async def published_people(session: AsyncSession) -> People:
    """What is in force, put together from its parts."""
    return compose(await people_parts(session))


def compose(parts: Sequence[PeoplePart]) -> People:
    """Parts are read again as they lie there: what an older release wrote may not be readable. Raises ReadError."""
    found = {part.key: part.content for part in parts}
    hotlines = {
        key.removeprefix(ROSTER): read_part(read_entries, content, key)
        for key, content in found.items()
        if key.startswith(ROSTER)
    }
    outside = read_part(read_policy, found["outside"], "outside") if "outside" in found else OutsidePolicy()
    results = read_part(read_results, found["results"], "results") if "results" in found else ()
    people = People(
        roster=Roster({number: entries for number, entries in hotlines.items() if entries}),
        outside=outside,
        results=results,
    )
    if "wrap_up" in found:
        wrap_up = read_part(read_wrap_up, found["wrap_up"], "wrap_up")
        people = People("", people.roster, people.outside, people.results, wrap_up)
    return with_version(people)


def parts_of(people: People) -> dict[str, Any]:
    """The other way round: the parts of a document, as `save_part` takes them."""
    parts: dict[str, Any] = {
        f"{ROSTER}{number}": [entry_json(entry) for entry in entries]
        for number, entries in sorted(people.roster.hotlines.items())
    }
    return parts | {
        "outside": policy_json(people.outside),
        "results": results_json(people.results),
        "wrap_up": wrap_up_json(people.wrap_up),
    }


__all__ = [
    "ROSTER",
    "Actor",
    "PartConflictError",
    "ReadError",
    "checked",
    "compose",
    "find_part",
    "parts_of",
    "people_parts",
    "published_people",
    "save_part",
]
