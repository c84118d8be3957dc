"""Feeds: what others are told of orders, recordings and ratings, surely, in order, signed.

In: events, enqueued in the transaction of what happened. Out: CloudEvents over signed HTTP, short messages. Never: an
event of a transaction that was rolled back; two events of one order at a target at once, or in the wrong order.

    from gateway.store.outbox import enqueue, enqueue_sms
    await enqueue(session, Event(id="20261121-000001:7", kind="order.dispatched", subject="20261121-000001", at=now,
                                 facts=Facts(hotline="12315", category="complaint", units=("市市场监管局",)), data={…}))
    await enqueue_sms(session, number, text, ref="20261121-000001:7", at=now)
"""

from __future__ import annotations

from .events import Event, Facts, Filter, Reader, cloud_event, headers, is_genuine, shaped, wanted

__all__ = [
    "Event",
    "Facts",
    "Filter",
    "Reader",
    "cloud_event",
    "headers",
    "is_genuine",
    "shaped",
    "wanted",
]
