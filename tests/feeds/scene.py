"""Targets, events and couriers for the tests of feeds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from gateway.feeds import Event, Facts
from gateway.feeds.courier import Courier, Sender
from gateway.feeds.http import HttpSender, open_session
from gateway.store import Store
from gateway.store.kinds import DeliveryState, FeedRole, TargetKind, TargetState
from gateway.store.models import Delivery, FeedTarget
from gateway.store.outbox import enqueue
from tests.feeds.receiver import SECRET

AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


async def add_target(store: Store, target_id: str, url: str, **changes: Any) -> None:
    values: dict[str, Any] = {
        "id": target_id, "name": target_id, "kind": TargetKind.HTTP, "state": TargetState.ON, "url": url,
        "secret": SECRET, "filter": {}, "role": FeedRole.PROVINCE, "identity": False, "unit": "",
        "failures": 0, "retry_at": None,
        "last_error": "", "last_ok_at": None, "version": 1, "created_at": AT, "changed_at": AT, "changed_by": "t",
    }  # fmt: skip
    async with store.session() as session:
        session.add(FeedTarget(**(values | changes)))


def event(subject: str, number: int, **changes: Any) -> Event:
    values: dict[str, Any] = {
        "id": f"{subject}:{number}",
        "kind": "order.changed",
        "subject": subject,
        "at": AT + timedelta(seconds=number),
        "facts": Facts(hotline="12315", category="complaint"),
        "data": {"seq": number, "caller_name": "张三"},
    }
    return Event(**(values | changes))


async def tell(store: Store, *events: Event) -> None:
    for one in events:
        async with store.session() as session:
            await enqueue(session, one)


@asynccontextmanager
async def http_sender() -> AsyncIterator[HttpSender]:
    async with open_session() as client:
        yield HttpSender(client, "urn:test")


@asynccontextmanager
async def courier(store: Store, sender: Sender | None = None, **changes: Any) -> AsyncIterator[Courier]:
    """A worker that is quick to try again."""
    async with http_sender() as http:
        senders = {TargetKind.HTTP: sender or http, TargetKind.SMS: sender or http}
        settings: dict[str, Any] = {"back_off": lambda _failures: 0.05, "poll_s": 0.02, **changes}
        worker = Courier(store, senders, **settings)
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def states(store: Store) -> list[DeliveryState]:
    async with store.reading() as session:
        return list(await session.scalars(select(Delivery.state).order_by(Delivery.id)))


async def until(true: Callable[[], Awaitable[object] | object], seconds: float = 15.0) -> None:
    async with asyncio.timeout(seconds):
        while True:
            found = true()
            if await found if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.02)


async def all_done(store: Store) -> bool:
    return set(await states(store)) <= {DeliveryState.DONE}
