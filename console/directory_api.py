"""The unit directory and the subject catalogue: read, edited as a whole with an optimistic lock, every version kept.

In: a document with the version that it was made from. Out: what is in force, versions. Never: an edit that overwrites
another's.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime
from http import HTTPMethod
from typing import Annotated
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel, Field

from console.access import OFFICE, OVERSEERS
from console.operations import Ask, Body, Operation
from console.orders_desk import audit
from console.orders_shapes import UNIT_ID
from console.orders_work_api import LOOKERS
from console.problems import ProblemError
from console.uploads import plain_name, read_upload
from gateway.orders.directory import (
    DirectoryError,
    Kind,
    Problem,
    Subject,
    Unit,
    in_force,
    put_catalogue,
    put_units,
    version,
    versions,
)
from gateway.orders.directory_sheets import Sheet, read, rows_of
from gateway.store import StaleVersionError
from gateway.store.kinds import Role
from gateway.tables.apart import MAX_BYTES, read_apart
from gateway.tables.sheets import write_xlsx
from routing_table import CITY_ZONE
from workorder.suggest import Entry

TAG = "directory"
BASE = "/api/v1/directory"
KEEPERS = OVERSEERS
READERS = LOOKERS
HISTORY = OFFICE | {Role.AUDITOR}
MANY = 5000
BODY_MAX = 6 * 1024 * 1024  # a full directory: 5,000 entries of at most 340 characters, and the catalogue with two such
UPLOAD = "application/octet-stream"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
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


class DirectoryProblemOut(BaseModel):
    """`row`: of the document or the sheet, from 1; 0 for the whole."""

    row: int
    key: str
    field: str
    what: str
    remedy: str


class DirectorySheetOut(BaseModel):
    """A sheet as it was read; nothing is saved. Entries are those of the sheet, in its order."""

    entries: list[dict[str, str | bool]]
    problems: list[DirectoryProblemOut]


class SheetQuery(Body):
    name: str = Field(min_length=1, max_length=300)


async def change_units(ask: Ask) -> UnitsOut:
    """409 when somebody was faster; 400 with every problem, each with its row and remedy (`problems`)."""
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
    except DirectoryError as error:
        raise _refused(error) from error
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
    except DirectoryError as error:
        raise _refused(error) from error
    return await subjects(ask)


def _refused(error: DirectoryError) -> ProblemError:
    return ProblemError("bad-request", str(error), extra={"problems": [asdict(one) for one in error.problems[:MANY]]})


# -- as sheets ------------------------------------------------------------------------------------------------------


async def sheet_out(ask: Ask) -> web.Response:
    """What is in force, as Excel; audited."""
    sheet, at = Sheet(ask.request.match_info["sheet"]), ask.deps.clock()
    kind = Kind.UNITS if sheet is Sheet.UNITS else Kind.SUBJECTS
    async with ask.deps.store.session() as session:
        number, content = await in_force(session, kind)
        await audit(ask, session, "directory.exported", f"{sheet}:{number}")
    data = await asyncio.to_thread(write_xlsx, rows_of(sheet, content.get(sheet.value, [])))
    name = quote(f"{_NAMES[sheet]}-{number}-{at.astimezone(CITY_ZONE):%Y%m%d}.xlsx")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return web.Response(body=data, content_type=XLSX, headers=headers)


async def sheet_in(ask: Ask) -> DirectorySheetOut:
    """A sheet for the page's working copy: what it says, and every problem with its row. Nothing is saved."""
    sheet = Sheet(ask.request.match_info["sheet"])
    name = plain_name(ask.query_as(SheetQuery).name)
    data = await read_upload(ask.request, MAX_BYTES, (UPLOAD,))
    async with ask.deps.heavy:
        rows = await read_apart(data, name)
    entries, problems = read(sheet, rows)
    if len(entries) > MANY:
        problems = [Problem(MANY + 2, "", "", f"超过 {MANY} 行", "请分拆或精简目录"), *problems]
    return DirectorySheetOut(
        entries=entries[:MANY], problems=[DirectoryProblemOut(**asdict(one)) for one in problems[:MANY]]
    )


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


_NAMES = {Sheet.UNITS: "单位目录", Sheet.SUBJECTS: "事项类目", Sheet.ENTRIES: "派单目录"}
GET, PUT = HTTPMethod.GET, HTTPMethod.PUT
SHEET = "{sheet:units|subjects|entries}"
NUMBER = "{number:[0-9]{1,9}}"
OPERATIONS = (
    Operation(GET, f"{BASE}/units", "The unit directory", units, READERS, TAG, reply=UnitsOut),
    Operation(
        PUT,
        f"{BASE}/units",
        "A new version",
        change_units,
        KEEPERS,
        TAG,
        body=UnitsBody,
        reply=UnitsOut,
        body_max=BODY_MAX,
    ),
    Operation(GET, f"{BASE}/{SHEET}/export", "As Excel (audited)", sheet_out, HISTORY, TAG, content_type=XLSX),
    Operation(
        HTTPMethod.POST,
        f"{BASE}/{SHEET}/import",
        "Read a sheet, save nothing",
        sheet_in,
        KEEPERS,
        TAG,
        query=SheetQuery,
        reply=DirectorySheetOut,
        upload=UPLOAD,
    ),
    Operation(GET, f"{BASE}/units/versions", "Its versions", unit_versions, HISTORY, TAG, reply=DirectoryVersionsOut),
    Operation(GET, f"{BASE}/units/versions/{NUMBER}", "As it was", unit_version, HISTORY, TAG, reply=UnitsOut),
    Operation(GET, f"{BASE}/subjects", "The subject catalogue", subjects, READERS, TAG, reply=SubjectsOut),
    Operation(
        PUT,
        f"{BASE}/subjects",
        "A new version",
        change_subjects,
        KEEPERS,
        TAG,
        body=SubjectsBody,
        reply=SubjectsOut,
        body_max=BODY_MAX,
    ),
    Operation(
        GET, f"{BASE}/subjects/versions", "Its versions", subject_versions, HISTORY, TAG, reply=DirectoryVersionsOut
    ),
    Operation(GET, f"{BASE}/subjects/versions/{NUMBER}", "As it was", subject_version, HISTORY, TAG, reply=SubjectsOut),
)
