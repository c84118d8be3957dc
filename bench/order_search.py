"""How long a search over many orders takes: generated orders in a PostgreSQL of its own, real queries, percentiles.

`python -m bench.order_search --orders 1000000 [--keep FOLDER]`. In: how many orders, how many queries of each class, a
folder in which the database is kept for the next time. Out: JSON on standard output, by class. Never: touches a
database that somebody uses; a figure that was not measured in this run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.order_texts import (
    AREAS,
    BEGIN,
    EVERY,
    ROW,
    SUBJECTS,
    TEXT,
    TEXT_COLUMNS,
    UNIT,
    UNIT_COLUMNS,
    UNITS,
    orders,
    vocabulary,
)
from gateway.crypt import ensure_keys
from gateway.orders.listing import Scope, Wanted, counts, lines_page
from gateway.orders.view import Queue
from gateway.store import Store, open_store
from tests.postgres import Cluster

CHUNK = 10_000
SEED = 12345
INDEX = "CREATE INDEX fts_order_texts ON order_texts USING gin (fts_vector) WITH (fastupdate = off)"
Asked = tuple[Scope, Wanted]


def made(count: int, start: int) -> list[tuple[dict[str, Any], tuple[str, str, str]]]:
    return list(orders(count, start, min(start + CHUNK, count), vocabulary(random.Random(SEED))))


async def fill(store: Store, count: int) -> float:
    """Load with COPY; the full-text index is made afterwards. Seconds."""
    start, loop = time.monotonic(), asyncio.get_running_loop()
    await _slow(store, "DROP INDEX fts_order_texts")
    with ProcessPoolExecutor(1) as pool:
        coming = loop.run_in_executor(pool, made, count, 0)
        for first in range(0, count, CHUNK):
            batch = await coming
            if first + CHUNK < count:
                coming = loop.run_in_executor(pool, made, count, first + CHUNK)
            await _copy(store, batch)
    await _slow(store, INDEX)
    await _slow(store, "VACUUM ANALYZE")
    return time.monotonic() - start


async def _copy(store: Store, batch: list[tuple[dict[str, Any], tuple[str, str, str]]]) -> None:
    tables = (
        (ROW, [tuple(row.values()) for row, _ in batch], list(batch[0][0])),
        (TEXT, [texts for _, texts in batch], TEXT_COLUMNS),
        (UNIT, [(row["order_id"], row["lead"], True) for row, _ in batch], UNIT_COLUMNS),
    )
    async with store.engine.begin() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        for table, records, columns in tables:
            await raw.copy_records_to_table(table, records=records, columns=columns, timeout=300)


async def _slow(store: Store, statement: str) -> None:
    """Longer than a page's statement may take, and in no transaction."""
    async with store.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        await raw.execute(statement, timeout=1800)


# -- what is asked --------------------------------------------------------------------------------------------------


def classes(count: int, each: int) -> dict[str, list[Asked]]:
    """Common, middling and rare words, phrases and pairs of words, each with every filter; and lists without words."""
    chance = random.Random(SEED + 1)
    words = vocabulary(random.Random(SEED))
    kinds: dict[str, Callable[[], str]] = {
        "common word": lambda: chance.choice(words[:40]),
        "middling word": lambda: chance.choice(words[100:1000]),
        "rare phrase": lambda: "".join(chance.sample(words[500:], 2)),
        "common pairs, rare phrase": lambda: "".join(part[:2] for part in chance.sample(words[:60], 2)),
        "two words": lambda: " ".join(chance.sample(words[:600], 2)),
        "common and rare": lambda: f"{chance.choice(words[:40])} {chance.choice(words[3000:])}",
    }
    end = BEGIN + EVERY * count
    filters: dict[str, Callable[[], tuple[Scope, dict[str, Any]]]] = {
        "all": lambda: (Scope(), {}),
        "area": lambda: (Scope(), {"area": chance.choice(AREAS)}),
        "hotline and area": lambda: (Scope(), {"hotline": "12315", "area": chance.choice(AREAS)}),
        "open queue": lambda: (Scope(), {"queue": chance.choice((Queue.SIGN, Queue.HANDLE, Queue.REVIEW))}),
        "subject": lambda: (Scope(), {"subject": chance.choice(SUBJECTS)}),
        "a unit's": lambda: (Scope(unit=chance.choice(UNITS)), {}),
        "a seat's": lambda: (Scope(seat=f"{8001 + chance.randrange(60)}"), {}),
        "30 days": lambda: (Scope(), {"since": end - timedelta(days=30)}),
        "a month of long ago": lambda: (
            Scope(), {"since": end - timedelta(days=500), "until": end - timedelta(days=470)}
        ),
    }  # fmt: skip
    found: dict[str, list[Asked]] = {}
    for kind, word in kinds.items():
        for name, filter_ in filters.items():
            asked = [(scope, Wanted(q=word(), **more)) for scope, more in (filter_() for _ in range(each))]
            found[f"{kind} / {name}"] = asked
    for name, filter_ in filters.items():
        listed = [(scope, Wanted(**more)) for scope, more in (filter_() for _ in range(each))]
        found[f"no words, due / {name}"] = [(scope, replace(wanted, open=True)) for scope, wanted in listed]
        found[f"no words, new / {name}"] = [(scope, replace(wanted, sort="new")) for scope, wanted in listed]
    return found


