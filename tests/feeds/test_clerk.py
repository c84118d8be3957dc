"""The clerk as a process: it delivers, tells its health, brings to an end what it has begun, and says what it lacks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from gateway.clerk import Clerk
from gateway.config import CHECKOUT, Config
from gateway.crypt import Keyring
from gateway.feeds.courier import Courier
from gateway.store import Store, open_store
from gateway.store.kinds import DeliveryState
from gateway.store.models import Delivery
from tests.feeds.receiver import Receiver
from tests.feeds.scene import add_target, all_done, event, states, tell, until


@asynccontextmanager
async def clerk(config: Config) -> AsyncIterator[asyncio.subprocess.Process]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
    environ |= {"HOTLINE_STATE_DIR": str(config.state_dir), "PYTHONPATH": str(CHECKOUT)}
    if config.database_url:
        environ["HOTLINE_DATABASE_URL"] = config.database_url
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway.clerk", env=environ, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    await found.up()
    yield found
    await found.down()


async def test_the_process_delivers_and_told_to_stop_marks_what_it_has_sent(
    store: Store, database_url: str, keys: Keyring, receiver: Receiver, tmp_path: Path
) -> None:
    config = Config(state_dir=tmp_path / "state", database_url=database_url)
    await add_target(store, "province", receiver.url)
    await tell(store, event("a", 0))
    health = config.run_dir / "clerk.json"
    async with clerk(config) as process:
        await until(lambda: all_done(store), 20)
        await until(health.exists)
        told = json.loads(health.read_text())
        assert (told["database"], told["pid"]) == ("ok", process.pid)
        receiver.slow_s = 0.8
        await tell(store, event("a", 1))
        await until(lambda: receiver.seen == ["a:0", "a:1"])
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    assert await all_done(store), "sent and marked, though told to stop in between"
    assert process.stderr is not None
    errors = (await process.stderr.read()).decode()
    assert "Traceback" not in errors


async def test_a_process_killed_in_mid_delivery_has_its_event_delivered_again_under_one_id(
    store: Store, database_url: str, keys: Keyring, receiver: Receiver, tmp_path: Path
) -> None:
    """kill -9 while the target holds the request: it has the event, and nobody could note that it has."""
    keys.current()
    config = Config(state_dir=tmp_path / "state", database_url=database_url)
    await add_target(store, "province", receiver.url)
    receiver.slow_s = 1.5
    await tell(store, event("a", 0), event("a", 1))
    async with clerk(config) as process:
        await until(lambda: receiver.seen == ["a:0"], 20)
        process.kill()
        assert await asyncio.wait_for(process.wait(), 10) == -signal.SIGKILL
    await until(lambda: receiver.orders() == {"a": ["a:0"]})
    assert await states(store) == [DeliveryState.SENDING, DeliveryState.WAITING]
    receiver.slow_s = 0.0
    async with store.session() as session:  # the lease runs out: a minute is not waited for
        await session.execute(update(Delivery).values(leased_until=datetime.now(UTC)))
    async with clerk(config):
        await until(lambda: all_done(store), 20)
    assert receiver.seen == ["a:0", "a:0", "a:1"]
    assert receiver.orders() == {"a": ["a:0", "a:1"]}, "kept once, by its id"


async def test_without_the_city_s_keys_the_process_says_so_and_ends(tmp_path: Path) -> None:
    async with clerk(Config(state_dir=tmp_path)) as process:
        _, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 3
    assert "hotline up" in errors.decode()


async def test_ticks_are_called_with_store_and_time(keys: Keyring, tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path / "state")
    store = await open_store(config.database, keys=keys)
    called = asyncio.Event()
    seen: list[datetime] = []

    async def tick(given: Store, _config: Config, at: datetime) -> None:
        assert given is store
        seen.append(at)
        called.set()

    task = asyncio.create_task(Clerk(config, store, Courier(store, {}), ticks=(tick,)).run())
    await asyncio.wait_for(called.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert seen[0] <= datetime.now(UTC)
    await store.close()
