"""The database goes away and comes back: nothing is lost, nothing doubled, memory stays bounded."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.crypt import Keyring
from gateway.recorder import open_patiently
from gateway.store import Call, DatabaseAwayError, WorkOrder, open_store
from tests.journal.samples import NAMES
from tests.postgres import Cluster
from tests.store.feed import config_in, count, feed, recording, until

pytestmark = pytest.mark.system


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A server of this test's own, because it is going to be killed."""
    with tempfile.TemporaryDirectory(prefix="hl-pg-") as folder:
        Path(folder).chmod(0o755)
        own = Cluster(Path(folder) / "pg")
        own.create()
        yield own
        own.stop()


async def test_a_dead_database_costs_time_but_no_call(cluster: Cluster, keys: Keyring, tmp_path: Path) -> None:
    config = config_in(tmp_path / "state")
    store = await open_store(cluster.new_database(), keys=keys)
    health = config.run_dir / "recorder.json"

    async def is_away() -> bool:
        return health.exists() and json.loads(health.read_text())["database"] == "away"

    async with recording(config, store):
        feed(config, *NAMES[:3])
        await until(lambda: count(store, Call))
        cluster.stop()
        feed(config, *NAMES[3:])
        await until(is_away, 20)
        assert json.loads(health.read_text())["last_error"]
        with pytest.raises(DatabaseAwayError):
            await count(store, Call)
        cluster.start()

        async def all_there() -> bool:
            try:
                return await count(store, Call, Call.complete.is_(True)) == len(NAMES)
            except DatabaseAwayError:
                return False

        await until(all_there, 30)
        assert await count(store, WorkOrder) == 4
    await store.close()


async def test_a_recorder_started_before_its_database_waits_for_it(cluster: Cluster) -> None:
    url = cluster.new_database()
    cluster.stop()
    opening = asyncio.create_task(open_patiently(url))
    await asyncio.sleep(0.5)
    assert not opening.done()
    cluster.start()
    store = await asyncio.wait_for(opening, 20)
    assert await count(store, Call) == 0
    await store.close()