async def measure(store: Store, asked: dict[str, list[Asked]]) -> dict[str, list[float]]:
    """Milliseconds of each query, by class; the classes by turns, so that a busy minute spoils none alone."""
    found: dict[str, list[float]] = {name: [] for name in asked}
    for turn in range(max(map(len, asked.values()))):
        for name, queries in asked.items():
            scope, wanted = queries[turn]
            start = time.perf_counter()
            async with store.reading() as session:
                page = await lines_page(session, scope, wanted, limit=30)
            found[name].append((time.perf_counter() - start) * 1000)
            assert len(page.items) <= 30
    found["counts / the house"], found["counts / a unit's"] = [], []
    for turn in range(20):
        for name, scope in (("the house", Scope()), ("a unit's", Scope(unit=UNITS[turn]))):
            start = time.perf_counter()
            async with store.reading() as session:
                await counts(session, scope, datetime.now(UTC))
            found[f"counts / {name}"].append((time.perf_counter() - start) * 1000)
    return found


def percentile(values: list[float], share: float) -> float:
    return round(sorted(values)[min(int(len(values) * share), len(values) - 1)], 1)


def told(values: list[float]) -> dict[str, float]:
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {"n": len(values), **{name: percentile(values, share) for name, share in shares.items()},
            "max": round(max(values), 1)}  # fmt: skip


# -- the run --------------------------------------------------------------------------------------------------------


@contextmanager
def cluster_in(keep: str) -> Iterator[tuple[Path, Cluster, bool]]:
    """A server, and whether its data are there already."""
    with tempfile.TemporaryDirectory(prefix="hl-search-") as folder:
        base = Path(keep or folder)
        base.mkdir(exist_ok=True)
        base.chmod(0o755)
        cluster = Cluster(base / "pg")
        known = (base / "filled").is_file()
        cluster.start() if known else cluster.create()
        try:
            yield base, cluster, known
        finally:
            cluster.stop()


async def run(count: int, each: int, keep: str) -> dict[str, Any]:
    with cluster_in(keep) as (base, cluster, known):
        url = cluster.url((base / "filled").read_text()) if known else cluster.new_database()
        store = await open_store(url, keys=ensure_keys(base / "keys.json", BEGIN))
        loaded = 0.0 if known else await fill(store, count)
        (base / "filled").write_text(url.rpartition("/")[2])
        await measure(store, classes(count, 2))  # warm
        load = os.getloadavg()[0]
        times = await measure(store, classes(count, each))
        await store.close()
    worded = [values for name, values in times.items() if not name.startswith(("no words", "counts"))]
    words = [value for values in worded for value in values]
    return {
        "orders": count,
        "loaded_s": round(loaded),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "by words": told(words),
        "classes": {name: told(values) for name, values in times.items()},
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.order_search", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--each", type=int, default=20, help="queries of each class")
    parser.add_argument("--keep", default="", help="a folder to keep the database in, used again when it is there")
    args = parser.parse_args()
    found = asyncio.run(run(args.orders, args.each, args.keep))
    sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
