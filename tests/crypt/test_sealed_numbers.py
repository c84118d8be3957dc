"""Callers' numbers lie sealed wherever a call leaves them; rows of an older release are read, found and sealed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, Table, inspect, make_url, select, text

from gateway.crypt import Keyring
from gateway.journal import SeatEventLine, reduce_call
from gateway.orders.listing import Scope, Wanted, lines_page
from gateway.store import (
    AuditEntry,
    Call,
    CallFilter,
    OrderFilter,
    Store,
    call_detail,
    calls_page,
    log_audit,
    open_store,
    orders_page,
    tasks_page,
)
from gateway.store.engine import _engine
from gateway.store.intake import add_seat_events, stored_events
from gateway.store.models import CallEvent, Open311Request, Task, WorkOrder
from gateway.store.past_calls import figures, stored_calls
from gateway.store.resealing import reseal_all, usage
from gateway.store.schema import alembic_config
from gateway.store.sealed import is_caller
from gateway.store.sealing import rows_left, seal_clear
from gateway.store.sticky import sticky_seats
from gateway.tables.replaying import past_call as replayed
from gateway.taking import Taker
from tests.journal.samples import NAMES, events
from tests.store.feed import config_in, feed
from tests.store.test_recorder import batches, now
from tests.tables.past import past_call

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CALLER, OUTSIDE = "13800000000", "0085212345678"
DIVERTED = ["13911112222;reason=unconditional", "12333;reason=user-busy"]
SPOT = (25.606512, 100.267634)


async def everything_as_text(store: Store) -> str:
    """Every value of every table, as somebody with the database alone reads it."""
    async with store.engine.connect() as connection:
        names = await connection.run_sync(lambda there: inspect(there).get_table_names())
        rows = [str((await connection.execute(text(f'SELECT * FROM "{name}"'))).all()) for name in names]
    return "\n".join(rows)


async def filled(store: Store, folder: Path) -> None:
    """What eleven calls leave, an outside number that was refused, a request with a position."""
    config = config_in(folder / "calls")
    feed(config, *NAMES)
    for batch in batches(config, 1 << 20):
        await Taker(store, now).take(batch)
    async with store.session() as session:
        line = SeatEventLine("f", 1, AT, "801", "outside_refused", "not-allowed", "wang", "c1", number=OUTSIDE)
        await add_seat_events(session, [line])
        target = {"kind": "outside", "ref": OUTSIDE, "name": "水务"}
        await log_audit(session, "wang", "call.three_way", "call:c1", at=AT, detail={"target": target, "party": None})
        await log_audit(session, "wang", "table.published", "table:2", at=AT, detail={"number": 2})
        session.add(past_call(1, "12345", AT, caller_raw=f"+86{CALLER}", caller_number=CALLER, diversions=DIVERTED))


async def test_no_table_holds_a_number_in_the_clear_and_every_reader_has_it(store: Store, tmp_path: Path) -> None:
    await filled(store, tmp_path)
    held = await everything_as_text(store)
    names = ('Lao" Si', 'Lao\\" Si', 'Lao\\\\" Si')  # as text, in JSON; three letters alone may stand in a sealed text
    for number in (CALLER, OUTSIDE, "13911112222", *names):
        assert number not in held, held[max(0, held.find(number) - 300) : held.find(number) + 40]
    assert await rows_left(store) == 0
    await every_reader(store)


async def every_reader(store: Store) -> None:
    answered = events("answered")
    async with store.reading() as session:
        detail = await call_detail(session, answered[0].linkedid)
        found = (await calls_page(session, CallFilter(caller=CALLER), limit=50)).items
        none = (await calls_page(session, CallFilter(caller="13800000001"))).items
        tasks = (await tasks_page(session)).items
        orders = (await orders_page(session, OrderFilter(caller=CALLER))).items
        lines = (await lines_page(session, Scope(), Wanted(contact=CALLER, sort="new"))).items
        audited = {entry.what: entry.detail for entry in await session.scalars(select(AuditEntry))}
        kept = (await stored_events(session, [answered[0].linkedid]))[answered[0].linkedid]
        (call,) = await stored_calls(session, AT, AT + timedelta(seconds=1), limit=9)
        counted = await figures(session, AT, AT + timedelta(days=1))
        sticky = await sticky_seats(session, events("answered")[-1].at)
    assert detail is not None and detail.call.caller_number == CALLER
    start = next(event.detail for event in detail.events if event.event == "hl.start")
    assert start["cid_num"] == CALLER and start["fields"]["dialled"] == "12345"
    assert {one.caller_number for one in found} == {CALLER} and len(found) == 12 and none == ()
    assert CALLER in {task.caller_number for task in tasks}
    assert {order.caller_number for order in orders} == {CALLER} and len(orders) >= 3
    assert {line.order_id for line in lines} == {order.order_id for order in orders}
    assert audited["call.outside_refused"] == {"number": OUTSIDE, "why": "not-allowed", "seat": "801"}
    assert audited["call.three_way"] == {"target": {"kind": "outside", "ref": OUTSIDE, "name": "水务"}, "party": None}
    assert audited["table.published"] == {"number": 2}
    assert reduce_call(kept) == reduce_call(answered)
    assert (replayed(call).caller, replayed(call).diversions) == (f"+86{CALLER}", tuple(DIVERTED))
    assert counted["12345"].repeats > 0 and len(sticky) == 1


# -- rows of the release before --------------------------------------------------------------------------------------


def _to(connection: Connection, revision: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _copy_as_0006(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    there = Table(table, MetaData(), autoload_with=connection)
    if rows:
        connection.execute(there.insert(), [{key: row[key] for key in row if key in there.columns} for row in rows])


def _clear(row: Any, **changes: Any) -> dict[str, Any]:
    """A row as release 0006 would have left it: sealed columns by their fields."""
    values: dict[str, Any] = {}
    for attribute in inspect(type(row)).column_attrs:
        column = attribute.columns[0].name
        value = getattr(row, attribute.key.removesuffix("_sealed"))
        values[column] = getattr(value, "value", value)
    return values | changes


async def test_what_release_0006_left_is_read_found_and_sealed_in_the_background(
    store: Store, database_url: str, keys: Keyring, tmp_path: Path
) -> None:
    await filled(store, tmp_path)
    models: tuple[Any, ...] = (Call, CallEvent, Task, WorkOrder, AuditEntry)
    async with store.reading() as session:
        rows = {
            model.__tablename__: [
                _clear(row, **({"detail": row.detail} if hasattr(model, "shown") else {}))
                | ({"diversions": row.diversions} if model is Call else {})
                | ({"text": f"等待 3 秒，请回拨 {row.caller_number}。"} if model is Task else {})
                for row in await session.scalars(select(model))
            ]
            for model in models
        }
    await store.close()
    url = await _empty(database_url, tmp_path)
    old = _engine(make_url(url))
    async with old.begin() as connection:
        await connection.run_sync(_to, "0006")
        for table, found in rows.items():
            await connection.run_sync(_copy_as_0006, table, found)
    await old.dispose()
    upgraded = await open_store(url, keys=keys)
    try:
        assert CALLER in await everything_as_text(upgraded)
        left = await rows_left(upgraded)
        assert left > 100
        await every_reader(upgraded)  # nothing is sealed yet
        one, other = await asyncio.gather(seal_clear(upgraded), seal_clear(upgraded))  # two clerks share the work
        assert one + other >= left and await rows_left(upgraded) == 0
        assert await seal_clear(upgraded) == 0
        held = await everything_as_text(upgraded)
        assert CALLER not in held and OUTSIDE not in held and "13911112222" not in held
        await every_reader(upgraded)
        assert await reseal_all(upgraded, keys) == 0 and (await usage(upgraded)).clear == 0
    finally:
        await upgraded.close()


async def _empty(database_url: str, folder: Path) -> str:
    """A database beside, without tables."""
    if database_url.startswith("sqlite"):
        return f"sqlite+aiosqlite:///{folder / 'old.db'}"
    engine = _engine(make_url(database_url))
    async with engine.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await engine.dispose()
    return database_url


async def test_a_position_is_sealed_and_one_of_the_release_before_as_well(store: Store) -> None:
    async with store.session() as session:
        for key in ("new", "old"):
            request = Open311Request(id=key, order_id=key, app="a", service_code="x", requested_at=AT)
            request.place = SPOT
            session.add(request)
        await session.flush()
        await session.execute(
            text(f"UPDATE open311_requests SET spot=NULL, lat={SPOT[0]}, long={SPOT[1]} WHERE id='old'")
        )
    for sealed in (1, 0):
        async with store.reading() as session:
            rows = {key: await session.get(Open311Request, key) for key in ("new", "old")}
        assert {row.place for row in rows.values() if row} == {SPOT}
        assert await seal_clear(store) == sealed
    assert "25.606" not in await everything_as_text(store)


# -- the plan of a lookup --------------------------------------------------------------------------------------------


async def test_a_lookup_by_number_reads_no_table_from_end_to_end(store: Store) -> None:
    """Both ways of it, sealed and not yet, have an index."""
    if store.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL reads small tables whole, whatever there is")
    for model in (Call, WorkOrder):
        query = select(model).where(is_caller(model, CALLER))
        compiled = query.compile(store.engine.sync_engine, compile_kwargs={"render_postcompile": True})
        async with store.engine.connect() as connection:
            plan = (
                await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", tuple("x" for _ in compiled.params))
            ).all()
        told = " ".join(row[-1] for row in plan)
        assert "SCAN" not in told and f"ix_{model.__tablename__}_clear" in told, told
