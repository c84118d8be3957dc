"""The delivery worker: takes what is due from the outbox and hands it to the senders, a lane for each target.

In: the open store, a sender for each kind of target. Out: deliveries marked with what came of them. Never: more than
one event of an order under way to a target; a slow target in the way of another; a crash because the database is away.

Several workers may run on one PostgreSQL. A worker that dies between sending and marking leaves a lease that ends: the
event is sent again, under the same id (at least once; the receiver keeps what it has seen).
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from sqlalchemy import update

from gateway.crypt import SealBrokenError
from gateway.store import DatabaseAwayError, Store
from gateway.store.deliveries import BackOff, Claimed, Outcome, Result, claim, due_targets, finish
from gateway.store.kinds import TargetKind, TargetState
from gateway.store.models import FeedTarget
from gateway.store.outbox import reader_of

from .events import Event, Filter, Reader

log = logging.getLogger(__name__)

T = TypeVar("T")

POLL_S = 0.5
PARALLEL = 8  # orders under way to one target at once
SEND_S = 20.0  # a sender answers within this
LEASE = timedelta(seconds=60)  # well above SEND_S: it ends only when its worker has died
STOP_S = 10.0
FIRST_S, LONGEST_S = 1.0, 300.0
AWAY_S = (0.5, 10.0)


@dataclass(frozen=True, slots=True)
class Address:
    """A target as a sender needs it."""

    id: str
    kind: TargetKind
    url: str
    secret: str
    reader: Reader
    filter: Filter


class Sender(Protocol):
    """Sends one event within SEND_S. Never raises: what went wrong is the outcome."""

    async def send(self, to: Address, event: Event, sequence: int, *, again: bool) -> Outcome: ...


def back_off(failures: int) -> float:
    """1, 2, 4 … 300 s, each up to a fifth less, so that several workers do not knock together."""
    longest: float = min(FIRST_S * 2 ** min(failures - 1, 20), LONGEST_S)
    return longest * random.uniform(0.8, 1.0)  # noqa: S311  # no secret


class Courier:
    """`run` until cancelled: what is being sent then is brought to its end first."""

    def __init__(
        self,
        store: Store,
        senders: Mapping[TargetKind, Sender],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        back_off: BackOff = back_off,
        poll_s: float = POLL_S,
        lease: timedelta = LEASE,
    ) -> None:
        self._store = store
        self._senders = senders
        self._now = now
        self._back_off = back_off
        self._poll_s = poll_s
        self._lease = lease
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self.name = secrets.token_hex(4)
        self.sent = 0
        self.failed = 0
        self.away = ""

    async def run(self) -> None:
        pause = AWAY_S[0]
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    await self._start_lanes(group)
                except DatabaseAwayError as error:
                    if not self.away:
                        log.error("%s; the outbox waits", error)
                    self.away = str(error)
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, AWAY_S[1])
                else:
                    self.away, pause = "", AWAY_S[0]
                    await asyncio.sleep(self._poll_s)

    async def _start_lanes(self, group: asyncio.TaskGroup) -> None:
        for target in await to_its_end(self._due, STOP_S):
            if target not in self._lanes:
                task = group.create_task(self._lane(target), name=f"lane {target}")
                self._lanes[target] = task
                task.add_done_callback(lambda _, target=target: self._lanes.pop(target, None))  # type: ignore[misc]

    async def _due(self) -> list[str]:
        async with self._store.reading() as session:
            return await due_targets(session, self._now())

    async def _lane(self, target: str) -> None:
        """Send what is due to one target until nothing is, or it fails."""
        try:
            while True:
                results = await to_its_end(lambda: self._round(target), STOP_S + SEND_S)
                if not results or any(result in (Result.AWAY, Result.FAILED) for result in results):
                    return
        except DatabaseAwayError as error:
            log.warning("feed %s: %s", target, error)  # `run` looks again; leases end by themselves
        except SealBrokenError as error:
            log.error("feed %s is paused, its secret cannot be read: %s", target, error)
            await self._pause(target, str(error))

    async def _pause(self, target: str, error: str) -> None:
        values = {"state": TargetState.PAUSED, "last_error": error}
        async with self._store.session() as session:
            await session.execute(update(FeedTarget).where(FeedTarget.id == target).values(**values))

    async def _round(self, target: str) -> list[Result]:
        now = self._now()
        async with self._store.session() as session:
            row = await session.get(FeedTarget, target)
            if row is None or row.state is not TargetState.ON or (row.retry_at is not None and row.retry_at > now):
                return []
            limit = 1 if row.failures else PARALLEL  # one knocks first, then all go in
            lease = f"{self.name}-{secrets.token_hex(4)}"
            claimed = await claim(session, row, limit=limit, lease=lease, now=now, until=now + self._lease)
            to = Address(row.id, row.kind, row.url, row.secret, reader_of(row), Filter.from_json(row.filter))
        return list(await asyncio.gather(*(self._deliver(to, one) for one in claimed)))

    async def _deliver(self, to: Address, claimed: Claimed) -> Result:
        outcome = await self._send(to, claimed)
        async with self._store.session() as session:
            if not await finish(session, claimed, outcome, now=self._now(), back_off=self._back_off):
                log.warning("feed %s: %s took longer than its lease", to.id, claimed.event.id)
        self.sent += outcome.result is Result.DONE
        self.failed += outcome.result is not Result.DONE
        if outcome.result in (Result.REFUSED, Result.UNKNOWN):
            log.warning("feed %s: %s is dead: %s %s", to.id, claimed.event.id, outcome.status or "", outcome.error)
        return outcome.result

    async def _send(self, to: Address, claimed: Claimed) -> Outcome:
        sender = self._senders.get(to.kind)
        if sender is None:
            return Outcome(Result.AWAY, error=f"no way to send {to.kind}")
        try:
            async with asyncio.timeout(SEND_S):
                return await sender.send(to, claimed.event, claimed.sequence, again=claimed.again)
        except TimeoutError:
            return Outcome(Result.FAILED, error=f"no answer within {SEND_S:.0f} s")


async def to_its_end(act: Callable[[], Awaitable[T]], within_s: float) -> T:
    """Do it to its end even when told to stop meanwhile: what was sent is to be marked so, and drivers dislike being
    left in mid-statement."""
    doing = asyncio.ensure_future(act())
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing], timeout=within_s)
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)
        raise
