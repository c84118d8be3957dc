"""Sends events as signed CloudEvents over HTTP.

In: an address, an event. Out: what came of it. Never: follows a redirect, reads more than a little of an answer, waits
without end, or tells a target more than it may know (`events.shaped`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import aiohttp

from gateway.store.deliveries import Outcome, Result
from gateway.version import VERSION

from .courier import SEND_S, Address
from .events import Event, cloud_event, headers, shaped

CONNECT_S = 5.0
ANSWER_MAX = 2048
# These are about the event itself. Every other refusal (a wrong secret, a moved address) is about the target: it rests,
# and no event dies of it.
ABOUT_THE_EVENT = frozenset({400, 413, 414, 415, 422})
PAUSE_MAX_S = 3600.0


def open_session() -> aiohttp.ClientSession:
    """A client for one worker: no cookies, no proxies from the environment, every part of a request bounded."""
    timeout = aiohttp.ClientTimeout(total=SEND_S - 1, connect=CONNECT_S, sock_connect=CONNECT_S)
    agent = {"User-Agent": f"hotline12345/{VERSION}"}
    return aiohttp.ClientSession(timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), headers=agent)


class HttpSender:
    """`source`: the CloudEvents source, a URI of this installation."""

    def __init__(
        self, client: aiohttp.ClientSession, source: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._client = client
        self._source = source
        self._now = now

    async def send(self, to: Address, event: Event, sequence: int, *, again: bool) -> Outcome:  # noqa: ARG002
        data = shaped(event, to.filter, to.reader)
        body = cloud_event(event, self._source, sequence, data)
        try:
            async with self._client.post(
                to.url, data=body, headers=headers(event.id, body, to.secret, self._now()), allow_redirects=False
            ) as answer:
                said = (await answer.content.read(ANSWER_MAX)).decode("utf-8", "replace")
                return _outcome(answer.status, said, answer.headers.get("Retry-After", ""))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return Outcome(Result.AWAY, error=str(error))
        except (aiohttp.InvalidURL, ValueError) as error:
            return Outcome(Result.REFUSED, error=f"address: {error}")
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            return Outcome(Result.FAILED, error=f"{type(error).__name__}: {error}".rstrip(": "))


def _outcome(status: int, said: str, retry_after: str) -> Outcome:
    if 200 <= status < 300:
        return Outcome(Result.DONE, status)
    wait_s = min(float(retry_after), PAUSE_MAX_S) if retry_after.isascii() and retry_after.isdigit() else 0.0
    error = f"HTTP {status} {said.strip()[:200]}".strip()
    return Outcome(Result.REFUSED if status in ABOUT_THE_EVENT else Result.FAILED, status, error, wait_s)
