"""A real browser on the console: pages as people see them. Screenshots go to `.hotline/screens/`.

The journey with a real PBX is in test_journey.py; here the gateway is the fake board of the console's tests, which
speaks the real control socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from console.app import make_app
from console.deps import DEPS, now
from console.pages import DIST
from gateway import control
from gateway.config import CHECKOUT
from gateway.crypt import ensure_keys
from gateway.store import open_store
from tests.console.house import NOON, PASSWORD, Board, config_for, fill, write_secrets
from tests.pages.installation import Installation, running_installation
from tests.passwords import cheap_hashes

__all__ = ["cheap_hashes"]
SCREENS = CHECKOUT / ".hotline" / "screens"
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FLAGS = (
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Acts:
    """What the gateway was asked beyond its board's verbs, and what it says to it."""

    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""

    async def act(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, await request.json()))
        if self.refusal:
            body = {"type": "urn:hotline:refused", "detail": self.refusal, "status": 409}
            return web.json_response(body, status=409)
        return web.json_response(self.answers.get(request.path, {}))

    async def targets(self, request: web.Request) -> web.Response:
        return web.json_response(self.answers[request.path])


@dataclass
class Site:
    """A console with its fake gateway; `troubles` are console errors and policy violations of all its pages."""

    url: str
    board: Board
    acts: Acts
    browser: Browser
    gateway: web.AppRunner
    app: web.Application
    troubles: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    async def open(self, path: str = "/", user: str = "", *, narrow: bool = False) -> Page:
        """A page of a new browser profile, logged in as `user` if named."""
        context = await self.browser.new_context(
            viewport=NARROW if narrow else WIDE,  # type: ignore[arg-type]  # a dict, as its own docs have it
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["microphone"],
            base_url=self.url,
            reduced_motion="reduce",  # no waiting for dialogs that glide in
        )
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        page = await context.new_page()
        self.watch(page)
        if user:
            await log_in(page, user)
        if path != "/" or not user:
            await page.goto(path)
        return page

    def watch(self, page: Page) -> None:
        def note(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and "the server responded with a status of" not in message.text:
                self.troubles.append(message.text)

        page.on("console", note)
        page.on("pageerror", lambda error: self.troubles.append(str(error)))


async def log_in(page: Page, user: str, password: str = PASSWORD) -> None:
    await page.goto("/login")
    await page.locator("input[name=user]").fill(user)
    await page.locator("input[name=password]").fill(password)
    await page.get_by_test_id("login").click()
    await page.wait_for_url(lambda url: "/login" not in url)


async def shoot(page: Page, name: str) -> Path:
    SCREENS.mkdir(parents=True, exist_ok=True)
    path = SCREENS / f"{name}.png"
    await page.screenshot(path=path, full_page=True, animations="disabled")
    return path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests that share one browser run on the event loop that it lives on."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents and "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    executable = shutil.which("chromium")
    if executable is None:
        pytest.fail("Chromium is not installed (apt install chromium)")
    async with async_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        browser = await playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield browser  # one for all tests: each opens profiles of its own in it
        await browser.close()


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for all journeys that leave it as they found it."""
    with running_installation(tmp_path_factory.mktemp("j")) as found:
        yield found


@pytest.fixture(scope="session")
def filled_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    async def make(folder: Path) -> None:
        config = config_for(folder)
        store = await open_store(config.database, keys=ensure_keys(config.keys_file, NOON))
        await fill(store, config)
        await store.close()

    folder = tmp_path_factory.mktemp("pages")
    asyncio.run(make(folder))
    return folder


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path, filled_state: Path, chromium: Browser) -> AsyncIterator[Site]:
    await asyncio.to_thread(shutil.copytree, filled_state, tmp_path, dirs_exist_ok=True)
    async with running_site(tmp_path, chromium) as found:
        yield found


@contextlib.asynccontextmanager
async def running_site(
    folder: Path, chromium: Browser, clock: Callable[[], datetime] = now, **changes: Any
) -> AsyncIterator[Site]:
    """A console on the store in `folder`, with a fake gateway and `changes` of the configuration.

    At the end no page may have logged an error: a violated content policy shows up there.
    """
    assert (DIST / "index.html").is_file(), "build the pages first: cd console/web && npm ci && npm run build"
    config = config_for(folder, ws_port=1, **changes)
    write_secrets(config, {"web-801": "x", "testphone": "x"})
    board = Board()
    acts, house = Acts(), control.make_app(board, board.hub)
    house.router.add_get("/v1/calls/{id}/targets", acts.targets)
    house.router.add_post("/v1/{rest:(calls|spy|messages|surges).*}", acts.act)
    gateway = await control.serve(house, config.control_socket)
    app = make_app(config, clock=clock)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    listener = web.TCPSite(runner, "127.0.0.1", 0)
    await listener.start()
    await asyncio.wait_for(app[DEPS].store.opened.wait(), 10)
    found = Site(f"http://127.0.0.1:{runner.addresses[0][1]}", board, acts, chromium, gateway, app)
    yield found
    for context in found.contexts:
        await context.close()
    await runner.cleanup()
    await gateway.cleanup()
    expected = ("WebSocket connection to", "net::ERR")
    assert [trouble for trouble in found.troubles if not any(part in trouble for part in expected)] == []
