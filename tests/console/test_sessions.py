"""Logging in and out: cookies, lock-out, CSRF, rotation."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
from aiohttp.test_utils import TestClient, TestServer

from console.app import ALL
from console.deps import DEPS, Deps
from console.idempotency import KeyedReplies
from console.problems import ProblemError
from gateway.store import audit_page, set_password
from gateway.store.kinds import Role
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


async def test_a_stranger_elsewhere_locks_nobody_out_here(browser: Browser) -> None:
    wrong = {"user": "seat801", "password": "wrong-password"}
    stranger = {"X-Forwarded-For": "203.0.113.7"}  # said by our own proxy on this machine
    statuses = [(await browser.call("POST", "/api/v1/session", json=wrong, headers=stranger))[0] for _ in range(6)]
    assert statuses == [401] * 4 + [429] * 2
    await browser.login("seat801")


async def test_who_has_yet_to_change_the_first_password_can_do_nothing_else(browser: Browser, deps: Deps) -> None:
    async with deps.store.session() as session:
        await set_password(session, "banzhang", PASSWORD, must_change=True)
    assert (await browser.login("banzhang"))["must_change"]
    keyed = {"Idempotency-Key": "k"}
    for operation in ALL:
        if operation.roles is None or operation.first_password or Role.SUPERVISOR not in operation.roles:
            continue
        path = re.sub(r"\{[^{}]*(\{[^{}]*\}[^{}]*)*\}", "1", operation.path)
        status, problem = await browser.call(operation.method.value, path, headers=keyed)
        if problem and problem["type"] in ("/problems/not-found", "/problems/method-not-allowed"):
            continue  # a word in the path that "1" is not
        assert (status, problem["type"]) == (403, "/problems/must-change"), operation.path
    assert (await browser.call("GET", "/api/v1/sip"))[1]["type"] == "/problems/must-change"
    assert (await browser.call("GET", "/api/v1/session"))[0] == 200
    same = {"old": PASSWORD, "new": PASSWORD}
    assert (await browser.call("POST", "/api/v1/session/password", json=same))[0] == 400
    status, me = await browser.call("POST", "/api/v1/session/password", json={**same, "new": "a-password-of-my-own"})
    assert (status, me["must_change"]) == (200, False)
    browser.csrf = me["csrf"]
    assert (await browser.call("GET", "/api/v1/calls"))[0] == 200


async def test_a_keyed_request_is_answered_once_for_all_consoles(server: TestServer, browser: Browser) -> None:
    """Two consoles on one store: what one has answered, the other repeats, also after a new start."""
    assert server.app is not None
    store, runs = server.app[DEPS].store, list[int]()
    one, another = KeyedReplies(store=store), KeyedReplies(store=store)

    async def slow() -> tuple[int, str]:
        runs.append(1)
        await asyncio.sleep(0.3)
        return 201, "done"

    async def fails() -> tuple[int, str]:
        raise ProblemError("gateway-away")

    both = await asyncio.gather(one.once(("u", "k"), "c", slow), another.once(("u", "k"), "c", slow))
    assert set(both) == {(201, "done")}
    assert runs == [1]
    assert await KeyedReplies(store=store).once(("u", "k"), "c", fails) == (201, "done")
    with pytest.raises(ProblemError, match="key-reused"):
        await KeyedReplies(store=store).once(("u", "k"), "other", slow)
    with pytest.raises(ProblemError):
        await one.once(("u", "f"), "c", fails)
    assert await another.once(("u", "f"), "c", slow) == (201, "done")
    await store.stop()  # the store is away: seats go on working
    assert await one.once(("u", "away"), "c", slow) == (201, "done")
