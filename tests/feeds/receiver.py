"""A target on a real socket: checks signatures, keeps what it has seen by id, can be down, refuse, fall silent.

In: a port. Out: what arrived, in order. Never: looks into the store.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from gateway.feeds import is_genuine
from tests.kit.ports import free_block

SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="


class Receiver:
    """`seen`: every request; `taken`: each event once, as a real system keeps it."""

    def __init__(self, secret: str = SECRET) -> None:
        self.port = free_block(1)
        self.secret = secret
        self.seen: list[str] = []
        self.taken: list[dict[str, Any]] = []
        self.statuses: Counter[int] = Counter()
        self.answer: Callable[[dict[str, Any]], int] = lambda _event: 204
        self.slow_s = 0.0
        self.busy: defaultdict[str, int] = defaultdict(int)
        self.most_busy = 0
        self._ids: set[str] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/events"

    async def up(self) -> None:
        app = web.Application()
        app.router.add_post("/events", self._take)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()

    async def down(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        status = 401
        if is_genuine(request.headers, body, self.secret, datetime.now(UTC)):
            event = json.loads(body)
            assert event["id"] == request.headers["webhook-id"]
            status = await self._judge(event)
        self.statuses[status] += 1
        return web.Response(status=status, text="" if status < 300 else "不要")

    async def _judge(self, event: dict[str, Any]) -> int:
        self.seen.append(event["id"])
        self.busy[event["subject"]] += 1
        self.most_busy = max(self.most_busy, self.busy[event["subject"]])
        await asyncio.sleep(self.slow_s)
        self.busy[event["subject"]] -= 1
        status = self.answer(event)
        if status < 300 and event["id"] not in self._ids:
            self._ids.add(event["id"])
            self.taken.append(event)
        return status

    def orders(self) -> dict[str, list[str]]:
        """subject → the ids taken, in the order in which they came."""
        found: dict[str, list[str]] = {}
        for event in self.taken:
            found.setdefault(event["subject"], []).append(event["id"])
        return found
