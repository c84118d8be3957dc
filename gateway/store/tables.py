"""The routing table's versions as rows: the head, the open draft, edits, uploaded sheets and spoken prompts.

In: a session. Out: rows; `notify_published` wakes every node's publisher when the transaction commits. Never: judges a
table (that is `gateway.tables`), or changes the content of a version that was published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from gateway.errors import CallerFaultError

from .errors import NotFoundError
from .kinds import VersionState
from .models import PromptUpload, TableEdit, TableHead, TableImport, TableVersion
from .rows import PAGE_MAX, Page

CHANNEL = "hotline_table"
LOCK_KEY = 0x12346  # any fixed number but the migrations': serialises changes while there is no head yet
IMPORTS_KEPT = timedelta(days=7)
_OPEN = (VersionState.DRAFT, VersionState.CHECKED)


@dataclass(frozen=True, slots=True)
class Head:
    """The version in force."""

    number: int
    version: str


async def read_head(session: AsyncSession) -> Head | None:
    """One small row, asked several times a second by every node's publisher."""
    row = (await session.execute(select(TableHead.number, TableHead.version))).first()
    return Head(row.number, row.version) if row else None


async def lock_table(session: AsyncSession) -> Head | None:
    """Wait for whoever changes the table now, then keep everybody else waiting until this transaction ends."""
    if session.get_bind().dialect.name == "postgresql":  # on SQLite a writing transaction is alone anyway
        await session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
    return await read_head(session)


async def set_head(session: AsyncSession, version: TableVersion, at: datetime) -> None:
    row = await session.get(TableHead, 1, populate_existing=True)
    if row is None:
        session.add(TableHead(id=1, number=version.number, version=version.version, at=at))
    else:
        row.number, row.version, row.at = version.number, version.version, at
    await session.flush()


async def notify_published(session: AsyncSession, what: str) -> None:
    """Heard by `listen` when, and only when, this transaction commits. Nothing on SQLite: its publisher polls."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("SELECT pg_notify(:channel, :what)"), {"channel": CHANNEL, "what": what})


async def find_draft(session: AsyncSession) -> TableVersion | None:
    """The one draft, checked or not, that is neither published nor discarded."""
    query = select(TableVersion).where(TableVersion.state.in_(_OPEN)).order_by(TableVersion.number.desc()).limit(1)
    return (await session.scalars(query.execution_options(populate_existing=True))).first()


async def find_version(session: AsyncSession, number: int) -> TableVersion:
    """Raises NotFoundError."""
    found = await session.get(TableVersion, number, populate_existing=True) if 0 < number < 2**31 else None
    if found is None:
        raise NotFoundError("没有这个版本", place=str(number))
    return found


async def next_table_number(session: AsyncSession) -> int:
    return (await session.scalar(select(func.max(TableVersion.number))) or 0) + 1


async def versions_page(session: AsyncSession, *, cursor: str | None = None, limit: int = 50) -> Page[TableVersion]:
    """Versions, newest first, without their content (asking for it raises). Raises CallerFaultError: bad cursor."""
    limit = min(max(limit, 1), PAGE_MAX)
    query = (
        select(TableVersion)
        .options(defer(TableVersion.content, raiseload=True))
        .order_by(TableVersion.number.desc())
        .limit(limit + 1)
    )
    if cursor:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 10):
            raise CallerFaultError("翻页标记无效", place="cursor", remedy="请从第一页重新开始")
        query = query.where(TableVersion.number < int(cursor))
    rows = (await session.scalars(query)).all()
    items = tuple(rows[:limit])
    return Page(items, str(items[-1].number) if len(rows) > limit else None)


async def edits_since(session: AsyncSession, number: int, revision: int) -> tuple[TableEdit, ...]:
    """The saved changes of a draft after that revision, oldest first."""
    query = (
        select(TableEdit)
        .where(TableEdit.number == number, TableEdit.revision > revision)
        .order_by(TableEdit.revision, TableEdit.id)
    )
    return tuple(await session.scalars(query))


async def retire_others(session: AsyncSession, number: int, at: datetime) -> None:
    await session.execute(
        update(TableVersion)
        .where(TableVersion.state == VersionState.PUBLISHED, TableVersion.number != number)
        .values(state=VersionState.RETIRED, retired_at=at)
    )


# -- uploaded sheets -----------------------------------------------------------------------------------------------


async def find_import(session: AsyncSession, key: str) -> TableImport:
    """Raises NotFoundError."""
    found = await session.get(TableImport, key)
    if found is None:
        raise NotFoundError("没有这次导入，或已过期", place=key[:40])
    return found


async def drop_old_imports(session: AsyncSession, now: datetime) -> None:
    await session.execute(delete(TableImport).where(TableImport.at < now - IMPORTS_KEPT))


# -- spoken prompts ------------------------------------------------------------------------------------------------


async def active_prompts(session: AsyncSession) -> tuple[PromptUpload, ...]:
    """The recording in use for each prompt that has one, without its audio."""
    newest = (
        select(func.max(PromptUpload.id)).where(PromptUpload.active.is_(True)).group_by(PromptUpload.prompt)
    ).scalar_subquery()
    query = select(PromptUpload).options(defer(PromptUpload.data, raiseload=True)).where(PromptUpload.id.in_(newest))
    return tuple(await session.scalars(query.order_by(PromptUpload.prompt)))


async def prompt_audio(session: AsyncSession, prompt: str) -> bytes | None:
    """The recording in use, None where the house's own voice speaks."""
    query = (
        select(PromptUpload.data)
        .where(PromptUpload.prompt == prompt, PromptUpload.active.is_(True))
        .order_by(PromptUpload.id.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def prompt_history(session: AsyncSession, prompt: str) -> Sequence[PromptUpload]:
    query = (
        select(PromptUpload)
        .options(defer(PromptUpload.data, raiseload=True))
        .where(PromptUpload.prompt == prompt)
        .order_by(PromptUpload.id.desc())
        .limit(PAGE_MAX)
    )
    return (await session.scalars(query)).all()


async def withdraw_prompt(session: AsyncSession, prompt: str) -> bool:
    """No recording of this prompt is used any more; whether one was."""
    changed = await session.scalars(
        update(PromptUpload)
        .where(PromptUpload.prompt == prompt, PromptUpload.active.is_(True))
        .values(active=False)
        .returning(PromptUpload.id)
    )
    return bool(changed.all())
