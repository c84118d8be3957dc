"""Orders by words, newest first, out of a million: which way to look is chosen for each search.

In: a session, conditions on the orders' rows, words, where the last page ended. Out: one page's keys. Never: a count;
a plan that PostgreSQL chose by how many rows it believes a phrase to have.

PostgreSQL takes the pairs of characters of a phrase for independent of each other: of 外墙脱落 it expects 3,000 orders
where there are 140,000, and reads them all (4 s). So the newest texts are looked at first, which tells how common the
words are, and then one of two ways is gone:

- *by row*: back from the newest order that meets the other conditions, reading the words of each. Ends with the page:
  right for common words, and where the conditions leave few orders. In stretches, each longer than the one before, so
  that conditions and words that never meet cost one stretch before the other way is taken.
- *by word*: all orders with the words out of the index (GIN), then the conditions. Right for rare words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ClauseElement,
    ColumnElement,
    Executable,
    Select,
    func,
    literal,
    literal_column,
    select,
    text,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from gateway.errors import CallerFaultError
from gateway.store.fulltext import postgres_query, sqlite_query
from gateway.store.models import OrderText, WorkOrder

LOOKED_AT = 500  # of the newest texts
# What a row costs, in ms, as measured with a million orders on two busy cores.
SKIP_MS, READ_MS, INDEX_MS = 0.0015, 0.008, 0.025
STRETCH_MIN, MARGIN, WIDER = 2_000, 2, 4

Key = tuple[datetime, str]
Conditions = Sequence[ColumnElement[bool]]
NEWEST = (WorkOrder.created_at.desc(), WorkOrder.order_id.desc())


async def find(session: AsyncSession, span: Conditions, conditions: Conditions, words: str, limit: int) -> list[str]:
    """At most `limit` order numbers, newest first. `span`: conditions on when an order was registered and where the
    last page ended; `conditions`: the others. Raises CallerFaultError for words that nothing can be looked for with.
    """
    postgres = session.get_bind().dialect.name == "postgresql"
    asked = postgres_query(words) if postgres else sqlite_query(words)
    if not asked:
        raise CallerFaultError("没有可以检索的文字", place="q", remedy="请输入汉字、字母或数字")
    if postgres:
        found = await _Search(session, list(span), list(conditions), asked, limit).run()
    else:
        found = await _keys(session, _of_sqlite([*span, *conditions], asked).limit(limit))
    return [order_id for _at, order_id in found]


@dataclass(frozen=True, slots=True)
class _Search:
    session: AsyncSession
    span: list[ColumnElement[bool]]
    conditions: list[ColumnElement[bool]]
    asked: str
    limit: int

    async def run(self) -> list[Key]:
        every = await self._expected([])
        within = await self._expected(self.span) if self.span else every
        left = await self._expected([*self.span, *self.conditions]) if self.conditions else within
        common = await self._how_common()
        found: list[Key] = []
        below: Key | None = None
        stretch = 0
        while (need := self.limit - len(found)) > 0:
            stretch = max(int(MARGIN * need * within / (common * left)), stretch * WIDER, STRETCH_MIN)
            cost = {
                "rows": left * READ_MS,
                "stretch": stretch * (SKIP_MS + READ_MS * left / within / MARGIN),
                "words": common * every * INDEX_MS,
            }
            match min(cost, key=lambda way: cost[way]):
                case "words":
                    return found + await self._by_word(below, need)
                case "rows":
                    return found + await self._by_row(below, None, need)
            end = await self._end_of(below, stretch)
            found += await self._by_row(below, end, need)
            if end is None:
                break
            below = end
        return found

    async def _how_common(self) -> float:
        """The words' share of the newest texts; half a hit where there is none."""
        newest = select(_VECTOR.label("fts")).select_from(OrderText).order_by(OrderText.id.desc()).limit(LOOKED_AT)
        looked = newest.subquery("newest")
        has = literal_column("newest.fts").op("@@")(_query(self.asked))
        row = (await self.session.execute(select(func.count(), func.count().filter(has)).select_from(looked))).one()
        return (int(row[1]) + 0.5) / (int(row[0]) + 1)

    async def _expected(self, conditions: Conditions) -> float:
        """How many orders PostgreSQL believes there to be: of columns its statistics are right."""
        plan = await self.session.scalar(_Explained(select(WorkOrder.order_id).where(*conditions)))
        read = json.loads(plan) if isinstance(plan, str) else plan
        return max(float(read[0]["Plan"]["Plan Rows"]), 1.0)

    def _newest(self, more: Conditions) -> Select[datetime, str]:
        return _newest([*self.span, *self.conditions, *more])

    async def _end_of(self, below: Key | None, rows: int) -> Key | None:
        """The oldest order of a stretch of so many; None when it holds all that are left."""
        query = _newest([*self.span, *_between(below, None)]).offset(rows).limit(1)
        found = (await self.session.execute(query)).one_or_none()
        return (found[0], found[1]) if found else None

    async def _by_row(self, below: Key | None, end: Key | None, limit: int) -> list[Key]:
        """First what meets the conditions, in a list of its own; then its words, until the page is full. PostgreSQL
        reads a list that it was told to keep only as far as it is asked for, and in its order."""
        candidates = _kept(self._newest(_between(below, end)), "candidates")
        has = (
            select(_VECTOR.op("@@")(_query(self.asked)))
            .where(OrderText.order_id == candidates.c.order_id)
            .correlate(candidates)
            .scalar_subquery()
        )
        query = select(candidates.c.created_at, candidates.c.order_id).where(has)
        return await _keys(self.session, query.limit(limit))

    async def _by_word(self, below: Key | None, limit: int) -> list[Key]:
        has = _VECTOR.op("@@")(_query(self.asked))
        hits = _kept(select(OrderText.order_id).where(has), "hits")
        query = _newest([*self.span, *self.conditions, *_between(below, None)]).join(
            hits, hits.c.order_id == WorkOrder.order_id
        )
        await self.session.execute(text("SET LOCAL enable_hashjoin = off"))  # it would read a million rows for a few
        await self.session.execute(text("SET LOCAL enable_mergejoin = off"))
        try:
            return await _keys(self.session, query.limit(limit))
        finally:
            await self.session.execute(text("SET LOCAL enable_hashjoin = on"))
            await self.session.execute(text("SET LOCAL enable_mergejoin = on"))


