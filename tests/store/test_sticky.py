"""Whose open order it is: the newest one of each caller, as long as it is open."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from gateway.crypt import Keyring, blind
from gateway.store import Store
from gateway.store.kinds import OrderState
from gateway.store.models import WorkOrder
from gateway.store.sticky import open_orders_of, sticky_seats
from tests.console.house import CALLER, LONG_CALL, NOON, SHORT_CALL, config_for, fill


async def test_the_newest_open_order_counts_and_a_merged_or_old_one_does_not(
    store: Store, keys: Keyring, tmp_path: Path
) -> None:
    caller = blind(keys, CALLER)
    await fill(store, config_for(tmp_path))
    later = NOON + timedelta(hours=2)
    async with store.reading() as session:
        assert await sticky_seats(session, later) == {caller: "802"}
        assert [order.linkedid for order in await open_orders_of(session, CALLER, later)] == [LONG_CALL, SHORT_CALL]
    async with store.session() as session:
        merged = await session.get(WorkOrder, "HL202611200002")
        assert merged is not None
        merged.state, merged.merged_into = OrderState.MERGED, "HL202611200001"
    async with store.reading() as session:
        assert await sticky_seats(session, later) == {caller: "801"}
        assert await sticky_seats(session, later + timedelta(days=31)) == {}
        order = await session.get(WorkOrder, "HL202611200002")
        assert order is not None and order.merged_into == "HL202611200001"
