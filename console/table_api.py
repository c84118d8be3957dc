"""The routing table's versions over HTTP: the one in force, the draft, its proof, publishing, history, rollback.

In: edits with the ETag they were made on, reasons. Out: versions, findings, differences; 409 with every conflicting
field when somebody was faster. Never: decides who may publish or what is wrong: that is `gateway.tables.versions`.
"""

from __future__ import annotations

from http import HTTPMethod

from pydantic import BaseModel, ConfigDict, Field

from console.operations import Ask, Body, Operation
from console.paging import ListQuery
from console.problems import ProblemError
from console.shapes import Page
from console.table_desk import (
    BASE,
    EDIT,
    LOOK,
    NUMBER,
    PUBLISH,
    TAG,
    actor,
    draft_out,
    facts_now,
    read_edits,
    wanted_revision,
    writing,
)
from console.table_shapes import (
    ChangeOut,
    CheckOut,
    DifferenceOut,
    DraftOut,
    EditIn,
    FindingOut,
    SavedEdit,
    SavedEdits,
    TableOut,
    VersionDetail,
    VersionOut,
    accepted_out,
    change_out,
    check_out,
    entities_out,
    version_out,
)
from gateway.store.models import TableVersion
from gateway.store.tables import edits_since, find_draft, find_version, versions_page
from gateway.tables import versions
from routing_table import Table
from routing_table.entities import Entity
from routing_table.merge import Conflict, Side

EDITS_MAX = 2000
TEXT_MAX = 50_000  # of a whole calendar or row


class PatchBody(Body):
    edits: list[EditIn] = Field(min_length=1, max_length=EDITS_MAX)


class AcceptBody(Body):
    """One warning, or several for the same reason."""

    id: str | None = Field(default=None, min_length=1, max_length=1000)
    ids: list[str] = Field(default_factory=list, max_length=EDITS_MAX)
    reason: str = Field(min_length=1, max_length=500)

    @property
    def all_ids(self) -> list[str]:
        return [*([self.id] if self.id else []), *self.ids]


class PublishBody(Body):
    """`revision`: of the draft that the publisher has looked at."""

    reason: str = Field(min_length=1, max_length=500)
    revision: int = Field(ge=0, lt=2**31)


class ChoiceIn(Body):
    """A conflict as the 409 named it, and whose side it takes. When its texts have changed since it is asked again."""

    entity: Entity
    key: str = Field(max_length=100)
    field: str = Field(max_length=200)
    base: str = Field(max_length=TEXT_MAX)
    mine: str = Field(max_length=TEXT_MAX)
    theirs: str = Field(max_length=TEXT_MAX)
    take: Side


class RebaseBody(Body):
    """`choices`: conflict by conflict; `prefer`: all others."""

    choices: list[ChoiceIn] = Field(default_factory=list, max_length=EDITS_MAX)
    prefer: Side | None = None

    @property
    def decided(self) -> dict[Conflict, Side]:
        return {
            Conflict(one.entity, one.key, one.field, one.base, one.mine, one.theirs): one.take for one in self.choices
        }


class RollbackBody(Body):
    reason: str = Field(min_length=1, max_length=500)


class AgainstQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    against: int | None = Field(default=None, ge=1, lt=2**31)


async def table(ask: Ask) -> TableOut:
    async with ask.deps.store.reading() as session:
        version, found = await versions.published_table(session)
        draft = await find_draft(session)
        return TableOut(
            published=version_out(version),
            draft=version_out(draft) if draft else None,
            publishers=ask.deps.config.publishers,
            entities=entities_out(found),
        )


# -- the draft -----------------------------------------------------------------------------------------------------


async def draft(ask: Ask) -> DraftOut:
    async with ask.deps.store.reading() as session:
        return await draft_out(session)


async def start(ask: Ask) -> DraftOut:
    async with writing(ask) as session:
        await versions.start_draft(session, actor(ask))
        return await draft_out(session)


async def edit(ask: Ask) -> DraftOut:
    """Save edits. What others saved meanwhile stays; where both changed one field nothing is saved (409)."""
    number, revision = wanted_revision(ask)
    edits = read_edits(ask.body_as(PatchBody).edits)
    async with writing(ask) as session:
        found = await find_draft(session)
        if found is None:
            raise ProblemError("not-found", "草稿已不在，请先开始新的草稿")
        if found.number != number:
            raise ProblemError("not-now", "这份草稿已发布或放弃，请刷新")
        await versions.edit_draft(session, actor(ask), edits, revision=revision)
        return await draft_out(session)


async def check(ask: Ask) -> CheckOut:
    async with ask.deps.store.reading() as session:
        found, findings = await versions.prove_draft(session, await facts_now(ask, session))
        return check_out(findings, found.accepted)


async def accept(ask: Ask) -> CheckOut:
    body = ask.body_as(AcceptBody)
    if not body.all_ids:
        raise ProblemError("bad-request", "请选择要确认的警告")
    async with writing(ask) as session:
        facts = await facts_now(ask, session)
        await versions.accept_warnings(session, actor(ask), body.all_ids, body.reason, facts)
        found, findings = await versions.prove_draft(session, facts)
        return check_out(findings, found.accepted)


async def submit(ask: Ask) -> VersionOut:
    async with writing(ask) as session:
        return version_out(await versions.submit(session, actor(ask), await facts_now(ask, session)))


async def publish(ask: Ask) -> VersionOut:
    body = ask.body_as(PublishBody)
    async with writing(ask) as session:
        done = await versions.publish(
            session,
            actor(ask),
            body.reason,
            await facts_now(ask, session),
            publishers=ask.deps.config.publishers,
            revision=body.revision,
        )
        return version_out(done)


