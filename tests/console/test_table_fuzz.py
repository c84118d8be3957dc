"""schemathesis over the newer parts of the API (table, feeds, knowledge): no server error, no answer that the document
does not describe, no wrong request that is taken. The console runs in a thread of its own, on the real store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from schemathesis import GenerationMode

from tests.console.fuzzing import Running, hold, operations

pytestmark = pytest.mark.system
OPERATIONS = operations("table", "audit", "feeds", "knowledge", "open311")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("fuzz")).start()
    yield running
    running.end()


@pytest.fixture(scope="module")
def credentials(running: Running) -> dict[str, str]:
    return running.log_in()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_the_api_keeps_to_its_document(
    operation: Any, mode: GenerationMode, running: Running, credentials: dict[str, str]
) -> None:
    hold(operation, mode, running, credentials)


def test_other_methods_are_told_so(running: Running, credentials: dict[str, str]) -> None:
    for operation in OPERATIONS:
        some = "1" if "/audit/" in operation.path else "x"
        path = operation.path.replace("{name}", "day").replace("{id}", some).replace("{target_id}", "one")
        path = re.sub(r"\{\w+\}", "1", path)
        answer = requests.request("TRACE", running.url + path, headers=credentials, timeout=10)
        assert answer.status_code == 405 and operation.method.upper() in answer.headers["Allow"], path
        answer.close()
