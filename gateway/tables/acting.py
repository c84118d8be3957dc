"""Who acts on the table, and how an act is refused.

In: what was wrong. Out: typed refusals, entries of the audit. Never: an act.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.errors import CallerFaultError
from gateway.store.audit import log_audit
from routing_table.merge import Conflict
from routing_table.proof import Finding, Findings

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


async def log_act(session: AsyncSession, actor: Actor, what: str, number: int, **detail: Any) -> None:
    await log_audit(session, actor.name, what, f"table:{number}", at=actor.at, ip=actor.ip, detail=detail)
