"""What the table's operations share: roles, who acts, the facts of the proof, errors of the table as problems.

In: a request's `Ask`. Out: actors, facts, tables. Never: an operation.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from console.operations import Ask
from console.problems import ProblemError
from console.table_shapes import DraftOut, EditIn, accepted_out, conflict_out, edit_of, entities_out, version_out
from console.table_shapes import finding_out as finding_out
from console.table_words import say_problem
from gateway.store.kinds import Role
from gateway.store.models import TableVersion
from gateway.store.tables import read_head
from gateway.tables import versions
from gateway.tables.facts import house_facts
from gateway.tables.files import first_table
from gateway.tables.versions import Actor, EditConflictError, ProofError, SecondPersonError
from routing_table import Problem, Table, TableError
from routing_table.edits import Edit, read_edit
from routing_table.proof import Facts

TAG = "table"
BASE = "/api/v1/table"
LOOK = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR})
EDIT = frozenset({Role.ADMIN})
PUBLISH = frozenset({Role.ADMIN, Role.SUPERVISOR})
NUMBER = "{number:[0-9]{1,9}}"
_ETAG = re.compile(r'"([0-9]{1,9})\.([0-9]{1,9})"')


class DraftQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    draft: bool = False


def actor(ask: Ask) -> Actor:
    return Actor(ask.viewer.user, ask.deps.clock(), ask.request.remote or "")


@asynccontextmanager
async def writing(ask: Ask) -> AsyncIterator[AsyncSession]:
    """A transaction on the table; its refusals as problems. The first act in a store without a table takes one in."""
    with_first = Actor("system", ask.deps.clock(), "")
    try:
        async with ask.deps.store.session() as session:
            if await read_head(session) is None:
                await versions.take_in(session, lambda: first_table(ask.deps.config), with_first)
            yield session
    except EditConflictError as error:
        raise conflict(error, await current_etag(ask)) from error
    except ProofError as error:
        raise ProblemError("not-now", str(error), extra=_proof(error)) from error
    except SecondPersonError as error:
        raise ProblemError("forbidden", str(error)) from error
    except TableError as error:
        raise wrong_edits(error) from error


def _proof(error: ProofError) -> dict[str, object]:
    return {
        "errors": [finding_out(finding).model_dump() for finding in error.findings.errors],
        "warnings": [finding_out(finding).model_dump() for finding in error.open_warnings],
    }


def conflict(error: EditConflictError, etag: str) -> ProblemError:
    extra = {"conflicts": [conflict_out(one) for one in error.conflicts], "etag": etag}
    return ProblemError("conflict", str(error), extra=extra)


def wrong_edits(error: TableError) -> ProblemError:
    fields = [_field(problem) for problem in error.problems[:200]]
    return ProblemError("bad-request", f"有 {len(error.problems)} 处内容不能使用", extra={"fields": fields})


def _field(problem: Problem) -> dict[str, str]:
    return {"place": problem.place, "reason": say_problem(problem)}


async def facts_now(ask: Ask, session: AsyncSession) -> Facts:
    _, published = await versions.published_table(session)
    return await house_facts(ask.deps.config, session, ask.deps.clock(), published)


async def chosen_table(session: AsyncSession, *, draft: bool) -> tuple[TableVersion, Table]:
    return await (versions.draft_table(session) if draft else versions.published_table(session))


def read_edits(edits: Iterable[EditIn]) -> list[Edit]:
    """Raises ProblemError with the place of each wrong one."""
    try:
        return [read_edit(edit_of(edit)) for edit in edits]
    except TableError as error:
        raise wrong_edits(error) from error


# -- the draft and its tag -----------------------------------------------------------------------------------------


def etag_of(draft: TableVersion) -> str:
    return f'"{draft.number}.{draft.revision}"'


def wanted_revision(ask: Ask) -> tuple[int, int]:
    """(draft, revision) of If-Match. Raises ProblemError."""
    found = _ETAG.fullmatch(ask.request.headers.get("If-Match", "").strip())
    if found is None:
        raise ProblemError("bad-request", "请求头 If-Match 应为读取草稿时得到的 ETag")
    return int(found[1]), int(found[2])


async def current_etag(ask: Ask) -> str:
    async with ask.deps.store.reading() as session:
        draft, _ = await versions.draft_table(session)
    return etag_of(draft)


async def draft_out(session: AsyncSession) -> DraftOut:
    """Raises NotFoundError."""
    draft, table = await versions.draft_table(session)
    head = await read_head(session)
    return DraftOut(
        draft=version_out(draft),
        etag=etag_of(draft),
        behind=head is not None and draft.base != head.number,
        accepted=accepted_out(draft.accepted),
        entities=entities_out(table),
    )
