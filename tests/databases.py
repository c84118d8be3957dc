"""Fixtures for tests of the store: every test that asks for `store` or `database_url` runs on SQLite and on PostgreSQL.

Use: `from tests.databases import database_url, keys, pg_cluster, store` in a conftest.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.crypt import Keyring, ensure_keys
from gateway.store import Store, open_store
from tests.postgres import Cluster, roomy_folder

__all__ = ["database_url", "keys", "pg_cluster", "store"]

KINDS = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.system)]


@pytest.fixture(scope="session")
def pg_cluster() -> Iterator[Cluster]:
    """A running server for the session. Not under pytest's own folder: the user postgres may not enter that."""
    with tempfile.TemporaryDirectory(prefix="hl-pg-", dir=roomy_folder()) as folder:
        Path(folder).chmod(0o755)
        cluster = Cluster(Path(folder) / "pg")
        cluster.create()
        yield cluster
        cluster.stop()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, once of each kind; for tests with a `store`, of one that has its schema.

    The schema is made once and copied: migrations have tests of their own.
    """
    with_schema = "store" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "hotline.db"
        if with_schema:
            path.write_bytes(_migrated_sqlite(path))
        yield f"sqlite+aiosqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("pg_cluster")
    if with_schema and not cluster.migrated:
        cluster.migrated = cluster.new_database()
        asyncio.run(_migrate(cluster.migrated))
    url = cluster.new_database(cluster.migrated if with_schema else "")
    yield url
    cluster.done_with(url)


@pytest.fixture
def keys(tmp_path: Path) -> Keyring:
    """The keys of the city in `tmp_path/state`, where tests put their installation."""
    return ensure_keys(tmp_path / "state" / "keys.json", datetime.now(UTC))


@pytest.fixture
async def store(database_url: str, keys: Keyring) -> AsyncIterator[Store]:
    """An empty store of this release."""
    opened = await open_store(database_url, keys=keys)
    yield opened
    await opened.close()


_MIGRATED: dict[str, bytes] = {}  # the SQLite file after all migrations


def _migrated_sqlite(path: Path) -> bytes:
    if not _MIGRATED:
        asyncio.run(_migrate(f"sqlite+aiosqlite:///{path}"))
        _MIGRATED["sqlite"] = path.read_bytes()
    return _MIGRATED["sqlite"]


async def _migrate(url: str) -> None:
    await (await open_store(url)).close()
