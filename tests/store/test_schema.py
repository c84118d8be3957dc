"""Migrations: from nothing to the models, by two at once, and never over a newer release's schema."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import JSON, Connection, MetaData, Table, text
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.store import Base, Call, DatabaseAwayError, SchemaTooNewError, Store, open_store
from gateway.store.schema import alembic_config
from tests.tables.past import past_call

AT = datetime(2026, 11, 20, tzinfo=UTC)


def _is_a_model_s(_object: object, name: str | None, *_: object) -> bool:
    return not (name or "").startswith("fts_")  # full-text indexes: each database has its own kind


def _differences(connection: Connection) -> list[Any]:
    options = {"include_object": _is_a_model_s}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))


async def test_migrations_from_nothing_give_exactly_the_models(store: Store) -> None:
    async with store.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_opening_again_changes_nothing(database_url: str) -> None:
    for _ in range(2):
        store = await open_store(database_url)
        await store.close()


OPEN = "import asyncio, sys; from gateway.store import open_store; asyncio.run(open_store(sys.argv[1])) and None"


async def test_two_processes_starting_at_once_do_not_collide(database_url: str) -> None:
    both = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-W", "ignore", "-c", OPEN, database_url, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    for process in both:
        _, errors = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0, errors.decode()


async def test_a_newer_schema_is_refused_with_what_to_do(database_url: str) -> None:
    store = await open_store(database_url)
    async with store.session() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await store.close()
    with pytest.raises(SchemaTooNewError, match=r"9999.*newer release"):
        await open_store(database_url)


async def test_a_reader_does_not_create_the_schema(database_url: str) -> None:
    with pytest.raises(DatabaseAwayError, match="hotline up"):
        await open_store(database_url, create=False)


def _filled_0002(connection: Connection) -> None:
    """A store as release 0002 left it, with one call in it."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0002")
    calls = Table("calls", MetaData(), autoload_with=connection)
    values = {name: _old(value) for name, value in vars(past_call(1, "12345", AT)).items() if name in calls.columns}
    rest = {
        column.name: [] if isinstance(column.type, JSON) else ""
        for column in calls.columns
        if not column.nullable and values.get(column.name) is None
    }
    connection.execute(calls.insert().values(values | rest))


def _old(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


async def test_calls_of_an_older_release_get_no_diversions(database_url: str) -> None:
    """What 0002 left in `calls` is read by this release."""
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(_filled_0002)
    await engine.dispose()
    store = await open_store(database_url)
    async with store.reading() as session:
        found = await session.get(Call, "hl1-1")
    await store.close()
    assert found is not None and found.diversions == []
