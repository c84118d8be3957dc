"""Logging in and out: cookies, lock-out, CSRF, rotation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from aiohttp.test_utils import TestClient, TestServer

from console.deps import Deps
from gateway.store import audit_page
from tests.console.conftest import Browser
from tests.console.house import PASSWORD

LogIn = Callable[[str], Awaitable[Browser]]


async def test_the_session_cookie_is_http_only_and_strict(browser: Browser) -> None:
    async with browser.client.post("/api/v1/session", json={"user": "seat801", "password": PASSWORD}) as answer:
        cookie = answer.headers["Set-Cookie"]
        assert PASSWORD not in await answer.text()
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie  # plain HTTP on loopback


async def test_the_cookie_is_secure_behind_tls(browser: Browser) -> None:
    async with browser.client.post(
        "/api/v1/session", json={"user": "seat801", "password": PASSWORD}, headers={"X-Forwarded-Proto": "https"}
    ) as answer:
        assert "Secure" in answer.headers["Set-Cookie"]
        assert "Strict-Transport-Security" in answer.headers


async def test_me_names_role_and_seat(logged_in: LogIn) -> None:
    browser = await logged_in("seat801")
    status, body = await browser.call("GET", "/api/v1/session")
    assert status == 200
    assert (body["user"], body["role"], body["seat"]) == ("seat801", "seat", "801")


@pytest.mark.parametrize("user", ["seat801", "nobody"])
async def test_a_wrong_password_and_an_unknown_name_look_alike(browser: Browser, user: str) -> None:
    status, body = await browser.call("POST", "/api/v1/session", json={"user": user, "password": "wrong-password"})
    assert status == 401
    assert body["type"] == "/problems/wrong-credentials"
    assert body["detail"] == ""


async def test_five_failures_lock_the_account_even_for_the_right_password(browser: Browser) -> None:
    for _ in range(5):
        await browser.call("POST", "/api/v1/session", json={"user": "seat801", "password": "wrong-password"})
    status, body = await browser.call("POST", "/api/v1/session", json={"user": "seat801", "password": PASSWORD})
    assert status == 429
    assert body["type"] == "/problems/locked-out"
    await browser.login("seat802")  # others are not touched


async def test_logging_in_again_ends_the_older_session_of_the_browser(server: TestServer, browser: Browser) -> None:
    await browser.login("seat801")
    old = {cookie.key: cookie.value for cookie in browser.client.session.cookie_jar}
    await browser.login("seat801")
    async with TestClient(server, cookies=old) as stranger, stranger.get("/api/v1/session") as answer:
        assert answer.status == 401


async def test_logging_out_ends_the_session_on_the_server(server: TestServer, browser: Browser) -> None:
    await browser.login("seat801")
    kept = {cookie.key: cookie.value for cookie in browser.client.session.cookie_jar}
    assert (await browser.call("DELETE", "/api/v1/session"))[0] == 204
    async with TestClient(server, cookies=kept) as stranger, stranger.get("/api/v1/session") as answer:
        assert answer.status == 401


@pytest.mark.parametrize("token", [None, "", "wrong"])
async def test_an_unsafe_method_without_the_token_is_refused(logged_in: LogIn, token: str | None) -> None:
    browser = await logged_in("seat801")
    headers = {} if token is None else {"X-CSRF-Token": token}
    async with browser.client.post("/api/v1/seat/resume", json={}, headers=headers) as answer:
        assert answer.status == 403
        assert (await answer.json())["type"] == "/problems/csrf"


async def test_a_request_of_another_site_is_refused_with_the_token_too(logged_in: LogIn) -> None:
    browser = await logged_in("seat801")
    status, body = await browser.call("DELETE", "/api/v1/session", headers={"Origin": "http://evil.example"})
    assert (status, body["type"]) == (403, "/problems/csrf")


async def test_a_changed_password_ends_all_other_sessions(logged_in: LogIn) -> None:
    here, elsewhere = await logged_in("seat801"), await logged_in("seat801")
    body = {"old": PASSWORD, "new": "another-long-password"}
    status, me = await here.call("POST", "/api/v1/session/password", json=body)
    assert status == 200
    here.csrf = me["csrf"]
    assert (await here.call("GET", "/api/v1/session"))[0] == 200
    assert (await elsewhere.call("GET", "/api/v1/session"))[0] == 401


async def test_a_new_password_too_short_keeps_the_session(logged_in: LogIn) -> None:
    browser = await logged_in("seat801")
    status, _ = await browser.call("POST", "/api/v1/session/password", json={"old": PASSWORD, "new": "short"})
    assert status == 400
    assert (await browser.call("GET", "/api/v1/session"))[0] == 200


async def test_sign_ins_and_refusals_are_audited(browser: Browser, deps: Deps) -> None:
    await browser.call("POST", "/api/v1/session", json={"user": "seat801", "password": "wrong-password"})
    await browser.login("seat801")
    async with deps.store.reading() as session:
        entries = (await audit_page(session, subject="user:seat801")).items
    assert [entry.what for entry in entries] == ["session.opened", "session.refused.wrong"]


async def test_unknown_fields_and_plain_text_are_refused(browser: Browser) -> None:
    status, body = await browser.call("POST", "/api/v1/session", json={"user": "a", "password": "b", "role": "admin"})
    assert (status, body["fields"][0]["place"]) == (400, "role")
    assert (await browser.call("POST", "/api/v1/session", data="user=a"))[0] == 415


async def test_a_password_is_never_echoed_in_a_problem(browser: Browser) -> None:
    _, body = await browser.call("POST", "/api/v1/session", json={"user": "", "password": "very-secret-words"})
    assert "very-secret-words" not in str(body)
