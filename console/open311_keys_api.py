"""The keys of apps that file through Open311.

In: an app's name. Out: its key, once. Every change is audited. Never: a key read back.
"""

from __future__ import annotations

from datetime import datetime
from http import HTTPMethod

from pydantic import BaseModel, Field

from console.operations import Ask, Body, Operation
from gateway.open311 import add_key, keys_list, set_key_active
from gateway.store import log_audit
from gateway.store.kinds import Role

TAG = "open311"
BASE = "/api/v1/open311/keys"
NAME = r"^[a-z][a-z0-9-]{1,39}$"
KEEP = frozenset({Role.ADMIN})


class AppBody(Body):
    name: str = Field(pattern=NAME)


class SwitchBody(Body):
    active: bool


class AppOut(BaseModel):
    name: str
    active: bool
    created_at: datetime
    created_by: str


class AppsOut(BaseModel):
    items: list[AppOut]


class AppKeyOut(BaseModel):
    """The key, now and never again."""

    name: str
    key: str


async def apps(ask: Ask) -> AppsOut:
    async with ask.deps.store.reading() as session:
        rows = await keys_list(session)
    items = [
        AppOut(name=row.name, active=row.active, created_at=row.created_at, created_by=row.created_by) for row in rows
    ]
    return AppsOut(items=items)


async def add(ask: Ask) -> AppKeyOut:
    name, by, at = ask.body_as(AppBody).name, ask.viewer.user, ask.deps.clock()
    async with ask.deps.store.session() as session:
        key = await add_key(session, name, by=by, at=at)
        await log_audit(session, by, "open311.key-added", f"open311:{name}", at=at, ip=ask.request.remote or "")
    return AppKeyOut(name=name, key=key)


async def switch(ask: Ask) -> AppOut:
    active, by, at = ask.body_as(SwitchBody).active, ask.viewer.user, ask.deps.clock()
    name, ip = ask.request.match_info["name"], ask.request.remote or ""
    async with ask.deps.store.session() as session:
        row = await set_key_active(session, name, active=active)
        await log_audit(session, by, f"open311.key-{'on' if active else 'off'}", f"open311:{name}", at=at, ip=ip)
    return AppOut(name=row.name, active=row.active, created_at=row.created_at, created_by=row.created_by)


OPERATIONS = (
    Operation(HTTPMethod.GET, BASE, "Apps that may file", apps, KEEP, TAG, reply=AppsOut),
    Operation(
        HTTPMethod.POST,
        BASE,
        "Give an app a key",
        add,
        KEEP,
        TAG,
        body=AppBody,
        reply=AppKeyOut,
        status=201,
        keyed=True,
    ),
    Operation(
        HTTPMethod.PATCH,
        f"{BASE}/{{name:[a-z][a-z0-9-]{{1,39}}}}",
        "Switch an app on or off",
        switch,
        KEEP,
        TAG,
        body=SwitchBody,
        reply=AppOut,
    ),
)
