"""Puts the console together: links, operations, pages, headers, an orderly end.

In: Config. Out: an aiohttp application. Never: waits for gateway, PBX or database to start; each may come later.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from http import HTTPMethod
from pathlib import Path

from aiohttp import web
from sqlalchemy import text

from console import (
    audit_api,
    audit_reveal_api,
    auth_api,
    callout_api,
    calls_api,
    citizen_api,
    directory_api,
    evidence_api,
    export_api,
    feeds_api,
    figures_api,
    follow_ups_api,
    knowledge_api,
    live_api,
    open311,
    open311_keys_api,
    order_recordings_api,
    orders_advice_api,
    orders_api,
    orders_work_api,
    people_api,
    promise_api,
    recording_api,
    seat_api,
    suggestions_api,
    supervise_api,
    table_api,
    table_calendars_api,
    table_imports_api,
    table_life_api,
    table_menus_api,
    table_prompts_api,
    table_route_api,
    talk_api,
    tasks_api,
    teams_api,
)
from console.deps import DEPS, Deps, now
from console.gateway_link import GatewayLink
from console.idempotency import KeyedReplies
from console.openapi import document
from console.operations import Ask, Operation, bind
from console.orders_live import WATCH, OrdersWatch
from console.pages import DIST, add_pages, no_page
from console.problems import ProblemError, problems_middleware
from console.puzzles import Puzzles
from console.relay import Relay
from console.security import add_headers
from console.shapes import Health
from console.sip_proxy import SipProxy
from console.store_link import StoreLink
from gateway.config import Config
from gateway.crypt import Keyring
from gateway.errors import FatalError
from gateway.orders.rulebook import Rulebook
from gateway.secrets import load_secrets
from gateway.version import VERSION

BODY_MAX = 256 * 1024  # the longest order text is 10,000 characters
HEALTH_S = 2.0
REST = "/{rest}"  # the route of everything that no other one took
OPENAPI_TYPE = "application/vnd.oai.openapi+json"


async def healthz(ask: Ask) -> Health:
    """Always answers while the console lives; what is away is said, not hidden. Details only to this machine."""
    deps = ask.deps
    gateway = await _gateway_health(deps)
    local = live_api.is_local(ask.request, deps.config.bind)
    return Health(
        console="up",
        since=deps.started,
        version=VERSION,
        gateway="up" if gateway is not None else "away",
        store="up" if await _store_answers(deps) else "away",
        gateway_detail=gateway if local else None,
        pages="built" if (DIST / "index.html").is_file() else "missing",
    )


async def _gateway_health(deps: Deps) -> dict[str, object] | None:
    try:
        async with asyncio.timeout(HEALTH_S):
            return await deps.gateway.health()
    except (ProblemError, TimeoutError):
        return None


async def _store_answers(deps: Deps) -> bool:
    try:
        async with asyncio.timeout(HEALTH_S), deps.store.reading() as session:
            await session.execute(text("SELECT 1"))
    except (ProblemError, TimeoutError):
        return False
    return True


async def openapi(_ask: Ask) -> web.Response:
    return web.json_response(document(ALL, VERSION), content_type=OPENAPI_TYPE)


ALL: tuple[Operation, ...] = (
    Operation(HTTPMethod.GET, "/healthz", "What the console sees", healthz, None, "health", reply=Health),
    Operation(
        HTTPMethod.GET,
        "/api/v1/openapi.json",
        "This document",
        openapi,
        None,
        "health",
        content_type="application/vnd.oai.openapi+json",
    ),
    *auth_api.OPERATIONS,
    *seat_api.OPERATIONS,
    *live_api.OPERATIONS,
    *promise_api.OPERATIONS,
    *talk_api.OPERATIONS,
    *supervise_api.OPERATIONS,
    *recording_api.OPERATIONS,
    *figures_api.OPERATIONS,
    *export_api.OPERATIONS,  # before the orders: /orders/export.xlsx is no order
    *suggestions_api.OPERATIONS,
    *follow_ups_api.OPERATIONS,
    *orders_work_api.OPERATIONS,
    *order_recordings_api.OPERATIONS,
    *orders_advice_api.OPERATIONS,
    *evidence_api.OPERATIONS,
    *orders_api.OPERATIONS,
    *directory_api.OPERATIONS,
    *citizen_api.OPERATIONS,
    *calls_api.OPERATIONS,
    *tasks_api.OPERATIONS,
    *callout_api.OPERATIONS,
    *people_api.OPERATIONS,
    *teams_api.OPERATIONS,
    *feeds_api.OPERATIONS,
    *knowledge_api.OPERATIONS,
    *open311.OPERATIONS,
    *open311_keys_api.OPERATIONS,
    *audit_reveal_api.OPERATIONS,
    *table_api.OPERATIONS,
    *table_route_api.OPERATIONS,
    *table_calendars_api.OPERATIONS,
    *table_life_api.OPERATIONS,
    *table_menus_api.OPERATIONS,
    *audit_api.OPERATIONS,
    *table_imports_api.OPERATIONS,
    *table_prompts_api.OPERATIONS,
)


async def _not_found(request: web.Request) -> web.StreamResponse:
    """What no operation matched: another method of a known address is told so."""
    allowed: set[str] = set()
    for resource in request.app.router.resources():
        if resource.canonical != REST:
            allowed |= (await resource.resolve(request))[1]
    if allowed:
        raise ProblemError("method-not-allowed", headers={"Allow": ", ".join(sorted(allowed))})
    if not request.path.startswith("/api") and "text/html" in request.headers.get("Accept", ""):
        return no_page()
    raise ProblemError("not-found", "没有这个地址")


def make_app(config: Config, dist: Path = DIST, *, clock: Callable[[], datetime] = now) -> web.Application:
    """The application; `dist` is the folder of built pages, `clock` gives the time of everything that happens."""
    gateway = GatewayLink(config.control_socket)
    store = StoreLink(config.database, Keyring(config.keys_file))
    deps = Deps(
        config=config,
        store=store,
        gateway=gateway,
        relay=Relay(gateway, show_listening=config.show_listening),
        sip=SipProxy(f"ws://{config.asterisk_host}:{config.ws_port}/ws"),
        rulebook=Rulebook(config),
        replies=KeyedReplies(store=store),
        puzzles=Puzzles(key=_puzzle_key(config)),
        clock=clock,
    )
    app = web.Application(middlewares=[problems_middleware], client_max_size=BODY_MAX)
    app[DEPS] = deps
    app[WATCH] = OrdersWatch(deps)
    bind(app, ALL)
    add_pages(app, dist)
    app.router.add_route("*", "/{rest:.*}", _not_found)  # its canonical name is REST
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(_cut_streams)
    app.cleanup_ctx.append(_links)
    return app


def _puzzle_key(config: Config) -> bytes:
    """The same in every console that has the city's secrets; one of its own where there are none yet."""
    try:
        secret = load_secrets(config.secrets_file).session_key
    except FatalError:
        return b""
    return hmac.new(secret.encode(), b"citizen-puzzles", "sha256").digest()


async def _cut_streams(app: web.Application) -> None:
    """Before connections are closed: pages and phones learn that the console goes, and come back by themselves."""
    await app[DEPS].relay.stop()
    await app[DEPS].sip.close()


async def _links(app: web.Application) -> AsyncIterator[None]:
    deps = app[DEPS]
    await deps.store.start()
    await deps.relay.start()
    await app[WATCH].start()
    yield
    await app[WATCH].stop()
    await deps.relay.stop()
    await deps.gateway.close()
    await deps.store.stop()
