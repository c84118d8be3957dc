"""The console's end of the gateway's control socket (ARCHITECTURE.md, Control socket).

In: the socket's path. Out: live seats and calls, seat verbs, a WebSocket of changes. Never: waits without a limit, or
retries a verb — a phone may have rung.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from console.problems import ProblemError

CALL_S = 3.0  # the gateway answers from memory; longer than this it is away
HEARTBEAT_S = 10.0
MESSAGE_MAX = 8 * 1024 * 1024  # a snapshot of 500 waiting calls with full paths is about 5 MB

# What the gateway refuses, by HTTP status, as a kind of our own.
_REFUSED = {404: "not-found", 409: "not-now", 422: "bad-request", 503: "pbx-away", 504: "indeterminate"}


class GatewayLink:
    """One keep-alive client on the unix socket. `close` belongs to the application's clean-up."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._session: aiohttp.ClientSession | None = None

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                "http://gateway",
                connector=aiohttp.UnixConnector(str(self._socket), limit=64),
                timeout=aiohttp.ClientTimeout(total=CALL_S),
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        try:
            async with self._client().request(method, path, json=body and dict(body)) as answer:
                content = await answer.json(content_type=None)
        except (aiohttp.ClientConnectorError, FileNotFoundError, ConnectionRefusedError) as error:
            raise ProblemError("gateway-away") from error
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            # The request may have reached the gateway: reading again is harmless, a verb is not.
            raise ProblemError("gateway-away" if method == "GET" else "indeterminate") from error
        if answer.status >= 400:
            detail = str(content.get("detail", "")) if isinstance(content, dict) else ""
            raise ProblemError(_REFUSED.get(answer.status, "gateway-away"), _in_chinese(detail))
        if not isinstance(content, dict):
            raise ProblemError("gateway-away")
        return content

    async def health(self) -> dict[str, Any]:
        return await self._ask("GET", "/v1/health")

    async def seats(self) -> list[dict[str, Any]]:
        return list((await self._ask("GET", "/v1/seats"))["seats"])

    async def calls(self) -> list[dict[str, Any]]:
        return list((await self._ask("GET", "/v1/calls"))["calls"])

    async def seat(self, seat_id: str) -> dict[str, Any]:
        """One seat's live state. Raises ProblemError not-found when the directory has no such seat."""
        for seat in await self.seats():
            if seat.get("id") == seat_id:
                return seat
        raise ProblemError("not-found", f"坐席 {seat_id} 不在坐席名录中")

    async def verb(self, seat_id: str, verb: str, **words: object) -> dict[str, Any]:
        """`login`, `logout`, `pause`, `resume` or `done`, with `gateway.control.VerbWords`; the seat's new state.

        Never repeated by itself.
        """
        return await self._ask("POST", f"/v1/seats/{seat_id}/{verb}", words)

    async def targets(self, linkedid: str, seat: str) -> dict[str, Any]:
        """Whom this seat may bring into the call."""
        return await self._ask("GET", f"/v1/calls/{linkedid}/targets?seat={seat}")

    async def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """Any other act (`/v1/spy`, `/v1/calls/…/talk`). Never repeated by itself: a phone may have rung."""
        return await self._ask("POST", path, body)

    async def watch(self) -> aiohttp.ClientWebSocketResponse:
        """The WebSocket of changes; its first message is a snapshot. Raises ProblemError gateway-away."""
        try:
            async with asyncio.timeout(CALL_S):
                return await self._client().ws_connect("/v1/events", heartbeat=HEARTBEAT_S, max_msg_size=MESSAGE_MAX)
        except (OSError, TimeoutError, aiohttp.ClientError) as error:
            raise ProblemError("gateway-away") from error


def read_message(text: str) -> dict[str, Any]:
    """One message of the gateway as an object; ValueError for anything else."""
    message = json.loads(text)
    if not isinstance(message, dict):
        raise ValueError("a message must be an object")
    return message


# The gateway speaks English to operators and Chinese where the person at a page is to read it.
_PHRASES = {"no seat": "坐席名录中没有这个坐席", "no call": "没有这通电话，或通话已经结束"}
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def _in_chinese(detail: str) -> str:
    """The Chinese of what is known; nothing rather than English on a page."""
    if _CHINESE.search(detail):
        return detail
    for phrase, chinese in _PHRASES.items():
        if phrase in detail:
            return chinese
    return ""
