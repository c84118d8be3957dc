"""The unit directory and the subject catalogue: read, edited as a whole with an optimistic lock, every version kept.

In: a document with the version that it was made from. Out: what is in force, versions. Never: an edit that overwrites
another's.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPMethod
from typing import Annotated

from pydantic import BaseModel, Field

from console.access import OFFICE, OVERSEERS
from console.operations import Ask, Body, Operation
from console.orders_desk import audit
from console.orders_shapes import UNIT_ID
from console.orders_work_api import LOOKERS
from console.problems import ProblemError
from gateway.orders.directory import Kind, Subject, Unit, in_force, put_catalogue, put_units, version, versions
from gateway.store import StaleVersionError
from gateway.store.kinds import Role
from workorder.suggest import Entry

TAG = "directory"
BASE = "/api/v1/directory"
KEEPERS = OVERSEERS
READERS = LOOKERS
HISTORY = OFFICE | {Role.AUDITOR}
MANY = 5000
Path_ = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^/]+(/[^/]+)*$")]


class UnitBody(Body):
    id: str = Field(pattern=UNIT_ID)
    name: str = Field(min_length=1, max_length=80)
    parent: str = Field(default="", max_length=40)
    body: str = Field(default="", max_length=40)
    area: str = Field(default="", max_length=60)
    phone: str = Field(default="", max_length=40)
    active: bool = True


class UnitsBody(Body):
    number: int = Field(ge=0, lt=2**31)
    why: str = Field(min_length=1, max_length=300)
    units: list[UnitBody] = Field(max_length=MANY)


class SubjectBody(Body):
    path: Path_
    public: bool = False
    hotline: str = Field(default="", pattern=r"^[0-9]{0,20}$")


class EntryBody(Body):
    subject: Path_
    unit: str = Field(pattern=UNIT_ID)
    area: str = Field(default="", max_length=60)


class SubjectsBody(Body):
    number: int = Field(ge=0, lt=2**31)
    why: str = Field(min_length=1, max_length=300)
    subjects: list[SubjectBody] = Field(max_length=MANY)
    entries: list[EntryBody] = Field(max_length=MANY)


class UnitsOut(BaseModel):
    number: int
    units: list[UnitBody]


class SubjectsOut(BaseModel):
    number: int
    subjects: list[SubjectBody]
    entries: list[EntryBody]


class DirectoryVersionOut(BaseModel):
    number: int
    why: str
    at: datetime
    by: str


class DirectoryVersionsOut(BaseModel):
    items: list[DirectoryVersionOut]


async def units(ask: Ask) -> UnitsOut:
    async with ask.deps.store.reading() as session:
        number, content = await in_force(session, Kind.UNITS)
    return UnitsOut(number=number, units=content.get("units", []))


async def subjects(ask: Ask) -> SubjectsOut:
    async with ask.deps.store.reading() as session:
        number, content = await in_force(session, Kind.SUBJECTS)
    return SubjectsOut(number=number, subjects=content.get("subjects", []), entries=content.get("entries", []))


async def change_units(ask: Ask) -> UnitsOut:
    """409 when somebody was faster; 400 with every problem."""
    body = ask.body_as(UnitsBody)
    try:
        async with ask.deps.store.session() as session:
            listed = [Unit(**unit.model_dump()) for unit in body.units]
            number = await put_units(
                session, listed, number=body.number, why=body.why, by=ask.viewer.user, at=ask.deps.clock()
            )
            await audit(ask, session, "directory.units-changed", f"units:{number}", why=body.why)
    except StaleVersionError as error:
        raise ProblemError("conflict", f"当前版本为 {error.current}") from error
    return await units(ask)


async def change_subjects(ask: Ask) -> SubjectsOut:
    """As for units."""
    body = ask.body_as(SubjectsBody)
    try:
        async with ask.deps.store.session() as session:
            number = await put_catalogue(
                session,
                [Subject(**subject.model_dump()) for subject in body.subjects],
                [Entry(**entry.model_dump()) for entry in body.entries],
                number=body.number,
                why=body.why,
                by=ask.viewer.user,
                at=ask.deps.clock(),
            )
            await audit(ask, session, "directory.subjects-changed", f"subjects:{number}", why=body.why)
    except StaleVersionError as error:
        raise ProblemError("conflict", f"当前版本为 {error.current}") from error
    return await subjects(ask)


async def unit_versions(ask: Ask) -> DirectoryVersionsOut:
    return await _versions(ask, Kind.UNITS)


async def subject_versions(ask: Ask) -> DirectoryVersionsOut:
    return await _versions(ask, Kind.SUBJECTS)


async def _versions(ask: Ask, kind: Kind) -> DirectoryVersionsOut:
    async with ask.deps.store.reading() as session:
        rows = await versions(session, kind)
    items = [DirectoryVersionOut(number=row.number, why=row.why, at=row.at, by=row.by) for row in rows]
    return DirectoryVersionsOut(items=items)


async def unit_version(ask: Ask) -> UnitsOut:
    async with ask.deps.store.reading() as session:
        row = await version(session, Kind.UNITS, int(ask.request.match_info["number"]))
    return UnitsOut(number=row.number, units=row.content["units"])


async def subject_version(ask: Ask) -> SubjectsOut:
    async with ask.deps.store.reading() as session:
        row = await version(session, Kind.SUBJECTS, int(ask.request.match_info["number"]))
    return SubjectsOut(number=row.number, subjects=row.content["subjects"], entries=row.content["entries"])


GET, PUT = HTTPMethod.GET, HTTPMethod.PUT
NUMBER = "{number:[0-9]{1,9}}"
OPERATIONS = (
    Operation(GET, f"{BASE}/units", "The unit directory", units, READERS, TAG, reply=UnitsOut),
    Operation(PUT, f"{BASE}/units", "A new version", change_units, KEEPERS, TAG, body=UnitsBody, reply=UnitsOut),
    Operation(GET, f"{BASE}/units/versions", "Its versions", unit_versions, HISTORY, TAG, reply=DirectoryVersionsOut),
    Operation(GET, f"{BASE}/units/versions/{NUMBER}", "As it was", unit_version, HISTORY, TAG, reply=UnitsOut),
    Operation(GET, f"{BASE}/subjects", "The subject catalogue", subjects, READERS, TAG, reply=SubjectsOut),
    Operation(
        PUT, f"{BASE}/subjects", "A new version", change_subjects, KEEPERS, TAG, body=SubjectsBody, reply=SubjectsOut
    ),
    Operation(
        GET, f"{BASE}/subjects/versions", "Its versions", subject_versions, HISTORY, TAG, reply=DirectoryVersionsOut
    ),
    Operation(GET, f"{BASE}/subjects/versions/{NUMBER}", "As it was", subject_version, HISTORY, TAG, reply=SubjectsOut),
)
