"""schemathesis over the newer parts of the API (table, feeds, knowledge): no server error, no answer that the document
does not describe, no wrong request that is taken. The console runs in a thread of its own, on the real store."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
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

pytestmark = pytest.mark.system

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


class Running:
    """A console that serves until stopped, and the credentials of an admin."""

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

    def log_in(self) -> dict[str, str]:
        body = {"user": "admin", "password": PASSWORD}
        with requests.post(f"{self.url}/api/v1/session", json=body, timeout=10) as answer:
            cookie = "; ".join(f"{found.name}={found.value}" for found in answer.cookies)
            return {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf"]}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("fuzz"))
    running.thread.start()
    assert running.ready.wait(30)
    yield running
    running.loop.call_soon_threadsafe(running.stop.set)
    running.thread.join(20)
    running.loop.close()


@pytest.fixture(scope="module")
def credentials(running: Running) -> dict[str, str]:
    return running.log_in()


PARTS = ("table", "audit", "feeds", "knowledge", "open311")
SCHEMA = schemathesis.openapi.from_dict(document(ALL, VERSION)).include(path_regex=f"^/api/v1/({'|'.join(PARTS)})")
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]
assert len(OPERATIONS) == sum(one.path.startswith(tuple(f"/api/v1/{part}" for part in PARTS)) for one in ALL)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_the_api_keeps_to_its_document(
    operation: Any, mode: GenerationMode, running: Running, credentials: dict[str, str]
) -> None:
    @settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def hold(case: Any) -> None:
        answer = case.call(base_url=running.url, headers=credentials, timeout=30)
        case.validate_response(answer, checks=CHECKS)

    try:
        hold()
    except Unsatisfiable:
        pytest.skip("nothing can be wrong with a request that takes nothing")


def test_other_methods_are_told_so(running: Running, credentials: dict[str, str]) -> None:
    for operation in OPERATIONS:
        some = "1" if "/audit/" in operation.path else "x"
        path = operation.path.replace("{name}", "day").replace("{id}", some).replace("{target_id}", "one")
        path = re.sub(r"\{\w+\}", "1", path)
        answer = requests.request("TRACE", running.url + path, headers=credentials, timeout=10)
        assert answer.status_code == 405 and operation.method.upper() in answer.headers["Allow"], path
        answer.close()
