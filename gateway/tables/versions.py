"""The life of the table's versions: draft → checked → published → retired, and back by a rollback.

In: a session (one transaction is one act), who acts and when, edits, facts for the proof. Out: version rows; a typed
refusal otherwise. Never: half an act, a lost edit, a published version that changes, or an act without its entry in
the audit. Every function that writes begins by `lock_table`, so that two admins come one after the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError, FatalError
from gateway.store.audit import log_audit
from gateway.store.errors import ConflictError, NotFoundError
from gateway.store.kinds import VersionKind, VersionState
from gateway.store.models import TableEdit, TableVersion
from gateway.store.tables import (
    Head,
    edits_since,
    find_draft,
    find_version,
    lock_table,
    next_table_number,
    notify_published,
    read_head,
    retire_others,
    set_head,
)
from routing_table import Table, TableError, from_json, to_json, versioned
from routing_table.difference import Change, difference
from routing_table.edits import Action, Edit, apply_edits, read_edit
from routing_table.entities import entities
from routing_table.merge import Conflict, merge
from routing_table.proof import Facts, Finding, Findings, prove

REASON_MAX = 500


class EditConflictError(CallerFaultError):
    """Somebody else changed the same fields. `revision`: the draft's now. Nothing was saved."""

    def __init__(self, conflicts: Sequence[Conflict], revision: int) -> None:
        super().__init__(f"{len(conflicts)} 处内容已被他人修改", place="draft", remedy="请逐项选择后再保存")
        self.conflicts = tuple(conflicts)
        self.revision = revision


class SecondPersonError(CallerFaultError):
    """Whoever wrote a draft does not publish it."""


class ProofError(CallerFaultError):
    """The proof found errors, or warnings that nobody has accepted."""

    def __init__(self, findings: Findings, open_warnings: Sequence[Finding]) -> None:
        parts = [f"{len(findings.errors)} 个错误"] if findings.errors else []
        parts += [f"{len(open_warnings)} 个未说明理由的警告"] if open_warnings else []
        super().__init__("检查未通过：" + "，".join(parts), place="draft", remedy="请修正错误，逐条确认警告后重试")
        self.findings = findings
        self.open_warnings = tuple(open_warnings)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, when, from where."""

    name: str
    at: datetime
    ip: str = ""


async def _audit(session: AsyncSession, actor: Actor, what: str, number: int, **detail: Any) -> None:
    await log_audit(session, actor.name, what, f"table:{number}", at=actor.at, ip=actor.ip, detail=detail)


# -- reading -------------------------------------------------------------------------------------------------------


async def read_content(version: TableVersion) -> Table:
    """The version's table. Raises FatalError when the row was tampered with or written by a newer release."""
    draft = version.state in (VersionState.DRAFT, VersionState.CHECKED, VersionState.DISCARDED)
    try:
        return await asyncio.to_thread(from_json, version.content, draft=draft)
    except TableError as error:
        raise FatalError(f"table version {version.number} in the store cannot be read: {error}") from error


async def published_table(session: AsyncSession) -> tuple[TableVersion, Table]:
    """The version in force. Raises NotFoundError before the first one."""
    head = await read_head(session)
    if head is None:
        raise NotFoundError("尚未发布路由表", place="table", remedy="请先运行 ./hotline up")
    version = await find_version(session, head.number)
    return version, await read_content(version)


async def draft_table(session: AsyncSession) -> tuple[TableVersion, Table]:
    """The open draft. Raises NotFoundError."""
    draft = await find_draft(session)
    if draft is None:
        raise NotFoundError("目前没有草稿", place="draft")
    return draft, await read_content(draft)


async def changes_between(old: Table, new: Table) -> tuple[Change, ...]:
    return await asyncio.to_thread(difference, old, new)


# -- the first version -----------------------------------------------------------------------------------------------


