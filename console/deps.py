"""What every handler may reach, built once by `console.app` and kept in the application.

In: config and the links. Out: a typed key. Never: a module-level singleton.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aiohttp import web

from console.gateway_link import GatewayLink
from console.idempotency import KeyedReplies
from console.known import KnownSessions
from console.puzzles import Puzzles
from console.rate import Rate
from console.relay import Relay
from console.sip_proxy import SipProxy
from console.store_link import StoreLink
from gateway.config import Config
from gateway.orders.rulebook import Rulebook

HEAVY = 2  # replays and readings of strangers' sheets at the same time; more wait
EXPORTS = 3  # long lists on their way out at the same time; more are asked to come back


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Deps:
    config: Config
    store: StoreLink
    gateway: GatewayLink
    relay: Relay
    sip: SipProxy
    rulebook: Rulebook
    replies: KeyedReplies = field(default_factory=KeyedReplies)
    known: KnownSessions = field(default_factory=KnownSessions)
    puzzles: Puzzles = field(default_factory=Puzzles)
    heavy: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(HEAVY))
    exports: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(EXPORTS))
    open311_gets: Rate = field(default_factory=lambda: Rate(per_minute=60, burst=30))
    clock: Callable[[], datetime] = now
    started: datetime = field(default_factory=now)


DEPS: web.AppKey[Deps] = web.AppKey("deps", Deps)
