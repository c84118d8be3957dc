"""One city for all system tests: it takes seconds to build, and every test finds it at rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.kit.city import City, running_city


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them run on the event loop that the city's own tasks live on, and are marked as what they are."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.system)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_city(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    async with running_city(tmp_path_factory.mktemp("city")) as city:
        yield city


@pytest_asyncio.fixture(loop_scope="session")
async def city(whole_city: City) -> AsyncIterator[City]:
    """The city at rest."""
    await whole_city.at_rest()
    yield whole_city