class _Explained(Executable, ClauseElement):
    """What PostgreSQL would do, not done."""

    inherit_cache = False

    def __init__(self, statement: Select[str]) -> None:
        self.statement = statement


@compiles(_Explained)
def _explain(element: _Explained, compiler: SQLCompiler, **more: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **more)}"


_VECTOR: ColumnElement[Any] = literal_column("order_texts.fts_vector")


def _query(asked: str) -> ColumnElement[Any]:
    return func.to_tsquery(literal_column("'simple'::regconfig"), asked)


def _kept(query: Select[*tuple[Any, ...]], name: str) -> CTE:
    return query.cte(name).prefix_with("MATERIALIZED", dialect="postgresql")


def _newest(wanted: Conditions) -> Select[datetime, str]:
    return select(WorkOrder.created_at, WorkOrder.order_id).where(*wanted).order_by(*NEWEST)


def _of_sqlite(wanted: Conditions, asked: str) -> Select[datetime, str]:
    matching = text("SELECT rowid FROM fts_order_texts WHERE fts_order_texts MATCH :asked").bindparams(asked=asked)
    return _newest([*wanted, OrderText.id.in_(matching)]).join(OrderText, OrderText.order_id == WorkOrder.order_id)


def _key(key: Key) -> ColumnElement[Any]:
    return tuple_(literal(key[0], WorkOrder.created_at.type), literal(key[1], WorkOrder.order_id.type))


def _between(below: Key | None, end: Key | None) -> list[ColumnElement[bool]]:
    """After `below`, down to `end`, which belongs to it."""
    place = tuple_(WorkOrder.created_at, WorkOrder.order_id)
    return [*([place < _key(below)] if below else []), *([place >= _key(end)] if end else [])]


async def _keys(session: AsyncSession, query: Select[datetime, str]) -> list[Key]:
    return [(row[0], row[1]) for row in await session.execute(query)]
