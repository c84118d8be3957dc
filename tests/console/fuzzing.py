"""What the fuzzing tests share: a console that serves in a thread of its own, on the real store, and how an answer is
held against the document."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from aiohttp import web
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from console.app import ALL, make_app
from console.deps import DEPS
from console.openapi import document
from gateway.crypt import ensure_keys
from gateway.store import open_store
from gateway.tables import versions
from gateway.tables.files import first_table
from gateway.tables.versions import Actor
from gateway.version import VERSION
from tests.console.house import NOON, PASSWORD, config_for, fill

TOO_LONG = b"Got more than 8190 bytes"  # the HTTP library's own answer to an address that it does not read to its end
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


class Running:
    """A console that serves until stopped, and the credentials of its users."""

    def start(self) -> Running:
        self.thread.start()
        assert self.ready.wait(30)
        return self

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(20)
        self.loop.close()

    def __init__(self, folder: Path) -> None:
        self.config = config_for(folder)
        self.ready = threading.Event()
        self.loop = asyncio.new_event_loop()
        self.stop = asyncio.Event()
        self.thread = threading.Thread(target=self.loop.run_until_complete, args=(self._serve(),))
        self.url = ""

    async def _serve(self) -> None:
        store = await open_store(self.config.database, keys=ensure_keys(self.config.keys_file, NOON))
        await fill(store, self.config)
        async with store.session() as session:
            await versions.take_in(session, lambda: first_table(self.config), Actor("system", NOON))
        await store.close()
        app = make_app(self.config)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        await asyncio.wait_for(app[DEPS].store.opened.wait(), 10)
        assert runner.addresses
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self.ready.set()
        await self.stop.wait()
        await runner.cleanup()

    def log_in(self, user: str = "admin") -> dict[str, str]:
        body = {"user": user, "password": PASSWORD}
        with requests.post(f"{self.url}/api/v1/session", json=body, timeout=10) as answer:
            cookie = "; ".join(f"{found.name}={found.value}" for found in answer.cookies)
            return {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf"]}


def operations(*parts: str) -> list[Any]:
    """Every operation of the document below /api/v1/<part>."""
    schema = schemathesis.openapi.from_dict(document(ALL, VERSION)).include(path_regex=f"^/api/v1/({'|'.join(parts)})")
    found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
    assert len(found) == sum(one.path.startswith(tuple(f"/api/v1/{part}" for part in parts)) for one in ALL)
    return found


def hold(
    operation: Any,
    mode: GenerationMode,
    running: Running,
    headers: dict[str, str],
    *,
    examples: int = 10,
    paths: dict[str, str] | None = None,
) -> None:
    """So many requests of that mode; each answer as the document has it. `paths`: real ids in the place of made-up
    ones."""

    @settings(max_examples=examples, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        if paths:
            case.path_parameters = {**(case.path_parameters or {}), **paths}
        answer = case.call(base_url=running.url, headers=headers, timeout=30)
        if not answer.content.startswith(TOO_LONG):
            case.validate_response(answer, checks=CHECKS)

    try:
        run()
    except Unsatisfiable:
        pytest.skip("nothing can be wrong with a request that takes nothing")
