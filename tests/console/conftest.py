"""The console on the real store (SQLite) and a real control socket."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from console.app import make_app
from console.deps import DEPS, Deps
from gateway import control
from gateway.config import Config
from gateway.crypt import ensure_keys
from gateway.store import open_store
from tests.console.house import PASSWORD, Board, config_for, fill, write_secrets
from tests.passwords import cheap_hashes

__all__ = ["cheap_hashes"]

Client = TestClient[web.Request, web.Application]


@dataclass
class Browser:
    """A client with cookies and the CSRF token of whoever logged in."""

    client: Client
    csrf: str = ""

    async def login(self, user: str, password: str = PASSWORD) -> dict[str, Any]:
        async with self.client.post("/api/v1/session", json={"user": user, "password": password}) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            self.csrf = body["csrf"]
            return dict(body)

    async def call(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """Status and parsed body; sends the CSRF token unless headers are given."""
        headers = {"X-CSRF-Token": self.csrf, **more.pop("headers", {})}
        async with self.client.request(method, path, headers=headers, **more) as answer:
            content = await answer.read()
            return answer.status, (json.loads(content) if "json" in answer.content_type else content)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    config = config_for(tmp_path, ws_port=1)  # port 1: no PBX unless a test brings one
    write_secrets(config, {"web-801": "pw801", "web-802": "pw802", "testphone": "pwtest"})
    return config


@pytest.fixture
def board() -> Board:
    return Board()


@pytest_asyncio.fixture
async def gateway(config: Config, board: Board) -> AsyncIterator[web.AppRunner]:
    runner = await control.serve(control.make_app(board, board.hub), config.control_socket)
    yield runner
    await runner.cleanup()


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled state folder, made once (password hashes are slow on purpose) and copied for each test."""

    async def make(config: Config) -> None:
        keys = ensure_keys(config.keys_file, datetime.now(UTC))
        store = await open_store(config.database, keys=keys)
        await fill(store, config)
        await store.close()

    folder = tmp_path_factory.mktemp("filled")
    asyncio.run(make(config_for(folder)))
    return folder


@pytest_asyncio.fixture
async def server(config: Config, filled: Path) -> AsyncIterator[TestServer]:
    await asyncio.to_thread(shutil.copytree, filled, config.state_dir, dirs_exist_ok=True)
    server = TestServer(make_app(config))
    await server.start_server()
    assert server.app is not None
    await asyncio.wait_for(server.app[DEPS].store.opened.wait(), 10)
    yield server
    await server.close()


@pytest.fixture
def deps(server: TestServer) -> Deps:
    assert server.app is not None
    return server.app[DEPS]


@pytest_asyncio.fixture
async def browser(server: TestServer) -> AsyncIterator[Browser]:
    client: Client = TestClient(server)
    yield Browser(client)
    await client.close()


@pytest_asyncio.fixture
async def logged_in(server: TestServer) -> AsyncIterator[Callable[[str], Awaitable[Browser]]]:
    """Makes browsers that are logged in as the named user."""
    opened: list[Browser] = []

    async def make(user: str) -> Browser:
        browser = Browser(TestClient(server))
        opened.append(browser)
        await browser.login(user)
        return browser

    yield make
    for browser in opened:
        await browser.client.close()


@pytest.fixture
async def people(logged_in: Callable[[str], Awaitable[Browser]]) -> dict[str, Browser]:
    """One of the office, and two units."""
    return {name: await logged_in(name) for name in ("office1", "unit1", "unit2")}


async def until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait until the condition holds; fails the test when it never does."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)