async def rebase(ask: Ask) -> DraftOut:
    body = ask.body_as(RebaseBody)
    async with writing(ask) as session:
        await versions.rebase(session, actor(ask), body.decided, prefer=body.prefer)
        return await draft_out(session)


async def discard(ask: Ask) -> None:
    async with writing(ask) as session:
        await versions.discard(session, actor(ask))


async def draft_difference(ask: Ask) -> DifferenceOut:
    async with ask.deps.store.reading() as session:
        old = await versions.published_table(session)
        return await _difference(old, await versions.draft_table(session))


async def draft_edits(ask: Ask) -> SavedEdits:
    async with ask.deps.store.reading() as session:
        found, _ = await versions.draft_table(session)
        saved = await edits_since(session, found.number, 0)
    items = [
        SavedEdit(revision=one.revision, at=one.at, by=one.by, what=one.what, touched=one.touched) for one in saved
    ]
    return SavedEdits(items=items)


# -- history -------------------------------------------------------------------------------------------------------


async def history(ask: Ask) -> Page[VersionOut]:
    query = ask.query_as(ListQuery)
    async with ask.deps.store.reading() as session:
        page = await versions_page(session, cursor=query.cursor, limit=query.limit)
    return Page[VersionOut](items=[version_out(found) for found in page.items], next=page.next)


def _number(ask: Ask) -> int:
    return int(ask.request.match_info["number"])


async def version(ask: Ask) -> VersionDetail:
    async with ask.deps.store.reading() as session:
        found = await find_version(session, _number(ask))
        content = await versions.read_content(found)
    return VersionDetail(
        version=version_out(found),
        findings=[FindingOut.model_validate(entry) for entry in found.findings],
        accepted=accepted_out(found.accepted),
        entities=entities_out(content),
    )


async def difference(ask: Ask) -> DifferenceOut:
    """Against another version; by default the one it was made from."""
    async with ask.deps.store.reading() as session:
        new = await find_version(session, _number(ask))
        old = await find_version(session, ask.query_as(AgainstQuery).against or new.base or new.number)
        return await _difference((old, await versions.read_content(old)), (new, await versions.read_content(new)))


async def _difference(old: tuple[TableVersion, Table], new: tuple[TableVersion, Table]) -> DifferenceOut:
    changes: list[ChangeOut] = [change_out(change) for change in await versions.changes_between(old[1], new[1])]
    return DifferenceOut(old=version_out(old[0]), new=version_out(new[0]), changes=changes)


async def rollback(ask: Ask) -> VersionOut:
    body = ask.body_as(RollbackBody)
    async with writing(ask) as session:
        facts = await facts_now(ask, session)
        return version_out(await versions.rollback(session, actor(ask), _number(ask), body.reason, facts))


GET, POST, PATCH, DELETE = HTTPMethod.GET, HTTPMethod.POST, HTTPMethod.PATCH, HTTPMethod.DELETE
DRAFT, VERSION = f"{BASE}/draft", f"{BASE}/versions/{NUMBER}"
OPERATIONS = (
    Operation(GET, BASE, "The table in force", table, LOOK, TAG, reply=TableOut),
    Operation(GET, DRAFT, "The open draft", draft, LOOK, TAG, reply=DraftOut),
    Operation(POST, DRAFT, "Begin a draft, or the open one", start, EDIT, TAG, reply=DraftOut, keyed=True),
    Operation(
        PATCH,
        DRAFT,
        "Save edits; 409 with every conflicting field when somebody was faster",
        edit,
        EDIT,
        TAG,
        body=PatchBody,
        reply=DraftOut,
        if_match=True,
    ),
    Operation(DELETE, DRAFT, "Throw the draft away", discard, EDIT, TAG),
    Operation(GET, f"{DRAFT}/check", "Prove the draft: all findings", check, LOOK, TAG, reply=CheckOut),
    Operation(
        POST, f"{DRAFT}/accept", "Accept a warning, with a reason", accept, EDIT, TAG, body=AcceptBody, reply=CheckOut
    ),
    Operation(POST, f"{DRAFT}/submit", "Proved, for the second person", submit, EDIT, TAG, reply=VersionOut),
    Operation(
        POST,
        f"{DRAFT}/publish",
        "Put the checked draft in force everywhere",
        publish,
        PUBLISH,
        TAG,
        body=PublishBody,
        reply=VersionOut,
        keyed=True,
    ),
    Operation(POST, f"{DRAFT}/rebase", "Onto the version in force", rebase, EDIT, TAG, body=RebaseBody, reply=DraftOut),
    Operation(
        GET, f"{DRAFT}/difference", "Draft against the table in force", draft_difference, LOOK, TAG, reply=DifferenceOut
    ),
    Operation(GET, f"{DRAFT}/edits", "Who saved what in the draft", draft_edits, LOOK, TAG, reply=SavedEdits),
    Operation(
        GET, f"{BASE}/versions", "Versions, newest first", history, LOOK, TAG, query=ListQuery, reply=Page[VersionOut]
    ),
    Operation(GET, VERSION, "One version", version, LOOK, TAG, reply=VersionDetail),
    Operation(
        GET,
        f"{VERSION}/difference",
        "What a version changed",
        difference,
        LOOK,
        TAG,
        query=AgainstQuery,
        reply=DifferenceOut,
    ),
    Operation(
        POST,
        f"{VERSION}/rollback",
        "Put an earlier version in force again, as a new one",
        rollback,
        PUBLISH,
        TAG,
        body=RollbackBody,
        reply=VersionOut,
        keyed=True,
    ),
)
