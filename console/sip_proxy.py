"""SIP over WebSocket through the console, so that pages need one origin only.

In: an upgrade request that is already authorised. Out: frames between the browser and the PBX, unread and unchanged.
Never: a frame above 64 kB, another subprotocol than `sip` (RFC 7118), or a connection without a bound on idleness.
"""

from __future__ import annotations

import asyncio
import logging

import aiohttp
from aiohttp import WSCloseCode, WSMsgType, web

from console.problems import ProblemError

log = logging.getLogger(__name__)

FRAME_MAX = 64 * 1024  # an INVITE with a browser's SDP is about 3 kB
CONNECT_S = 3.0
SEND_S = 5.0
HEARTBEAT_S = 20.0  # towards the PBX
BROWSER_HEARTBEAT_S = (
    5.0  # a pong is waited for half as long: a dead network is noticed within 8 s, and the call restored
)
CONNECTIONS_MAX = 2000


class SipProxy:
    """`url` is the PBX's WebSocket. `close` cuts all connections at shutdown."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None
        self._browsers: dict[web.WebSocketResponse, str] = {}

    async def close(self) -> None:
        for browser in tuple(self._browsers):
            await asyncio.wait_for(browser.close(code=WSCloseCode.GOING_AWAY), SEND_S)
        if self._session is not None:
            await self._session.close()

    async def _connect(self) -> aiohttp.ClientWebSocketResponse:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        try:
            async with asyncio.timeout(CONNECT_S):
                return await self._session.ws_connect(
                    self._url, protocols=("sip",), max_msg_size=FRAME_MAX, heartbeat=HEARTBEAT_S
                )
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            raise ProblemError("pbx-away") from error

    async def cut_session(self, session: str) -> None:
        """The log-in has ended: its phones are disconnected."""
        for browser in [browser for browser, owner in self._browsers.items() if owner == session]:
            await asyncio.wait_for(browser.close(code=WSCloseCode.GOING_AWAY), SEND_S)

    async def run(self, request: web.Request, session: str = "") -> web.WebSocketResponse:
        """Join one browser to the PBX until either side goes. Raises ProblemError before the upgrade only."""
        offered = request.headers.get("Sec-WebSocket-Protocol", "")
        if "sip" not in {name.strip() for name in offered.split(",")}:
            raise ProblemError("bad-request", "缺少子协议 sip")
        if len(self._browsers) >= CONNECTIONS_MAX:
            raise ProblemError("too-many")
        pbx = await self._connect()
        browser = web.WebSocketResponse(protocols=("sip",), max_msg_size=FRAME_MAX, heartbeat=BROWSER_HEARTBEAT_S)
        self._browsers[browser] = session
        try:
            await browser.prepare(request)
            await _join(browser, pbx)
        finally:
            self._browsers.pop(browser, None)
            await asyncio.gather(pbx.close(), browser.close(), return_exceptions=True)
        return browser


Side = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def _join(browser: web.WebSocketResponse, pbx: aiohttp.ClientWebSocketResponse) -> None:
    ways = [asyncio.create_task(_pass_on(browser, pbx)), asyncio.create_task(_pass_on(pbx, browser))]
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    for way in ways:
        way.cancel()
    for result in await asyncio.gather(*ways, return_exceptions=True):
        if isinstance(result, Exception):
            log.info("a SIP connection ended: %r", result)


async def _pass_on(source: Side, target: Side) -> None:
    async for frame in source:
        async with asyncio.timeout(SEND_S):
            if frame.type is WSMsgType.TEXT:
                await target.send_str(frame.data)
            elif frame.type is WSMsgType.BINARY:
                await target.send_bytes(frame.data)
