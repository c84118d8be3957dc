"""What the console's two WebSockets share: same origin only, and a page's stream of events.

In: an upgrade request, a joined page. Out: JSON messages until one side goes. Never: an upgrade asked for by another
site.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, web

from console.problems import ProblemError
from console.relay import Page

HEARTBEAT_S = 15.0
SEND_S = 5.0


def same_origin(request: web.Request) -> bool:
    """Browsers always send Origin with an upgrade and with unsafe methods; a request without one is no browser's."""
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def require_same_origin(request: web.Request) -> None:
    if not same_origin(request):
        raise ProblemError("csrf", "请求来自其他网站")


async def stream(request: web.Request, page: Page, *, lasts_s: float) -> web.WebSocketResponse:
    """Send the page its messages, at most as long as its session lasts; 1013 (try again later) when it was cut off."""
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=4096)
    await socket.prepare(request)
    reader = asyncio.create_task(_drain(socket))
    cut = asyncio.create_task(page.cut.wait())
    writer = asyncio.create_task(_write(socket, page))
    tasks = (reader, cut, writer)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=lasts_s)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        code = WSCloseCode.TRY_AGAIN_LATER if page.cut.is_set() else WSCloseCode.OK
        await asyncio.wait_for(socket.close(code=code), SEND_S)
    return socket


async def _drain(socket: web.WebSocketResponse) -> None:
    """Pages say nothing here; reading on is how a close is noticed."""
    async for _frame in socket:
        pass


async def _write(socket: web.WebSocketResponse, page: Page) -> None:
    while True:
        message = await page.queue.get()
        async with asyncio.timeout(SEND_S):
            await socket.send_json(message)
