"""A database that an older release has filled: its rows survive the migrations; who callers are is sealed then."""

from __future__ import annotations

from alembic import command
from sqlalchemy import Connection, make_url, text

from gateway.crypt import Keyring, is_sealed
from gateway.store import WorkOrder, open_store
from gateway.store.engine import _engine
from gateway.store.resealing import reseal_all
from gateway.store.schema import alembic_config

ORDER = text(
    "INSERT INTO work_orders (order_id, state, hotline_number, hotline_name, hotline_unit, dialled, choice, "
    "caller_raw, caller_withheld, caller_name, contact, title, matter, address, secret, version, created_at, "
    "updated_at) VALUES ('20261121-000001', 'accepted', '12345', '', '', '12345', '', '', :no, '张三', "
    "'13800000000', '', '', '解放路', :no, 1, '2026-11-21 08:00:00', '2026-11-21 08:00:00')"
)
EVENT = text(
    "INSERT INTO work_order_events (id, order_id, at, by, what, detail) VALUES (1, '20261121-000001', "
    "'2026-11-21 08:00:00', 'system', 'opened', '{}')"
)


def _to_0002(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0002")


async def test_orders_of_an_older_release_survive_and_are_sealed_afterwards(database_url: str, keys: Keyring) -> None:
    old = _engine(make_url(database_url))
    async with old.begin() as connection:
        await connection.run_sync(_to_0002)
        await connection.execute(ORDER, {"no": False})
        await connection.execute(EVENT)
    await old.dispose()
    store = await open_store(database_url, keys=keys)
    async with store.reading() as session:
        order = await session.get(WorkOrder, "20261121-000001")
        assert order is not None and (order.caller_name, order.contact) == ("张三", "13800000000")
    assert await reseal_all(store, keys) == 1
    async with store.reading() as session:
        row = (await session.execute(text("SELECT caller_name, contact, address FROM work_orders"))).one()
        events = (await session.execute(text("SELECT count(*) FROM work_order_events"))).scalar_one()
        order = await session.get(WorkOrder, "20261121-000001")
    assert all(is_sealed(value) for value in row) and events == 1
    assert order is not None and (order.caller_name, order.address) == ("张三", "解放路")
    await store.close()
