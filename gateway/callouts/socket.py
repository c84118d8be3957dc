"""Calls that the house places, on the control socket: `POST /v1/out`.

In: `{"seat", "by", "purpose", "reference", "number", "hotline", "hotline_name"}` of the console, which has looked the
number up. Out: 202 with the call's id. Never: decides who may (the console has), or waits for a phone.
"""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from gateway.callouts.callouts import CallOuts
from gateway.callouts.model import Wanted
from gateway.control import read_object
from gateway.errors import CallerFaultError
from gateway.journal.kinds import OutPurpose

_REFERENCE = re.compile(r"(task|order):[A-Za-z0-9._-]{1,60}")
_HOTLINE = re.compile(r"[0-9]{1,15}")
DEFAULT_HOTLINE = "12345"


def add_routes(app: web.Application, callouts: CallOuts) -> None:
    async def out(request: web.Request) -> web.Response:
        placed = await callouts.place(_wanted(await read_object(request)))
        return web.json_response({"call": placed.id, "seat": placed.wanted.seat, **placed.as_json()}, status=202)

    app.router.add_post("/v1/out", out)


def _wanted(body: dict[str, Any]) -> Wanted:
    seat, by, reference, number, hotline, name = (
        str(body.get(key) or "")[:100] for key in ("seat", "by", "reference", "number", "hotline", "hotline_name")
    )
    if not _REFERENCE.fullmatch(reference):
        raise CallerFaultError("reference: task:<id> or order:<id>")
    try:
        purpose = OutPurpose(str(body.get("purpose")))
    except ValueError:
        raise CallerFaultError(f"purpose: one of {', '.join(OutPurpose)}") from None
    shown = hotline if _HOTLINE.fullmatch(hotline) else DEFAULT_HOTLINE
    return Wanted(seat, by, purpose, reference, number, shown, name)
