"""Who is behind a request: the cookie, looked up in the store.

In: a request. Out: `Present` or None. Never: a session taken from anything but the cookie.
"""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from console.access import Viewer
from console.deps import Deps
from console.known import Present
from console.problems import ProblemError
from console.security import is_secure
from gateway.store import User, find_session
from gateway.store.teams import watched_seats

COOKIE = "hotline_session"
TOKEN_MAX = 200


def token_of(request: web.Request) -> str | None:
    token = request.cookies.get(COOKIE)
    return token if token and len(token) <= TOKEN_MAX else None


def viewer_of(user: User, watches: frozenset[str] | None = None) -> Viewer:
    return Viewer(user.name, user.display_name, user.role, user.seat_id or "", user.unit or "", watches)


async def present(request: web.Request, deps: Deps) -> Present | None:
    """The session of this request, or None. Raises ProblemError store-away when it cannot be known."""
    token = token_of(request)
    if token is None:
        return None
    now = deps.clock()
    if (known := deps.known.find(token, now)) is not None:
        return known
    try:
        async with deps.store.reading() as session:
            found = await find_session(session, token, at=now)
            watches = await watched_seats(session, found[0]) if found is not None else None
    except ProblemError:
        if (known := deps.known.find(token, now, stale=True)) is not None:
            return known
        raise
    if found is None:
        deps.known.forget(token)
        return None
    user, row = found
    result = Present(viewer_of(user, watches), row.csrf, row.expires_at, user.must_change)
    deps.known.keep(token, result, now)
    return result


def set_cookie(
    request: web.Request, response: web.StreamResponse, token: str, lasts_until: datetime, now: datetime
) -> None:
    response.set_cookie(
        COOKIE,
        token,
        max_age=max(0, int((lasts_until - now).total_seconds())),
        httponly=True,
        samesite="Strict",
        secure=is_secure(request),
        path="/",
    )


def drop_cookie(request: web.Request, response: web.StreamResponse) -> None:
    response.del_cookie(COOKIE, path="/", httponly=True, samesite="Strict", secure=is_secure(request))
