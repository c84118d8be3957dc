"""The open draft: begun, edited by several people at once, brought onto a newer version, thrown away.

In: a session, who acts, edits and the revision they were made on. Out: the draft's row; a typed refusal otherwise.
Never: a lost edit, or an act without its entry in the audit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import FatalError
from gateway.store.errors import ConflictError, NotFoundError
from gateway.store.kinds import VersionKind, VersionState
from gateway.store.models import TableEdit, TableVersion
from gateway.store.tables import Head, edits_since, find_draft, find_version, lock_table, next_table_number
from gateway.tables.acting import Actor, EditConflictError, log_act
from gateway.tables.contents import (
    changes_between,
    draft_table,
    edited_table,
    edits_between,
    read_content,
    require_menus,
)
from routing_table import Table, TableError, to_json, versioned
from routing_table.edits import Edit, apply_edits, read_edit
from routing_table.merge import Decided, Side, merge


async def start_draft(session: AsyncSession, actor: Actor) -> TableVersion:
    """The open draft, or a new one on the version in force."""
    head = await locked_head(session)
    draft = await find_draft(session)
    return draft or await _new_draft(session, actor, head)


async def locked_head(session: AsyncSession) -> Head:
    head = await lock_table(session)
    if head is None:
        raise NotFoundError("尚未发布路由表", place="table", remedy="请先运行 ./hotline up")
    return head


async def _new_draft(session: AsyncSession, actor: Actor, head: Head) -> TableVersion:
    base = await find_version(session, head.number)
    number = await next_table_number(session)
    draft = new_version(actor, number, versioned(await read_content(base), number), VersionKind.EDITED, base.number)
    session.add(draft)
    await session.flush()
    await log_act(session, actor, "table.draft_started", number, base=base.number)
    return draft


def new_version(actor: Actor, number: int, table: Table, kind: VersionKind, base: int) -> TableVersion:
    return TableVersion(
        number=number,
        version=table.version,
        state=VersionState.DRAFT,
        kind=kind,
        content=to_json(table),
        base=base,
        restores=None,
        revision=0,
        authors=[],
        created_by=actor.name,
        created_at=actor.at,
        changed_at=actor.at,
        findings=[],
        accepted=[],
        changes=0,
        checked_by=None,
        checked_at=None,
        published_by=None,
        published_at=None,
        reason="",
        retired_at=None,
    )


async def edit_draft(
    session: AsyncSession, actor: Actor, edits: Sequence[Edit], *, revision: int | None, what: str = "edited"
) -> TableVersion:
    """Save edits that were made on `revision` of the draft (None: on whatever it is now); a draft is started if needed.

    What others have saved since stays, field by field. Raises EditConflictError where both changed the same field,
    TableError when the edits cannot be applied. A checked draft becomes a draft again.
    """
    draft = await start_draft(session, actor)
    current = await read_content(draft)
    if revision is not None and revision > draft.revision:
        raise ConflictError("草稿已被重新开始", place="draft", remedy="请刷新后重试")
    if revision is None or revision == draft.revision:
        after = await asyncio.to_thread(edited_table, current, edits)
    else:
        base = await _at_revision(session, draft, current, revision)
        mine = await asyncio.to_thread(edited_table, base, edits)
        merged = await asyncio.to_thread(merge, base, mine, current)
        if merged.conflicts:
            raise EditConflictError(merged.conflicts, draft.revision)
        after = merged.table
        require_menus(after)
    return await _save(session, actor, draft, current, after, what)


async def _at_revision(session: AsyncSession, draft: TableVersion, current: Table, revision: int) -> Table:
    """The draft as it was: the later edits taken back, newest first."""
    undo: list[Edit] = []
    for saved in reversed(await edits_since(session, draft.number, revision)):
        undo += [read_edit(record) for record in saved.undo]
    try:
        return await asyncio.to_thread(apply_edits, current, undo)
    except TableError as error:
        raise FatalError(f"the edits of draft {draft.number} cannot be taken back: {error}") from error


def as_record(edit: Edit) -> dict[str, object]:
    return {
        "action": edit.action.value,
        "entity": edit.entity.value,
        "key": edit.key,
        "value": dict(edit.value),
    }


async def _save(
    session: AsyncSession, actor: Actor, draft: TableVersion, before: Table, after: Table, what: str
) -> TableVersion:
    after = versioned(after, draft.number)
    if after.version == before.version:
        return draft
    undo = await asyncio.to_thread(edits_between, after, before)
    touched = sorted({f"{edit.entity.value}/{edit.key}" for edit in undo})
    base = await read_content(await find_version(session, draft.base or draft.number))
    draft.revision += 1
    draft.version, draft.content, draft.changed_at = after.version, to_json(after), actor.at
    draft.authors = sorted({*draft.authors, actor.name})
    draft.state, draft.checked_by, draft.checked_at = VersionState.DRAFT, None, None
    draft.changes = len(await changes_between(base, after))
    session.add(
        TableEdit(
            number=draft.number,
            revision=draft.revision,
            at=actor.at,
            by=actor.name,
            what=what,
            undo=[as_record(edit) for edit in undo],
            touched=touched,
        )
    )
    await session.flush()
    await log_act(session, actor, f"table.{what}", draft.number, revision=draft.revision, touched=touched[:50])
    return draft


async def rebase(
    session: AsyncSession, actor: Actor, decided: Decided = MappingProxyType({}), *, prefer: Side | None = None
) -> TableVersion:
    """Bring the draft onto the version in force, which has changed since it was begun.

    `decided`: which side each conflict goes to; `prefer`: all others. Raises EditConflictError with those left open.
    """
    head = await locked_head(session)
    draft, mine = await draft_table(session)
    if draft.base == head.number:
        return draft
    base = await read_content(await find_version(session, draft.base or head.number))
    theirs = await read_content(await find_version(session, head.number))
    merged = await asyncio.to_thread(merge, base, mine, theirs, decided)
    if merged.conflicts and prefer is not None:
        rest = dict.fromkeys(merged.conflicts, prefer)
        merged = await asyncio.to_thread(merge, base, mine, theirs, {**decided, **rest})
    if merged.conflicts:
        raise EditConflictError(merged.conflicts, draft.revision)
    after = merged.table
    require_menus(after)
    draft.base = head.number
    before = draft.revision
    draft = await _save(session, actor, draft, mine, after, "rebased")
    if draft.revision == before:  # nothing of the other side was new here; the proof has another base, though
        draft.state, draft.checked_by, draft.checked_at = VersionState.DRAFT, None, None
        draft.changes = len(await changes_between(theirs, after))
        await session.flush()
    return draft


async def discard(session: AsyncSession, actor: Actor) -> TableVersion:
    """Throw the draft away. It stays in the history, discarded."""
    await locked_head(session)
    draft = await find_draft(session)
    if draft is None:
        raise NotFoundError("目前没有草稿", place="draft")
    draft.state, draft.retired_at = VersionState.DISCARDED, actor.at
    await log_act(session, actor, "table.discarded", draft.number)
    return draft
