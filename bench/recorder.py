"""How fast the recorder takes a journal in: answered calls over and over, each of another caller, into both stores.

`python -m bench.recorder --calls 1500`. In: how many calls. Out: a line for each store and size of batch: events a
second, and a second of processor time (the steadier figure where others work on the machine). Never: touches a
database that somebody uses. Small batches are what calls in progress make, large ones a recorder that was away.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from gateway.config import Config
from gateway.crypt import ensure_keys
from gateway.journal import Tail, cut_records
from gateway.store import open_store
from gateway.taking import Taker
from tests.journal.samples import raw
from tests.postgres import Cluster

LIVE, BEHIND = 4_000, 1 << 18  # bytes of a batch
BEGUN = 1795296960  # of the sample


def journal(calls: int) -> bytes:
    sample, found = raw("answered"), []
    for n in range(calls):
        own = sample.replace(b"hl1-1795296960.4", f"hl1-{BEGUN + 3 * n}.{n}4".encode())
        own = own.replace(b"hl1-1795296962.5", f"hl1-{BEGUN + 3 * n + 2}.{n}5".encode())
        found.append(own.replace(b"13800000000", f"138{n:08}".encode()))
    return b"".join(found)


async def measure(url: str, folder: Path, calls: int, batch_bytes: int) -> str:
    config = Config(state_dir=folder)
    config.journal_file.parent.mkdir(parents=True)
    config.journal_file.write_bytes(journal(calls))
    store = await open_store(url, keys=ensure_keys(config.keys_file, datetime.now(UTC)))
    tail = Tail(config.journal_file, cut_records, {}, batch_bytes=batch_bytes)
    taker = Taker(store, lambda: datetime.now(UTC), config.area_code)
    began, worked = time.perf_counter(), time.process_time()
    while (batch := tail.poll()) is not None:
        await taker.take(batch)
    took, worked = time.perf_counter() - began, time.process_time() - worked
    tail.close()
    await store.close()
    kind = url.partition("+")[0].partition(":")[0]
    rates = f"{taker.taken / took:>6.0f} events/s, {taker.taken / worked:>6.0f} a CPU second"
    return f"{kind:<10} batch {batch_bytes:>6}: {rates}"


def _server(folder: Path) -> Cluster:
    folder.chmod(0o755)  # it runs as a user of its own
    cluster = Cluster(folder / "pg")
    cluster.create()
    return cluster


async def run(calls: int) -> None:
    with tempfile.TemporaryDirectory(prefix="hl-bench-") as name:
        folder = Path(name)
        cluster = await asyncio.to_thread(_server, folder)
        try:
            for size in (LIVE, BEHIND):
                count = calls if size == BEHIND else max(calls // 5, 1)
                sqlite = f"sqlite+aiosqlite:///{folder / f'{size}.db'}"
                for kind, url in (("s", sqlite), ("p", cluster.new_database())):
                    told = await measure(url, folder / f"{kind}{size}", count, size)
                    sys.stdout.write(told + "\n")
        finally:
            cluster.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1500)
    asyncio.run(run(parser.parse_args().calls))
