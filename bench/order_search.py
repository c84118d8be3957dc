"""How long a search over many orders takes: generated orders in a PostgreSQL of its own, real queries, percentiles.

`python -m bench.order_search --orders 1000000`. In: how many orders, how many queries. Out: JSON on standard output.
Never: touches a database that somebody uses; a figure that was not measured in this run.
The words of the generated orders are as unevenly frequent as those of a language (Zipf), so that queries meet both
words of a handful of orders and words of a third of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from gateway.crypt import ensure_keys
from gateway.orders.listing import Scope, Wanted, lines_page
from gateway.orders.view import Queue
from gateway.store import Store, open_store
from gateway.store.fulltext import tokens
from tests.postgres import Cluster

WORDS = 4000
LETTERS = (
    "市民反映小区停水路灯损坏噪声扰民物业收费社保医保公积金交通拥堵违章建筑垃圾清运供暖燃气学校招生占道经营油烟污染办证"
)
PER_ORDER = 32  # words of a matter: about 70 characters
CHUNK = 10_000
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
TEXT_COLUMNS = ["order_id", "title_tokens", "body_tokens"]


def vocabulary(chance: random.Random) -> list[str]:
    return ["".join(chance.choices(LETTERS, k=chance.choice((2, 2, 2, 3, 4)))) for _ in range(WORDS)]


def orders(
    count: int, chance: random.Random, words: list[str]
) -> Iterator[tuple[dict[str, Any], tuple[str, str, str]]]:
    weights = [1 / (rank + 8) for rank in range(len(words))]
    queues, categories = [queue.value for queue in Queue], ["inquiry", "help", "complaint", "suggestion"]
    for n in range(count):
        at = BEGIN + timedelta(seconds=80 * n)
        order_id = f"{at:%Y%m%d}-{n % 1_000_000:06d}"
        title = "".join(chance.choices(words, weights, k=5))
        matter = "，".join(chance.choices(words, weights, k=PER_ORDER))
        row = {
            "order_id": order_id, "state": "archived", "hotline_number": chance.choice(("12345", "12315", "12333")),
            "hotline_name": "", "hotline_unit": "", "dialled": "", "choice": "", "caller_raw": "",
            "caller_withheld": False, "caller_name": "", "title": title, "matter": matter, "address": "",
            "secret": False, "version": 1, "created_at": at, "updated_at": at,
            "category": chance.choice(categories), "queue": chance.choice(queues), "area": f"区{chance.randrange(12)}",
        }  # fmt: skip
        yield row, (order_id, tokens(title), tokens(matter))


async def fill(store: Store, count: int, chance: random.Random, words: list[str]) -> float:
    """Load with COPY; the full-text index is made afterwards. Seconds."""
    start, made = time.monotonic(), orders(count, chance, words)
    async with store.engine.begin() as connection:
        await connection.execute(text("DROP INDEX fts_order_texts"))
    for _ in range(0, count, CHUNK):
        batch = [order for _n, order in zip(range(min(CHUNK, count)), made, strict=False)]
        async with store.engine.begin() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            columns = list(batch[0][0])
            await raw.copy_records_to_table(
                "work_orders", records=[tuple(row.values()) for row, _ in batch], columns=columns, timeout=300
            )
            await raw.copy_records_to_table(
                "order_texts", records=[words_of for _, words_of in batch], columns=TEXT_COLUMNS, timeout=300
            )
    return time.monotonic() - start


INDEX = "CREATE INDEX fts_order_texts ON order_texts USING gin (fts_vector)"


async def measure(store: Store, queries: list[Wanted]) -> dict[str, list[float]]:
    """Milliseconds of each query, by kind."""
    found: dict[str, list[float]] = {}
    for wanted in queries:
        kind = f"{len(wanted.q.split())} word{'s' if ' ' in wanted.q else ''}{', filtered' if wanted.area else ''}"
        start = time.perf_counter()
        async with store.reading() as session:
            page = await lines_page(session, Scope(), wanted, limit=30)
        found.setdefault(kind, []).append((time.perf_counter() - start) * 1000)
        assert all(len(row.order_id) for row in page.items)
    return found


def queries_of(count: int, chance: random.Random, words: list[str]) -> list[Wanted]:
    """Half of one word, half of two, half of these with filters; rare and common words alike."""
    made = []
    for n in range(count):
        picked = [words[min(int(chance.paretovariate(0.5)) + 1, len(words) - 1)] for _ in range(1 + n % 2)]
        made.append(Wanted(q=" ".join(picked), area=f"区{chance.randrange(12)}" if n % 4 > 1 else ""))
    return made


def percentile(values: list[float], share: float) -> float:
    return round(sorted(values)[min(int(len(values) * share), len(values) - 1)], 1)


async def run(count: int, asked: int) -> dict[str, Any]:
    chance = random.Random(12345)
    words = vocabulary(chance)
    with tempfile.TemporaryDirectory(prefix="hl-search-") as folder:
        Path(folder).chmod(0o755)  # noqa: ASYNC240  # nothing else runs here
        cluster = Cluster(Path(folder) / "pg")
        cluster.create()
        try:
            store = await open_store(cluster.new_database(), keys=ensure_keys(Path(folder) / "keys.json", BEGIN))
            loaded = await fill(store, count, chance, words)
            start = time.monotonic()
            await _slow(store, INDEX)
            await _slow(store, "ANALYZE")
            indexed = time.monotonic() - start
            await measure(store, queries_of(20, chance, words))  # warm
            times = await measure(store, queries_of(asked, chance, words))
            await store.close()
        finally:
            cluster.stop()
    every = [value for values in times.values() for value in values]
    return {
        "orders": count,
        "loaded_s": round(loaded),
        "indexed_s": round(indexed),
        "queries": len(every),
        "p50_ms": percentile(every, 0.5),
        "p95_ms": percentile(every, 0.95),
        "max_ms": round(max(every), 1),
        "by_kind_p95_ms": {kind: percentile(values, 0.95) for kind, values in sorted(times.items())},
    }


async def _slow(store: Store, statement: str) -> None:
    """Longer than a page's statement may take."""
    async with store.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        await raw.execute(statement, timeout=1800)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.order_search", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=400)
    args = parser.parse_args()
    found = asyncio.run(run(args.orders, args.queries))
    sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