async def take_in(session: AsyncSession, table: Callable[[], Table], actor: Actor) -> TableVersion:
    """The version in force; where the store has none, `table()` becomes it under its own number.

    Raises whatever `table` raises.
    """
    head = await lock_table(session)
    if head is not None:
        return await find_version(session, head.number)
    first = table()
    number = int(first.version.partition("-")[0])
    version = TableVersion(
        number=number,
        version=first.version,
        state=VersionState.PUBLISHED,
        kind=VersionKind.TAKEN_IN,
        content=to_json(first),
        base=None,
        restores=None,
        revision=0,
        authors=[actor.name],
        created_by=actor.name,
        created_at=actor.at,
        changed_at=actor.at,
        findings=[],
        accepted=[],
        changes=0,
        checked_by=None,
        checked_at=None,
        published_by=actor.name,
        published_at=actor.at,
        reason="首次载入",
        retired_at=None,
    )
    session.add(version)
    await session.flush()
    await set_head(session, version, actor.at)
    await notify_published(session, version.version)
    await _audit(session, actor, "table.taken_in", number, version=version.version)
    return version


# -- drafts --------------------------------------------------------------------------------------------------------


async def start_draft(session: AsyncSession, actor: Actor) -> TableVersion:
    """The open draft, or a new one on the version in force."""
    head = await _locked_head(session)
    draft = await find_draft(session)
    return draft or await _new_draft(session, actor, head)


async def _locked_head(session: AsyncSession) -> Head:
    head = await lock_table(session)
    if head is None:
        raise NotFoundError("尚未发布路由表", place="table", remedy="请先运行 ./hotline up")
    return head


async def _new_draft(session: AsyncSession, actor: Actor, head: Head) -> TableVersion:
    base = await find_version(session, head.number)
    number = await next_table_number(session)
    draft = _version(actor, number, versioned(await read_content(base), number), VersionKind.EDITED, base.number)
    session.add(draft)
    await session.flush()
    await _audit(session, actor, "table.draft_started", number, base=base.number)
    return draft


def _version(actor: Actor, number: int, table: Table, kind: VersionKind, base: int) -> TableVersion:
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
        after = await asyncio.to_thread(apply_edits, current, edits)
    else:
        base = await _at_revision(session, draft, current, revision)
        mine = await asyncio.to_thread(apply_edits, base, edits)
        merged = await asyncio.to_thread(merge, base, mine, current)
        if merged.conflicts:
            raise EditConflictError(merged.conflicts, draft.revision)
        after = merged.table
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
    await _audit(session, actor, f"table.{what}", draft.number, revision=draft.revision, touched=touched[:50])
    return draft


async def rebase(session: AsyncSession, actor: Actor, *, prefer: str | None = None) -> TableVersion:
    """Bring the draft onto the version in force, which has changed since it was begun.

    `prefer`: "mine" or "theirs" where both changed the same field. Raises EditConflictError while it is None.
    """
    head = await _locked_head(session)
    draft, mine = await draft_table(session)
    if draft.base == head.number:
        return draft
    base = await read_content(await find_version(session, draft.base or head.number))
    theirs = await read_content(await find_version(session, head.number))
    merged = await asyncio.to_thread(merge, base, mine, theirs)
    if merged.conflicts and prefer is None:
        raise EditConflictError(merged.conflicts, draft.revision)
    after = merged.table
    if prefer == "mine":
        after = await asyncio.to_thread(_prefer, after, mine, merged.conflicts)
    draft.base = head.number
    before = draft.revision
    draft = await _save(session, actor, draft, mine, after, "rebased")
    if draft.revision == before:  # nothing of the other side was new here; the proof has another base, though
        draft.state, draft.checked_by, draft.checked_at = VersionState.DRAFT, None, None
        draft.changes = len(await changes_between(theirs, after))
        await session.flush()
    return draft


