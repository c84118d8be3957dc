"""Fixtures for tests of the store: every test that asks for `store` or `database_url` runs on SQLite and on PostgreSQL.

Use: `from tests.databases import database_url, pg_cluster, store` in a conftest.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.crypt import Keyring, ensure_keys
from gateway.store import Store, open_store
from tests.postgres import Cluster

__all__ = ["database_url", "keys", "pg_cluster", "store"]

KINDS = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.system)]


@pytest.fixture(scope="session")
def pg_cluster() -> Iterator[Cluster]:
    """A running server for the session. Not under pytest's own folder: the user postgres may not enter that."""
    with tempfile.TemporaryDirectory(prefix="hl-pg-") as folder:
        Path(folder).chmod(0o755)
        cluster = Cluster(Path(folder) / "pg")
        cluster.create()
        yield cluster
        cluster.stop()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}"
    cluster: Cluster = request.getfixturevalue("pg_cluster")
    return cluster.new_database()


@pytest.fixture
def keys(tmp_path: Path) -> Keyring:
    """The keys of the city in `tmp_path/state`, where tests put their installation."""
    return ensure_keys(tmp_path / "state" / "keys.json", datetime.now(UTC))


@pytest.fixture
async def store(database_url: str, keys: Keyring, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """An empty store of this release. Migrated once for all tests and copied: migrations have tests of their own."""
    if database_url.startswith("sqlite"):
        await _copy_sqlite(Path(database_url.removeprefix("sqlite+aiosqlite:///")))
    else:
        await _copy_postgres(request.getfixturevalue("pg_cluster"), database_url)
    opened = await open_store(database_url, keys=keys)
    yield opened
    await opened.close()


_MIGRATED: dict[str, bytes] = {}  # the SQLite file after all migrations


async def _copy_sqlite(path: Path) -> None:
    if not _MIGRATED:
        await _migrate(f"sqlite+aiosqlite:///{path}")
        _MIGRATED["sqlite"] = path.read_bytes()
    path.write_bytes(_MIGRATED["sqlite"])


async def _copy_postgres(cluster: Cluster, url: str) -> None:
    if not cluster.migrated:
        migrated = cluster.new_database()
        await _migrate(migrated)
        cluster.migrated = migrated
    cluster.copy(cluster.migrated, url)


async def _migrate(url: str) -> None:
    await (await open_store(url)).close()
