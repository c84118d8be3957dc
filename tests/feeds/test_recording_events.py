"""A recording's verdict is told to the feeds, under its order, once; the sound stays where it is."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from gateway.feeds import Filter, Reader, shaped
from gateway.journal import reduce_call
from gateway.store import RecordingState, Store
from gateway.store.follow_up import open_orders
from gateway.store.intake import put_calls
from gateway.store.models import Delivery, Outbox
from gateway.store.outbox import event_of
from gateway.store.recording_events import tell_recording
from gateway.store.verdicts import set_verdict
from tests.feeds.scene import AT, add_target
from tests.journal.samples import events
from workorder.privacy import ViewerRole


async def judge(store: Store, linkedid: str, state: RecordingState) -> None:
    async with store.session() as session:
        await set_verdict(session, linkedid, 0, state, "", seconds=12.5, size=100, sha256="ab" * 32, at=AT)
        await tell_recording(session, linkedid, 0, AT)


@pytest.mark.parametrize("with_order", [True, False])
async def test_a_verdict_is_told_once_under_the_call_s_order(store: Store, with_order: bool) -> None:
    record = reduce_call(events("answered"))
    await add_target(store, "province", "http://127.0.0.1:1/", filter={"kinds": ["recording.*"]})
    async with store.session() as session:
        await put_calls(session, [record])
        orders = await open_orders(session, [record]) if with_order else []
    async with store.session() as session:
        await tell_recording(session, record.linkedid, 0, AT)  # no verdict yet: nothing to tell
    await judge(store, record.linkedid, RecordingState.VERIFIED)
    await judge(store, record.linkedid, RecordingState.VERIFIED)
    async with store.reading() as session:
        row = (await session.scalars(select(Outbox))).one()
        assert len((await session.scalars(select(Delivery))).all()) == 1
        event = event_of(row)
    assert event.kind == "recording.verified"
    assert event.subject == (orders[0].order_id if orders else f"call:{record.linkedid}")
    told = shaped(event, Filter(), Reader(ViewerRole.PROVINCE))
    assert told["recording"] == {
        "call": record.linkedid, "part": 0, "state": "verified", "seconds": 12.5, "size": 100, "sha256": "ab" * 32
    }  # fmt: skip
    assert "recording" not in shaped(event, Filter(), Reader(ViewerRole.DISCIPLINE))