def edits_between(old: Table, new: Table) -> list[Edit]:
    """Whole records: what makes `new`'s entities out of `old`'s. Their order is not restored."""
    before, after = entities(old), entities(new)
    edits: list[Edit] = []
    for entity, records in after.items():
        edits += [Edit(Action.REMOVE, entity, key) for key in before[entity] if key not in records]
        for key, record in records.items():
            if key not in before[entity]:
                edits.append(Edit(Action.ADD, entity, key, record))
            elif before[entity][key] != record:
                edits.append(Edit(Action.REPLACE, entity, key, record))
    return edits


def _prefer(merged: Table, mine: Table, conflicts: Iterable[Conflict]) -> Table:
    """Every entity in conflict as `mine` has it."""
    chosen = {(conflict.entity, conflict.key) for conflict in conflicts}
    edits = [edit for edit in edits_between(merged, mine) if (edit.entity, edit.key) in chosen]
    return apply_edits(merged, edits)


async def discard(session: AsyncSession, actor: Actor) -> TableVersion:
    """Throw the draft away. It stays in the history, discarded."""
    await _locked_head(session)
    draft = await find_draft(session)
    if draft is None:
        raise NotFoundError("目前没有草稿", place="draft")
    draft.state, draft.retired_at = VersionState.DISCARDED, actor.at
    await _audit(session, actor, "table.discarded", draft.number)
    return draft


# -- proof ---------------------------------------------------------------------------------------------------------


def finding_record(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.coded,
        "code": finding.code,
        "severity": finding.severity.value,
        "place": finding.place,
        "args": list(finding.args),
        "text": finding.chinese,
        "english": str(finding),
    }


def open_warnings(findings: Findings, accepted: Iterable[dict[str, Any]]) -> tuple[Finding, ...]:
    """Warnings that nobody has accepted as they are now."""
    known = {entry["id"] for entry in accepted}
    return tuple(warning for warning in findings.warnings if warning.coded not in known)


async def prove_draft(session: AsyncSession, facts: Facts) -> tuple[TableVersion, Findings]:
    """All findings of the open draft; nothing is stored."""
    draft, table = await draft_table(session)
    return draft, await asyncio.to_thread(prove, table, facts)


async def accept_warnings(
    session: AsyncSession, actor: Actor, coded: Sequence[str], reason: str, facts: Facts
) -> TableVersion:
    """Accept warnings of the draft, with a reason. Raises CallerFaultError for an error or an unknown finding; then
    none is accepted."""
    await _locked_head(session)
    draft, findings = await prove_draft(session, facts)
    if not reason.strip():
        raise CallerFaultError("请说明理由", place="reason")
    known = {warning.coded: warning for warning in findings.warnings}
    errors = {error.coded for error in findings.errors}
    if any(one in errors for one in coded):
        raise CallerFaultError("错误不能确认放行，只能修正", place="id")
    if any(one not in known for one in coded):
        raise NotFoundError("草稿中没有这条警告", place="id", remedy="请重新检查")
    entries = [
        {"id": one, "text": known[one].chinese, "reason": reason, "by": actor.name, "at": actor.at.isoformat()}
        for one in dict.fromkeys(coded)
    ]
    draft.accepted = [*(old for old in draft.accepted if old["id"] not in set(coded)), *entries]
    await session.flush()
    await _audit(session, actor, "table.warning_accepted", draft.number, findings=list(coded)[:100], reason=reason)
    return draft


async def submit(session: AsyncSession, actor: Actor, facts: Facts) -> TableVersion:
    """Draft → checked: proved, every warning accepted, ready for the second person. Raises ProofError."""
    head = await _locked_head(session)
    draft, findings = await prove_draft(session, facts)
    await _require_proof(draft, findings, head)
    draft.state, draft.checked_by, draft.checked_at = VersionState.CHECKED, actor.name, actor.at
    draft.findings = [finding_record(finding) for finding in findings.all]
    await session.flush()
    await _audit(session, actor, "table.checked", draft.number, warnings=len(findings.warnings))
    return draft


