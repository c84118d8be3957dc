"""Live state and SIP for pages: the event stream, the overview, the SIP WebSocket, the test phone's account.

In: upgrade requests. Out: streams. Never: the test phone for anyone who is not sitting at this machine.
"""

from __future__ import annotations

from http import HTTPMethod
from ipaddress import ip_address

from aiohttp import web

from console.access import DESK, EVERYONE, OVERSEERS
from console.operations import Ask, Operation
from console.problems import ProblemError
from console.seat_api import sip_password
from console.shapes import Live, SipAccount
from console.sockets import stream
from gateway.store.kinds import Role

TAG = "live"
SUPERVISED_S = 300.0
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_PROXY_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-IP")


def is_local(request: web.Request, bind: str) -> bool:
    """Bound to loopback, asked from loopback, by a loopback name (no DNS rebinding), and not through a proxy."""
    return (
        _is_loopback(bind)
        and _is_loopback(request.remote or "")
        and (request.url.host or "") in _LOCAL_NAMES
        and not any(name in request.headers for name in _PROXY_HEADERS)
    )


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def test_phone_allowed(ask: Ask) -> bool:
    return ask.deps.config.test_phone and is_local(ask.request, ask.deps.config.bind)


async def events(ask: Ask) -> web.StreamResponse:
    """First a snapshot, then changes; a new snapshot whenever the gateway came or went."""
    assert ask.session is not None
    lasts_s = (ask.session.expires_at - ask.deps.clock()).total_seconds()
    if ask.viewer.role is Role.SUPERVISOR:  # teams may be changed at another console: the page comes back by itself
        lasts_s = min(lasts_s, SUPERVISED_S)
    page = ask.deps.relay.join(ask.viewer, session=ask.session.csrf)
    try:
        return await stream(ask.request, page, lasts_s=lasts_s)
    finally:
        ask.deps.relay.leave(page)


async def overview(ask: Ask) -> Live:
    snapshot = ask.deps.relay.state.snapshot_for(ask.viewer)
    return Live(gateway=snapshot["gateway"], seats=snapshot["seats"], calls=snapshot["calls"])


async def sip(ask: Ask) -> web.StreamResponse:
    """For a seat's session, or the test phone (`?phone=test`). The PBX still asks for the endpoint's password."""
    if ask.request.query.get("phone") == "test":
        if not test_phone_allowed(ask):
            raise ProblemError("forbidden", "试拨电话未开启，或不是在本机访问")
    elif ask.session is None:
        raise ProblemError("not-logged-in")
    elif ask.session.must_change:
        raise ProblemError("must-change")
    elif ask.viewer.role not in DESK or not ask.viewer.seat:
        raise ProblemError("forbidden", "此账号没有对应的坐席")
    return await ask.deps.sip.run(ask.request, session=ask.session.csrf if ask.session else "test")


async def test_phone_account(ask: Ask) -> SipAccount:
    if not test_phone_allowed(ask):
        raise ProblemError("forbidden", "试拨电话未开启，或不是在本机访问")
    return await sip_password(ask, "testphone")


OPERATIONS = (
    Operation(HTTPMethod.GET, "/api/v1/events", "WebSocket of live changes", events, EVERYONE, TAG, status=101),
    Operation(HTTPMethod.GET, "/api/v1/live", "Waiting calls and seats", overview, OVERSEERS, TAG, reply=Live),
    Operation(HTTPMethod.GET, "/api/v1/sip", "SIP over WebSocket (RFC 7118)", sip, None, TAG, status=101),
    Operation(
        HTTPMethod.GET,
        "/api/v1/testphone",
        "The test phone's account; from this machine only",
        test_phone_account,
        None,
        TAG,
        reply=SipAccount,
    ),
)
