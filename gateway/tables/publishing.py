"""What is in force: the first version taken in, drafts published by a second person, earlier versions put back.

In: a session, who acts, facts. Out: the version in force, with its menus; a typed refusal otherwise, and then nothing
has changed. Never: a version that a gateway could not read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError
from gateway.menus import read_snapshot, with_menus
from gateway.store.errors import ConflictError
from gateway.store.kinds import VersionKind, VersionState
from gateway.store.models import TableVersion
from gateway.store.tables import (
    find_version,
    lock_table,
    next_table_number,
    notify_published,
    retire_others,
    set_head,
)
from gateway.tables.acting import REASON_MAX, Actor, ProofError, SecondPersonError, log_act
from gateway.tables.contents import changes_between, draft_table, read_content
from gateway.tables.drafts import locked_head, new_version
from gateway.tables.proving import finding_record, require_proof
from routing_table import Table, TableError, to_json, versioned
from routing_table.menus import Menu
from routing_table.proof import Facts, Findings, prove


async def take_in(
    session: AsyncSession,
    table: Callable[[], Table],
    actor: Actor,
    *,
    menus: Callable[[], tuple[Menu, ...]] | None = None,
) -> TableVersion:
    """The version in force; where the store has none, `table()` becomes it under its own number.

    `menus`: those of the house, for a store whose table is from before versions carried menus: they become part of
    it, as a new version. Raises whatever `table` and `menus` raise.
    """
    head = await lock_table(session)
    if head is not None:
        version = await find_version(session, head.number)
        return version if menus is None else await _take_in_menus(session, version, menus, actor)
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
    await log_act(session, actor, "table.taken_in", number, version=version.version)
    return version


async def _take_in_menus(
    session: AsyncSession, version: TableVersion, menus: Callable[[], tuple[Menu, ...]], actor: Actor
) -> TableVersion:
    table = await read_content(version)
    if table.menus is not None:
        return version
    number = await next_table_number(session)
    after = versioned(with_menus(table, menus()), number)
    fresh = new_version(actor, number, after, VersionKind.TAKEN_IN, version.number)
    fresh.authors = [actor.name]
    fresh.changes = len(await changes_between(table, after))
    session.add(fresh)
    return await _put_in_force(session, actor, fresh, "按键菜单纳入版本管理", "table.menus_taken_in")


async def publish(
    session: AsyncSession, actor: Actor, reason: str, facts: Facts, *, publishers: int, revision: int | None = None
) -> TableVersion:
    """Checked → published: proved once more, the old version retired, every node woken when this commits.

    `revision`: what the publisher has looked at. Raises SecondPersonError, ProofError, ConflictError: then nothing has
    changed.
    """
    head = await locked_head(session)
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
    await require_proof(draft, findings, head)
    draft.findings = [finding_record(finding) for finding in findings.all]
    return await _put_in_force(session, actor, draft, reason, "table.published")


async def _put_in_force(
    session: AsyncSession, actor: Actor, version: TableVersion, reason: str, what: str
) -> TableVersion:
    try:
        await asyncio.to_thread(read_snapshot, version.content)  # as every gateway will read it
    except TableError as error:
        raise ConflictError(f"路由表自相矛盾，不能发布：{error}", place="draft", remedy="请修正后重试") from error
    version.state, version.published_by, version.published_at = VersionState.PUBLISHED, actor.name, actor.at
    version.reason = reason.strip()[:REASON_MAX]
    await session.flush()
    await retire_others(session, version.number, actor.at)
    await set_head(session, version, actor.at)
    await notify_published(session, version.version)
    await log_act(
        session, actor, what, version.number, version=version.version, reason=version.reason, base=version.base
    )
    return version


async def rollback(session: AsyncSession, actor: Actor, number: int, reason: str, facts: Facts) -> TableVersion:
    """Put the content of an earlier version in force again, as a new version. One person, one act.

    It was proved when it was published. What has changed around it since (a seat gone, a prompt withdrawn) may stop it
    only where the version in force is better: errors that that one has too do not. Raises ProofError, ConflictError.
    """
    head = await locked_head(session)
    old = await find_version(session, number)
    if old.published_at is None:
        raise ConflictError(f"版本 {number} 从未发布，不能恢复", place="version")
    if number == head.number:
        raise ConflictError(f"版本 {number} 就是现行版本", place="version")
    in_force = await read_content(await find_version(session, head.number))
    new_number = await next_table_number(session)
    table = versioned(with_menus(await read_content(old), in_force.menus), new_number)
    findings = await asyncio.to_thread(prove, table, facts)
    known = {error.coded for error in (await asyncio.to_thread(prove, in_force, facts)).errors}
    worse = tuple(error for error in findings.errors if error.coded not in known)
    if worse:
        raise ProofError(Findings(worse), ())
    version = new_version(actor, new_number, table, VersionKind.ROLLBACK, head.number)
    version.restores, version.authors = number, [actor.name]
    version.findings = [finding_record(finding) for finding in findings.all]
    version.changes = len(await changes_between(in_force, table))
    session.add(version)
    return await _put_in_force(session, actor, version, reason or f"恢复版本 {number}", "table.rolled_back")
