"""Sheets in and out: upload → dry run, row by row → apply all of it or nothing; export.

In: an Excel or CSV file as it came from an office. Out: what it would change in the draft, and then the draft; a sheet
that imports back identically. Never: half an import, or one that nobody was shown.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from datetime import datetime
from http import HTTPMethod
from typing import Literal
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from console.operations import KEY_HEADER, KEY_MAX, Ask, Operation
from console.problems import ProblemError
from console.table_desk import BASE, EDIT, LOOK, TAG, actor, chosen_table, draft_out, writing
from console.table_shapes import DraftOut, ImportOut, ImportRow, RefusedRow, change_out
from console.uploads import plain_name, read_upload
from gateway.store.audit import log_audit
from gateway.store.models import TableImport
from gateway.store.tables import drop_old_imports, find_draft, find_import
from gateway.tables import versions
from gateway.tables.apart import MAX_BYTES, read_apart
from gateway.tables.sheets import Row, write_csv, write_xlsx
from routing_table import CITY_ZONE, Table
from routing_table.sheets import ImportResult, Outcome, export_rows, import_rows

UPLOAD = "application/octet-stream"
ID = "{id:[A-Za-z0-9_-]{1,40}}"
SHOWN_MAX = 5000  # rows of each kind in an answer
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}


class UploadQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=300)


class ExportQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal["xlsx", "csv"] = "xlsx"
    draft: bool = False


# -- import --------------------------------------------------------------------------------------------------------


async def upload(ask: Ask) -> web.Response:
    """The file's dry run. Keyed by the content: the same file with the same key is read once."""
    key = ask.request.headers.get(KEY_HEADER, "")
    if not 0 < len(key) <= KEY_MAX:
        raise ProblemError("key-missing")
    data = await read_upload(ask.request, MAX_BYTES, (UPLOAD,))
    name = plain_name(ask.query_as(UploadQuery).name)
    digest = hashlib.sha256(data).hexdigest()

    async def run() -> tuple[int, str]:
        async with ask.deps.heavy:
            rows = await read_apart(data, name)
        return 201, (await _keep(ask, name, digest, rows)).model_dump_json()

    status, text = await ask.deps.replies.once((ask.viewer.user, key), f"import {name} {digest}", run)
    return web.Response(status=status, text=text, content_type="application/json")


async def _keep(ask: Ask, name: str, digest: str, rows: list[Row]) -> ImportOut:
    who = actor(ask)
    async with writing(ask) as session:
        await drop_old_imports(session, who.at)
        kept = TableImport(
            id=secrets.token_urlsafe(12),
            at=who.at,
            by=who.name,
            name=name,
            sha256=digest,
            rows=rows,
            shown="",
            applied_at=None,
        )
        result = await _judge(session, kept)
        kept.shown = fingerprint(result)
        session.add(kept)
        await session.flush()
        detail = {"name": name, "sha256": digest, "refused": len(result.refused)}
        await log_audit(session, who.name, "table.sheet_read", f"import:{kept.id}", at=who.at, ip=who.ip, detail=detail)
        return import_out(kept, result)


async def _target(session: AsyncSession) -> Table:
    """What an import is compared with: the draft, else the table in force."""
    return (await chosen_table(session, draft=await find_draft(session) is not None))[1]


async def _judge(session: AsyncSession, kept: TableImport) -> ImportResult:
    day = kept.at.astimezone(CITY_ZONE).date()
    return await asyncio.to_thread(import_rows, await _target(session), kept.rows, day=day)


def fingerprint(result: ImportResult) -> str:
    """Equal when the same edits would be made, whatever happened between looking and applying."""
    edits = [versions.as_record(edit) for edit in result.edits]
    refused = [[item.row, item.field, item.value] for item in result.refused]
    return hashlib.sha256(json.dumps([edits, refused], sort_keys=True, default=str).encode()).hexdigest()


async def one_import(ask: Ask) -> ImportOut:
    async with ask.deps.store.reading() as session:
        kept = await find_import(session, ask.request.match_info["id"])
        return import_out(kept, await _judge(session, kept))