async def _require_proof(draft: TableVersion, findings: Findings, head: Head) -> None:
    if draft.base != head.number:
        raise ConflictError(
            f"草稿基于版本 {draft.base}，而现行版本已是 {head.number}", place="draft", remedy="请先合并现行版本的改动"
        )
    if not draft.changes:
        raise ConflictError("草稿与现行版本没有区别", place="draft")
    unaccepted = open_warnings(findings, draft.accepted)
    if findings.errors or unaccepted:
        raise ProofError(findings, unaccepted)


# -- publishing ----------------------------------------------------------------------------------------------------


async def publish(
    session: AsyncSession, actor: Actor, reason: str, facts: Facts, *, publishers: int, revision: int | None = None
) -> TableVersion:
    """Checked → published: proved once more, the old version retired, every node woken when this commits.

    `revision`: what the publisher has looked at. Raises SecondPersonError, ProofError, ConflictError: then nothing has
    changed.
    """
    head = await _locked_head(session)
    if not reason.strip():
        raise CallerFaultError("请说明发布原因", place="reason")
    draft, table = await draft_table(session)
    if draft.state is not VersionState.CHECKED:
        raise ConflictError("草稿尚未通过检查并提交", place="draft", remedy="请先检查并提交草稿")
    if revision is not None and revision != draft.revision:
        raise ConflictError("草稿在您查看之后又有改动", place="draft", remedy="请刷新后重新查看")
    if publishers > 1 and actor.name in draft.authors:
        raise SecondPersonError("编辑过此草稿的人不能发布", place="publisher", remedy="请由另一位管理员或班长发布")
    findings = await asyncio.to_thread(prove, table, facts)
    await _require_proof(draft, findings, head)
    draft.findings = [finding_record(finding) for finding in findings.all]
    return await _put_in_force(session, actor, draft, reason, "table.published")


async def _put_in_force(
    session: AsyncSession, actor: Actor, version: TableVersion, reason: str, what: str
) -> TableVersion:
    try:
        await asyncio.to_thread(from_json, version.content)  # as every gateway will read it
    except TableError as error:
        raise ConflictError(f"路由表自相矛盾，不能发布：{error}", place="draft", remedy="请修正后重试") from error
    version.state, version.published_by, version.published_at = VersionState.PUBLISHED, actor.name, actor.at
    version.reason = reason.strip()[:REASON_MAX]
    await session.flush()
    await retire_others(session, version.number, actor.at)
    await set_head(session, version, actor.at)
    await notify_published(session, version.version)
    await _audit(
        session, actor, what, version.number, version=version.version, reason=version.reason, base=version.base
    )
    return version


async def rollback(session: AsyncSession, actor: Actor, number: int, reason: str, facts: Facts) -> TableVersion:
    """Put the content of an earlier version in force again, as a new version. One person, one act.

    It was proved when it was published. What has changed around it since (a seat gone, a prompt withdrawn) may stop it
    only where the version in force is better: errors that that one has too do not. Raises ProofError, ConflictError.
    """
    head = await _locked_head(session)
    old = await find_version(session, number)
    if old.published_at is None:
        raise ConflictError(f"版本 {number} 从未发布，不能恢复", place="version")
    if number == head.number:
        raise ConflictError(f"版本 {number} 就是现行版本", place="version")
    in_force = await read_content(await find_version(session, head.number))
    new_number = await next_table_number(session)
    table = versioned(await read_content(old), new_number)
    findings = await asyncio.to_thread(prove, table, facts)
    known = {error.coded for error in (await asyncio.to_thread(prove, in_force, facts)).errors}
    worse = tuple(error for error in findings.errors if error.coded not in known)
    if worse:
        raise ProofError(Findings(worse), ())
    version = _version(actor, new_number, table, VersionKind.ROLLBACK, head.number)
    version.restores, version.authors = number, [actor.name]
    version.findings = [finding_record(finding) for finding in findings.all]
    version.changes = len(await changes_between(in_force, table))
    session.add(version)
    return await _put_in_force(session, actor, version, reason or f"恢复版本 {number}", "table.rolled_back")
