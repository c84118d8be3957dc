"""Logging in and out, who am I, changing one's password.

In: user name and password. Out: a session cookie and the CSRF token. Never: whether the name or the password was wrong.
"""

from __future__ import annotations

from http import HTTPMethod

from aiohttp import web
from pydantic import Field, SecretStr

from console.access import EVERYONE, Viewer
from console.operations import Ask, Body, Operation
from console.problems import ProblemError
from console.rate import client_address
from console.sessions import drop_cookie, set_cookie, token_of, viewer_of
from console.shapes import Me
from gateway.store import SignedIn, SignInRefusal, drop_expired, log_audit, set_password, sign_in, sign_out

TAG = "session"
LONGEST = 256
SHORTEST = 10  # gateway.store.passwords refuses shorter ones too


class LoginBody(Body):
    user: str = Field(min_length=1, max_length=64)
    password: SecretStr = Field(min_length=1, max_length=LONGEST)


class PasswordBody(Body):
    old: SecretStr = Field(min_length=1, max_length=LONGEST)
    new: SecretStr = Field(min_length=SHORTEST, max_length=LONGEST)  # refused before the old session ends


def _me(viewer: Viewer, csrf: str, *, must_change: bool) -> Me:
    return Me(
        user=viewer.user,
        display_name=viewer.display_name,
        role=viewer.role,
        seat=viewer.seat or None,
        unit=viewer.unit or None,
        csrf=csrf,
        must_change=must_change,
    )


def _ip(ask: Ask) -> str:
    return client_address(ask.request)


async def _sign_in(ask: Ask, user: str, password: str) -> SignedIn:
    """Check, count failures, audit. A new session each time; an older one of the same browser ends (rotation)."""
    deps, at = ask.deps, ask.deps.clock()
    result = await sign_in(deps.store.store, user, password, at=at, ip=_ip(ask))
    async with deps.store.session() as session:
        if isinstance(result, SignInRefusal):
            what = f"session.refused.{result.value}"
            await log_audit(session, user, what, f"user:{user}", at=at, ip=_ip(ask))
        else:
            await drop_expired(session, at=at)
            if (old := token_of(ask.request)) is not None:
                await sign_out(session, old)
                deps.known.forget(old)
            await log_audit(session, user, "session.opened", f"user:{user}", at=at, ip=_ip(ask))
    if isinstance(result, SignInRefusal):
        raise ProblemError("locked-out" if result is SignInRefusal.LOCKED else "wrong-credentials")
    return result


def _with_session(ask: Ask, signed: SignedIn) -> web.Response:
    me = _me(viewer_of(signed.user), signed.csrf, must_change=signed.user.must_change)
    response = web.Response(text=me.model_dump_json(), content_type="application/json")
    set_cookie(ask.request, response, signed.token, signed.expires_at, ask.deps.clock())
    return response


async def login(ask: Ask) -> web.Response:
    body = ask.body_as(LoginBody)
    return _with_session(ask, await _sign_in(ask, body.user, body.password.get_secret_value()))


async def logout(ask: Ask) -> web.Response:
    token = token_of(ask.request)
    if token is not None:
        async with ask.deps.store.session() as session:
            await sign_out(session, token)
            viewer = ask.viewer
            await log_audit(
                session, viewer.user, "session.closed", f"user:{viewer.user}", at=ask.deps.clock(), ip=_ip(ask)
            )
        ask.deps.known.forget(token)
        await _cut_streams(ask)
    response = web.Response(status=204)
    drop_cookie(ask.request, response)
    return response


async def _cut_streams(ask: Ask) -> None:
    """What this session has open does not outlive it."""
    assert ask.session is not None
    ask.deps.relay.cut_session(ask.session.csrf)
    await ask.deps.sip.cut_session(ask.session.csrf)


async def me(ask: Ask) -> Me:
    assert ask.session is not None
    return _me(ask.viewer, ask.session.csrf, must_change=ask.session.must_change)


async def change_password(ask: Ask) -> web.Response:
    """The old password once more, then a new session; every other session of the user ends."""
    body, user = ask.body_as(PasswordBody), ask.viewer.user
    if body.new.get_secret_value() == body.old.get_secret_value():
        raise ProblemError("bad-request", "新密码不能与当前密码相同")
    await _sign_in(ask, user, body.old.get_secret_value())
    async with ask.deps.store.session() as session:
        await set_password(session, user, body.new.get_secret_value())
        await log_audit(session, user, "password.changed", f"user:{user}", at=ask.deps.clock(), ip=_ip(ask))
    ask.deps.known.forget_user(user)
    ask.deps.relay.cut_user(user)
    return _with_session(ask, await _sign_in(ask, user, body.new.get_secret_value()))


OPERATIONS = (
    Operation(HTTPMethod.POST, "/api/v1/session", "Log in", login, None, TAG, body=LoginBody, reply=Me),
    Operation(HTTPMethod.GET, "/api/v1/session", "Who am I", me, EVERYONE, TAG, reply=Me, first_password=True),
    Operation(HTTPMethod.DELETE, "/api/v1/session", "Log out", logout, EVERYONE, TAG, first_password=True),
    Operation(
        HTTPMethod.POST,
        "/api/v1/session/password",
        "Change one's password",
        change_password,
        EVERYONE,
        TAG,
        body=PasswordBody,
        reply=Me,
        first_password=True,
    ),
)
