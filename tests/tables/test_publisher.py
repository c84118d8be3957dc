"""Publishing reaches every node: two nodes, each with its publisher and the gateway's own reader of the file, on one
database. Measured from the commit to the moment the reader has swapped its snapshot."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway import control
from gateway.config import CHECKOUT, Config
from gateway.published import Published
from gateway.store import Store, open_store
from gateway.store import listen as listening
from gateway.store.models import TableVersion
from gateway.tables import versions
from gateway.tables.files import file_version, first_table, put_file
from gateway.tables.publisher import Publisher
from routing_table import to_json, versioned
from tests.postgres import Cluster
from tests.routing_table.city import DEMO
from tests.tables.scene import AT, FACTS, LI, WANG, change, edited, filled, published, submitted

WITHIN_S = 1.0
SEATS = {"version": "1", "seats": [{"id": "801", "name": "一", "pool": "shared", "skills": ["general"]}]}


class Node:
    """One machine: its files, its publisher on its own connections, and of the gateway the reader of the files and the
    control socket, by which the publisher tells it to look."""

    def __init__(self, folder: Path, url: str) -> None:
        self.config = Config(state_dir=folder, menus_dir=CHECKOUT / "ivr" / "menus")
        self.url = url

    @property
    def version(self) -> str:
        return self.reader.now.table.version

    def health(self) -> dict[str, Any]:
        return {}

    def seats(self) -> list[dict[str, Any]]:
        return []

    def calls(self) -> list[dict[str, Any]]:
        return []

    def seat_verb(self, seat: str, verb: str, words: control.VerbWords) -> dict[str, Any]:
        raise NotImplementedError

    def reload(self) -> str:
        self.reader.reload()
        return self.version

    async def start(self) -> None:
        self.store = await open_store(self.url)
        self.publisher = Publisher(self.config, self.store)
        await self.publisher.bring()
        (self.config.published_dir / "seats.json").write_text(json.dumps(SEATS), "utf-8")
        self.reader = Published(self.config.published_dir, self.config.menus_dir, self.config.prompts_dir)
        self.socket = await control.serve(control.make_app(self, control.Hub()), self.config.control_socket)
        self.tasks = [asyncio.create_task(self.publisher.run()), asyncio.create_task(self.reader.follow())]

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.socket.cleanup()
        await self.store.close()


@asynccontextmanager
async def nodes(folder: Path, url: str) -> AsyncIterator[tuple[Node, Node]]:
    pair = (Node(folder / "a", url), Node(folder / "b", url))
    for node in pair:
        await node.start()
    try:
        yield pair
    finally:
        for node in pair:
            await node.stop()


async def until_both(pair: tuple[Node, Node], version: str, within_s: float) -> float:
    """Seconds until both serve it; fails when they do not in time."""
    began = time.monotonic()
    while any(node.version != version for node in pair):
        assert time.monotonic() - began < within_s, [node.version for node in pair]
        await asyncio.sleep(0.005)
    return time.monotonic() - began


async def next_version(store: Store, note: str) -> TableVersion:
    await edited(store, WANG, change("12333", note=note))
    await submitted(store)
    return await published(store)


async def test_two_nodes_serve_the_new_version_within_a_second(store: Store, database_url: str, tmp_path: Path) -> None:
    await filled(store)
    async with nodes(tmp_path, database_url) as pair:
        for n in range(4):
            done = await next_version(store, f"第{n}次")
            await until_both(pair, done.version, WITHIN_S)
        async with store.session() as session:
            back = await versions.rollback(session, LI, 1, "撤回", FACTS)
        await until_both(pair, back.version, WITHIN_S)


@pytest.mark.system
async def test_a_lost_notification_costs_less_than_a_second(
    pg_cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def deaf(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("gateway.tables.publisher.listen", deaf)
    url = pg_cluster.new_database()
    store = await open_store(url)
    await filled(store)
    async with nodes(tmp_path, url) as pair:
        for n in range(3):
            await until_both(pair, (await next_version(store, f"第{n}次")).version, WITHIN_S)
    await store.close()


@pytest.mark.system
async def test_a_notification_is_heard_without_any_poll(
    pg_cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other half: with a poll that never comes round, the notification alone does it."""
    store = await open_store(pg_cluster.new_database())
    await filled(store)
    wake = asyncio.Event()
    task = asyncio.create_task(listening.listen(store, wake))
    await asyncio.wait_for(wake.wait(), 5)  # listening
    wake.clear()
    await next_version(store, "听见")
    await asyncio.wait_for(wake.wait(), WITHIN_S)
    wake.clear()
    with contextlib.suppress(RuntimeError):
        async with store.session() as session:
            from gateway.store.tables import notify_published

            await notify_published(session, "never committed")
            raise RuntimeError
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(wake.wait(), 0.3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.close()


@pytest.mark.system
async def test_nodes_keep_their_table_while_the_database_is_away_and_come_back(tmp_path: Path) -> None:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="hl-pg-") as folder:
        Path(folder).chmod(0o755)
        cluster = Cluster(Path(folder) / "pg")
        cluster.create()
        try:
            url = cluster.new_database()
            store = await open_store(url)
            first = await filled(store)
            async with nodes(tmp_path, url) as pair:
                await asyncio.to_thread(cluster.stop)
                await asyncio.sleep(1.5)
                assert [node.version for node in pair] == [first.version] * 2
                await asyncio.to_thread(cluster.start)
                done = await next_version(store, "回来了")
                await until_both(pair, done.version, 5.0)
                done = await next_version(store, "又一次")
                await until_both(pair, done.version, WITHIN_S + listening.RETRY_S)
            await store.close()
        finally:
            cluster.stop()


async def test_a_gateway_that_cannot_be_told_looks_by_itself(store: Store, database_url: str, tmp_path: Path) -> None:
    await filled(store)
    async with nodes(tmp_path, database_url) as pair:
        for node in pair:
            await node.socket.cleanup()
        await until_both(pair, (await next_version(store, "无人告知")).version, WITHIN_S + 1.0)


async def test_the_store_wins_over_a_file_that_disagrees(store: Store, tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path)
    first = await filled(store)
    put_file(config, to_json(versioned(DEMO, 99)))
    publisher = Publisher(config, store)
    assert await publisher.bring() and file_version(config) == first.version
    assert not await publisher.bring()
    (config.published_dir / "table.json").write_text('{"half', "utf-8")
    assert await publisher.bring() and file_version(config) == first.version
    (config.published_dir / "table.json").unlink()
    assert await publisher.bring() and file_version(config) == first.version


async def test_a_store_without_a_table_leaves_the_file_alone_and_then_takes_it_in(store: Store, tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path)
    put_file(config, to_json(versioned(DEMO, 5)))
    assert not await Publisher(config, store).bring()
    async with store.session() as session:
        taken = await versions.take_in(session, lambda: first_table(config), WANG)
    assert (taken.number, taken.published_at) == (5, AT)
    assert not await Publisher(config, store).bring()


async def test_a_version_that_cannot_be_read_here_never_replaces_the_file(store: Store, tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path)
    first = await filled(store)
    publisher = Publisher(config, store)
    await publisher.bring()
    done = await next_version(store, "x")
    async with store.session() as session:
        row = await session.get(TableVersion, done.number)
        assert row is not None
        row.content = row.content.replace("12333", "12334", 1)
    from gateway.errors import FatalError

    with pytest.raises(FatalError):
        await publisher.bring()
    assert file_version(config) == first.version
    assert not await publisher.bring()  # and does not try again three times a second
