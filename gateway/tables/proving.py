"""The draft's proof: findings, warnings accepted with a reason, handed to the second person.

In: a session, facts. Out: findings, the checked draft. Never: a judgement of its own: that is `routing_table.proof`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError
from gateway.store.errors import ConflictError, NotFoundError
from gateway.store.kinds import VersionState
from gateway.store.models import TableVersion
from gateway.store.tables import Head
from gateway.tables.acting import Actor, ProofError, log_act
from gateway.tables.contents import draft_table
from gateway.tables.drafts import locked_head
from routing_table.proof import Facts, Finding, Findings, prove


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
    await locked_head(session)
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
    await log_act(session, actor, "table.warning_accepted", draft.number, findings=list(coded)[:100], reason=reason)
    return draft


async def submit(session: AsyncSession, actor: Actor, facts: Facts) -> TableVersion:
    """Draft → checked: proved, every warning accepted, ready for the second person. Raises ProofError."""
    head = await locked_head(session)
    draft, findings = await prove_draft(session, facts)
    await require_proof(draft, findings, head)
    draft.state, draft.checked_by, draft.checked_at = VersionState.CHECKED, actor.name, actor.at
    draft.findings = [finding_record(finding) for finding in findings.all]
    await session.flush()
    await log_act(session, actor, "table.checked", draft.number, warnings=len(findings.warnings))
    return draft


async def require_proof(draft: TableVersion, findings: Findings, head: Head) -> None:
    if draft.base != head.number:
        raise ConflictError(
            f"草稿基于版本 {draft.base}，而现行版本已是 {head.number}", place="draft", remedy="请先合并现行版本的改动"
        )
    if not draft.changes:
        raise ConflictError("草稿与现行版本没有区别", place="draft")
    unaccepted = open_warnings(findings, draft.accepted)
    if findings.errors or unaccepted:
        raise ProofError(findings, unaccepted)