async def apply(ask: Ask) -> DraftOut:
    """All rows into the draft. Applying again changes nothing."""
    async with writing(ask) as session:
        await versions.start_draft(session, actor(ask))
        kept = await find_import(session, ask.request.match_info["id"])
        result = await _judge(session, kept)
        if result.refused:
            why = f"有 {len(result.refused)} 处内容被拒绝，请修正文件后重新上传"
            raise ProblemError("not-now", why, extra=_extra(kept, result))
        if kept.applied_at is None and fingerprint(result) != kept.shown:
            raise ProblemError("not-now", "草稿在预览之后有改动，请重新查看预览", extra=_extra(kept, result))
        if result.edits:
            await versions.edit_draft(session, actor(ask), result.edits, revision=None, what="imported")
        kept.applied_at = kept.applied_at or ask.deps.clock()
        return await draft_out(session)


async def look_again(ask: Ask) -> ImportOut:
    """The dry run on the draft as it is now becomes what was shown, so that it may be applied."""
    async with ask.deps.store.session() as session:
        kept = await find_import(session, ask.request.match_info["id"])
        result = await _judge(session, kept)
        kept.shown = fingerprint(result)
        return import_out(kept, result)


def _extra(kept: TableImport, result: ImportResult) -> dict[str, object]:
    return {"import": import_out(kept, result).model_dump(mode="json")}


def import_out(kept: TableImport, result: ImportResult) -> ImportOut:
    return ImportOut(
        id=kept.id,
        name=kept.name,
        at=kept.at,
        by=kept.by,
        layout=result.layout.value if result.layout else None,
        added=[_row(outcome) for outcome in result.added[:SHOWN_MAX]],
        changed=[_row(outcome) for outcome in result.changed[:SHOWN_MAX]],
        unchanged=len(result.unchanged),
        refused=[
            RefusedRow(row=item.row, field=item.field, value=item.value, reason=item.chinese)
            for item in result.refused[:SHOWN_MAX]
        ],
        can_apply=bool(result.edits) and not result.refused,
        applied_at=kept.applied_at,
    )


def _row(outcome: Outcome) -> ImportRow:
    changes = [change_out(change) for change in outcome.changes]
    return ImportRow(row=outcome.row, key=outcome.key, name=outcome.name, changes=changes)


# -- export --------------------------------------------------------------------------------------------------------


async def export(ask: Ask) -> web.Response:
    query, who = ask.query_as(ExportQuery), actor(ask)
    async with ask.deps.store.session() as session:
        version, table = await chosen_table(session, draft=query.draft)
        await log_audit(session, who.name, "table.exported", f"table:{version.number}", at=who.at, ip=who.ip)
    data = await asyncio.to_thread(_written, table, query.format)
    name = f"路由表-{version.number}-{_stamp(who.at)}.{query.format}"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    return web.Response(body=data, content_type=_TYPES[query.format], headers=headers)


def _written(table: Table, form: str) -> bytes:
    rows = [["" if cell is None else str(cell) for cell in row] for row in export_rows(table)]
    return write_xlsx(rows) if form == "xlsx" else write_csv(rows)


def _stamp(at: datetime) -> str:
    return at.astimezone(CITY_ZONE).strftime("%Y%m%d")


GET, POST = HTTPMethod.GET, HTTPMethod.POST
IMPORTS = f"{BASE}/imports"
OPERATIONS = (
    Operation(
        POST,
        IMPORTS,
        "Upload a sheet: its dry run",
        upload,
        EDIT,
        TAG,
        query=UploadQuery,
        reply=ImportOut,
        status=201,
        upload=UPLOAD,
        keyed=True,
    ),
    Operation(GET, f"{IMPORTS}/{ID}", "A dry run, on the draft as it is now", one_import, LOOK, TAG, reply=ImportOut),
    Operation(POST, f"{IMPORTS}/{ID}/look", "Look at the dry run again", look_again, EDIT, TAG, reply=ImportOut),
    Operation(POST, f"{IMPORTS}/{ID}/apply", "Take all of it into the draft", apply, EDIT, TAG, reply=DraftOut),
    Operation(
        GET,
        f"{BASE}/export",
        "The table as a sheet",
        export,
        LOOK,
        TAG,
        query=ExportQuery,
        content_type=", ".join(_TYPES.values()),
    ),
)
