"""Who a caller is lies sealed in the store, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from gateway.config import Config
from gateway.crypt import KeyMissingError, Keyring, SealBrokenError, is_sealed, rotate_keys
from gateway.orders.driver import apply
from gateway.orders.rulebook import Rulebook
from gateway.store import Category, ConflictError, OrderState, Store, WorkOrder, open_store
from gateway.store.resealing import reseal_all, usage
from workorder.events import Actor, ActorRole, EventKind, OrderEvent

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def order(order_id: str, **changes: Any) -> WorkOrder:
    values: dict[str, Any] = {
        "order_id": order_id, "state": OrderState.DRAFT, "linkedid": None, "hotline_number": "12345",
        "hotline_name": "", "hotline_unit": "", "dialled": "12345", "choice": "", "seat": None, "caller_raw": "",
        "caller_number": None, "caller_withheld": False, "caller_name": "张三", "contact": "13800000000",
        "category": Category.HELP, "title": "路灯不亮", "matter": "", "address": "解放路 1 号", "secret": False,
        "version": 1, "created_at": AT, "updated_at": AT,
    }  # fmt: skip
    return WorkOrder(**(values | changes))


async def put(store: Store, *orders: WorkOrder) -> None:
    async with store.session() as session:
        session.add_all(orders)


async def raw(store: Store, order_id: str = "A") -> tuple[str, str, str, str]:
    async with store.reading() as session:
        query = text("SELECT caller_name, contact, address, contact_index FROM work_orders WHERE order_id = :id")
        return tuple((await session.execute(query, {"id": order_id})).one())


async def test_the_database_holds_tokens_and_the_row_gives_the_texts(store: Store) -> None:
    await put(store, order("A"))
    name, contact, address, index = await raw(store)
    assert is_sealed(name) and is_sealed(contact) and is_sealed(address)
    assert "138" not in index.partition(":")[2] and len(index) == 8 + 1 + 64
    async with store.reading() as session:
        found = await session.get(WorkOrder, "A")
    assert found is not None
    assert (found.caller_name, found.contact, found.address) == ("张三", "13800000000", "解放路 1 号")


async def test_orders_are_found_by_the_number_of_their_caller(store: Store) -> None:
    await put(store, order("A"), order("B", contact="13900000000"), order("C", contact=None))
    async with store.reading() as session:
        query = select(WorkOrder.order_id).where(WorkOrder.contact_index == "139-0000-0000")
        assert (await session.scalars(query)).all() == ["B"]


@pytest.fixture
def rulebook(tmp_path: Path) -> Rulebook:
    return Rulebook(Config(state_dir=tmp_path / "state"))


async def save(store: Store, rulebook: Rulebook, changes: dict[str, str | None], version: int = 1) -> WorkOrder:
    event = OrderEvent(EventKind.EDITED, AT, Actor("office1", ActorRole.OFFICE), "", {})
    async with store.session() as session:
        return (await apply(session, rulebook, "A", event, version=version, identity=changes)).row


async def test_a_seat_s_change_is_sealed_too(store: Store, rulebook: Rulebook) -> None:
    await put(store, order("A"))
    saved = await save(store, rulebook, {"caller_name": "李四", "contact": "13700000000", "address": ""})
    assert (saved.caller_name, saved.contact, saved.address) == ("李四", "13700000000", "")
    name, contact, address, index = await raw(store)
    assert is_sealed(name) and is_sealed(contact) and address == ""
    assert (await save(store, rulebook, {"contact": None}, 2)).contact is None
    assert (await raw(store))[3] is None and index


async def test_a_token_copied_into_another_row_is_not_shown(store: Store) -> None:
    await put(store, order("A"), order("B", caller_name="王五"))
    async with store.session() as session:
        await session.execute(
            text("UPDATE work_orders SET caller_name = (SELECT caller_name FROM work_orders WHERE order_id='B')")
        )
    async with store.reading() as session:
        found = await session.get(WorkOrder, "A")
    assert found is not None
    with pytest.raises(SealBrokenError):
        _ = found.caller_name


async def test_rows_of_an_older_release_are_shown_and_sealed_by_a_step_that_may_be_run_again(
    store: Store, keys: Keyring
) -> None:
    await put(store, *(order(f"{number:03}") for number in range(250)))
    async with store.session() as session:
        await session.execute(
            text("UPDATE work_orders SET caller_name='赵六', contact='13600000000', contact_index=NULL")
        )
    async with store.reading() as session:
        found = await session.get(WorkOrder, "000")
    assert found is not None and found.caller_name == "赵六"
    assert (await usage(store)).clear == 250
    assert await reseal_all(store, keys) == 250
    assert await reseal_all(store, keys) == 0
    assert (await usage(store)).clear == 0
    async with store.reading() as session:
        query = select(WorkOrder).where(WorkOrder.contact_index == "13600000000")
        rows = (await session.scalars(query)).all()
    assert len(rows) == 250 and {row.caller_name for row in rows} == {"赵六"}


async def test_a_rotation_wraps_every_text_anew_and_loses_none(store: Store, keys: Keyring) -> None:
    await put(store, *(order(f"{number:03}", caller_name=f"某{number}") for number in range(30)))
    rotate_keys(keys.path, AT)
    assert await reseal_all(store, keys) == 90
    counted = await usage(store)
    assert dict(counted.by_key) == {keys.current().id: 90}
    async with store.reading() as session:
        names = {row.caller_name for row in await session.scalars(select(WorkOrder))}
    assert names == {f"某{number}" for number in range(30)}


async def test_what_somebody_writes_during_a_rotation_is_not_overwritten(
    store: Store, keys: Keyring, rulebook: Rulebook
) -> None:
    await put(store, order("A"))
    rotate_keys(keys.path, AT)
    async with store.reading() as session:
        old = (await session.scalars(select(WorkOrder.caller_name_sealed))).one()
    await save(store, rulebook, {"caller_name": "新名"})
    async with store.session() as session:  # what the rotation would have written, a moment too late
        await session.execute(
            update(WorkOrder).where(WorkOrder.caller_name_sealed == old).values(caller_name_sealed=old),
            execution_options={"synchronize_session": False},
        )
    async with store.reading() as session:
        found = await session.get(WorkOrder, "A")
    assert found is not None and found.caller_name == "新名"


async def test_an_error_of_the_database_names_no_caller(store: Store) -> None:
    await put(store, order("A"))
    with pytest.raises(ConflictError) as caught:
        await put(store, order("A", contact="13812345678", caller_name="钱七"))
    told = f"{caught.value} {caught.value.__cause__}"
    assert "13812345678" not in told and "钱七" not in told


async def test_without_keys_nothing_about_people_is_written(database_url: str) -> None:
    store = await open_store(database_url)
    with pytest.raises(KeyMissingError):
        await put(store, order("A"))
    await put(store, order("B", caller_name="", contact=None, address=""))
    await store.close()
