"""The audit trail: who did or looked at what. Append and read; nothing here changes or deletes an entry.

In: a session and the entry. Out: pages of entries, newest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError

from .models import AuditEntry
from .rows import PAGE_MAX, Page


async def log_audit(
    session: AsyncSession,
    who: str,
    what: str,
    subject: str,
    *,
    at: datetime,
    ip: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append one entry, e.g. ("admin", "recording.played", "call:hl1-17…"). In the caller's transaction: if the act is
    rolled back, so is its entry; if the entry cannot be written, the act does not happen."""
    session.add(AuditEntry(at=at, who=who, what=what, object=subject, ip=ip, detail=dict(detail or {})))
    await session.flush()


async def audit_page(
    session: AsyncSession,
    *,
    who: str = "",
    what: str = "",
    subject: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AuditEntry]:
    """Newest first. `what`: how the act begins ("table."), several with commas; the others whole.

    Raises CallerFaultError: bad cursor.
    """
    limit = min(max(limit, 1), PAGE_MAX)
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit + 1)
    if cursor:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise CallerFaultError("翻页标记无效", place="cursor", remedy="请从第一页重新开始")
        query = query.where(AuditEntry.id < int(cursor))
    if who:
        query = query.where(AuditEntry.who == who)
    if subject:
        query = query.where(AuditEntry.object == subject)
    begins = [part for part in what.split(",") if part]
    if begins:
        query = query.where(or_(*(AuditEntry.what.startswith(part, autoescape=True) for part in begins)))
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    if until is not None:
        query = query.where(AuditEntry.at < until)
    rows = (await session.scalars(query)).all()
    items = tuple(rows[:limit])
    return Page(items, str(items[-1].id) if len(rows) > limit else None)
