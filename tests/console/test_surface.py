"""Headers, problems, the OpenAPI document, pages, masking, keyed requests."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from console.app import ALL, make_app
from console.idempotency import KeyedReplies
from console.masking import mask_name, mask_number, mask_text
from console.pages import ROUTES
from console.problems import KINDS, Kind, ProblemError
from console.security import content_policy
from tests.console.conftest import Browser
from tests.console.house import config_for

LogIn = Callable[[str], Awaitable[Browser]]


async def test_every_answer_carries_the_strict_policy(browser: Browser) -> None:
    for path in ("/", "/healthz", "/api/v1/session", "/nothing/here", "/testphone"):
        async with browser.client.get(path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "unsafe" not in policy
            assert "default-src 'none'" in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Cache-Control"] == "no-store"


def test_a_host_header_cannot_add_to_the_policy() -> None:
    assert "evil" not in content_policy("x; script-src evil", secure=False)
    assert "connect-src 'self' wss://hotline.example:8080;" in content_policy("hotline.example:8080", secure=True)


async def test_problems_are_rfc_9457_with_chinese_title_and_remedy(browser: Browser) -> None:
    async with browser.client.get("/api/v1/nothing") as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")
        body = await answer.json()
    assert body["type"] == "/problems/not-found"
    assert body["status"] == 404
    assert body["title"] == "没有找到"
    assert body["remedy"]


@pytest.mark.parametrize("kind", list(KINDS.values()), ids=lambda kind: kind.slug)
def test_each_problem_speaks_chinese(kind: Kind) -> None:
    for text in (kind.title, kind.remedy):
        assert any("一" <= letter <= "鿿" for letter in text)


async def test_the_openapi_document_names_every_operation(browser: Browser) -> None:
    status, body = await browser.call("GET", "/api/v1/openapi.json")
    assert (status, body["openapi"]) == (200, "3.1.0")
    assert sum(len(methods) for methods in body["paths"].values()) == len(ALL)
    login = body["paths"]["/api/v1/seat/{verb}"]["post"]
    assert {parameter["name"] for parameter in login["parameters"]} == {"verb", "X-CSRF-Token", "Idempotency-Key"}
    assert all(path.count("{") == path.count("}") for path in body["paths"])
    text = str(body)
    for name in [part.split("'")[0] for part in text.split("#/components/schemas/")[1:]]:
        assert name in body["components"]["schemas"], name


async def test_pages_that_are_not_built_say_so_and_the_api_lives(tmp_path: Path) -> None:
    async with TestClient[web.Request, web.Application](TestServer(make_app(config_for(tmp_path), tmp_path))) as client:
        async with client.get("/login") as answer:
            assert (answer.status, "页面尚未构建" in await answer.text()) == (503, True)
        async with client.get("/healthz") as answer:
            assert answer.status == 200


async def test_built_pages_are_served_and_nothing_beside_them(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_text("console")
    (dist / "testphone.html").write_text("phone")
    (dist / "assets" / "a-1.js").write_text("1")
    (tmp_path / "secret").write_text("s")
    (dist / "assets" / "link").symlink_to(tmp_path / "secret")
    async with TestClient[web.Request, web.Application](TestServer(make_app(config_for(tmp_path), dist))) as client:
        for route in ROUTES:
            path = re.sub(r"\{\w+(?::([^}|]+)[^}]*)?\}", lambda found: found[1] or "x", route)
            async with client.get(path) as answer:
                assert await answer.text() == "console"
        async with client.get("/assets/a-1.js") as answer:
            assert "immutable" in answer.headers["Cache-Control"]
        for path in ("/assets/link", "/assets/..%2findex.html", "/assets/%2e%2e/%2e%2e/secret", "/assets/"):
            from yarl import URL

            async with client.get(URL(path, encoded=True)) as answer:
                assert answer.status in (403, 404), path
                assert await answer.text() != "s"


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("13800000000", "138****0000"),
        ("087212345678", "0872****5678"),
        ("12345", "12345"),
        ("110", "110"),
        ("65123456", "65****56"),
        ("", ""),
        ("123456", "****56"),
    ],
)
def test_numbers_are_masked_and_public_ones_are_not(number: str, masked: str) -> None:
    assert mask_number(number) == masked


@given(st.text("0123456789+", min_size=6, max_size=20))
def test_a_mask_hides_at_least_four_characters(number: str) -> None:
    masked = mask_number(number)
    assert masked.count("*") >= 4
    assert number not in masked


def test_numbers_inside_sentences_are_masked() -> None:
    assert mask_text("来电 13800000000 转 12345") == "来电 138****0000 转 12345"
    assert mask_name("张三丰") == "张**"


async def test_a_keyed_request_that_failed_may_be_tried_again() -> None:
    replies, runs = KeyedReplies(), []

    async def fail() -> tuple[int, str]:
        runs.append(1)
        raise ProblemError("gateway-away")

    async def work() -> tuple[int, str]:
        runs.append(2)
        await asyncio.sleep(0)
        return 200, "ok"

    with pytest.raises(ProblemError):
        await replies.once(("u", "k"), "c", fail)
    assert await replies.once(("u", "k"), "c", work) == (200, "ok")
    assert await replies.once(("u", "k"), "c", work) == (200, "ok")
    assert await replies.once(("v", "k"), "c", work) == (200, "ok")  # keys belong to their user
    assert runs == [1, 2, 2]


async def test_keyed_answers_are_bounded() -> None:
    replies = KeyedReplies(bound=2)

    async def work() -> tuple[int, str]:
        return 200, ""

    for key in "abc":
        await replies.once(("u", key), "c", work)
    await replies.once(("u", "a"), "other", work)  # forgotten, so not refused
