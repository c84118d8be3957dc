"""What the table's part of the API says: pydantic models, and how they are made of versions, changes and findings.

In: rows of the store, values of the routing table. Out: models. Never: a decision.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field

from console.masking import mask_facts
from console.operations import Body
from gateway.store.kinds import VersionKind, VersionState
from gateway.store.models import TableVersion
from gateway.tables.versions import open_warnings
from routing_table import Table
from routing_table.difference import Change
from routing_table.edits import Edit
from routing_table.entities import Entity, entities
from routing_table.merge import Conflict
from routing_table.proof import Finding, Findings


class VersionOut(BaseModel):
    number: int
    version: str
    state: VersionState
    kind: VersionKind
    base: int | None
    restores: int | None
    revision: int
    changes: int
    authors: list[str]
    created_by: str
    created_at: datetime
    changed_at: datetime
    checked_by: str | None
    checked_at: datetime | None
    published_by: str | None
    published_at: datetime | None
    reason: str
    retired_at: datetime | None


class EntityOut(BaseModel):
    """`value`: the record as the snapshot writes it, without defaults."""

    key: str
    value: dict[str, Any]


class EditIn(Body):
    """`key` as the entities are listed; "" for an addition. `value`: the record, or some fields for "change"."""

    action: Literal["add", "replace", "change", "remove"]
    entity: Entity
    key: str = Field(default="", max_length=100)
    value: dict[str, Any] = Field(default_factory=dict)


class EditOut(BaseModel):
    action: str
    entity: str
    key: str
    value: dict[str, Any]


class AcceptedOut(BaseModel):
    id: str
    text: str
    reason: str
    by: str
    at: datetime


class TableOut(BaseModel):
    published: VersionOut
    draft: VersionOut | None
    publishers: int
    entities: dict[str, list[EntityOut]]


class DraftOut(BaseModel):
    """`behind`: another version was published since the draft was begun: rebase it."""

    draft: VersionOut
    etag: str
    behind: bool
    accepted: list[AcceptedOut]
    entities: dict[str, list[EntityOut]]


class FindingOut(BaseModel):
    id: str
    code: str
    severity: str
    place: str
    args: list[str]
    text: str


class WarningOut(FindingOut):
    accepted: AcceptedOut | None


class CheckOut(BaseModel):
    """`ready`: no error, every warning accepted."""

    errors: list[FindingOut]
    warnings: list[WarningOut]
    ready: bool


class ChangeOut(BaseModel):
    kind: str
    entity: str
    key: str
    name: str
    field: str
    before: str
    after: str
    text: str


class DifferenceOut(BaseModel):
    old: VersionOut
    new: VersionOut
    changes: list[ChangeOut]


class SavedEdit(BaseModel):
    revision: int
    at: datetime
    by: str
    what: str
    touched: list[str]


class SavedEdits(BaseModel):
    items: list[SavedEdit]


class VersionDetail(BaseModel):
    version: VersionOut
    findings: list[FindingOut]
    accepted: list[AcceptedOut]
    entities: dict[str, list[EntityOut]]


class HotlineOut(BaseModel):
    number: str
    name: str
    unit: str
    merge_mode: str


class StepOut(BaseModel):
    kind: str
    ref: str
    skills: list[str]
    priority: int
    join: bool


class RouteOut(BaseModel):
    """`reason`: why not, when it is not routed. `reasons`: every decision, in Chinese."""

    routed: bool
    number: str
    mode: str
    hotline: HotlineOut | None
    greeting: str
    skills: list[str]
    steps: list[StepOut]
    reason: str
    reasons: list[str]
    table_version: str
    at: datetime


class PreviewOut(BaseModel):
    """`answers`: in the order of the calls asked about. `check`: None unless a proof was asked for."""

    answers: list[RouteOut]
    check: CheckOut | None


class MovedOut(BaseModel):
    number: str
    from_way: str
    to_way: str
    from_text: str
    to_text: str
    count: int
    examples: list[str]


class ReplayOut(BaseModel):
    """`heard`: the same people after other prompts or menus. `cut`: there were more calls than may be replayed."""

    calls: int
    moved: list[MovedOut]
    heard: list[MovedOut]
    seconds: float
    cut: bool


class ImportRow(BaseModel):
    row: int
    key: str
    name: str
    changes: list[ChangeOut]


class RefusedRow(BaseModel):
    row: int
    field: str
    value: str
    reason: str


class ImportOut(BaseModel):
    id: str
    name: str
    at: datetime
    by: str
    layout: str | None
    added: list[ImportRow]
    changed: list[ImportRow]
    unchanged: int
    refused: list[RefusedRow]
    can_apply: bool
    applied_at: datetime | None


class NoticeOut(BaseModel):
    edit: EditOut
    off: list[date]
    worked: list[date]


class DayOut(BaseModel):
    """`open`: periods such as "08:30-12:00 14:30-18:00", "all", "" for closed. `why`: "", or what is special."""

    day: date
    open: str
    why: str
    text: str
    provisional: bool


class CalendarYear(BaseModel):
    name: str
    year: int
    provisional: bool
    days: list[DayOut]


class FiguresOut(BaseModel):
    calls: int
    answered: int
    within_15_s: int
    abandoned: int
    repeats: int


class LifeCycleOut(BaseModel):
    number: str
    name: str
    stage: str
    since: date | None
    until: date | None
    merged_on: date | None
    before: FiguresOut | None
    after: FiguresOut | None
    before_days: int
    after_days: int


class LifeCycles(BaseModel):
    items: list[LifeCycleOut]


class PromptOut(BaseModel):
    id: str
    text: str
    source: Literal["voice", "person", "missing"]
    seconds: float | None
    uploaded_by: str | None
    uploaded_at: datetime | None
    rows: list[str]
    menus: list[str]


class Prompts(BaseModel):
    items: list[PromptOut]


class AuditOut(BaseModel):
    """`detail` holds an outside number masked; the whole of it is a request of its own (`/audit/{id}/reveal`)."""

    id: int
    at: datetime
    who: str
    what: str
    object: str
    ip: str
    detail: Annotated[dict[str, Any], AfterValidator(mask_facts)]


# -- made of -------------------------------------------------------------------------------------------------------


def version_out(version: TableVersion) -> VersionOut:
    return VersionOut.model_validate(version, from_attributes=True)


def entities_out(table: Table) -> dict[str, list[EntityOut]]:
    return {
        entity.value: [EntityOut(key=key, value=dict(record)) for key, record in records.items()]
        for entity, records in entities(table).items()
    }


def accepted_out(accepted: Iterable[Mapping[str, Any]]) -> list[AcceptedOut]:
    return [AcceptedOut.model_validate(dict(entry)) for entry in accepted]


def finding_out(finding: Finding) -> FindingOut:
    return FindingOut(
        id=finding.coded,
        code=finding.code,
        severity=finding.severity.value,
        place=finding.place,
        args=list(finding.args),
        text=finding.chinese,
    )


def check_out(findings: Findings, accepted: list[dict[str, Any]]) -> CheckOut:
    known = {entry["id"]: entry for entry in accepted}
    warnings = []
    for warning in findings.warnings:
        entry = known.get(warning.coded)
        given = AcceptedOut.model_validate(entry) if entry else None
        warnings.append(WarningOut(**finding_out(warning).model_dump(), accepted=given))
    errors = [finding_out(error) for error in findings.errors]
    return CheckOut(errors=errors, warnings=warnings, ready=not errors and not open_warnings(findings, accepted))


def change_out(change: Change) -> ChangeOut:
    return ChangeOut(
        kind=change.kind.value,
        entity=change.entity.value,
        key=change.key,
        name=change.name,
        field=change.field,
        before=change.before,
        after=change.after,
        text=change.chinese,
    )


def conflict_out(conflict: Conflict) -> dict[str, str]:
    return {
        "entity": conflict.entity.value,
        "key": conflict.key,
        "field": conflict.field,
        "base": conflict.base,
        "mine": conflict.mine,
        "theirs": conflict.theirs,
        "text": conflict.chinese,
    }


def edit_of(edit: EditIn) -> dict[str, object]:
    return {"action": edit.action, "entity": edit.entity.value, "key": edit.key, "value": edit.value}


def edit_out(edit: Edit) -> EditOut:
    return EditOut(action=edit.action.value, entity=edit.entity.value, key=edit.key, value=dict(edit.value))
